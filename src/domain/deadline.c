/* SPDX-License-Identifier: ISC */
#include "domain/deadline.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/login.h"

#define DAY_SECONDS 86400

static enum deadline_state state_of(int64_t when, int64_t now, int64_t window)
{
    int64_t horizon;
    if (when <= now)
        return DEADLINE_PAST;
    if (__builtin_add_overflow(now, window, &horizon))
        horizon = INT64_MAX;
    return when <= horizon ? DEADLINE_SOON : DEADLINE_LATER;
}

struct deadline deadline_of(const struct profile *p, int64_t now, int64_t window)
{
    struct deadline found = {.state = DEADLINE_NONE};
    enum profile_kind kind = login_by_token(p) ? KIND_OAUTH2 : p->kind;
    const struct provider *provider = provider_may_end(p) ? provider_of_profile(p) : NULL;
    for (size_t i = 0; provider && i < provider->deadline_count; i++) {
        const struct provider_deadline *day = &provider->deadlines[i];
        int64_t when;
        if ((day->kinds & 1U << kind) == 0 || !text_parse_time(day->date, now, &when))
            continue;
        found = (struct deadline){
            .state = state_of(when, now, window), .when = when, .provider = provider, .day = day};
        if (found.state != DEADLINE_PAST)
            return found;
    }
    return found;
}

bool deadline_is_due(const struct deadline *d, const struct profile *p)
{
    return d->state == DEADLINE_SOON || (d->state == DEADLINE_PAST && p->last_worked < d->when);
}

char *deadline_when(char dst[DEADLINE_SHOWN_MAX], const struct deadline *d, int64_t now)
{
    char relative[TEXT_TIME_MAX] = "today";
    int64_t days = text_days_apart(d->when, now); /* at whatever hour, and whatever clocks do */
    if (days != 0)
        (void)text_time_relative(relative, days * DAY_SECONDS, 0);
    snprintf(dst, DEADLINE_SHOWN_MAX, "%s %s (%s) such a login %s refused: %s",
             d->state == DEADLINE_PAST ? "since" : "from", d->day->date, relative,
             d->day->final ? "is" : "may be", d->day->what);
    return dst;
}

char *deadline_say(char dst[DEADLINE_SHOWN_MAX], const struct deadline *d, int64_t now)
{
    size_t len = strlen(deadline_when(dst, d, now));
    snprintf(dst + len, DEADLINE_SHOWN_MAX - len, "; %s", d->day->advice);
    return dst;
}

int64_t deadline_row_age(const struct provider *p, int64_t now)
{
    int64_t when;
    if (!p || !p->verified || !text_parse_time(p->verified, now, &when) || when > now)
        return -1;
    return (now - when) / DAY_SECONDS;
}
