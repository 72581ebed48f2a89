/* SPDX-License-Identifier: ISC */
/* merkle: SHA-256 with the prefixes of RFC 6962. */
#include "crypto/merkle.h"

#include <sodium.h>
#include <string.h>

#include "crypto/sha256.h"

_Static_assert(MERKLE_LEN == SHA256_LEN, "a tree hash is one SHA-256");

void merkle_empty(uint8_t out[MERKLE_LEN])
{
    (void)crypto_hash_sha256(out, (const uint8_t *)"", 0);
}

void merkle_leaf(uint8_t out[MERKLE_LEN], const void *bytes, size_t len)
{
    sha256_prefixed(out, 0x00, bytes, len);
}

void merkle_node(uint8_t out[MERKLE_LEN], const uint8_t left[MERKLE_LEN],
                 const uint8_t right[MERKLE_LEN])
{
    uint8_t both[2 * MERKLE_LEN];

    memcpy(both, left, MERKLE_LEN);
    memcpy(both + MERKLE_LEN, right, MERKLE_LEN);
    sha256_prefixed(out, 0x01, both, sizeof both);
}
