/* SPDX-License-Identifier: ISC */
/* due_impl: what the files of due.h share: how a clock is judged, and put into the list. */
#ifndef DOMAIN_DUE_IMPL_H
#define DOMAIN_DUE_IMPL_H

#include <stdbool.h>

#include "domain/due.h"

/* One profile on its way through the clocks. */
struct due_of {
    struct due_list *list;
    const struct due_wish *wish;
    struct profile *p;
};

/* Sums stop at the ends of time. */
int64_t due_plus(int64_t when, int64_t seconds);
/* The seconds of lead: as was wished, or as the policy says for p (NULL: of no profile). */
int64_t due_lead(const struct due_wish *wish, const struct profile *p);
/* Of something that is to be done by `when`, and is late from `late` on. False: it is too far. */
bool due_judge(const struct due_wish *wish, const struct profile *p, int64_t when, int64_t late,
               enum due_urgency *urgency);
/* Appends an item: why is a sentence without its full stop, act a command of ours without the
 * name behind it ("rotate "). */
enum sv_status due_put(struct due_of *of, enum due_clock clock, enum due_urgency urgency,
                       int64_t when, const char *why, const char *act,
                       struct sv_err *err) SV_MUST_USE;

/* ---- due_oauth.c: logins by OAuth2 ---- */
enum sv_status due_by_login(struct due_of *of, struct sv_err *err) SV_MUST_USE;
enum sv_status due_by_client(struct due_of *of, struct sv_err *err) SV_MUST_USE;

#endif
