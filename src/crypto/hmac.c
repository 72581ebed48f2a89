/* SPDX-License-Identifier: ISC */
#include "crypto/hmac.h"

#include <sodium.h>

void hmac_sha256(uint8_t out[HMAC_LEN], const void *key, size_t key_len, const void *message,
                 size_t len)
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, message, len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}
