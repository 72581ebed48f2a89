/* SPDX-License-Identifier: ISC */
/*
 * What Emacs' auth-source.el reads as a netrc: keys and values between blanks, of which many
 * have a second name, and others are the users' own; two kinds of quotes and no escape in
 * either. A port of another service's is no login that sends mail.
 */
#include <string.h>

#include "base/text.h"
#include "import/account.h"
#include "import/sources.h"

struct authinfo {
    const struct import_input *in;
    struct span rest;
    unsigned line;
    char *counted; /* up to here its line ends were counted */
    struct account login;
    bool any, other; /* a login has begun; it is for something else */
};

static const struct word_rules rules = {.quotes = "\"'"};

static void count_lines(struct authinfo *a, const char *to)
{
    for (; a->counted < to; a->counted++)
        a->line += *a->counted == '\n';
}

/* A comment is one only where a key may stand. */
static bool next(struct authinfo *a, bool value, struct word *w)
{
    a->rest = span_skip(a->rest);
    while (!value && a->rest.len > 0 && *a->rest.at == '#') {
        (void)span_take(&a->rest, "\n");
        a->rest = span_skip(a->rest);
    }
    count_lines(a, a->rest.at);
    return word_next(&rules, &a->rest, w);
}

/* As in a netrc its name, its provider or its port tells whether a machine is a mail server. */
static enum sv_status add(struct authinfo *a, struct account *login, struct found_list *out,
                          struct sv_err *err)
{
    struct found *f;
    struct span port = login->values[SET_PORT].text, host = login->values[SET_URL].text;
    bool mail = port.at && text_has_word("smtp smtps ssmtp submission submissions 25 465 587 2525",
                                         port.at, port.len);
    login->values[SET_URL].text = (struct span){NULL, 0};
    if (mail)
        login->values[SET_HOST].text = host;
    enum sv_status s = account_add(out, a->in, login, &f, err);
    if (s)
        return s;
    f->mail = mail;
    return !mail && host.at ? found_url(f, host.at, host.len, err) : SV_OK;
}

static enum sv_status finish(struct authinfo *a, struct found_list *out, struct sv_err *err)
{
    struct account login = a->login;
    bool any = a->any, other = a->other;
    a->login = (struct account){.line = a->line};
    a->any = a->other = false;
    if (!any)
        return SV_OK;
    if (other || !account_has(&login, SET_SECRET)) {
        out->passed++;
        return SV_OK;
    }
    return add(a, &login, out, err);
}

static void take(struct authinfo *a, struct span key, const struct word *w)
{
    static const struct account_row rows[] = {
        {"login", SET_USER},    {"user", SET_USER}, {"account", SET_USER}, {"password", SET_SECRET},
        {"secret", SET_SECRET}, {"port", SET_PORT}, {"protocol", SET_PORT}};
    struct told value = {.text = w->text, .line = a->line};
    value.statement = (struct span){key.at, (size_t)(w->place.at + w->place.len - key.at)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_is(key, rows[i].key))
            account_put(&a->login, rows[i].what, &value);
    if (account_has(&a->login, SET_PORT) && w->text.at == a->login.values[SET_PORT].text.at)
        a->other =
            text_has_word("imap imaps pop pop3 pop3s nntp nntps ftp irc ldap ldaps http https "
                          "sieve sudo su ssh scp sftp 143 993 110 995 119 563 443 80 22 21",
                          w->text.at, w->text.len);
}

static enum sv_status take_key(struct authinfo *a, const struct word *key, struct found_list *out,
                               struct sv_err *err)
{
    struct word w;
    enum sv_status s;
    bool machine = span_is(key->text, "machine") || span_is(key->text, "host");
    if (machine || span_is(key->text, "default")) {
        if ((s = finish(a, out, err)))
            return s;
        a->any = true;
        if (!machine)
            return SV_OK;
    }
    unsigned line = a->line;
    if (!next(a, true, &w) || w.open)
        return sv_fail(err, SV_DATA, "%s, line %u: a value is missing, or its quotes have no end",
                       a->in->what, line);
    if (machine)
        a->login.values[SET_URL].text = w.text;
    else
        take(a, key->text, &w);
    return SV_OK;
}

IMPORT_READ(authinfo_read)
{
    struct authinfo a = {.in = in, .rest = {in->bytes, in->len}, .line = 1, .counted = in->bytes};
    struct word key;
    enum sv_status s = SV_OK;
    while (s == SV_OK && next(&a, false, &key))
        s = take_key(&a, &key, out, err);
    return s ? s : finish(&a, out, err);
}

IMPORT_LOOK(authinfo_looks_like)
{
    static const struct lines_look look = {.paths = {".authinfo"}};
    (void)source;
    return lines_look(&look, path, first, len);
}
