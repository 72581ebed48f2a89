/* SPDX-License-Identifier: ISC */
/* offboarding: gathers what a leaver could read and did read. For vault_removal.c. */
#ifndef DOMAIN_OFFBOARDING_H
#define DOMAIN_OFFBOARDING_H

#include "base/buf.h"
#include "domain/vault_members.h"

/* All zero to begin with. Owner: leaving_clear. */
struct leaving {
    uint64_t member;     /* as entries of the log name them: 1 + slot number */
    const char *token;   /* or the label of the token that is revoked; NULL: a member leaves */
    struct blob reads;   /* struct leaving_read, as the log tells them */
    struct blob details; /* struct leaving_detail, as the rows tell them */
};
void leaving_clear(struct leaving *l);
#define LEAVING_OWNED __attribute__((cleanup(leaving_clear)))

/* An audit_visit, for the entries from the first day on, oldest first: fetches of theirs, and
 * renamed and removed profiles of everybody. */
enum sv_status leaving_heard(void *context, const struct audit_event *event,
                             struct sv_err *err) SV_MUST_USE;
/* A profile or an older version that they could read (vault_epoch_wish.seen). */
enum sv_status leaving_seen(void *context, const struct profile *p, bool current,
                            struct sv_err *err) SV_MUST_USE;
/* The items of the report, sorted; *out is otherwise left alone. Nothing is left in l
 * then but what leaving_clear takes. */
enum sv_status leaving_report(struct leaving *l, struct offboarding *out,
                              struct sv_err *err) SV_MUST_USE;

#endif
