/* SPDX-License-Identifier: ISC */
/*
 * When a secret is due by its terms. Periods are days of 86400 seconds of UTC, so that neither
 * leap days nor the clock changes of spring and autumn move them. Fixed dates are days of the
 * local calendar.
 */
#include <time.h>

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

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The beginning of that day, local time. */
static int64_t day_begin(int year, const struct policy_date *d)
{
    int day = d->month == 2 && d->day == 29 && !is_leap(year) ? 28 : d->day;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = d->month - 1, .tm_mday = day, .tm_isdst = -1};

    return (int64_t)mktime(&tm);
}

/* The i-th date from the first of `year` on; i may go beyond a year's, either way. */
static int64_t date_at(const struct policy_terms *t, int year, int i)
{
    int count = (int)t->date_count;
    int of = i >= 0 ? i / count : -((count - 1 - i) / count);

    return day_begin(year + of, &t->dates[i - of * count]);
}

/* The first date whose days of lead begin after `from`: a secret that became new within them
 * counts as changed for it. */
static int64_t date_after(const struct policy_terms *t, int64_t from)
{
    time_t then = (time_t)from;
    struct tm tm;

    tzset();
    if (!localtime_r(&then, &tm) || tm.tm_year + 1900 >= YEAR_MAX)
        return INT64_MAX;
    for (int i = 0; i < 3 * (int)t->date_count; i++) {
        int64_t date = date_at(t, tm.tm_year + 1900, i);
        int64_t half = (date - date_at(t, tm.tm_year + 1900, i - 1)) / 2;
        int64_t lead = t->lead_days * DAY_SECONDS;
        if (date - (lead < half ? lead : half) > from)
            return date;
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

void policy_apply(const struct policy *policy, struct profile *p)
{
    struct policy_terms t = policy_of(policy, p);

    p->terms = (struct profile_terms){.known = true,
                                      .every_days = t.every_days,
                                      .lead_days = t.lead_days,
                                      .grace_days = t.grace_days,
                                      .due = policy_due(&t, p, NULL)};
}
