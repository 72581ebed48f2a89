/* SPDX-License-Identifier: ISC */
/* Many entries in one transaction, with times of the test's choosing. */
#ifndef UNIT_AUDIT_BULK_H
#define UNIT_AUDIT_BULK_H

#include "audit_fixture.h"

#include "audit/log.h"
#include "base/file.h"

typedef int64_t bulk_time(uint64_t seq);

/* Entries up to number `size` - 1, each with the profile "p" and its time. */
static inline void bulk_fill(struct log *l, struct audit *a, uint64_t size, bulk_time *time_of)
{
    struct temp *t = l->t;
    FD_OWNED int lock = -1;

    expect(SV_OK, audit_log_lock(a, &lock, &t->err));
    expect(SV_OK, audit_log_ready(a, false, &t->err));
    while (a->head.tree.size < size) {
        struct audit_event e = log_event("p");
        audit_log_stamp(a, &e);
        e.time = time_of(a->head.tree.size);
        expect(SV_OK, audit_log_put(a, &e, &t->err));
    }
    expect(SV_OK, audit_log_commit(a, &t->err));
    audit_seal_wipe(a->seal);
}

#endif
