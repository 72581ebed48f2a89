/* SPDX-License-Identifier: ISC */
/* provider: finding a row, choosing a server, filling a profile. The table is
 * small: a walk over it costs less than one hash of its own index would. */
#include "domain/provider.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/provider_own.h"

static bool words_have(const char *const *words, const char *word)
{
    for (; *words; words++)
        if (text_equal_nocase(*words, word))
            return true;
    return false;
}

size_t provider_total(void)
{
    const struct provider_own *own = provider_own();
    return own->total ? own->total : provider_count;
}

const struct provider *provider_at(size_t i)
{
    const struct provider_own *own = provider_own();
    return own->total ? own->all[i] : &providers[i];
}

/* The user's own rows have the first word: that is what they are for. */
typedef bool provider_test(const struct provider *p, const char *word);

static const struct provider *first_that(provider_test *test, const char *word)
{
    const struct provider_own *known = provider_own();
    size_t total = provider_total();
    for (int own = known->total > 0; own >= 0; own--) {
        for (size_t i = 0; i < total; i++) {
            const struct provider *p = known->total > 0 ? known->all[i] : &providers[i];
            if ((p->origin != NULL) == own && test(p, word))
                return p;
        }
    }
    return NULL;
}

static bool is_called(const struct provider *p, const char *word)
{
    return text_equal_nocase(p->id, word) || words_have(p->aliases, word);
}

static bool serves(const struct provider *p, const char *domain)
{
    return words_have(p->domains, domain);
}

/* Most differ in their first letter, and each profile of a long list asks for all. */
bool provider_has_host(const struct provider *p, const char *host)
{
    for (size_t i = 0; i < p->host_count; i++) {
        const struct provider_host *h = &p->hosts[i];
        if (((h->host[0] ^ host[0]) & ~0x20) == 0 && !h->placeholder &&
            text_equal_nocase(h->host, host))
            return true;
    }
    return false;
}

static int by_id(const void *word, const void *row)
{
    return strcmp(word, ((const struct provider *)row)->id);
}

/* An id as it is written is found at once; where the user has rows, they come first. */
const struct provider *provider_find(const char *word)
{
    const struct provider *p = NULL;
    if (provider_own()->total == 0)
        p = bsearch(word, providers, provider_count, sizeof *providers, by_id);
    return p ? p : first_that(is_called, word);
}

const char *provider_nearest(const char *word)
{
    size_t total = provider_total();
    SV_AUTOFREE const char **ids = sv_alloc_array(total, sizeof(*ids));
    if (!ids)
        return NULL;
    for (size_t i = 0; i < total; i++)
        ids[i] = provider_at(i)->id;
    return text_nearest(word, ids, total);
}

const struct provider *provider_of_address(const char *address)
{
    const char *at = strrchr(address, '@');
    return first_that(serves, at ? at + 1 : address);
}

const struct provider *provider_of_mx(const char *host)
{
    for (const char *name = host; name && strchr(name, '.');) {
        const struct provider *found = first_that(serves, name);
        if (found)
            return found;
        name = strchr(name, '.') + 1;
    }
    return NULL;
}

const struct provider *provider_named(const struct profile *profile)
{
    return profile->provider ? provider_find(profile->provider) : NULL;
}

bool provider_may_end(const struct profile *profile)
{
    const struct provider_own *known = provider_own();
    size_t total = provider_total();
    for (size_t i = 0; i < total; i++) {
        const struct provider *p = known->total > 0 ? known->all[i] : &providers[i];
        if (p->deadline_count == 0)
            continue;
        if (profile->provider ? is_called(p, profile->provider)
                              : profile->host && provider_has_host(p, profile->host))
            return true;
    }
    return false;
}

const struct provider *provider_of_profile(const struct profile *profile)
{
    if (profile->provider || !profile->host)
        return provider_named(profile);
    return first_that(provider_has_host, profile->host);
}

/* Lower is better: an unverified server is worse than a verified one, STARTTLS
 * worse than implicit TLS. */
static int host_rank(const struct provider_host *h)
{
    return (h->unverified ? 2 : 0) + (h->tls == TLS_IMPLICIT ? 0 : 1);
}

const struct provider_host *provider_best_host(const struct provider *p, const char *region)
{
    const struct provider_host *best = NULL;
    for (size_t i = 0; i < p->host_count; i++) {
        const struct provider_host *h = &p->hosts[i];
        if (h->placeholder || h->tls == TLS_NONE)
            continue;
        if (region && (!h->region || !text_equal_nocase(region, h->region)))
            continue;
        if (!best || host_rank(h) < host_rank(best))
            best = h;
    }
    return best;
}

/* True when nothing that the profile says already contradicts this row. A host
 * given by hand fits a placeholder: that is what the placeholder asks for. */
static bool host_fits(const struct provider_host *h, const struct profile *profile)
{
    if (profile->host && !h->placeholder && !text_equal_nocase(profile->host, h->host))
        return false;
    if (!profile->host && h->placeholder)
        return false;
    if (profile->port && profile->port != h->port)
        return false;
    if (profile->tls != TLS_UNSET)
        return profile->tls == h->tls;
    return h->tls != TLS_NONE;
}

static const struct provider_host *host_for(const struct provider *p, const struct profile *profile)
{
    const struct provider_host *best = NULL;
    for (size_t i = 0; i < p->host_count; i++) {
        const struct provider_host *h = &p->hosts[i];
        if (host_fits(h, profile) && (!best || host_rank(h) < host_rank(best)))
            best = h;
    }
    return best;
}

/* A local test server has no login and is used all the same. */
static bool offers_login(const struct provider *p)
{
    return p->host_count > 0 && (!text_equal_nocase(p->secret_kind, "none") ||
                                 text_equal_nocase(p->category, "testing"));
}

static enum sv_status no_host(const struct provider *p, const struct profile *profile,
                              struct sv_err *err)
{
    if (!offers_login(p))
        return sv_fail(err, SV_USAGE, "%s has no SMTP login for other programs%s%s", p->name,
                       p->notes ? ": " : "", p->notes ? p->notes : "");
    if (profile->port || profile->tls != TLS_UNSET)
        return sv_fail(err, SV_USAGE,
                       "%s has no known server with this port and TLS mode: leave --port and "
                       "--tls out, or give --host as well",
                       p->name);
    if (p->hosts[0].placeholder)
        return sv_fail(err, SV_USAGE,
                       "the server of %s is your own: give --host (it has the form %s)", p->name,
                       p->hosts[0].host);
    return sv_fail(err, SV_USAGE,
                   "%s is known with a cleartext server only (%s port %u): if it must be, give "
                   "--tls none --insecure",
                   p->name, p->hosts[0].host, (unsigned)p->hosts[0].port);
}

/* Copies text into an unset member. */
static enum sv_status fill_text(char **slot, const char *text, size_t len, struct sv_err *err)
{
    if (*slot || len == 0)
        return SV_OK;
    char *copy = sv_strndup(text, len);
    if (!copy)
        return sv_fail_nomem(err);
    *slot = copy;
    return SV_OK;
}

static enum sv_status fill_server(const struct provider *p, struct profile *profile,
                                  struct sv_err *err)
{
    if (profile->host && profile->port && profile->tls != TLS_UNSET)
        return SV_OK;
    bool usable =
        !text_equal_nocase(p->secret_kind, "none") || text_equal_nocase(p->category, "testing");
    const struct provider_host *h = usable ? host_for(p, profile) : NULL;
    if (!h && profile->host)
        return SV_OK; /* a server of the user's own: profile_check tells what is missing */
    if (!h)
        return no_host(p, profile, err);
    enum sv_status status = fill_text(&profile->host, h->host, strlen(h->host), err);
    if (status != SV_OK)
        return status;
    profile->port = h->port;
    profile->tls = h->tls;
    return SV_OK;
}

static enum sv_status fill_username(const struct provider *p, struct profile *profile,
                                    struct sv_err *err)
{
    static const char fixed[] = "fixed:";
    if (text_starts_with(p->username_form, fixed)) {
        const char *word = p->username_form + strlen(fixed);
        return fill_text(&profile->username, word, strlen(word), err);
    }
    if (!profile->from)
        return SV_OK;
    if (text_equal_nocase(p->username_form, "email"))
        return fill_text(&profile->username, profile->from, strlen(profile->from), err);
    if (text_equal_nocase(p->username_form, "local-part"))
        return fill_text(&profile->username, profile->from, strcspn(profile->from, "@"), err);
    return SV_OK;
}

enum sv_status provider_fill(const struct provider *p, struct profile *profile, struct sv_err *err)
{
    enum sv_status status = fill_server(p, profile, err);
    if (status != SV_OK)
        return status;
    status = fill_username(p, profile, err);
    if (status != SV_OK)
        return status;
    if (profile->kind == KIND_PASSWORD)
        profile->kind = p->kind;
    return fill_text(&profile->provider, p->id, strlen(p->id), err);
}
