/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "import/found.h"

/* The parts of scheme://user:secret@host:port/..., borrowed; len 0: not there. */
struct part {
    const char *at;
    size_t len;
};
struct url {
    struct part scheme, user, secret, host, port, query;
};

static struct part before(struct part *rest, size_t len, size_t separator)
{
    struct part p = {rest->at, len};
    rest->at += len + separator;
    rest->len -= len + separator;
    return p;
}

static void split_host(struct url *u, struct part authority)
{
    size_t host = authority.len;
    const char *close =
        authority.len && *authority.at == '[' ? memchr(authority.at, ']', authority.len) : NULL;
    const char *from = close ? close : authority.at;
    const char *colon = memchr(from, ':', (size_t)(authority.at + authority.len - from));
    if (colon)
        host = (size_t)(colon - authority.at);
    u->host = before(&authority, host, colon ? 1 : 0);
    u->port = authority;
}

static void split(struct url *u, const char *text, size_t len)
{
    struct part rest = {text, len};
    const char *found = memmem(text, len, "://", 3);
    size_t n = 0;
    if (found && !memchr(text, '/', (size_t)(found - text)))
        u->scheme = before(&rest, (size_t)(found - text), 3);
    while (n < rest.len && !strchr("/?#", rest.at[n]))
        n++;
    struct part authority = before(&rest, n, 0);
    const char *at = memrchr(authority.at, '@', authority.len);
    if (at) {
        struct part user = before(&authority, (size_t)(at - authority.at), 1);
        const char *colon = memchr(user.at, ':', user.len);
        u->user = before(&user, colon ? (size_t)(colon - user.at) : user.len, colon ? 1 : 0);
        u->secret = user;
    }
    split_host(u, authority);
    const char *query = memchr(rest.at, '?', rest.len);
    if (query)
        u->query = (struct part){query + 1, (size_t)(rest.at + rest.len - query - 1)};
}

/* With or without a mechanism behind it: smtps+plain. */
static bool is_scheme(const struct url *u, const char *scheme)
{
    const char *plus = u->scheme.len ? memchr(u->scheme.at, '+', u->scheme.len) : NULL;
    size_t len = plus ? (size_t)(plus - u->scheme.at) : u->scheme.len;
    return len == strlen(scheme) && strncasecmp(u->scheme.at, scheme, len) == 0;
}

/* In guarded memory, since it may be a secret; what is no %XX stays as it stands. */
static enum sv_status decode(struct secret **out, struct part p, struct sv_err *err)
{
    enum sv_status s = secret_new(out, p.len + 1, err);
    if (s)
        return s;
    for (size_t i = 0; i < p.len && s == SV_OK; i++) {
        char c = p.at[i];
        if (c == '%' && i + 2 < p.len && text_hex_value(p.at[i + 1]) >= 0 &&
            text_hex_value(p.at[i + 2]) >= 0) {
            c = (char)(text_hex_value(p.at[i + 1]) * 16 + text_hex_value(p.at[i + 2]));
            i += 2;
        }
        s = secret_append(*out, &c, 1, err);
    }
    return s;
}

static enum sv_status take_user(struct found *f, const struct url *u, struct sv_err *err)
{
    SECRET_OWNED struct secret *user = NULL, *secret = NULL;
    enum sv_status s = SV_OK;
    if (u->user.len && !f->card.username && (s = decode(&user, u->user, err)) == SV_OK)
        s = found_username(f, (const char *)secret_peek(user), secret_len(user), err);
    if (s == SV_OK && u->secret.len && !f->secret && (s = decode(&secret, u->secret, err)) == SV_OK)
        s = found_secret(f, (const char *)secret_peek(secret), secret_len(secret), err);
    return s;
}

static enum sv_status take_server(struct found *f, const struct url *u, enum profile_tls tls,
                                  struct sv_err *err)
{
    enum sv_status s = found_set(f, "host", u->host.at, u->host.len, err);
    if (s == SV_OK)
        s = found_set(f, "port", u->port.at, u->port.len, err);
    if (tls != TLS_UNSET)
        f->card.tls = tls;
    f->mail = true;
    return s;
}

enum sv_status found_url(struct found *f, const char *url, size_t len, struct sv_err *err)
{
    struct url u = {.scheme = {NULL, 0}};
    found_trim(&url, &len);
    split(&u, url, len);
    enum sv_status s = take_user(f, &u, err);
    if (s != SV_OK || u.host.len == 0)
        return s;
    if (is_scheme(&u, "smtps") || is_scheme(&u, "submissions"))
        return take_server(f, &u, TLS_IMPLICIT, err);
    if (is_scheme(&u, "smtp") || is_scheme(&u, "submission"))
        return take_server(f, &u, TLS_UNSET, err);
    sv_free(f->site);
    f->site = sv_strndup(u.host.at, u.host.len);
    return f->site ? SV_OK : sv_fail_nomem(err);
}

/* ---- as frameworks have it ---- */

static bool is_part(struct part p, const char *list)
{
    return p.len > 0 && text_has_word(list, p.at, p.len);
}

/* The value of a name in the query; len 0: it is not there. */
static struct part param(const struct url *u, const char *name)
{
    struct part rest = u->query;
    while (rest.len > 0) {
        size_t n = 0;
        while (n < rest.len && !strchr("&#", rest.at[n]))
            n++;
        struct part pair = before(&rest, n, n < rest.len ? 1 : 0);
        const char *equals = memchr(pair.at, '=', pair.len);
        if (equals && (size_t)(equals - pair.at) == strlen(name) &&
            strncasecmp(pair.at, name, strlen(name)) == 0)
            return (struct part){equals + 1, (size_t)(pair.at + pair.len - equals - 1)};
    }
    return (struct part){NULL, 0};
}

static void take_tls(struct found *f, const struct url *u, struct part more)
{
    static const char yes[] = "1 true yes on", no[] = "0 false no off";
    struct part word = param(u, "tls"), encryption = param(u, "encryption");
    bool implicit = is_scheme(u, "smtps") || is_scheme(u, "submissions") || is_part(more, "ssl") ||
                    is_part(encryption, "ssl") || is_part(param(u, "ssl"), yes);
    bool starttls = is_part(more, "tls starttls") || is_part(encryption, "tls") ||
                    is_part(word, yes) || is_part(param(u, "require_tls"), yes) ||
                    is_part(param(u, "requireTLS"), yes);
    bool none = is_part(param(u, "auto_tls"), no) || is_part(param(u, "ignoreTLS"), yes) ||
                is_part(param(u, "disable_starttls"), yes);
    if (is_part(word, "starttls implicit none"))
        found_tls(f, word.at, word.len);
    else if (starttls || (implicit && f->card.port == 587)) /* where nobody has it */
        f->card.tls = TLS_STARTTLS;
    else if (implicit)
        f->card.tls = TLS_IMPLICIT;
    else if (none)
        f->card.tls = TLS_NONE;
}

static enum sv_status take_params(struct found *f, struct url *u, struct sv_err *err)
{
    struct part auth = param(u, "auth_mode");
    if (u->user.len == 0)
        u->user = param(u, "username");
    if (u->secret.len == 0)
        u->secret = param(u, "password");
    found_auth(f, auth.at, auth.len);
    return take_user(f, u, err);
}

/* "default" is whatever server the provider has; Symfony's own region for Amazon is this. */
static enum sv_status take_provider(struct found *f, struct url *u, const struct provider *p,
                                    struct sv_err *err)
{
    char word[64] = "eu-west-1";
    struct part region = param(u, "region");
    const struct provider_host *host = NULL;
    enum sv_status s = found_set(f, "provider", p->id, strlen(p->id), err);
    if (region.len > 0 && region.len < sizeof word)
        (void)snprintf(word, sizeof word, "%.*s", (int)region.len, region.at);
    if (region.len > 0 || strcmp(p->id, "amazon-ses") == 0)
        host = provider_best_host(p, word);
    if (s == SV_OK && is_part(u->host, "default") && host)
        s = found_set(f, "host", host->host, strlen(host->host), err);
    if (u->secret.len == 0) { /* the key alone */
        u->secret = u->user;
        u->user.len = 0;
    }
    return s;
}

static const struct provider *provider_called(struct part p)
{
    char word[64];
    if (p.len >= sizeof word)
        return NULL;
    (void)snprintf(word, sizeof word, "%.*s", (int)p.len, p.at);
    return provider_find(strcmp(word, "scaleway") == 0 ? "scaleway-tem" : word);
}

enum sv_status found_dsn(struct found *f, const char *url, size_t len, struct sv_err *err)
{
    struct url u = {.scheme = {NULL, 0}};
    enum sv_status s = SV_OK;
    found_trim(&url, &len);
    split(&u, url, len);
    struct part more = u.scheme;
    const char *plus = u.scheme.len ? memchr(u.scheme.at, '+', u.scheme.len) : NULL;
    if (plus)
        u.scheme = before(&more, (size_t)(plus - u.scheme.at), 1);
    else
        more.len = 0;
    const struct provider *p = u.scheme.len ? provider_called(u.scheme) : NULL;
    if (!is_part(u.scheme, "smtp smtps submission submissions")) {
        if (p && !is_part(more, "smtp smtps"))
            return found_fault(f, "it is a key for another way than SMTP", err);
        if (!p && is_part(more, "smtp smtps"))
            return found_fault(f, "the provider that it names is not known", err);
        if (!p)
            return SV_OK;
        s = take_provider(f, &u, p, err);
    }
    if (s == SV_OK && !is_part(u.host, "default"))
        s = take_server(f, &u, TLS_UNSET, err);
    if (s == SV_OK)
        s = take_params(f, &u, err);
    if (is_part(more, "smtps"))
        f->card.tls = TLS_IMPLICIT;
    take_tls(f, &u, more);
    return s;
}
