/* SPDX-License-Identifier: ISC */
/*
 * When a secret is due by its terms. Periods are days of 86400 seconds of UTC, so that neither
 * leap days nor the clock changes of spring and autumn move them. Fixed dates are days of the
 * local calendar.
 */
#include <time.h>

#include "base/text.h"
#include "domain/policy.h"

#define DAY_SECONDS INT64_C(86400)
#define YEAR_MAX 9999

static int64_t period_end(uint32_t days, int64_t from)
{
    int64_t end;

    if (days == 0)
        return 0;
    return __builtin_add_overflow(from, (int64_t)days * DAY_SECONDS, &end) ? INT64_MAX : end;
}

/* ---- dates ---- */

static int day_in(int year, const struct policy_date *d)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return d->month == 2 && d->day == 29 && !leap ? 28 : d->day;
}

/* The beginning of that day in UTC, by arithmetic alone: the local one is less than a day away.
 * Days from civil, with years that begin in March. */
static int64_t about(int year, const struct policy_date *d)
{
    int64_t y = year - (d->month <= 2), m = (d->month + 9) % 12;

    return DAY_SECONDS *
           (365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day_in(year, d) - 1 - 719468);
}

/* The i-th date from the first of `year` on; i may go beyond a year's, either way. exact: the
 * beginning of that day in local time, which costs more. */
static int64_t date_at(const struct policy_terms *t, int year, int i, bool exact)
{
    int count = (int)t->date_count;
    int of = i >= 0 ? i / count : -((count - 1 - i) / count);
    const struct policy_date *d = &t->dates[i - of * count];

    return exact ? text_day_begin(year + of, d->month, day_in(year + of, d)) : about(year + of, d);
}

/* From when on a new secret counts as changed for the i-th date. */
static int64_t counts_from(const struct policy_terms *t, int year, int i, bool exact)
{
    int64_t date = date_at(t, year, i, exact), lead = t->lead_days * DAY_SECONDS;
    int64_t half = (date - date_at(t, year, i - 1, exact)) / 2;

    return date - (lead < half ? lead : half);
}

/* The first date for which a secret of `from` does not count as changed. */
static int64_t date_after(const struct policy_terms *t, int64_t from)
{
    time_t then = (time_t)from;
    struct tm tm;

    if (!gmtime_r(&then, &tm) || tm.tm_year + 1900 >= YEAR_MAX)
        return INT64_MAX;
    for (int i = 0, year = tm.tm_year + 1900; i < 3 * (int)t->date_count; i++) {
        int64_t roughly = counts_from(t, year, i, false);
        if (roughly > from + 2 * DAY_SECONDS ||
            (roughly >= from - 2 * DAY_SECONDS && counts_from(t, year, i, true) > from))
            return date_at(t, year, i, true);
    }
    return INT64_MAX;
}

int64_t policy_due(const struct policy_terms *terms, const struct profile *p, bool *dated)
{
    int64_t from = p->rotated ? p->rotated : p->created;
    int64_t end = period_end(terms->every_days, from);
    int64_t date = terms->date_count > 0 ? date_after(terms, from) : 0;
    bool first = date != 0 && (end == 0 || date < end);

    if (dated)
        *dated = first;
    return first ? date : end;
}

struct policy_terms policy_apply(const struct policy *policy, struct profile *p)
{
    struct policy_terms t = policy_of(policy, p);

    p->terms = (struct profile_terms){.known = true,
                                      .every_days = t.every_days,
                                      .lead_days = t.lead_days,
                                      .grace_days = t.grace_days,
                                      .before_days = t.before_days,
                                      .open = t.open};
    p->terms.due = policy_due(&t, p, &p->terms.dated);
    return t;
}
