/* SPDX-License-Identifier: ISC */
/*
 * shape: wrong secrets, told before the network is asked. A refused login costs
 * more than a question: providers lock accounts after a few. Each rule speaks
 * only when it is sure; the first that speaks is the finding.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "domain/provider.h"
#include "domain/shape_pattern.h"

/* A secret this long may be an OAuth2 token; no password of an account is. */
#define TOKEN_LEN_MIN 64
/* A foreign key must be this long before its prefix gives it away. */
#define TELLING_LEN_MIN 20

/* What a rule looks at. bytes are the secret's, borrowed. */
struct look {
    const struct provider *provider; /* or NULL */
    const char *username;            /* or NULL */
    const uint8_t *bytes;
    size_t len;
    struct shape_finding *finding;
};

/* A rule answers true when it has written a finding. */
typedef bool shape_rule(struct look *look);

static bool wrong(struct look *look, const char *fmt, ...) SV_PRINTF(2, 3);

static bool wrong(struct look *look, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(look->finding->text, sizeof(look->finding->text), fmt, args);
    va_end(args);
    look->finding->wrong = true;
    return true;
}

static bool is_text(const struct look *look, const char *text)
{
    return look->len == strlen(text) && memcmp(look->bytes, text, look->len) == 0;
}

static bool begins_nocase(const struct look *look, const char *prefix)
{
    size_t len = strlen(prefix);
    char head[16];
    if (look->len < len || len >= sizeof(head))
        return false;
    memcpy(head, look->bytes, len);
    head[len] = '\0';
    bool same = text_equal_nocase(head, prefix);
    explicit_bzero(head, sizeof(head));
    return same;
}

/* The bytes of a blank at the beginning of text: 0 when there is none. Web pages
 * show keys with no-break spaces (U+00A0), which look like any other blank. */
static size_t blank_len(const uint8_t *at, size_t left)
{
    if (left >= 1 && (*at == ' ' || *at == '\t'))
        return 1;
    if (left >= 2 && at[0] == 0xC2 && at[1] == 0xA0)
        return 2;
    return 0;
}

/* ---- rules for every secret ---- */

static bool rule_line_break(struct look *look)
{
    if (!memchr(look->bytes, '\n', look->len) && !memchr(look->bytes, '\r', look->len))
        return false;
    return wrong(look, "the secret has a line break in it: was more than the secret pasted?");
}

static bool rule_blank_ends(struct look *look)
{
    const uint8_t *b = look->bytes;
    size_t len = look->len;
    bool first = blank_len(b, len) > 0;
    bool last =
        len > 0 && (blank_len(b + len - 1, 1) > 0 || (len > 1 && blank_len(b + len - 2, 2) == 2));
    if (!first && !last)
        return false;
    return wrong(look, "the secret %s with a blank: it was probably pasted along with it",
                 first ? "begins" : "ends");
}

static bool rule_quotes(struct look *look)
{
    static const char *const pairs[][2] = {{"\"", "\""}, {"'", "'"}, {"`", "`"}, {"“", "”"},
                                           {"„", "“"},   {"‘", "’"}, {"«", "»"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        size_t open = strlen(pairs[i][0]);
        size_t close = strlen(pairs[i][1]);
        if (look->len >= open + close && memcmp(look->bytes, pairs[i][0], open) == 0 &&
            memcmp(look->bytes + look->len - close, pairs[i][1], close) == 0)
            return wrong(look, "the secret stands in quotes: paste it without them");
    }
    return false;
}

static bool rule_placeholder(struct look *look)
{
    /* Words that documentation prints where the secret belongs, masks that show
     * instead of it, and variables that nobody replaced. */
    static const char *const patterns[] = {
        "change[-_ ]*me[!]*|replace[-_ ]*me|todo|redacted|password|passwd|secret",
        "api[-_ ]*key|app[-_ ]*password|smtp[-_ ]*password|.*[-_]here",
        "your[-_ a-z]*password|your[-_ a-z]*key|your[-_ a-z]*token|your[-_ a-z]*secret",
        "[x -]{4,}|[*]{4,}|[.]{3,}",
        "<.*>|[[]{2}.*]]|\\{\\{.*}}|$\\{.*}|%[a-z_]{4,}%",
        "$[a-z_]*pass[a-z_]*|$[a-z_]*key|$[a-z_]*token|$[a-z_]*secret",
    };
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        if (shape_matches(patterns[i], look->bytes, look->len, SHAPE_ANY_CASE))
            return wrong(look,
                         "the secret is a placeholder such as documentation and password masks "
                         "show: give the real one%s%s",
                         look->provider && look->provider->secret_url ? ", made at " : "",
                         look->provider && look->provider->secret_url ? look->provider->secret_url
                                                                      : "");
    static const char bullet[] = "•";
    size_t unit = strlen(bullet);
    if (look->len < 4 * unit || look->len % unit != 0)
        return false;
    for (size_t at = 0; at < look->len; at += unit)
        if (memcmp(look->bytes + at, bullet, unit) != 0)
            return false;
    return wrong(look, "the secret is the row of dots that hides it: show it, then copy it");
}

static bool rule_url(struct look *look)
{
    static const char *const schemes[] = {"http://", "https://", "smtp://", "smtps://", "mailto:"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (begins_nocase(look, schemes[i]))
            return wrong(look, "the secret is a URL (%s...): give the password or key alone",
                         schemes[i]);
    return false;
}

static bool rule_header(struct look *look)
{
    static const char *const words[] = {"Bearer ", "Basic ", "Authorization:"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (begins_nocase(look, words[i]))
            return wrong(look,
                         "the secret begins with \"%s\", which belongs to an HTTP header: give "
                         "what comes behind it",
                         words[i]);
    return false;
}

static bool rule_username(struct look *look)
{
    if (!look->username || look->username[0] == '\0')
        return false;
    bool same = is_text(look, look->username);
    bool must = look->provider && strcmp(look->provider->username_form, "same-as-secret") == 0;
    /* Postmark has a second kind of credential, so a difference proves nothing. */
    if (!same || must)
        return false;
    return wrong(look, "the secret is the user name itself: was the wrong field pasted?");
}

static shape_rule *const general_rules[] = {rule_line_break,  rule_blank_ends, rule_quotes,
                                            rule_placeholder, rule_url,        rule_header,
                                            rule_username};

/* ---- rules of the provider ---- */

/* "; it is made at URL", or nothing. */
static const char *url_lead(const struct provider *p)
{
    return p->secret_url ? "; it is made at " : "";
}

static const char *url_of(const struct provider *p)
{
    return p->secret_url ? p->secret_url : "";
}

/* What the provider is known to give out, but SMTP refuses. */
static bool rule_known_wrong(struct look *look)
{
    const struct provider *p = look->provider;
    if (!p->shape || !p->shape->wrong)
        return false;
    for (const struct provider_wrong *w = p->shape->wrong; w->pattern; w++)
        if (shape_matches(w->pattern, look->bytes, look->len, SHAPE_EXACT))
            return wrong(look, "%s: %s%s%s", p->name, w->why, url_lead(p), url_of(p));
    return false;
}

/* Another provider's key. */
static bool rule_foreign(struct look *look)
{
    if (look->len < TELLING_LEN_MIN)
        return false;
    for (size_t i = 0; i < provider_total(); i++) {
        const struct provider *other = provider_at(i);
        if (other == look->provider || !other->shape || !other->shape->telling)
            continue;
        if (shape_matches(other->shape->telling, look->bytes, look->len, SHAPE_EXACT))
            return wrong(look,
                         "the secret is a key of %s, and this login is at %s: is the "
                         "provider right?",
                         other->name, look->provider->name);
    }
    return false;
}

static bool rule_fixed_user(struct look *look)
{
    static const char fixed[] = "fixed:";
    const struct provider *p = look->provider;
    if (!text_starts_with(p->username_form, fixed) || !look->username)
        return false;
    const char *word = p->username_form + strlen(fixed);
    if (strcmp(word, look->username) == 0)
        return false;
    return wrong(look,
                 "%s wants the user name to be the word \"%s\", for everyone: give "
                 "--username %s",
                 p->name, word, word);
}

static bool rule_user_shape(struct look *look)
{
    const struct provider *p = look->provider;
    if (!p->shape || !p->shape->user || !look->username || look->username[0] == '\0')
        return false;
    if (shape_matches(p->shape->user, (const uint8_t *)look->username, strlen(look->username),
                      SHAPE_EXACT))
        return false;
    return wrong(look, "the user name is not one that %s gives out: %s", p->name, p->shape->note);
}

static bool rule_secret_shape(struct look *look)
{
    const struct provider *p = look->provider;
    if (!p->shape || !p->shape->secret ||
        shape_matches(p->shape->secret, look->bytes, look->len, SHAPE_EXACT))
        return false;
    if (p->oauth && look->len >= TOKEN_LEN_MIN)
        return false;
    if (p->kind == KIND_APP_PASSWORD)
        return wrong(look,
                     "%s refuses the password of the account: SMTP needs an app password "
                     "(%s)%s%s",
                     p->name, p->shape->note, url_lead(p), url_of(p));
    return wrong(look, "this is not a secret that %s accepts for SMTP: %s%s%s", p->name,
                 p->shape->note, url_lead(p), url_of(p));
}

static bool advice(struct look *look, const char *what)
{
    snprintf(look->finding->text, sizeof(look->finding->text), "%s: %s", look->provider->name,
             what);
    return true;
}

/* A kind of login that ends, or has ended. Whoever says nothing of the kind means a
 * password: what is longer is a token. */
static bool rule_deadline(struct look *look)
{
    const struct provider *p = look->provider;
    if (look->len >= TOKEN_LEN_MIN)
        return false;
    for (size_t i = 0; i < p->deadline_count; i++) {
        const struct provider_deadline *d = &p->deadlines[i];
        int64_t when, now = env_now();
        if ((d->kinds & 1U << KIND_PASSWORD) == 0 || !text_parse_time(d->date, now, &when))
            continue;
        if (d->final && when <= now)
            return wrong(look, "%s (since %s): %s", d->what, d->date, d->advice);
        snprintf(look->finding->text, sizeof(look->finding->text), "%s (%s): %s%s", d->what,
                 d->date, d->advice,
                 p->kind == KIND_OAUTH2 ? "; a password needs --kind password" : "");
        return true;
    }
    return false;
}

/* Advice only: some of these servers take the whole address as well. */
static bool rule_local_part(struct look *look)
{
    if (strcmp(look->provider->username_form, "local-part") != 0 || !look->username ||
        !strchr(look->username, '@'))
        return false;
    return advice(look, "the user name is usually the part before the @ alone");
}

static shape_rule *const provider_rules[] = {rule_known_wrong, rule_foreign,      rule_fixed_user,
                                             rule_user_shape,  rule_secret_shape, rule_deadline,
                                             rule_local_part};

/* ---- all together ---- */

/* Replaces *secret by itself without blanks; *changed tells whether there were any. */
static enum sv_status strip_blanks(struct secret **secret, bool *changed, struct sv_err *err)
{
    size_t len = secret_len(*secret);
    const uint8_t *bytes = secret_peek(*secret);
    SECRET_OWNED struct secret *mended = NULL;
    enum sv_status status = secret_new(&mended, len, err);
    if (status != SV_OK)
        return status;
    uint8_t *to = secret_poke(mended);
    size_t kept = 0;
    for (size_t at = 0; at < len;) {
        size_t blank = blank_len(bytes + at, len - at);
        if (blank == 0)
            to[kept++] = bytes[at++];
        at += blank;
    }
    if (kept == len)
        return SV_OK;
    secret_set_len(mended, kept);
    secret_free(*secret);
    *secret = mended;
    mended = NULL;
    *changed = true;
    return SV_OK;
}

enum sv_status shape_check(const struct provider *provider, const char *username,
                           struct secret **secret, struct shape_finding *finding,
                           struct sv_err *err)
{
    struct shape_finding found = {.changed = false};
    if (provider && provider->shape && provider->shape->strip_blanks) {
        enum sv_status status = strip_blanks(secret, &found.changed, err);
        if (status != SV_OK)
            return status;
    }
    struct look look = {.provider = provider,
                        .username = username,
                        .bytes = secret_peek(*secret),
                        .len = secret_len(*secret),
                        .finding = &found};
    bool told = false;
    for (size_t i = 0; !told && i < sizeof(general_rules) / sizeof(general_rules[0]); i++)
        told = general_rules[i](&look);
    for (size_t i = 0; provider && !told && i < sizeof(provider_rules) / sizeof(provider_rules[0]);
         i++)
        told = provider_rules[i](&look);
    if (!told && found.changed)
        snprintf(found.text, sizeof(found.text),
                 "the blanks that %s shows between the groups were taken out", provider->name);
    *finding = found;
    return SV_OK;
}
