/* SPDX-License-Identifier: ISC */
/*
 * The .mailrc of s-nail(1), Heirloom mailx and bsd-mailx: `set name=value ...`, and `account
 * NAME { ... }`, which goes before those of the file. The words of `set` have a backslash
 * in their quotes, those of `wysh set` are a shell's. A value that a shell would evaluate is
 * told and not taken.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "import/account.h"
#include "import/sources.h"

struct mailrc {
    const struct import_input *in;
    struct variables set;
    unsigned part, parts; /* where the line is, 0: in no account; how many there are */
    unsigned line;
    bool shell; /* v15-compat has a value: each `set` is as `wysh set` */
    bool macro; /* within `define` */
};

static void mailrc_clear(struct mailrc *m)
{
    variables_clear(&m->set);
}

static const struct word_escapes every = {.octal = 0}, own = {.own = true},
                                 shell = {.only = "$`\"\\"};
static const struct word_rules plain_rules = {
    .quotes = "\"'", .bare = &every, .single = &own, .twofold = &own, .within = true};
static const struct word_rules shell_rules = {.quotes = "\"'",
                                              .bare = &every,
                                              .twofold = &shell,
                                              .within = true,
                                              .evaluates = true,
                                              .numbers = true};

static enum sv_status take_set(struct mailrc *m, struct span rest, bool as_shell, bool unset,
                               struct sv_err *err)
{
    const struct word_rules *rules = as_shell || m->shell ? &shell_rules : &plain_rules;
    struct word w;
    enum sv_status s = SV_OK;
    while (s == SV_OK && word_next(rules, &rest, &w)) {
        struct told value = {.statement = w.place, .line = m->line, .open = w.open};
        struct span name = span_split(w.text, '=', &value.text);
        if (as_shell && name.len > 0 && *name.at == '#')
            break;
        value.asks = w.asks || w.ref_count > 0;
        if (!value.text.at)
            value.text = (struct span){w.text.at + w.text.len, 0};
        if (unset)
            value.text = (struct span){NULL, 0};
        else if (span_is(name, "v15-compat"))
            m->shell = value.text.len > 0;
        s = variables_set(&m->set, m->part, name, &value, err);
    }
    return s;
}

static enum sv_status begin_account(struct mailrc *m, struct span rest, struct sv_err *err)
{
    struct word w;
    rest = span_trim(rest);
    if (rest.len == 0 || rest.at[rest.len - 1] != '{' || !word_next(&plain_rules, &rest, &w))
        return SV_OK;
    m->part = ++m->parts;
    struct told name = {.text = w.text, .line = m->line};
    return variables_set(&m->set, m->part, (struct span){(char *)" name", 5}, &name, err);
}

static bool take_word(struct span *rest, const char *word)
{
    struct span after = span_skip(*rest), first = span_take(&after, " \t\r\n");
    if (!span_is(first, word))
        return false;
    *rest = after;
    return true;
}

static enum sv_status take_line(struct mailrc *m, struct span line, struct sv_err *err)
{
    struct span rest = span_skip(line); /* a blank at its end may be behind a backslash */
    if (rest.len == 0 || *rest.at == '#')
        return SV_OK;
    if (*rest.at == '}') {
        m->part = 0;
        m->macro = false;
        return SV_OK;
    }
    if (m->macro)
        return SV_OK;
    if (take_word(&rest, "define")) {
        m->macro = true;
        return SV_OK;
    }
    if (take_word(&rest, "account"))
        return begin_account(m, rest, err);
    bool as_shell = false;
    while (take_word(&rest, "wysh") || take_word(&rest, "local")) /* a local one is the account's */
        as_shell = true;
    if (take_word(&rest, "set") || take_word(&rest, "se"))
        return take_set(m, rest, as_shell, false, err);
    if (take_word(&rest, "unset"))
        return take_set(m, rest, as_shell, true, err);
    return SV_OK;
}

/* ---- what it comes to ---- */

static const struct told *find(const struct mailrc *m, unsigned part, const char *name)
{
    struct span key = {(char *)name, strlen(name)};
    const struct told *value = variables_get(&m->set, part, key);
    return value ? value : variables_get(&m->set, 0, key);
}

/* An @ in a user's name stands in a variable's as %40, or as it is. */
static void encode_at(char *dst, size_t capacity, const char *user)
{
    size_t n = 0;
    for (; *user && n + 4 < capacity; user++)
        n += (size_t)snprintf(dst + n, capacity - n, *user == '@' ? "%%40" : "%c", *user);
    dst[n] = '\0';
}

/* NAME-USER@HOST, NAME-HOST, NAME, of the first two with and without the port. */
static const struct told *chained(const struct mailrc *m, unsigned part, const char *name,
                                  const struct profile *card)
{
    char encoded[400], key[800], port[16];
    const char *host = card->host ? card->host : "", *user = card->username;
    const struct told *value = NULL;
    encode_at(encoded, sizeof encoded, user ? user : "");
    (void)snprintf(port, sizeof port, ":%u", card->port);
    for (int i = 0; !value && i < 4 && user; i++) {
        (void)snprintf(key, sizeof key, "%s-%s@%s%s", name, i < 2 ? encoded : user, host,
                       i % 2 ? "" : port);
        value = find(m, part, key);
    }
    for (int i = 0; !value && i < 2; i++) {
        (void)snprintf(key, sizeof key, "%s-%s%s", name, host, i ? "" : port);
        value = find(m, part, key);
    }
    return value ? value : find(m, part, name);
}

/* submission:// is STARTTLS; smtp:// sends in clear without smtp-use-starttls. */
static void judge_tls(struct account *s)
{
    struct span url = span_trim(s->values[SET_URL].text);
    if (span_begins(url, "smtps:") || span_begins(url, "submissions:"))
        s->tls = TLS_IMPLICIT;
    else if (span_begins(url, "submission:") ||
             (account_has(s, SET_STARTTLS) && !account_is(s, SET_STARTTLS, "no")))
        s->tls = TLS_STARTTLS;
    else
        s->tls = TLS_NONE;
}

/* mta=/usr/sbin/sendmail is no server; smtp=HOST:PORT is one without a scheme. */
static bool judge_server(struct account *s)
{
    struct told *url = &s->values[SET_URL];
    struct span text = span_trim(url->text);
    bool scheme = text.len > 0 && memmem(text.at, text.len, "://", 3);
    if (text.len == 0 || *text.at == '/' || span_begins(text, "test") || span_begins(text, "file:"))
        return false;
    if (!scheme && !url->asks) {
        s->values[SET_HOST] = *url;
        *url = (struct told){.line = 0};
    }
    return url->asks || !scheme || span_begins(text, "smtp") || span_begins(text, "submission");
}

static enum sv_status take_secret(const struct mailrc *m, unsigned part, struct found *f,
                                  struct sv_err *err)
{
    static const char *const names[] = {"smtp-auth-password", "password"};
    const struct told *user = f->card.username ? NULL : chained(m, part, "user", &f->card);
    enum sv_status s = SV_OK;
    if (user && !user->asks)
        s = found_set(f, "username", user->text.at, user->text.len, err);
    for (size_t i = 0; s == SV_OK && i < sizeof names / sizeof names[0]; i++) {
        const struct told *value = f->secret ? NULL : chained(m, part, names[i], &f->card);
        if (value)
            s = account_secret(f, m->in, value, err);
    }
    return s;
}

static enum sv_status finish(const struct mailrc *m, unsigned part, struct found_list *out,
                             struct sv_err *err)
{
    static const struct account_row servers[] = {{"mta", SET_URL},
                                                 {"smtp", SET_URL},
                                                 {"smtp-auth-user", SET_USER},
                                                 {"netrc-pipe", SET_ASKS}};
    static const struct account_row rest[] = {
        {" name", SET_NAME},     {"smtp-auth", SET_AUTH}, {"from", SET_FROM},
        {"tls-ca-file", SET_CA}, {"ssl-ca-file", SET_CA}, {"smtp-use-starttls", SET_STARTTLS},
    };
    struct account s = {.line = 0};
    struct found *f;
    if (!variables_gather(&m->set, part, true, servers, sizeof servers / sizeof servers[0], &s) ||
        !judge_server(&s))
        return SV_OK;
    (void)variables_gather(&m->set, part, true, rest, sizeof rest / sizeof rest[0], &s);
    if (s.values[SET_URL].line > s.line)
        s.line = s.values[SET_URL].line;
    judge_tls(&s);
    enum sv_status st = account_add(out, m->in, &s, &f, err);
    return st ? st : take_secret(m, part, f, err);
}

IMPORT_READ(mailrc_read)
{
    __attribute__((cleanup(mailrc_clear))) struct mailrc m = {.in = in};
    struct lines lines = lines_of(in, LINES_JOINED);
    struct span line;
    enum sv_status s = SV_OK;
    while (s == SV_OK && lines_next(&lines, &line)) {
        m.line = lines.number;
        s = take_line(&m, line, err);
    }
    for (unsigned part = 0; s == SV_OK && part <= m.parts; part++)
        s = finish(&m, part, out, err);
    return s;
}

IMPORT_LOOK(mailrc_looks_like)
{
    static const struct lines_look look = {
        .paths = {".mailrc", "mail.rc", "s-nail.rc", "nail.rc"},
        .begins = {"set smtp*", "set smtp-auth*"},
    };
    (void)source;
    return lines_look(&look, path, first, len);
}
