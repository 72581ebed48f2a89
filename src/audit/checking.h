/* SPDX-License-Identifier: ISC */
/*
 * checking: the log while it is verified: one pass over the rows with the keys
 * evolving beside it. `next` is the place that has been proved so far; whatever is due
 * at a place (the seal, a mark, the end of a generation, a note of what was proved) is
 * seen to when `next` gets there.
 *
 * A finding never ends the pass, but for rows beyond the head: they are counted
 * as one. Where rows are missing the keys are moved over the gap, so that one
 * deleted entry is one finding and the rest is still proved.
 *
 * For audit/verify.c and audit/proved.c only.
 */
#ifndef AUDIT_CHECKING_H
#define AUDIT_CHECKING_H

#include "audit/keyring.h"
#include "audit/log.h"

/* A walk over rows that has all it needs: no fault. */
#define ENOUGH SV_FINDINGS
#define LLU(n) ((unsigned long long)(n))

struct checking {
    struct audit *a;
    struct audit_keyring ring;
    bool partial, full;
    bool again; /* a stretch that was proved before: audit/proved.h */
    const struct audit_mark *marks[2];
    struct audit_report *report;

    bool has_head, has_seal, seal_met;
    uint8_t log_id[16];
    struct audit_head head; /* as stored */
    struct blob gens;       /* struct audit_gen: those that can be used */
    struct blob proved;     /* audit/proved.h: what is to be remembered */
    size_t gen;             /* at `next` */
    uint64_t next;
    uint64_t missing; /* entries, in gaps that the keys were moved over */
    bool whole;       /* no gap so far: the tree means something */
    struct frontier tree;
    struct secret *key; /* A_next */
    bool key_known;
    bool no_key;   /* none of the ring is this generation's */
    bool key_ever; /* one was an earlier one's, or is this one's */
    bool timed;
    int64_t time;     /* of the entry before */
    uint64_t back_at; /* the first entry before which the clock went back, and by how much */
    int64_t back_by;
};

/* Counts a finding; the first one is kept in words. */
void checking_find(struct checking *c, const char *fmt, ...) SV_PRINTF(2, 3);
const struct audit_gen *checking_gens(const struct checking *c);
size_t checking_gen_count(const struct checking *c);

/* Opens the key of generation g, which begins at `next`. A key that cannot be had is a
 * finding, and its tags are not checked. */
enum sv_status checking_enter(struct checking *c, size_t g, struct sv_err *err) SV_MUST_USE;
/* Sees to all that is due at `next`. */
enum sv_status checking_meet(struct checking *c, struct sv_err *err) SV_MUST_USE;
/* Moves `next` over missing entries to `to`. */
enum sv_status checking_cross_gap(struct checking *c, uint64_t to, struct sv_err *err) SV_MUST_USE;
/* Counts a clock that went back by `by` seconds before entry `at`. */
void checking_time_back(struct checking *c, uint64_t at, int64_t by);
/* A db_visit for the rows from `next` on; context is the struct checking. */
enum sv_status checking_entry(void *context, int64_t key, const uint8_t *row, size_t len,
                              struct sv_err *err) SV_MUST_USE;

#endif
