/* SPDX-License-Identifier: ISC */
/* rotation: days are 86400 seconds of UTC, so neither leap days nor the clock
 * changes of spring and autumn move a due date. */
#include "domain/rotation.h"

#define DAY_SECONDS 86400

const char *rotation_word(enum rotation_state state)
{
    static const char *const words[] = {[ROTATION_NONE] = "none",
                                        [ROTATION_OK] = "ok",
                                        [ROTATION_SOON] = "soon",
                                        [ROTATION_OVERDUE] = "overdue"};
    return (unsigned)state < sizeof(words) / sizeof(words[0]) ? words[state] : "";
}

static int64_t plus(int64_t when, int64_t seconds)
{
    int64_t sum;
    return __builtin_add_overflow(when, seconds, &sum) ? INT64_MAX : sum;
}

static int64_t period_end(const struct profile *p)
{
    if (p->terms.known)
        return p->terms.due;
    if (p->rotate_days == 0)
        return 0;
    return plus(p->rotated ? p->rotated : p->created, (int64_t)p->rotate_days * DAY_SECONDS);
}

uint32_t rotation_every(const struct profile *p)
{
    return p->terms.known ? p->terms.every_days : p->rotate_days;
}

int64_t rotation_due(const struct profile *p)
{
    int64_t end = period_end(p);

    return p->exposed && (end == 0 || p->exposed < end) ? p->exposed : end;
}

enum rotation_state rotation_of(const struct profile *p, int64_t now, int64_t window)
{
    int64_t due = rotation_due(p);
    if (due == 0)
        return ROTATION_NONE;
    if (p->exposed || plus(due, p->terms.grace_days * INT64_C(86400)) <= now)
        return ROTATION_OVERDUE;
    return due <= plus(now, window) ? ROTATION_SOON : ROTATION_OK;
}

int64_t rotation_lead(const struct profile *p)
{
    return (p->terms.known ? p->terms.lead_days : ROTATION_SOON_DAYS) * INT64_C(86400);
}

enum rotation_state rotation_now(const struct profile *p, int64_t now)
{
    return rotation_of(p, now, rotation_lead(p));
}

bool rotation_is_rejected(const struct profile *p)
{
    if (p->retired != 0 && !profile_is_mail(p))
        return false;
    return p->last_rejected > p->last_worked && p->last_rejected >= p->rotated;
}
