/* SPDX-License-Identifier: ISC */
/*
 * merkle: SHA-256 with the prefixes of RFC 6962. It is nettle's, which uses the
 * processor's own instructions where there are some: libsodium's takes four times as
 * long, and that was three quarters of the time to verify a log.
 */
#include "crypto/merkle.h"

#include <nettle/sha2.h>

_Static_assert(MERKLE_LEN == SHA256_DIGEST_SIZE, "a tree hash is one SHA-256");

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

void merkle_empty(uint8_t out[MERKLE_LEN])
{
    struct sha256_ctx state;

    sha256_init(&state);
    sha256_digest(&state, MERKLE_LEN, out);
}

void merkle_leaf(uint8_t out[MERKLE_LEN], const void *bytes, size_t len)
{
    struct sha256_ctx state;

    sha256_init(&state);
    sha256_update(&state, sizeof leaf_prefix, &leaf_prefix);
    if (len > 0)
        sha256_update(&state, len, bytes);
    sha256_digest(&state, MERKLE_LEN, out);
}

void merkle_node(uint8_t out[MERKLE_LEN], const uint8_t left[MERKLE_LEN],
                 const uint8_t right[MERKLE_LEN])
{
    struct sha256_ctx state;

    sha256_init(&state);
    sha256_update(&state, sizeof node_prefix, &node_prefix);
    sha256_update(&state, MERKLE_LEN, left);
    sha256_update(&state, MERKLE_LEN, right);
    sha256_digest(&state, MERKLE_LEN, out);
}
