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

static int64_t period_end(const struct profile *p)
{
    if (p->rotate_days == 0)
        return 0;
    int64_t from = p->rotated ? p->rotated : p->created;
    int64_t due;
    if (__builtin_add_overflow(from, (int64_t)p->rotate_days * DAY_SECONDS, &due))
        return INT64_MAX;
    return due;
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
    if (due <= now || p->exposed)
        return ROTATION_OVERDUE;
    int64_t horizon;
    if (__builtin_add_overflow(now, window, &horizon))
        horizon = INT64_MAX;
    return due <= horizon ? ROTATION_SOON : ROTATION_OK;
}

bool rotation_is_rejected(const struct profile *p)
{
    if (p->retired != 0 && !profile_is_mail(p))
        return false;
    return p->last_rejected > p->last_worked && p->last_rejected >= p->rotated;
}
