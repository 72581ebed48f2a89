/* SPDX-License-Identifier: ISC */
/* hmac: HMAC-SHA-256 (RFC 2104, RFC 4231), where a protocol of others asks for it. Keys of
 * our own are derived by kdf() of hash.h. */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include <stddef.h>
#include <stdint.h>

#define HMAC_LEN 32

/* A key of any length. out may be the key. */
void hmac_sha256(uint8_t out[HMAC_LEN], const void *key, size_t key_len, const void *message,
                 size_t len);

#endif
