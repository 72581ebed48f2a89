/* SPDX-License-Identifier: ISC */
#include "import/account.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

void account_put(struct account *s, enum account_key key, const struct told *value)
{
    s->values[key] = *value;
    if (s->line == 0)
        s->line = value->line;
}

bool account_is(const struct account *s, enum account_key key, const char *word)
{
    return account_has(s, key) && span_is(span_trim(s->values[key].text), word);
}

bool account_is_yes(const struct account *s, enum account_key key)
{
    struct span text = span_trim(s->values[key].text);
    return text.at && (text.len == 0 || text_has_word("yes on true 1", text.at, text.len));
}

void account_overlay(struct account *s, const struct account *over)
{
    for (int i = 0; i < ACCOUNT_KEYS; i++)
        if (over->values[i].text.at)
            s->values[i] = over->values[i];
}

bool account_is_login(const struct account *s)
{
    const struct told *v = s->values;
    return v[SET_URL].text.len || v[SET_HOST].text.len || v[SET_SECRET].text.len ||
           v[SET_BOTH].text.len;
}

/* ---- one value ---- */

static enum sv_status set(struct found *f, const char *key, struct span text, struct sv_err *err)
{
    return text.at ? found_set(f, key, text.at, text.len, err) : SV_OK;
}

static enum sv_status set_port(struct found *f, struct span text, struct sv_err *err)
{
    static const char *const services[][2] = {
        {"smtp", "25"},   {"submission", "587"}, {"submissions", "465"},
        {"smtps", "465"}, {"ssmtp", "465"},      {"urd", "465"},
    };
    text = span_trim(text);
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (span_is(text, services[i][0]))
            return found_set(f, "port", services[i][1], strlen(services[i][1]), err);
    return set(f, "port", text, err);
}

/* A profile has an IPv6 address in brackets; of what has one colon its port is taken. */
static enum sv_status set_host(struct found *f, struct span text, bool has_port, struct sv_err *err)
{
    char bracketed[64];
    struct span port, host = span_trim(text);
    if (host.len == 0)
        return SV_OK;
    char *colon = memchr(host.at, ':', host.len), *last = memrchr(host.at, ':', host.len);
    char *close = *host.at == '[' ? memchr(host.at, ']', host.len) : NULL;
    if (colon && colon != last && !close) {
        int n = snprintf(bracketed, sizeof bracketed, "[%.*s]", (int)host.len, host.at);
        size_t len = n < 0 || (size_t)n >= sizeof bracketed ? 0 : (size_t)n;
        return len ? found_set(f, "host", bracketed, len, err) : set(f, "host", host, err);
    }
    char *from = close ? close : host.at;
    struct span rest = {from, (size_t)(host.at + host.len - from)};
    (void)span_split(rest, ':', &port);
    if (port.at)
        host.len = (size_t)(port.at - 1 - host.at);
    if (close && !memchr(host.at, ':', host.len)) /* [smtp.example.com] */
        host = (struct span){host.at + 1, (size_t)(close - host.at - 1)};
    enum sv_status s = set(f, "host", host, err);
    return s == SV_OK && port.at && !has_port ? set_port(f, port, err) : s;
}

/* A pattern of senders is no sender. */
static enum sv_status set_from(struct found *f, struct span text, struct sv_err *err)
{
    struct span behind, rest;
    (void)span_split(text, '<', &behind);
    if (behind.at)
        text = span_split(behind, '>', &rest);
    text = span_trim(text);
    for (size_t i = 0; i < text.len; i++)
        if (strchr("*%$`\",", text.at[i]) || span_is_blank(text.at[i]))
            return SV_OK;
    return text.len && memchr(text.at, '@', text.len) ? set(f, "from", text, err) : SV_OK;
}

/* The system's own authorities are what is taken anyhow. */
static enum sv_status set_ca(struct found *f, struct span text, struct sv_err *err)
{
    static const char *const usual[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem",
                                        "/etc/ssl/certs/ca-bundle.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs"};
    text = span_trim(text);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (span_is(text, usual[i]))
            return SV_OK;
    return text.len && *text.at == '/' ? set(f, "ca-file", text, err) : SV_OK;
}

static void tell_place(struct found *f, const struct import_input *in, const struct told *value)
{
    f->at = value->statement.at ? (size_t)(value->statement.at - in->bytes) : 0;
    f->len = value->statement.len;
    if (value->line)
        f->line = value->line;
}

enum sv_status account_secret(struct found *f, const struct import_input *in,
                              const struct told *value, struct sv_err *err)
{
    struct span text = value->text;
    if (!text.at || text.len == 0 || f->secret)
        return SV_OK;
    if (value->open)
        return found_fault(f, "the quotes around its password have no end", err);
    if (!value->asks) {
        tell_place(f, in, value);
        return found_secret(f, text.at, text.len, err);
    }
    if (text.len > 1 && text.at[0] == '`' && text.at[text.len - 1] == '`')
        text = (struct span){text.at + 1, text.len - 2};
    return found_asks(f, text.at, text.len, err);
}

/* ---- a URL ---- */

/* Without the secret in it, for what will stand in its place. */
static enum sv_status keep_url(struct found *f, struct span url, struct sv_err *err)
{
    char *scheme = memmem(url.at, url.len, "://", 3);
    struct span rest = {scheme + 3, url.len - (size_t)(scheme + 3 - url.at)};
    struct span authority = span_take(&rest, "/?#");
    char *at = memrchr(authority.at, '@', authority.len);
    char *colon = at ? memchr(authority.at, ':', (size_t)(at - authority.at)) : NULL;
    if (!colon)
        return SV_OK;
    size_t before = (size_t)(colon - url.at), behind = url.len - (size_t)(at - url.at);
    f->place = sv_alloc(before + behind + 1);
    if (!f->place)
        return sv_fail_nomem(err);
    memcpy(f->place, url.at, before);
    memcpy(f->place + before, at, behind);
    return SV_OK;
}

static enum sv_status set_url(struct found *f, const struct import_input *in,
                              const struct told *value, struct sv_err *err)
{
    struct span url = span_trim(value->text);
    if (url.len == 0)
        return SV_OK;
    if (value->open)
        return found_fault(f, "the quotes around its URL have no end", err);
    if (value->asks)
        return found_asks(f, url.at, url.len, err);
    enum sv_status s = found_url(f, url.at, url.len, err);
    if (s != SV_OK || !f->secret)
        return s;
    tell_place(f, in, value);
    return in->source->hook && memmem(url.at, url.len, "://", 3) ? keep_url(f, url, err) : SV_OK;
}

/* ---- all of them ---- */

static enum sv_status set_both(struct found *f, const struct import_input *in,
                               const struct told *value, struct sv_err *err)
{
    struct told secret = *value;
    struct span user = span_split(value->text, ':', &secret.text);
    enum sv_status s = f->card.username || value->asks ? SV_OK : set(f, "username", user, err);
    return s ? s : account_secret(f, in, &secret, err);
}

static enum sv_status set_server(struct found *f, const struct import_input *in,
                                 const struct account *s, struct sv_err *err)
{
    const struct told *v = s->values;
    enum sv_status st;
    if ((st = set_url(f, in, &v[SET_URL], err)))
        return st;
    if (!f->card.host && (st = set_host(f, v[SET_HOST].text, account_has(s, SET_PORT), err)))
        return st;
    if (f->card.port == 0 && account_has(s, SET_PORT) && (st = set_port(f, v[SET_PORT].text, err)))
        return st;
    if (s->tls != TLS_UNSET)
        f->card.tls = s->tls;
    return SV_OK;
}

enum sv_status account_add(struct found_list *list, const struct import_input *in,
                           const struct account *s, struct found **out, struct sv_err *err)
{
    const struct told *v = s->values;
    struct span user = span_trim(v[SET_USER].text), auth = span_trim(v[SET_AUTH].text);
    struct found *f;
    enum sv_status st = found_add(list, s->line, &f, err);
    if (st)
        return st;
    f->mail = true;
    if ((st = set(f, "name", v[SET_NAME].text, err)) || (st = set_server(f, in, s, err)))
        return st;
    if (!f->card.username && !v[SET_USER].asks && (st = set(f, "username", user, err)))
        return st;
    if ((st = account_secret(f, in, &v[SET_SECRET], err)) ||
        (st = set_both(f, in, &v[SET_BOTH], err)))
        return st;
    if (account_has(s, SET_ASKS) && !f->secret &&
        (st = found_asks(f, v[SET_ASKS].text.at, v[SET_ASKS].text.len, err)))
        return st;
    if (auth.at)
        found_auth(f, auth.at, auth.len);
    if ((st = set_from(f, v[SET_FROM].text, err)) || (st = set_ca(f, v[SET_CA].text, err)))
        return st;
    if (s->place.at && !f->place && !(f->place = sv_strndup(s->place.at, s->place.len)))
        return sv_fail_nomem(err);
    if (out)
        *out = f;
    return SV_OK;
}
