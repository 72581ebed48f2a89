/* SPDX-License-Identifier: ISC */
/* merkle: SHA-256 with the prefixes of RFC 6962. */
#include "crypto/merkle.h"

#include <sodium.h>

_Static_assert(MERKLE_LEN == crypto_hash_sha256_BYTES, "a tree hash is one SHA-256");

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

void merkle_empty(uint8_t out[MERKLE_LEN])
{
    (void)crypto_hash_sha256(out, (const uint8_t *)"", 0);
}

void merkle_leaf(uint8_t out[MERKLE_LEN], const void *bytes, size_t len)
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, &leaf_prefix, sizeof leaf_prefix);
    if (len > 0)
        (void)crypto_hash_sha256_update(&state, bytes, len);
    (void)crypto_hash_sha256_final(&state, out);
}

void merkle_node(uint8_t out[MERKLE_LEN], const uint8_t left[MERKLE_LEN],
                 const uint8_t right[MERKLE_LEN])
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, &node_prefix, sizeof node_prefix);
    (void)crypto_hash_sha256_update(&state, left, MERKLE_LEN);
    (void)crypto_hash_sha256_update(&state, right, MERKLE_LEN);
    (void)crypto_hash_sha256_final(&state, out);
}
