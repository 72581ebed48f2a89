/* SPDX-License-Identifier: ISC */
/*
 * consistency: that a log has only grown between two sizes (RFC 6962 section
 * 2.1.2), proved from its entries and verified without them.
 */
#ifndef AUDIT_CONSISTENCY_H
#define AUDIT_CONSISTENCY_H

#include "audit/audit.h"
#include "audit/merkle.h"

/* A path down a tree of 2^63 leaves and what stands beside it. */
#define CONSISTENCY_MAX 64
struct audit_consistency {
    uint64_t from, to; /* sizes, from <= to */
    size_t count;
    uint8_t nodes[CONSISTENCY_MAX][MERKLE_LEN]; /* in the order of the RFC */
};

/* The roots of the log's first marks[i].size entries, in one pass; the sizes ascend.
 * SV_DATA: an entry on the way is missing, or the log is shorter. */
enum sv_status audit_roots(struct audit *a, struct audit_mark *marks, size_t count,
                           struct sv_err *err) SV_MUST_USE;
/* The proof between two sizes of the log, in one pass; 1 <= from <= to. */
enum sv_status audit_consistency_make(struct audit *a, uint64_t from, uint64_t to,
                                      struct audit_consistency *proof,
                                      struct sv_err *err) SV_MUST_USE;
/* Whether the root of `to` entries continues that of `from`. Needs no log. */
bool audit_consistency_holds(const struct audit_consistency *proof,
                             const uint8_t from_root[MERKLE_LEN],
                             const uint8_t to_root[MERKLE_LEN]);

#endif
