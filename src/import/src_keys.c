/* SPDX-License-Identifier: ISC */
/*
 * Files of a key and its value on each line: ssmtp.conf(5), esmtprc(5), a configuration of
 * curl's (curl -K) and one of swaks'. Each has its own way to split a line, and its own word for
 * where another login begins.
 */
#include <string.h>

#include "import/account.h"
#include "import/sources.h"

#define ROWS_MAX 20
struct keys_dialect {
    struct lines_look look; /* the first: keys_looks_like reads it */
    /* Splits a line; value->text.at NULL: it has none. false: it is a comment. */
    bool (*split)(struct span line, struct span *key, struct told *value);
    const char *begins; /* the key with which another login begins; NULL */
    bool named;         /* its value is the sender's address */
    struct account_row rows[ROWS_MAX];
    /* What the tool would do; false: it is no login for mail. */
    bool (*judge)(struct account *s);
};

/* ---- ssmtp: words between blanks and "=", up to a "#" ---- */

static bool ssmtp_split(struct span line, struct span *key, struct told *value)
{
    struct span rest = span_take(&line, "#");
    *key = span_take(&rest, "= \t");
    while (rest.len > 0 && strchr("= \t", *rest.at))
        rest = (struct span){rest.at + 1, rest.len - 1};
    value->text = span_take(&rest, "= \t\r\n");
    return key->len > 0;
}

static bool ssmtp_judge(struct account *s)
{
    bool starttls = account_is_yes(s, SET_STARTTLS);
    s->tls = starttls ? TLS_STARTTLS : account_is_yes(s, SET_TLS) ? TLS_IMPLICIT : TLS_NONE;
    return true;
}

const struct keys_dialect keys_ssmtp = {
    .look = {.paths = {"ssmtp.conf"}, .begins = {"mailhub = *", "AuthPass = *"}},
    .split = ssmtp_split,
    .rows = {{"mailhub", SET_HOST},
             {"AuthUser", SET_USER},
             {"AuthPass", SET_SECRET},
             {"AuthMethod", SET_AUTH},
             {"UseTLS", SET_TLS},
             {"UseSTARTTLS", SET_STARTTLS},
             {"TLS_CA_File", SET_CA}},
    .judge = ssmtp_judge,
};

/* ---- esmtp: C strings, in which no backslash saves a quote ---- */

static bool esmtp_split(struct span line, struct span *key, struct told *value)
{
    static const struct word_escapes c = {
        .letters = "a\ab\bf\fn\nr\rt\tv\v", .octal = 1, .hex = true};
    static const struct word_rules rules = {.quotes = "\"", .twofold = &c, .hard = true};
    struct word w;
    struct span rest = span_trim(line);
    if (rest.len == 0 || *rest.at == '#')
        return false;
    *key = span_take(&rest, "= \t");
    rest = span_skip(rest);
    if (rest.len > 0 && *rest.at == '=')
        rest = (struct span){rest.at + 1, rest.len - 1};
    if (word_next(&rules, &rest, &w)) {
        value->text = w.text;
        value->open = w.open;
    }
    return true;
}

static bool esmtp_judge(struct account *s)
{
    bool starttls =
        account_is(s, SET_STARTTLS, "required") || account_is(s, SET_STARTTLS, "enabled");
    s->tls = starttls ? TLS_STARTTLS : TLS_NONE;
    return true;
}

const struct keys_dialect keys_esmtp = {
    .look = {.paths = {".esmtprc", "esmtprc"}, .begins = {"hostname = *", "starttls = *"}},
    .split = esmtp_split,
    .begins = "identity",
    .named = true,
    .rows = {{"hostname", SET_HOST},
             {"username", SET_USER},
             {"password", SET_SECRET},
             {"starttls", SET_STARTTLS}},
    .judge = esmtp_judge,
};

/* ---- curl: options, with or without their dashes ---- */

static bool curl_split(struct span line, struct span *key, struct told *value)
{
    static const struct word_escapes c = {.letters = "t\tn\nr\rv\v"};
    static const struct word_rules rules = {.quotes = "\"", .twofold = &c};
    struct word w;
    struct span rest = span_trim(line);
    bool dashed = rest.len > 0 && *rest.at == '-';
    if (rest.len == 0 || *rest.at == '#')
        return false;
    while (rest.len > 0 && *rest.at == '-')
        rest = (struct span){rest.at + 1, rest.len - 1};
    *key = span_take(&rest, dashed ? " \t" : "=: \t");
    while (rest.len > 0 && strchr(dashed ? " \t" : "=: \t", *rest.at))
        rest = (struct span){rest.at + 1, rest.len - 1};
    if (word_next(&rules, &rest, &w)) {
        value->text = w.text;
        value->open = w.open;
    }
    return true;
}

static bool curl_judge(struct account *s)
{
    struct span *auth = &s->values[SET_AUTH].text, url = span_trim(s->values[SET_URL].text);
    if (span_begins(*auth, "AUTH="))
        *auth = (struct span){auth->at + 5, auth->len - 5};
    if (!span_begins(url, "smtps:") && !account_has(s, SET_TLS))
        s->tls = account_has(s, SET_STARTTLS) ? TLS_STARTTLS : TLS_NONE;
    else if (!span_begins(url, "smtps:"))
        s->tls = TLS_NONE;
    return span_begins(url, "smtp:") || span_begins(url, "smtps:");
}

const struct keys_dialect keys_curl = {
    .look = {.paths = {".curlrc", "_curlrc", "curlrc", "*.curlrc"},
             .begins = {"url = \"smtp*", "user = \"*"}},
    .split = curl_split,
    .begins = "next",
    .rows = {{"url", SET_URL},
             {"user", SET_BOTH},
             {"u", SET_BOTH},
             {"oauth2-bearer", SET_SECRET},
             {"login-options", SET_AUTH},
             {"mail-from", SET_FROM},
             {"cacert", SET_CA},
             {"ssl-reqd", SET_STARTTLS},
             {"ssl", SET_STARTTLS},
             {"no-ssl-reqd", SET_TLS},
             {"no-ssl", SET_TLS}},
    .judge = curl_judge,
};

/* ---- swaks: the same, and all behind the first blank is the value, as it is ---- */

static bool swaks_split(struct span line, struct span *key, struct told *value)
{
    if (line.len == 0 || *line.at == '#')
        return false;
    while (line.len > 0 && *line.at == '-')
        line = (struct span){line.at + 1, line.len - 1};
    *key = span_take(&line, " \t");
    if (line.len > 0)
        value->text = (struct span){line.at + 1, line.len - 1};
    return true;
}

static bool swaks_judge(struct account *s)
{
    s->tls = account_has(s, SET_TLS)        ? TLS_IMPLICIT
             : account_has(s, SET_STARTTLS) ? TLS_STARTTLS
                                            : TLS_NONE;
    return true;
}

const struct keys_dialect keys_swaks = {
    .look = {.paths = {".swaksrc", "swaksrc", "*.swaksrc"},
             .begins = {"auth-user ", "auth-password "}},
    .split = swaks_split,
    .rows = {{"server", SET_HOST},
             {"s", SET_HOST},
             {"port", SET_PORT},
             {"p", SET_PORT},
             {"auth-user", SET_USER},
             {"au", SET_USER},
             {"auth-password", SET_SECRET},
             {"ap", SET_SECRET},
             {"auth", SET_AUTH},
             {"a", SET_AUTH},
             {"from", SET_FROM},
             {"f", SET_FROM},
             {"tls", SET_STARTTLS},
             {"tls-optional", SET_STARTTLS},
             {"tls-on-connect", SET_TLS},
             {"tlsc", SET_TLS},
             {"tls-ca-path", SET_CA}},
    .judge = swaks_judge,
};

/* ---- all of them ---- */

static enum sv_status finish(struct found_list *out, const struct import_input *in,
                             struct account *s, struct sv_err *err)
{
    const struct keys_dialect *d = in->source->detail;
    struct account done = *s;
    *s = (struct account){.line = 0};
    if (!account_is_login(&done))
        return SV_OK;
    if (!d->judge(&done)) {
        out->passed++;
        return SV_OK;
    }
    return account_add(out, in, &done, NULL, err);
}

static void take(const struct keys_dialect *d, struct account *s, struct span key,
                 struct told *value)
{
    if (!value->text.at) /* a word alone is a yes */
        value->text = (struct span){key.at + key.len, 0};
    for (size_t i = 0; i < ROWS_MAX && d->rows[i].key; i++)
        if (span_is(key, d->rows[i].key))
            account_put(s, d->rows[i].what, value);
}

IMPORT_READ(keys_read)
{
    const struct keys_dialect *d = in->source->detail;
    struct lines lines = lines_of(in, LINES_PLAIN);
    struct account s = {.line = 0};
    struct span line, key;
    enum sv_status st = SV_OK;
    while (st == SV_OK && lines_next(&lines, &line)) {
        struct told value = {.statement = span_trim(line), .line = lines.number};
        if (!d->split(line, &key, &value))
            continue;
        if (!d->begins || !span_is(key, d->begins)) {
            take(d, &s, key, &value);
            continue;
        }
        st = finish(out, in, &s, err);
        if (d->named && value.text.at) {
            account_put(&s, SET_NAME, &value);
            account_put(&s, SET_FROM, &value);
        }
    }
    return st ? st : finish(out, in, &s, err);
}

IMPORT_LOOK(keys_looks_like)
{
    const struct keys_dialect *d = source->detail;
    return lines_look(&d->look, path, first, len);
}
