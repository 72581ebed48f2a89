/* SPDX-License-Identifier: ISC */
/*
 * What is known beyond the source: the provider's row, by its server, by the domain of its
 * user or sender, by its site. It sends mail when its source says so or names a server; when
 * its site is called as mail servers are, or it is called so itself; or when its site is its
 * provider's and there the password of the account is the one that SMTP takes.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/provider.h"
#include "import/found.h"

bool found_is_mail_host(const char *host)
{
    static const char *const words[] = {"smtp",       "mail",  "email",   "mx",     "mta",
                                        "submission", "relay", "webmail", "postfix"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);
        if (strncasecmp(host, words[i], len) == 0 && strchr(".-0123456789", host[len]))
            return true;
    }
    return false;
}

static bool says_smtp(const char *name)
{
    return name && (strcasestr(name, "smtp") || strcasestr(name, "e-mail") ||
                    strcasestr(name, "email") || strcasestr(name, "mailer"));
}

static const struct provider *of_address(const char *address)
{
    return address && strchr(address, '@') ? provider_of_address(address) : NULL;
}

/* A server that is not the provider's own is stronger than an address. */
static const struct provider *provider_for(const struct found *f)
{
    struct profile by_site = {.host = f->site};
    const struct provider *p = provider_of_profile(&f->card);
    if (p || f->card.host)
        return p;
    if (f->site && (p = provider_of_profile(&by_site)))
        return p;
    if ((p = of_address(f->card.username)) || (p = of_address(f->card.from)))
        return p;
    return f->site ? provider_of_mx(f->site) : NULL;
}

static bool sends_mail(const struct found *f, const struct provider *p)
{
    if (f->mail || f->card.host || says_smtp(f->card.name) ||
        (f->site && found_is_mail_host(f->site)))
        return true;
    return p && f->site && p->kind == KIND_PASSWORD && p->secret_kind &&
           strcmp(p->secret_kind, "none") != 0 && provider_of_mx(f->site) == p;
}

/* A site that is called as a mail server is taken for one where nothing better is known, and
 * submission (RFC 6409) for its port: should it be another, a login fails and sends nothing in
 * clear. */
static enum sv_status complete(struct found *f, const struct provider *p, struct sv_err *err)
{
    struct sv_err aside;
    enum sv_status s;
    if (p && f->mail) {
        s = provider_fill(p, &f->card, &aside);
        if (s != SV_OK && s != SV_USAGE)
            return sv_fail(err, s, "%s", aside.text);
    }
    if (f->mail && !f->card.host && f->site && found_is_mail_host(f->site) &&
        (s = found_set(f, "host", f->site, strlen(f->site), err)))
        return s;
    f->guessed = f->mail && f->card.host && !f->card.port && !f->card.tls;
    if (f->guessed)
        f->card.tls = TLS_STARTTLS;
    profile_infer(&f->card);
    return SV_OK;
}

enum sv_status found_complete(struct found *f, struct sv_err *err)
{
    f->mail = true;
    return complete(f, provider_for(f), err);
}

/* Whoever it is, at the server where that is not in the name. */
static enum sv_status make_name(struct found *f, struct sv_err *err)
{
    const char *user = f->card.username, *host = f->card.host ? f->card.host : f->site;
    char name[PROFILE_NAME_MAX + 1];
    int n;
    if (user && (strchr(user, '@') || !host))
        n = snprintf(name, sizeof name, "%s", user);
    else
        n = snprintf(name, sizeof name, "%s%s%s", user ? user : "", user && host ? "@" : "",
                     host   ? host
                     : user ? ""
                            : "login");
    if (n < 0 || (size_t)n >= sizeof name || profile_check_name(name, NULL) != SV_OK)
        return found_set(f, "name", "login", strlen("login"), err);
    return found_set(f, "name", name, strlen(name), err);
}

enum sv_status found_judge(struct found_list *list, struct sv_err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct found *f = &list->items[i];
        const struct provider *p = provider_for(f);
        enum sv_status s;
        f->mail = sends_mail(f, p);
        if ((s = complete(f, p, err)) || (!f->card.name && (s = make_name(f, err))))
            return s;
    }
    return SV_OK;
}
