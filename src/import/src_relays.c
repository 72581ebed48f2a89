/* SPDX-License-Identifier: ISC */
/*
 * Files of mail servers that have one login on each line: Postfix's sasl_passwd, exim's
 * passwd.client, OpenSMTPD's secrets, dma's auth.conf, nullmailer's remotes and Sendmail's
 * authinfo.
 */
#include <sodium.h>
#include <string.h>

#include "import/account.h"
#include "import/sources.h"

struct relays_dialect {
    struct lines_look look; /* the first: relays_looks_like reads it */
    enum lines_kind kind;
    /* false: no login is on this line. */
    bool (*split)(struct span line, struct account *s);
    bool (*likely)(struct span line); /* by its first line; NULL */
};

static void put(struct account *s, enum account_key key, struct span text)
{
    s->values[key].text = text;
}

/* USER:SECRET. A hash, as tables of a server's own users have it, is none. */
static bool put_both(struct account *s, struct span both)
{
    struct span secret, user = span_split(both, ':', &secret);
    put(s, SET_USER, user);
    put(s, SET_SECRET, secret);
    return secret.at && user.len > 0;
}

/* ---- KEY blanks USER:SECRET ---- */

static struct span first_word(struct span *rest)
{
    struct span key = span_take(rest, " \t\r\n");
    *rest = span_trim(*rest);
    return key;
}

/* The key is a relay, or the sender for whom a login is used. */
static bool postfix_split(struct span line, struct account *s)
{
    struct span key = first_word(&line);
    bool sender = key.len > 0 && memchr(key.at, '@', key.len);
    if (!sender)
        put(s, SET_HOST, key);
    else if (*key.at != '@') /* not for a whole domain */
        put(s, SET_FROM, key);
    return put_both(s, line);
}

/* [host] or [host]:port, and behind blanks a word that a colon ends. */
static bool postfix_likely(struct span line)
{
    struct span port, secret, key = first_word(&line);
    struct span host = span_split(key, ']', &port);
    struct span user = span_split(line, ':', &secret);
    bool letter = false;
    for (size_t i = 0; i < user.len; i++)
        if (span_is_blank(user.at[i]))
            return false;
    for (size_t i = 1; i < host.len; i++)
        letter = letter || (host.at[i] >= 'a' && host.at[i] <= 'z');
    return host.len > 3 && *host.at == '[' && memchr(host.at, '.', host.len) && letter && port.at &&
           (port.len == 0 || *port.at == ':') && user.len > 0 && secret.len > 0;
}

const struct relays_dialect relays_postfix = {
    .look = {.paths = {"sasl_passwd", "sasl_passwords", "sasl-passwd", "sasl/passwd"}},
    .kind = LINES_FOLDED,
    .split = postfix_split,
    .likely = postfix_likely,
};

static bool opensmtpd_split(struct span line, struct account *s)
{
    put(s, SET_NAME, first_word(&line));
    return put_both(s, line);
}

const struct relays_dialect relays_opensmtpd = {
    .look = {.paths = {"mail/secrets", "smtpd/secrets", "opensmtpd/secrets"}},
    .split = opensmtpd_split,
};

/* ---- HOST:USER:SECRET, HOST a pattern at times ---- */

static bool exim4_split(struct span line, struct account *s)
{
    struct span rest, host = span_split(line, ':', &rest);
    if (!rest.at)
        return false;
    if (!memchr(host.at, '*', host.len) && *host.at != '^')
        put(s, SET_HOST, host);
    return put_both(s, span_trim(rest));
}

const struct relays_dialect relays_exim4 = {
    .look = {.paths = {"passwd.client"}},
    .kind = LINES_FOLDED,
    .split = exim4_split,
};

/* ---- USER|HOST:SECRET, and all behind the colon is the secret ---- */

static bool dma_split(struct span line, struct account *s)
{
    struct span rest, user = span_split(line, '|', &rest);
    struct span host = span_take(&rest, ": \t");
    put(s, SET_USER, user);
    put(s, SET_HOST, host);
    if (rest.len > 0)
        put(s, SET_SECRET, (struct span){rest.at + 1, rest.len - 1});
    return rest.len > 0;
}

const struct relays_dialect relays_dma = {
    .look = {.paths = {"dma/auth.conf"}},
    .split = dma_split,
};

/* ---- HOST PROTOCOL --option=value ..., with quotes that are nearly a shell's ---- */

static void nullmailer_option(struct account *s, struct span option, bool *tls, bool *starttls)
{
    struct span value, name = span_split(option, '=', &value);
    while (name.len > 0 && *name.at == '-')
        name = (struct span){name.at + 1, name.len - 1};
    if (span_is(name, "user"))
        put(s, SET_USER, value);
    else if (span_is(name, "pass"))
        put(s, SET_SECRET, value);
    else if (span_is(name, "port"))
        put(s, SET_PORT, value);
    else if (span_is(name, "x509cafile"))
        put(s, SET_CA, value);
    else if (span_is(name, "auth-login"))
        put(s, SET_AUTH, (struct span){name.at + 5, 5});
    *tls = *tls || span_is(name, "ssl") || span_is(name, "tls");
    *starttls = *starttls || span_is(name, "starttls");
}

static bool nullmailer_split(struct span line, struct account *s)
{
    static const struct word_escapes every = {.octal = 0};
    static const struct word_rules rules = {
        .quotes = "\"'", .bare = &every, .twofold = &every, .within = true};
    struct word host, word = {.open = false};
    bool tls = false, starttls = false, smtp = true;
    if (!word_next(&rules, &line, &host))
        return false;
    put(s, SET_HOST, host.text);
    if (word_next(&rules, &line, &word))
        smtp = span_is(word.text, "smtp");
    while (word_next(&rules, &line, &word)) {
        nullmailer_option(s, word.text, &tls, &starttls);
        s->values[SET_SECRET].open = word.open;
    }
    s->tls = starttls ? TLS_STARTTLS : tls ? TLS_IMPLICIT : TLS_NONE;
    return smtp && account_has(s, SET_SECRET);
}

const struct relays_dialect relays_nullmailer = {
    .look = {.paths = {"nullmailer/remotes"}},
    .split = nullmailer_split,
};

/* ---- AuthInfo:HOST "U:user" "I:user" "P:secret" "M:mechanisms" ---- */

/* "U:text" or "U=base64", decoded where it stands. */
static struct span sendmail_value(struct span field)
{
    struct span value = {field.at + 2, field.len - 2};
    size_t n = 0;
    if (field.at[1] == '=' &&
        sodium_base642bin((unsigned char *)value.at, value.len, value.at, value.len, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0)
        value.len = n;
    return value;
}

static bool sendmail_split(struct span line, struct account *s)
{
    static const struct word_rules rules = {.quotes = "\""};
    struct word w;
    if (!span_begins(line, "AuthInfo:") || !word_next(&rules, &line, &w))
        return false;
    put(s, SET_HOST, (struct span){w.text.at + 9, w.text.len - 9});
    while (word_next(&rules, &line, &w)) {
        if (w.text.len < 2 || !strchr(":=", w.text.at[1]))
            continue;
        char field = *w.text.at;
        struct span value = sendmail_value(w.text);
        if (field == 'U' || (field == 'I' && !account_has(s, SET_USER)))
            put(s, SET_USER, value);
        else if (field == 'M')
            put(s, SET_AUTH, value);
        else if (field == 'P')
            put(s, SET_SECRET, value);
        s->values[SET_SECRET].open = w.open;
    }
    return account_has(s, SET_SECRET);
}

const struct relays_dialect relays_sendmail = {
    .look = {.paths = {"mail/authinfo"}, .begins = {"AuthInfo:*"}},
    .split = sendmail_split,
};

/* ---- all of them ---- */

static bool is_comment(struct span line)
{
    line = span_skip(line);
    return line.len == 0 || *line.at == '#';
}

IMPORT_READ(relays_read)
{
    const struct relays_dialect *d = in->source->detail;
    struct lines lines = lines_of(in, d->kind);
    struct span line;
    enum sv_status st = SV_OK;
    while (st == SV_OK && lines_next(&lines, &line)) {
        struct account s = {.line = lines.number};
        s.values[SET_SECRET].statement = span_trim(line);
        if (is_comment(line))
            continue;
        if (d->split(line, &s))
            st = account_add(out, in, &s, NULL, err);
        else
            out->passed++;
    }
    return st;
}

IMPORT_LOOK(relays_looks_like)
{
    const struct relays_dialect *d = source->detail;
    enum import_look look = lines_look(&d->look, path, first, len);
    struct import_input in = {.bytes = (char *)first, .len = len};
    struct lines lines = lines_of(&in, LINES_PLAIN);
    struct span line;
    while (look == LOOK_NO && d->likely && lines_next(&lines, &line))
        if (!is_comment(line))
            return d->likely(line) ? LOOK_LIKELY : LOOK_NO;
    return look;
}
