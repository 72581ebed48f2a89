/* SPDX-License-Identifier: ISC */
/* sha256: SHA-256 (FIPS 180-4), where a protocol of others asks for it. What is hashed for
 * ourselves goes through hash.h. */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32

void sha256(uint8_t out[SHA256_LEN], const void *bytes, size_t len);

#endif
