/* SPDX-License-Identifier: ISC */
/*
 * merkle: the tree hash of a log that only grows (RFC 6962 section 2.1),
 * kept as its frontier: the roots of the full subtrees that the leaves so far
 * make up, one for each bit that is set in `size`, the largest first. A leaf
 * costs one node on average, and nothing older is read again.
 */
#ifndef AUDIT_MERKLE_H
#define AUDIT_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/merkle.h"

#define FRONTIER_MAX 64

/* All zero is the tree without leaves. */
struct frontier {
    uint64_t size;
    uint8_t nodes[FRONTIER_MAX][MERKLE_LEN]; /* the first frontier_count are used */
};

/* How many nodes a tree of `size` leaves has in its frontier: popcount(size). */
size_t frontier_count(uint64_t size);
void frontier_push(struct frontier *f, const uint8_t leaf[MERKLE_LEN]);
void frontier_root(const struct frontier *f, uint8_t out[MERKLE_LEN]);

#endif
