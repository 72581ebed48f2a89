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
    struct part scheme, user, secret, host, port;
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
}

static bool is_scheme(const struct url *u, const char *scheme)
{
    return u->scheme.len == strlen(scheme) && strncasecmp(u->scheme.at, scheme, u->scheme.len) == 0;
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
        s = found_set(f, "username", (const char *)secret_peek(user), secret_len(user), err);
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
