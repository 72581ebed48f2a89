/* SPDX-License-Identifier: ISC */
/*
 * sha256: SHA-256 (FIPS 180-4) of a prefix byte and a span, for the Merkle tree.
 * It uses the processor's SHA instructions where there are some: libsodium 1.0.18
 * does not, and the leaf would be three fifths of what verifying an entry costs.
 * For public data only.
 */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32

/* out = SHA-256(prefix || bytes). */
void sha256_prefixed(uint8_t out[SHA256_LEN], uint8_t prefix, const void *bytes, size_t len);
/* The same by libsodium, on any machine. */
void sha256_prefixed_plain(uint8_t out[SHA256_LEN], uint8_t prefix, const void *bytes, size_t len);

#endif
