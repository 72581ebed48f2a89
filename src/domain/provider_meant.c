/* SPDX-License-Identifier: ISC */
/*
 * provider_meant: slips of the pen in the domain of an address. A domain beside a large
 * one is often a stranger's who waits for such slips, so it is told before that domain is
 * asked for anything.
 */
#include <string.h>

#include "base/text.h"
#include "domain/provider.h"

/* Shorter names have too many honest neighbours: gmx.de, web.de, aol.com. */
#define LABEL_MIN 5
/* From here on two slips are still unlikely to be another name. */
#define LABEL_LONG 7
#define NEAR_MAX 2
#define LABEL_ROOM 64

/* "gmail" and "com": up to the first dot, and behind it ("" where there is none). */
struct parts {
    char label[LABEL_ROOM];
    const char *rest;
};

static bool take_apart(struct parts *out, const char *domain)
{
    size_t len = strcspn(domain, ".");
    if (len == 0 || len >= sizeof(out->label))
        return false;
    memcpy(out->label, domain, len);
    out->label[len] = '\0';
    out->rest = domain[len] == '.' ? domain + len + 1 : "";
    return true;
}

/* How many slips lead from what was typed to this domain; more than NEAR_MAX: it was not meant.
 * An end of two letters is a country, and its neighbours are countries too. */
static size_t slips(const struct parts *typed, const char *domain)
{
    struct parts known;
    if (!take_apart(&known, domain))
        return NEAR_MAX + 1;
    size_t len = strlen(known.label), label = text_distance(typed->label, known.label);
    if (typed->rest[0] == '\0' && label == 0)
        return 0;
    if (len < LABEL_MIN || label > (len < LABEL_LONG ? 1U : 2U))
        return NEAR_MAX + 1;
    if (typed->rest[0] == '\0')
        return label;
    size_t rest = text_distance(typed->rest, known.rest);
    if (rest > 1 || (rest == 1 && strlen(known.rest) < 3))
        return NEAR_MAX + 1;
    return label + rest;
}

static bool serves_people(const struct provider *p)
{
    return strcmp(p->category, "free-mail") == 0 || strcmp(p->category, "isp") == 0;
}

const char *provider_meant(const char *address)
{
    const char *at = strrchr(address, '@'), *meant = NULL;
    size_t least = NEAR_MAX + 1;
    struct parts typed;
    if (provider_of_address(address) || !take_apart(&typed, at ? at + 1 : address))
        return NULL;
    for (size_t i = 0; i < provider_total(); i++) {
        const struct provider *p = provider_at(i);
        for (const char *const *d = p->domains; serves_people(p) && *d; d++) {
            size_t now = slips(&typed, *d);
            if (now < least) {
                least = now;
                meant = *d;
            }
        }
    }
    return meant;
}
