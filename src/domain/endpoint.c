/* SPDX-License-Identifier: ISC */
#include "domain/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "domain/provider.h"

/* Where servers talk to servers, or the web is; and what is not sure. */
static bool is_for_logins(const struct provider_host *h)
{
    return h->tls != TLS_NONE && !h->unverified && h->port != 25 && h->port != 80 && h->port != 443;
}

/* A placeholder stands for a host of the customer's own, which the profile says. */
static bool is_its_host(const struct provider *provider, const struct provider_host *h,
                        const struct profile *p)
{
    return h->placeholder ? p->provider != NULL && !provider_has_host(provider, p->host)
                          : text_equal_nocase(h->host, p->host);
}

static bool has_port(const struct endpoint *ends, size_t count, uint16_t port)
{
    for (size_t i = 0; i < count; i++)
        if (ends[i].port == port)
            return true;
    return false;
}

size_t endpoints_of(struct endpoint out[ENDPOINTS_MAX], const struct profile *p)
{
    const struct provider *provider = provider_of_profile(p);
    size_t count = 1;
    out[0] = (struct endpoint){.port = p->port, .tls = p->tls};
    for (size_t i = 0; provider != NULL && p->host != NULL && i < provider->host_count; i++) {
        const struct provider_host *h = &provider->hosts[i];
        if (count < ENDPOINTS_MAX && is_for_logins(h) && is_its_host(provider, h, p) &&
            !has_port(out, count, h->port))
            out[count++] = (struct endpoint){.port = h->port, .tls = h->tls};
    }
    return count;
}

/* ---- in words ---- */

static size_t count_of(const struct endpoint *ends, size_t count, bool tried)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += ends[i].tried == tried;
    return n;
}

/* " 587, 465 and 2525": those that were tried, or those that were not. */
static void add_ports(char dst[ENDPOINTS_SAID_MAX], const struct endpoint *ends, size_t count,
                      bool tried)
{
    size_t all = count_of(ends, count, tried), n = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(dst);
        if (ends[i].tried != tried)
            continue;
        const char *before = n == 0 ? "" : n + 1 == all ? " and" : ",";
        snprintf(dst + len, ENDPOINTS_SAID_MAX - len, "%s %u", before, (unsigned)ends[i].port);
        n++;
    }
}

char *endpoints_list(char dst[ENDPOINTS_SAID_MAX], const struct endpoint *ends, size_t count)
{
    snprintf(dst, ENDPOINTS_SAID_MAX, "port%s", count_of(ends, count, true) == 1 ? "" : "s");
    add_ports(dst, ends, count, true);
    return dst;
}

char *endpoints_say(char dst[ENDPOINTS_SAID_MAX], const struct endpoint *ends, size_t count)
{
    char list[ENDPOINTS_SAID_MAX];
    size_t logins = count_of(ends, count, true), len;
    snprintf(dst, ENDPOINTS_SAID_MAX, "%zu login%s", logins, logins == 1 ? "" : "s");
    if (count == 1)
        return dst;
    len = strlen(dst);
    snprintf(dst + len, ENDPOINTS_SAID_MAX - len, ", %s%s", endpoints_list(list, ends, count),
             logins < count ? ";" : "");
    if (logins == count)
        return dst;
    add_ports(dst, ends, count, false);
    len = strlen(dst);
    snprintf(dst + len, ENDPOINTS_SAID_MAX - len, " untried");
    return dst;
}

bool endpoints_told(const char *said, uint16_t port)
{
    const char *at = strstr(said, ", port"), *end = said + strcspn(said, ";");
    if (at == NULL)
        return false;
    for (at += strcspn(at, "0123456789"); at < end; at += strcspn(at, "0123456789")) {
        char *behind;
        if (strtoul(at, &behind, 10) == port)
            return true;
        at = behind;
    }
    return false;
}
