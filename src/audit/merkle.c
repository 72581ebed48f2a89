/* SPDX-License-Identifier: ISC */
/* merkle: adding a leaf is adding one to a binary number: each carry joins
 * the two smallest subtrees. */
#include "audit/merkle.h"

#include <string.h>

size_t frontier_count(uint64_t size)
{
    return (size_t)__builtin_popcountll(size);
}

void frontier_push(struct frontier *f, const uint8_t leaf[MERKLE_LEN])
{
    size_t count = frontier_count(f->size);

    memcpy(f->nodes[count], leaf, MERKLE_LEN);
    for (uint64_t carry = f->size; carry & 1; carry >>= 1) {
        merkle_node(f->nodes[count - 1], f->nodes[count - 1], f->nodes[count]);
        count--;
    }
    f->size++;
}

void frontier_root(const struct frontier *f, uint8_t out[MERKLE_LEN])
{
    size_t count = frontier_count(f->size);

    if (count == 0) {
        merkle_empty(out);
        return;
    }
    memcpy(out, f->nodes[count - 1], MERKLE_LEN);
    for (size_t i = count - 1; i > 0; i--)
        merkle_node(out, f->nodes[i - 1], out);
}
