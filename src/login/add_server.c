/* SPDX-License-Identifier: ISC */
#include "login/add_server.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/prompt.h"
#include "domain/ses.h"

#define SERVER_MAX 256
#define REGIONS_MAX 48
#define PORT_IMPLICIT "465"

static bool usable(const struct provider_host *h)
{
    return !h->placeholder && h->tls != TLS_NONE;
}

static bool has_region(const char *const *regions, size_t count, const char *region)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal_nocase(regions[i], region))
            return true;
    return false;
}

/* The regions of a provider that has no server for all; 0: there is nothing to choose. */
static size_t regions_of(const struct provider *p, const char *regions[REGIONS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < p->host_count; i++) {
        const struct provider_host *h = &p->hosts[i];
        if (!usable(h))
            continue;
        if (h->region == NULL)
            return 0;
        if (count < REGIONS_MAX && !has_region(regions, count, h->region))
            regions[count++] = h->region;
    }
    return count > 1 ? count : 0;
}

/* AWS opens regions faster than a table learns of them: their servers have one form. */
static enum sv_status new_ses_region(struct add_talk *t, const char *word, struct sv_err *err)
{
    char host[SES_REGION_MAX + 64], region[SES_REGION_MAX];
    if (strlen(word) >= SES_REGION_MAX ||
        strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(word) ||
        strchr(word, '-') == NULL)
        return sv_fail(err, SV_USAGE, "a region has the form of %s", t->provider->hosts[0].region);
    snprintf(host, sizeof host, "email-smtp.%s.amazonaws.com", word);
    if (!ses_region(host, region))
        return sv_fail(err, SV_USAGE, "a region has the form of %s", t->provider->hosts[0].region);
    enum sv_status s = add_set(t, "host", host, err);
    t->p->port = 465;
    t->p->tls = TLS_IMPLICIT;
    return s;
}

static enum sv_status take_region(struct add_talk *t, const char *word, struct sv_err *err)
{
    const struct provider_host *h = provider_best_host(t->provider, word);
    if (h != NULL)
        return add_set(t, "host", h->host, err);
    if (provider_has_host(t->provider, word))
        return add_set(t, "host", word, err);
    if (strcmp(t->provider->id, "amazon-ses") == 0)
        return new_ses_region(t, word, err);
    return sv_fail(err, SV_USAGE, "%s has no region \"%s\" that is known here", t->provider->name,
                   NAME_SHOWN(word));
}

static enum sv_status ask_region(struct add_talk *t, struct sv_err *err)
{
    const char *regions[REGIONS_MAX];
    char list[REGIONS_MAX * (SES_REGION_MAX + 2)] = "", question[200];
    size_t len = 0, count = regions_of(t->provider, regions);
    if (count == 0)
        return SV_OK;
    for (size_t i = 0; i < count && len < sizeof list; i++)
        len +=
            (size_t)snprintf(list + len, sizeof list - len, "%s%s", i > 0 ? ", " : "", regions[i]);
    prompt_tell(t->cli, "%s has a server for each region: %s.", t->provider->name, list);
    snprintf(question, sizeof question, "Region [%s]: ", regions[0]);
    return add_ask(t, question, regions[0], take_region, err);
}

/* ---- a server that no table knows ---- */

static enum sv_status take_host(struct add_talk *t, const char *word, struct sv_err *err)
{
    return add_set(t, "host", word, err);
}

static enum sv_status take_port(struct add_talk *t, const char *word, struct sv_err *err)
{
    enum sv_status s = add_set(t, "port", word, err);
    if (s == SV_OK && t->p->port != 587 && t->p->port != 25 && t->p->port != 2525)
        t->p->tls = TLS_IMPLICIT;
    else if (s == SV_OK)
        t->p->tls = TLS_STARTTLS;
    return s;
}

static enum sv_status ask_port(struct add_talk *t, struct sv_err *err)
{
    if (args_value(t->args, "port") != NULL || args_value(t->args, "tls") != NULL ||
        t->p->port != 0)
        return SV_OK;
    return add_ask(t, "Port (465 with implicit TLS, 587 with STARTTLS) [465]: ", PORT_IMPLICIT,
                   take_port, err);
}

/* Knows the table this server? Then it says the rest. */
static bool in_table(struct add_talk *t, const char *host)
{
    char name[SERVER_MAX];
    snprintf(name, sizeof name, "%s", host);
    const struct provider *found = provider_of_profile(&(struct profile){.host = name});
    if (found != NULL && add_has_login(found))
        t->provider = found;
    return t->provider != NULL;
}

bool add_has_login(const struct provider *p)
{
    return strcmp(p->secret_kind, "none") != 0;
}

/* Without a server it says why there is none. */
static enum sv_status check_server(const struct provider *p, struct sv_err *err)
{
    PROFILE_OWNED struct profile scratch = {.name = NULL};
    return provider_fill(p, &scratch, err);
}

static bool only_placeholders(const struct provider *p)
{
    for (size_t i = 0; i < p->host_count; i++)
        if (!p->hosts[i].placeholder)
            return false;
    return p->host_count > 0;
}

enum sv_status add_server(struct add_talk *t, struct sv_err *err)
{
    const char *host = add_has(t, "host", t->p->host);
    char question[400];
    if (t->provider == NULL)
        return host == NULL || in_table(t, host) ? SV_OK : ask_port(t, err);
    if (host != NULL)
        return SV_OK;
    if (!only_placeholders(t->provider)) {
        bool by_hand = args_value(t->args, "port") != NULL || args_value(t->args, "tls") != NULL;
        enum sv_status s = by_hand ? SV_OK : check_server(t->provider, err);
        return s == SV_OK ? ask_region(t, err) : s;
    }
    snprintf(question, sizeof question,
             "Your server at %s (it has the form %s): ", t->provider->name,
             t->provider->hosts[0].host);
    return add_ask(t, question, NULL, take_host, err);
}
