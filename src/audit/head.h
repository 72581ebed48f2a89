/* SPDX-License-Identifier: ISC */
/*
 * head: the rows of audit.db as bytes. Numbers are LE64.
 *
 * entry, key i from 0:
 *   tag(16) || clock(8) || PKSEAL(audit pk, no psk, {log id, generation, SEAL_AUDIT_ENTRY,
 *   row i}, audit/entry.h, padded): 16 + 8 + 361 = 385 bytes
 *   clock  = the entry's time XOR the mask that audit_evolve gives for A_i. It lets a
 *            verifier, who has the keys, see the clock's course without opening entries.
 *   leaf_i = SHA-256(0x00 || clock || PKSEAL): RFC 6962 over the row without its tag
 *   tag_i  = audit_tag(A_i, i, leaf_i)
 * head, key 0:
 *   log id(16) || vault id(16) || size || frontier, popcount(size) x 32 (audit/merkle.h)
 * head, key = 63 bits of a KDF, never 0 (struct audit_keep):
 *   CSEAL(key of what it is about, {log id, epoch 0, SEAL_AUDIT_USE, row = key}, number, exact)
 * gen, key g from 0:
 *   first(8) || audit pk(32) || PKSEAL(audit pk, no psk, {log id, g, SEAL_AUDIT_KEY,
 *   row = first}, A_0 of g, exact)(137) || 0(1)                              while it lives
 *   ... || 1(1) || end(8) || closing tag(16)                             once it is closed
 *   first: the number of its first entry; end: 1 + the number of its last.
 * ckpt: audit/proved.h.
 */
#ifndef AUDIT_HEAD_H
#define AUDIT_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/entry.h"
#include "audit/merkle.h"
#include "audit/seal.h"
#include "crypto/hash.h"
#include "crypto/seal.h"

#define AUDIT_CLOCK_LEN 8
#define AUDIT_BOX_LEN (PKSEAL_OVERHEAD + AUDIT_ENTRY_MAX + 1)
#define AUDIT_ROW_LEN (AUDIT_TAG_LEN + AUDIT_CLOCK_LEN + AUDIT_BOX_LEN)
#define AUDIT_HEAD_KEY 0
#define AUDIT_HEAD_MAX (16 + 16 + 8 + FRONTIER_MAX * MERKLE_LEN)
#define AUDIT_KEY_BOX_LEN (PKSEAL_OVERHEAD + KEY_LEN)
#define AUDIT_GEN_LEN (8 + KEY_LEN + AUDIT_KEY_BOX_LEN + 1)
#define AUDIT_GEN_CLOSED_LEN (AUDIT_GEN_LEN + 8 + AUDIT_TAG_LEN)

struct audit_head {
    uint8_t log_id[16];
    uint8_t vault_id[16];
    struct frontier tree; /* its size is the number of entries */
};
size_t audit_head_encode(uint8_t out[AUDIT_HEAD_MAX], const struct audit_head *head);
bool audit_head_decode(struct audit_head *head, const uint8_t *bytes, size_t len);

struct audit_gen {
    uint64_t first;
    uint8_t pk[KEY_LEN];
    uint8_t key_box[AUDIT_KEY_BOX_LEN];
    bool closed;
    uint64_t end;                       /* when closed, else 0 */
    uint8_t closing_tag[AUDIT_TAG_LEN]; /* likewise */
};
size_t audit_gen_encode(uint8_t out[AUDIT_GEN_CLOSED_LEN], const struct audit_gen *gen);
bool audit_gen_decode(struct audit_gen *gen, const uint8_t *bytes, size_t len);

struct seal_context audit_context(const uint8_t log_id[16], uint64_t generation,
                                  enum seal_kind kind, uint64_t row);

#endif
