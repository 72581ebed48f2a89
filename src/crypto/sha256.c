/* SPDX-License-Identifier: ISC */
#include "crypto/sha256.h"

#include <sodium.h>

void sha256(uint8_t out[SHA256_LEN], const void *bytes, size_t len)
{
    crypto_hash_sha256(out, bytes, len);
}
