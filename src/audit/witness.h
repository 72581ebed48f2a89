/* SPDX-License-Identifier: ISC */
/* witness: a file of checkpoints (audit/note.h) held against the log. */
#ifndef AUDIT_WITNESS_H
#define AUDIT_WITNESS_H

#include "audit/note.h"
#include "base/buf.h"

struct audit_witness {
    uint64_t notes, findings;
    char first[400];          /* the first finding in words */
    struct audit_mark newest; /* of the last note; size 0: there is none */
};
/* Each note is ours, signed by one of the keys, of this log, no smaller than the one
 * before, and its root is that of the log's first entries: `now` says where the log
 * stands. What is not so is a finding. One pass over the entries. */
enum sv_status audit_witness_check(struct audit *a, const struct blob *file,
                                   const uint8_t vault_id[16], const struct secret *keys,
                                   const struct audit_mark *now, struct audit_witness *verdict,
                                   struct sv_err *err) SV_MUST_USE;
/* The file's bytes; empty when there is none. */
enum sv_status audit_witness_read(const char *path, struct blob *file,
                                  struct sv_err *err) SV_MUST_USE;
/* Adds a note at the end of what was read; made 0600 when absent; on disk on return. */
enum sv_status audit_witness_append(const char *path, const struct blob *file, const char *note,
                                    size_t len, struct sv_err *err) SV_MUST_USE;

#endif
