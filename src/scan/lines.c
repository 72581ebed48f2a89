/* SPDX-License-Identifier: ISC */
/*
 * Lines that set a secret of a mail server, in whatever syntax: a name that tells it, then
 * what stands between names and values (= : => , and blanks), then the value, quoted or up
 * to the next blank.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "scan/hint.h"
#include "scan/look.h"

#define LINE_MOST 8192 /* minified code has longer ones, and no configuration */

struct piece {
    const char *at;
    size_t len;
};

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static const char *find_word(struct piece s, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= s.len; i++) {
        if (strncasecmp(s.at + i, word, n) == 0) {
            return s.at + i;
        }
    }
    return NULL;
}

static bool has_one_of(struct piece s, const char *const *words)
{
    for (; *words; words++) {
        if (find_word(s, *words)) {
            return true;
        }
    }
    return false;
}

/* "SMTP_PASSWORD", "spring.mail.password", "EMAIL_HOST_PASSWORD", "mail_smtppassword". */
static bool is_telling(struct piece name)
{
    static const char *const mail[] = {"smtp", "mail",  "sendgrid", "mailgun", "postmark",
                                       "sasl", "brevo", "mailjet",  NULL};
    static const char *const secret[] = {"pass",   "pwd",     "secret", "api_key",
                                         "apikey", "api-key", "token",  NULL};
    /* Where the secret is, what is done with it, and ours. */
    static const char *const other[] = {"eval",  "_file",  "-file",      "wordfile",  "command",
                                        "url",   "maps",   "passphrase", "through",   "bypass",
                                        "reset", "change", "expir",      "smtpvault", NULL};
    return has_one_of(name, mail) && has_one_of(name, secret) && !has_one_of(name, other);
}

/* Between a name and its value: = : => or a comma, which is the last of them. */
static const char *skip_between(const char *at, const char *end, char *assigned)
{
    *assigned = '\0';
    for (; at < end && strchr(" \t=:>,\"'])", *at); at++) {
        if (strchr("=:,", *at)) {
            *assigned = *at;
        } else if ((*at == '"' || *at == '\'') && *assigned) {
            break; /* the value's own quote */
        }
    }
    return at;
}

static struct piece value_at(const char *at, const char *end)
{
    char quote = at < end && (*at == '"' || *at == '\'') ? *at : '\0';
    const char *from = at + (quote != '\0'), *to = from;

    while (to < end && (quote ? *to != quote : !strchr(" \t;&|)]}\r", *to))) {
        to += quote && *to == '\\' && to + 1 < end ? 2 : 1;
    }
    return (struct piece){from, (size_t)((to < end ? to : end) - from)};
}

/* What a program would compute, not what stands there: a call, a member, a pointer. */
static bool is_expression(struct piece value)
{
    return memchr(value.at, '(', value.len) || memchr(value.at, '[', value.len) ||
           memmem(value.at, value.len, "->", 2) || memmem(value.at, value.len, "::", 2);
}

/* Does a value that is assigned so stand there in clear? Behind a comma it does in quotes. */
static bool is_in_clear(struct piece value, char assigned)
{
    bool quoted = value.at[-1] == '"' || value.at[-1] == '\'';

    return value.len >= 4 && (quoted || (assigned != ',' && !is_expression(value))) &&
           !scan_is_placeholder(value.at, value.len);
}

static bool tell(const struct scan_found *found, unsigned line, const char *kind,
                 struct piece whose, struct piece secret)
{
    struct scan_finding f = {.line = line, .kind = kind};

    text_printable(f.whose, sizeof(f.whose), whose.at, whose.len);
    scan_hint(f.hint, sizeof(f.hint), secret.at, secret.len);
    return found->call(found->context, &f);
}

/* ---- names ---- */

/* The first telling name of a line with a value. */
static bool look_at_names(struct piece line, unsigned number, const struct scan_found *found,
                          bool *any)
{
    const char *end = line.at + line.len;

    for (const char *at = line.at; at < end;) {
        const char *from = at;
        char assigned;

        while (at < end && is_name_char(*at)) {
            at++;
        }
        if (at == from) {
            at++;
            continue;
        }
        struct piece name = {from, (size_t)(at - from)};
        if (!is_telling(name)) {
            continue;
        }
        const char *behind = skip_between(at, end, &assigned);
        struct piece value = value_at(behind, end);
        if (assigned && is_in_clear(value, assigned)) {
            *any = true;
            return tell(found, number, "a setting", name, value);
        }
    }
    return true;
}

/* ---- URLs ---- */

static bool look_at_urls(struct piece line, unsigned number, const struct scan_found *found,
                         bool *any)
{
    static const char *const schemes[] = {"smtp://",        "smtps://", "submission://",
                                          "submissions://", "+smtp://", "mailto+smtp://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        const char *at = find_word(line, schemes[i]);
        if (!at) {
            continue;
        }
        const char *user = at + strlen(schemes[i]), *end = line.at + line.len, *to = user;
        while (to < end && !strchr(" \t\"'<>`", *to)) {
            to++;
        }
        const char *sign = memrchr(user, '@', (size_t)(to - user));
        const char *colon = sign ? memchr(user, ':', (size_t)(sign - user)) : NULL;
        if (!colon || colon == user) {
            continue;
        }
        struct piece secret = {colon + 1, (size_t)(sign - colon - 1)};
        struct piece host = {sign + 1, 0};
        while (host.at + host.len < to && !strchr("/?:;", host.at[host.len])) {
            host.len++;
        }
        if (!scan_is_placeholder(secret.at, secret.len)) {
            *any = true;
            return tell(found, number, "a URL", host, secret);
        }
    }
    return true;
}

/* ---- command lines ---- */

static const struct {
    const char *program, *option;
} commands[] = {
    {"swaks", "--auth-password"},
    {"swaks", "-ap"},
    {"send-email", "--smtp-pass"},
    {"sendemail", "-xp"},
    {"sendEmail", "-xp"},
    {"curl", "--user"},
    {"curl", "-u"},
    {"mailx", "smtp-auth-password="},
    {"s-nail", "smtp-auth-password="},
    {"mailsend", "-pass"},
};

static bool look_at_commands(struct piece line, unsigned number, const struct scan_found *found,
                             bool *any)
{
    const char *end = line.at + line.len;

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        size_t n = strlen(commands[i].option);
        const char *program = find_word(line, commands[i].program);
        const char *option =
            program ? memmem(program, (size_t)(end - program), commands[i].option, n) : NULL;
        bool is_curl = strcmp(commands[i].program, "curl") == 0;

        if (!option || (is_curl && !find_word(line, "smtp"))) {
            continue;
        }
        const char *at = option + n;
        if (commands[i].option[n - 1] != '=' && at < end && !strchr(" \t=", *at)) {
            continue; /* a longer word */
        }
        while (at < end && strchr(" \t=", *at)) {
            at++;
        }
        struct piece value = value_at(at, end);
        const char *colon = is_curl ? memchr(value.at, ':', value.len) : NULL;
        if (is_curl && !colon) {
            continue;
        }
        if (colon) {
            value.len -= (size_t)(colon + 1 - value.at);
            value.at = colon + 1;
        }
        if (value.len > 0 && value.at[0] != '-' && !scan_is_placeholder(value.at, value.len)) {
            *any = true;
            struct piece whose = {commands[i].program, strlen(commands[i].program)};
            return tell(found, number, "a command line", whose, value);
        }
    }
    return true;
}

bool scan_lines(const struct filter *words, const char *text, size_t len, unsigned first_line,
                const struct scan_found *found)
{
    const char *end = text + len;

    for (unsigned number = first_line; text < end; number++) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        struct piece line = {text, (size_t)((feed ? feed : end) - text)};
        bool any = false;

        if (line.len <= LINE_MOST && line.len >= 8 && filter_finds(words, line.at, line.len)) {
            if (!look_at_urls(line, number, found, &any) ||
                (!any && !look_at_commands(line, number, found, &any)) ||
                (!any && !look_at_names(line, number, found, &any))) {
                return false;
            }
        }
        text = feed ? feed + 1 : end;
    }
    return true;
}
