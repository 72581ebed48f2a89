/* SPDX-License-Identifier: ISC */
/* due_oauth: when a login by OAuth2 ends: by what its provider told of the refresh token, else by
 * what is known of the provider; and when the client secret does, by what its owner said. */
#include <stdio.h>

#include "domain/due_impl.h"
#include "domain/oauth_grant.h"
#include "domain/provider.h"

#define DAY INT64_C(86400)

/* A login that lasts for less than twice the days of lead would be due from its first day. */
static int64_t lead_within(const struct due_wish *wish, const struct profile *p, int64_t life)
{
    int64_t lead = due_lead(wish, p);

    return wish->lead < 0 && life / 2 < lead ? life / 2 : lead;
}

static enum sv_status by_told_end(struct due_of *of, struct sv_err *err)
{
    const struct profile *p = of->p;
    int64_t since = p->login_told ? p->login_told : p->authorized;
    int64_t life = p->login_ends > since ? p->login_ends - since : 0;
    bool slides = oauth_login_slides(p);
    struct due_wish own = *of->wish;
    enum due_urgency urgency;

    own.lead = lead_within(of->wish, p, life);
    if (!due_judge(&own, p, p->login_ends, p->login_ends, &urgency))
        return SV_OK;
    if (urgency == DUE_LATE)
        return due_put(of, DUE_OAUTH, urgency, p->login_ends,
                       "the login by OAuth2 is over, as its provider told: mail stops until "
                       "somebody agrees anew",
                       "login ", err);
    if (slides)
        return due_put(of, DUE_OAUTH, urgency, p->login_ends,
                       "the login by OAuth2 ends then, as its provider told, unless it is used "
                       "before",
                       "test ", err);
    return due_put(of, DUE_OAUTH, urgency, p->login_ends,
                   "the login by OAuth2 ends then, as its provider told, used or not: agree anew "
                   "before, or mail stops",
                   "login ", err);
}

static enum sv_status by_idle_days(struct due_of *of, struct sv_err *err)
{
    const struct profile *p = of->p;
    const struct provider *provider = provider_of_profile(p);
    const struct provider_oauth *oauth = provider ? provider->oauth : NULL;
    int64_t used = p->last_used > p->authorized ? p->last_used : p->authorized, end;
    char why[DUE_WHY_MAX];
    enum due_urgency urgency;

    if (!oauth || oauth->idle_days == 0)
        return SV_OK;
    end = due_plus(used, oauth->idle_days * DAY);
    if (!due_judge(of->wish, p, end, end, &urgency))
        return SV_OK;
    (void)snprintf(why, sizeof why,
                   "%.100s ends a login by OAuth2 that nobody used for %u days; used elsewhere it "
                   "goes on",
                   provider->name, oauth->idle_days);
    return due_put(of, DUE_OAUTH, urgency, end, why, urgency == DUE_LATE ? "login " : "test ", err);
}

enum sv_status due_by_login(struct due_of *of, struct sv_err *err)
{
    if (of->p->authorized == 0)
        return SV_OK;
    return of->p->login_ends ? by_told_end(of, err) : by_idle_days(of, err);
}

enum sv_status due_by_client(struct due_of *of, struct sv_err *err)
{
    const struct profile *p = of->p;
    enum due_urgency urgency;

    if (p->client_ends == 0 || !due_judge(of->wish, p, p->client_ends, p->client_ends, &urgency))
        return SV_OK;
    return due_put(of, DUE_CLIENT, urgency, p->client_ends,
                   urgency == DUE_LATE
                       ? "the client secret of its login by OAuth2 is over: make a new one where "
                         "the provider registered the client"
                       : "the client secret of its login by OAuth2 ends then: make a new one where "
                         "the provider registered the client, or mail stops",
                   p->authorized ? "login --client-secret-from tty " : "show ", err);
}
