/* SPDX-License-Identifier: ISC */
/* grant: may this caller have it now? */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/defence.h"
#include "domain/grant_impl.h"

struct question {
    const struct caller *caller;
    int64_t now;
    const struct grant_counts *counts;
};

static bool in_hours(const struct grant *g, int64_t now)
{
    time_t t = (time_t)now;
    struct tm tm;

    tzset();
    if (!localtime_r(&t, &tm))
        return false;
    unsigned minute = (unsigned)(tm.tm_hour * 60 + tm.tm_min);
    return g->from < g->to ? minute >= g->from && minute < g->to
                           : minute >= g->from || minute < g->to;
}

/* 0 when it may be used; else when it may be again. */
static int64_t used_until(const struct grant *g, const struct question *q)
{
    int64_t when = q->counts ? q->counts->used(q->counts->context, g) : q->now;

    return when != 0 && q->now - when < (int64_t)g->seconds ? when + (int64_t)g->seconds : 0;
}

static enum grant_missing who_misses(const struct grant *g, const struct caller *c)
{
    if (g->has & GRANT_UNIT && strcmp(g->unit, c->unit) != 0)
        return GRANT_OTHER_UNIT;
    if (g->has & GRANT_USER && g->uid != c->uid)
        return GRANT_OTHER_USER;
    /* Whoever has a systemd of their own names its units. */
    if (g->has & GRANT_UNIT && c->users_unit && !(g->has & GRANT_USER) && DEFENDED(GRANT_UNIT))
        return GRANT_USERS_UNIT;
    return g->has & GRANT_EXE ? program_misses(g, c) : GRANT_HOLDS;
}

static enum grant_missing misses(const struct grant *g, const struct question *q, int64_t *again)
{
    enum grant_missing missing = who_misses(g, q->caller);

    if (missing)
        return missing;
    if (g->has & GRANT_UNTIL && q->now >= g->until)
        return g->has & GRANT_LEARN ? GRANT_LEARNT : GRANT_ENDED;
    if (g->has & GRANT_HOURS && !in_hours(g, q->now))
        return GRANT_OUT_OF_HOURS;
    if (g->has & GRANT_MAX && DEFENDED(GRANT_COUNT) && (*again = used_until(g, q)))
        return GRANT_USED_UP;
    return GRANT_HOLDS;
}

enum grant_missing grant_now(const struct grant *g, int64_t now)
{
    struct caller as_wished = {.uid = g->has & GRANT_USER ? g->uid : (uint32_t)geteuid()};

    memcpy(as_wished.exe, g->exe, sizeof as_wished.exe);
    if (g->has & GRANT_UNTIL && now >= g->until)
        return g->has & GRANT_LEARN ? GRANT_LEARNT : GRANT_ENDED;
    if (g->has & GRANT_EXE && access(g->exe, F_OK) != 0)
        return GRANT_EXE_GONE;
    return g->has & GRANT_EXE ? program_misses(g, &as_wished) : GRANT_HOLDS;
}

/* Less is better. */
static int order(const struct grant *g)
{
    return g->has & GRANT_LEARN ? 2 : g->has & GRANT_CONFIRM ? 1 : 0;
}

void grant_decide(const struct grants *list, const struct caller *caller, int64_t now,
                  const struct grant_counts *counts, struct grant_verdict *out)
{
    const struct question q = {.caller = caller, .now = now, .counts = counts};
    struct grant_verdict v = {.answer = GRANT_NO, .missing = GRANT_NONE};

    for (size_t i = 0; i < list->count; i++) {
        const struct grant *g = &list->items[i];
        int64_t again = 0;
        enum grant_missing missing = misses(g, &q, &again);
        bool better = missing == GRANT_HOLDS
                          ? v.answer == GRANT_NO || order(g) < order(v.grant)
                          : v.answer == GRANT_NO && (!v.grant || missing > v.missing);
        if (!better)
            continue;
        v = (struct grant_verdict){.missing = missing, .grant = g, .again = again};
        if (missing == GRANT_HOLDS)
            v.answer = g->has & GRANT_CONFIRM ? GRANT_ASK : GRANT_YES;
    }
    *out = v;
}
