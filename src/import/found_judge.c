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
#include "import/found.h"
#include "import/lookup.h"

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

/* ---- providers, each word looked for once: a scan of the table for each of many logins costs
 * more than their storing ---- */

enum by { BY_SERVER = 's', BY_ADDRESS = 'a', BY_DOMAIN = 'd' };

static const struct provider *ask_table(enum by by, const char *word)
{
    struct profile card = {.host = (char *)word};
    return by == BY_SERVER    ? provider_of_profile(&card)
           : by == BY_ADDRESS ? provider_of_address(word)
                              : provider_of_mx(word);
}

static const struct provider *look(struct lookup *known, enum by by, const char *word)
{
    char key[256];
    size_t cursor = 0, value;
    int n = snprintf(key, sizeof key, "%c%s", (char)by, word);
    if (n < 0 || (size_t)n >= sizeof key)
        return ask_table(by, word);
    if (lookup_next(known, key, &cursor, &value))
        return (const struct provider *)value;
    const struct provider *p = ask_table(by, word);
    (void)!lookup_put(known, key, (size_t)p, NULL); /* it is asked again where that failed */
    return p;
}

static const struct provider *of_address(struct lookup *known, const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    return at ? look(known, BY_ADDRESS, at + 1) : NULL;
}

/* A server that is not the provider's own is stronger than an address. */
static const struct provider *provider_for(struct lookup *known, const struct found *f)
{
    const struct provider *p;
    if (f->card.provider)
        return provider_find(f->card.provider);
    if (f->card.host)
        return look(known, BY_SERVER, f->card.host);
    if (f->site && (p = look(known, BY_SERVER, f->site)))
        return p;
    if ((p = of_address(known, f->card.username)) || (p = of_address(known, f->card.from)))
        return p;
    return f->site ? look(known, BY_DOMAIN, f->site) : NULL;
}

static bool sends_mail(struct lookup *known, const struct found *f, const struct provider *p)
{
    if (f->mail || f->card.host || says_smtp(f->card.name) ||
        (f->site && found_is_mail_host(f->site)))
        return true;
    return p && f->site && p->kind == KIND_PASSWORD && p->secret_kind &&
           strcmp(p->secret_kind, "none") != 0 && look(known, BY_DOMAIN, f->site) == p;
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
    LOOKUP_OWNED struct lookup known = {.count = 0};
    f->mail = true;
    return complete(f, provider_for(&known, f), err);
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
    LOOKUP_OWNED struct lookup known = {.count = 0};
    for (size_t i = 0; i < list->count; i++) {
        struct found *f = &list->items[i];
        const struct provider *p = provider_for(&known, f);
        enum sv_status s;
        f->provider = p;
        f->mail = sends_mail(&known, f, p);
        if ((s = complete(f, p, err)) || (!f->card.name && (s = make_name(f, err))))
            return s;
    }
    return SV_OK;
}
