/* SPDX-License-Identifier: ISC */
/*
 * What git knows of mail: [sendemail] and [sendemail "identity"] of git-config(1), where an
 * identity has what it does not say from the former; and of git-credential-store(1) the lines
 * of smtp:// and smtps://. No file that is named there is included.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/account.h"
#include "import/sources.h"

/* ---- gitconfig ---- */

struct git {
    const struct import_input *in;
    struct variables set;
    struct lookup identities; /* part numbers by name */
    bool inside;              /* in a section of sendemail */
    unsigned part, parts;
};

static void git_clear(struct git *g)
{
    variables_clear(&g->set);
    lookup_clear(&g->identities);
}

static const struct word_escapes backslash = {.letters = "n\nt\tb\b"};
static const struct word_rules value_rules = {.ends = "#;",
                                              .quotes = "\"",
                                              .bare = &backslash,
                                              .twofold = &backslash,
                                              .within = true,
                                              .whole = true};

/* Where what is set from here on belongs: 0, or an identity's number. */
static enum sv_status enter(struct git *g, struct span name, unsigned line, struct sv_err *err)
{
    char word[256];
    size_t cursor = 0, at = 0;
    g->inside = name.len < sizeof word;
    if (!g->inside)
        return SV_OK;
    memcpy(word, name.at, name.len);
    word[name.len] = '\0';
    if (lookup_next(&g->identities, word, &cursor, &at)) {
        g->part = (unsigned)at;
        return SV_OK;
    }
    g->part = ++g->parts;
    struct told value = {.text = name, .line = line};
    enum sv_status s = lookup_put(&g->identities, word, g->part, err);
    return s ? s : variables_set(&g->set, g->part, (struct span){(char *)" name", 5}, &value, err);
}

/* [section], [section "part"], [section.part]; *rest: what is behind it on the line. */
static enum sv_status take_header(struct git *g, struct span *rest, unsigned number,
                                  struct sv_err *err)
{
    static const struct word_escapes every = {.octal = 0};
    static const struct word_rules rules = {.quotes = "\"", .twofold = &every, .ends = "]"};
    struct word w = {.open = false};
    struct span section;
    *rest = (struct span){rest->at + 1, rest->len - 1};
    section = span_trim(span_take(rest, "\"].\n"));
    g->inside = span_is(section, "sendemail");
    g->part = 0;
    if (rest->len > 0 && *rest->at == '.')
        *rest = (struct span){rest->at + 1, rest->len - 1};
    (void)word_next(&rules, rest, &w);
    (void)span_take(rest, "]");
    if (rest->len > 0)
        *rest = (struct span){rest->at + 1, rest->len - 1};
    return g->inside && w.text.len > 0 ? enter(g, w.text, number, err) : SV_OK;
}

static enum sv_status take_line(struct git *g, struct span line, unsigned number,
                                struct sv_err *err)
{
    struct word w;
    enum sv_status s = SV_OK;
    struct span rest = span_skip(line);
    if (rest.len > 0 && *rest.at == '[' && (s = take_header(g, &rest, number, err)))
        return s;
    rest = span_trim(rest);
    if (!g->inside || rest.len == 0 || strchr("#;", *rest.at))
        return SV_OK;
    struct told value = {.statement = rest, .line = number};
    struct span key = span_trim(span_split(rest, '=', &rest));
    value.text = (struct span){key.at + key.len, 0}; /* a key alone is a yes */
    if (rest.at && word_next(&value_rules, &rest, &w)) {
        value.text = w.text;
        value.open = w.open;
    }
    return variables_set(&g->set, g->part, key, &value, err);
}

static const struct account_row logins[] = {{"smtpserver", SET_HOST},
                                            {"smtpuser", SET_USER},
                                            {"smtppass", SET_SECRET},
                                            {"smtpserverport", SET_PORT}};
static const struct account_row rest_of[] = {
    {" name", SET_NAME},    {"smtpencryption", SET_TLS}, {"smtpssl", SET_STARTTLS},
    {"smtpauth", SET_AUTH}, {"smtpsslcertpath", SET_CA}, {"from", SET_FROM}};

/* An identity's own login only; a server that is a path is a program. */
static enum sv_status finish(struct git *g, unsigned part, struct found_list *out,
                             struct sv_err *err)
{
    struct account s = {.line = 0};
    struct span secret = {(char *)"smtppass", 8};
    if (!variables_gather(&g->set, part, true, logins, sizeof logins / sizeof logins[0], &s))
        return SV_OK;
    (void)variables_gather(&g->set, part, true, rest_of, sizeof rest_of / sizeof rest_of[0], &s);
    struct span server = span_trim(s.values[SET_HOST].text);
    if (server.len > 0 && strchr("/~", *server.at)) {
        out->passed++;
        return SV_OK;
    }
    s.tls = account_is(&s, SET_TLS, "ssl") || account_is_yes(&s, SET_STARTTLS) ? TLS_IMPLICIT
            : account_is(&s, SET_TLS, "tls")                                   ? TLS_STARTTLS
                                                                               : TLS_NONE;
    if (part > 0 && !variables_get(&g->set, part, secret))
        s.values[SET_SECRET].statement = (struct span){NULL, 0}; /* it is not its own */
    s.place = s.values[SET_NAME].text;
    s.line = s.values[SET_NAME].line ? s.values[SET_NAME].line : s.line;
    return account_add(out, g->in, &s, NULL, err);
}

IMPORT_READ(gitconfig_read)
{
    __attribute__((cleanup(git_clear))) struct git g = {.in = in};
    struct lines lines = lines_of(in, LINES_JOINED);
    struct span line;
    enum sv_status s = SV_OK;
    while (s == SV_OK && lines_next(&lines, &line))
        s = take_line(&g, line, lines.number, err);
    for (unsigned part = 0; s == SV_OK && part <= g.parts; part++)
        s = finish(&g, part, out, err);
    return s;
}

/* ---- its hook ---- */

static bool put(struct blob *out, const char *text)
{
    return blob_append(out, text, strlen(text));
}

static bool put_escaped(struct blob *out, const char *text)
{
    for (; *text; text++)
        if ((strchr("\\\"", *text) && !blob_append(out, "\\", 1)) || !blob_append(out, text, 1))
            return false;
    return true;
}

static bool put_percent(struct blob *out, const char *text)
{
    for (; *text; text++) {
        char c = *text, code[4] = {'%', 0, 0, 0};
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~", c);
        (void)text_hex(code + 1, &c, 1);
        if (!blob_append(out, plain ? text : code, plain ? 1 : 3))
            return false;
    }
    return true;
}

/* Without smtpPass git asks its helpers; ours is for this server and user alone, and the ones
 * before it are switched off, since git would have them store the password. What stood behind
 * in the section goes on in another of the same name. */
IMPORT_HOOK(gitconfig_hook)
{
    const struct profile *p = &f->card;
    char port[16];
    if (!p->host || !p->username || p->port == 0)
        return sv_fail(err, SV_DATA,
                       "git asks for a password by server, port and user, and one of "
                       "them is not in the file");
    (void)snprintf(port, sizeof port, ":%u\"]\n", p->port);
    bool fine = put(out, "\n[credential \"smtp://") && put_percent(out, p->username) &&
                put(out, "@") && put(out, p->host) && put(out, port) &&
                put(out, "\thelper =\n\thelper = \"!f() { test \\\"$1\\\" = get || return 0; "
                         "p=$(") &&
                put_escaped(out, ask->command) &&
                put(out, ") && printf 'password=%s\\\\n' \\\"$p\\\"; }; f\"\n[sendemail");
    if (fine && f->place)
        fine = put(out, " \"") && put_escaped(out, f->place) && put(out, "\"");
    return fine && put(out, "]") ? SV_OK : sv_fail_nomem(err);
}

IMPORT_LOOK(gitconfig_looks_like)
{
    static const struct lines_look look = {
        .paths = {".gitconfig", "gitconfig", "git/config", ".git/config"},
        .begins = {"[sendemail*", "smtp*"},
    };
    (void)source;
    return lines_look(&look, path, first, len);
}

/* ---- credential-store ---- */

/* git writes the colon before the port as %3a. */
static struct span plain_host(struct span url)
{
    char *at = memrchr(url.at, '@', url.len);
    for (char *c = at; c && c + 2 < url.at + url.len && *c != '/'; c++) {
        if (strncasecmp(c, "%3a", 3) != 0)
            continue;
        *c = ':';
        memmove(c + 1, c + 3, (size_t)(url.at + url.len - c - 3));
        url.len -= 2;
        break;
    }
    return url;
}

IMPORT_READ(git_store_read)
{
    struct lines lines = lines_of(in, LINES_PLAIN);
    struct span line;
    enum sv_status s = SV_OK;
    while (s == SV_OK && lines_next(&lines, &line)) {
        struct told value = {.statement = span_trim(line), .line = lines.number};
        if (value.statement.len == 0)
            continue;
        if (!span_begins(value.statement, "smtp://") && !span_begins(value.statement, "smtps://")) {
            out->passed++;
            continue;
        }
        struct account all = {.line = lines.number};
        value.text = plain_host(value.statement);
        account_put(&all, SET_URL, &value);
        s = account_add(out, in, &all, NULL, err);
    }
    return s;
}

IMPORT_LOOK(git_store_looks_like)
{
    static const struct lines_look look = {.paths = {".git-credentials", "git/credentials"}};
    (void)source;
    return lines_look(&look, path, first, len);
}
