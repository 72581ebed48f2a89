/* SPDX-License-Identifier: ISC */
/* The head of a log and the row of a generation: one encoding each. Input: 0 or 1,
 * then the row. */
#include "audit/head.h"
#include "fuzz.h"

static void take_head(const uint8_t *bytes, size_t len)
{
    struct audit_head head = {0};
    uint8_t again[AUDIT_HEAD_MAX], root[MERKLE_LEN];

    if (!audit_head_decode(&head, bytes, len))
        return;
    CHECK(audit_head_encode(again, &head) == len && memcmp(again, bytes, len) == 0);
    frontier_root(&head.tree, root);
    CHECK(frontier_count(head.tree.size) < FRONTIER_MAX);
    frontier_push(&head.tree, root);
    CHECK(audit_head_encode(again, &head) <= sizeof again);
}

static void take_gen(const uint8_t *bytes, size_t len)
{
    struct audit_gen gen;
    uint8_t again[AUDIT_GEN_CLOSED_LEN];

    if (!audit_gen_decode(&gen, bytes, len))
        return;
    CHECK(audit_gen_encode(again, &gen) == len && memcmp(again, bytes, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    if (buf_get_u8(&in) % 2 == 0)
        take_head(in.at, in.left);
    else
        take_gen(in.at, in.left);
    return fuzz_end();
}
