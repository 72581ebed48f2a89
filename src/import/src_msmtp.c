/* SPDX-License-Identifier: ISC */
/*
 * msmtprc(5): a command and its argument on a line, in double quotes or without, where nothing
 * is an escape. An account begins with what `defaults` has said so far, and takes over what the
 * accounts behind its colon were told. One that is told nothing else is only another name.
 */
#include <string.h>

#include "base/alloc.h"
#include "import/account.h"
#include "import/sources.h"

#define LINE_MOST 499

struct entry {
    struct account base, own; /* what `defaults` said; what it was told, or has taken over */
    bool told;
};
struct msmtp {
    const struct import_input *in;
    struct account defaults;
    struct entry *accounts;
    size_t count, capacity;
    struct lookup names;
    bool in_defaults;
};

static void msmtp_clear(struct msmtp *m)
{
    sv_free(m->accounts);
    lookup_clear(&m->names);
}

/* What msmtp's trim_string() makes of it. */
static struct span unquoted(struct span s)
{
    s = span_trim(s);
    if (s.len > 1 && s.at[0] == '"' && s.at[s.len - 1] == '"')
        return (struct span){s.at + 1, s.len - 2};
    return s;
}

static enum sv_status add_entry(struct msmtp *m, struct span name, unsigned line,
                                struct sv_err *err)
{
    SV_AUTOFREE char *word = sv_strndup(name.at ? name.at : "", name.len);
    if (!word)
        return sv_fail_nomem(err);
    if (m->count >= FOUND_MAX)
        return sv_fail(err, SV_DATA, "%s has more than %d accounts: take them in parts",
                       m->in->what, FOUND_MAX);
    if (m->count == m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : 8;
        struct entry *grown = sv_resize(m->accounts, capacity * sizeof *grown);
        if (!grown)
            return sv_fail_nomem(err);
        m->accounts = grown;
        m->capacity = capacity;
    }
    struct entry *a = &m->accounts[m->count];
    *a = (struct entry){.base = m->defaults};
    a->own.line = line;
    a->own.values[SET_NAME].text = name;
    m->in_defaults = false;
    m->count++;
    return lookup_has(&m->names, word) ? SV_OK : lookup_put(&m->names, word, m->count - 1, err);
}

/* Those that are not there are passed over: msmtp would refuse the file. */
static enum sv_status take_over(struct msmtp *m, struct span parents, struct sv_err *err)
{
    struct entry *a = &m->accounts[m->count - 1];
    struct told name = a->own.values[SET_NAME];
    while (parents.at) {
        struct span one = unquoted(span_split(parents, ',', &parents));
        SV_AUTOFREE char *word = sv_strndup(one.at, one.len);
        size_t cursor = 0, at;
        if (!word)
            return sv_fail_nomem(err);
        if (lookup_next(&m->names, word, &cursor, &at) && at + 1 < m->count)
            account_overlay(&a->own, &m->accounts[at].own);
    }
    a->own.values[SET_NAME] = name;
    return SV_OK;
}

static enum sv_status begin_account(struct msmtp *m, struct span argument, unsigned line,
                                    struct sv_err *err)
{
    struct span parents;
    struct span name = unquoted(span_split(argument, ':', &parents));
    enum sv_status s = add_entry(m, name, line, err);
    if (s)
        return s;
    m->accounts[m->count - 1].told = !parents.at;
    return take_over(m, parents, err);
}

static enum sv_status take_line(struct msmtp *m, struct span line, unsigned number,
                                struct sv_err *err)
{
    static const struct account_row rows[] = {
        {"host", SET_HOST},         {"port", SET_PORT},
        {"user", SET_USER},         {"password", SET_SECRET},
        {"from", SET_FROM},         {"passwordeval", SET_ASKS},
        {"auth", SET_AUTH},         {"tls", SET_TLS},
        {"tls_trust_file", SET_CA}, {"tls_starttls", SET_STARTTLS},
    };
    struct told value = {.statement = span_trim(line), .line = number};
    struct span argument = value.statement, command = span_take(&argument, " \t");
    if (command.len == 0 || *command.at == '#')
        return SV_OK;
    value.text = unquoted(argument);
    value.open = value.text.len > 0 && *span_trim(argument).at == '"' &&
                 value.text.at == span_trim(argument).at;
    if (span_is(command, "account"))
        return begin_account(m, value.text, number, err);
    if (span_is(command, "defaults")) {
        m->in_defaults = true;
        return SV_OK;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!span_is(command, rows[i].key))
            continue;
        enum sv_status s = SV_OK;
        if (!m->in_defaults && m->count == 0)
            s = add_entry(m, (struct span){NULL, 0}, number, err);
        if (s)
            return s;
        struct entry *a = m->in_defaults ? NULL : &m->accounts[m->count - 1];
        account_put(a ? &a->own : &m->defaults, rows[i].what, &value);
        if (a)
            a->told = true;
    }
    return SV_OK;
}

/* TLS is off unless it is on, and STARTTLS unless that is off. */
static enum sv_status finish(struct msmtp *m, struct found_list *out, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < m->count; i++) {
        const struct entry *a = &m->accounts[i];
        struct account all = a->base;
        account_overlay(&all, &a->own);
        all.line = a->own.line;
        all.tls = !account_is_yes(&all, SET_TLS)          ? TLS_NONE
                  : account_is(&all, SET_STARTTLS, "off") ? TLS_IMPLICIT
                                                          : TLS_STARTTLS;
        if (a->told && account_is_login(&all))
            s = account_add(out, m->in, &all, NULL, err);
    }
    return s;
}

IMPORT_READ(msmtp_read)
{
    __attribute__((cleanup(msmtp_clear))) struct msmtp m = {.in = in};
    struct lines lines = lines_of(in, LINES_PLAIN);
    struct span line;
    enum sv_status s = SV_OK;
    while (s == SV_OK && lines_next(&lines, &line))
        s = take_line(&m, line, lines.number, err);
    return s ? s : finish(&m, out, err);
}

IMPORT_HOOK(msmtp_hook)
{
    static const char before[] = "passwordeval \"";
    (void)f;
    if (strlen(before) + strlen(ask->command) + 1 > LINE_MOST)
        return sv_fail(err, SV_DATA,
                       "msmtp reads no line of more than %d bytes, and this command "
                       "is longer: use a shorter path or name",
                       LINE_MOST);
    return blob_append(out, before, strlen(before)) &&
                   blob_append(out, ask->command, strlen(ask->command)) && blob_append(out, "\"", 1)
               ? SV_OK
               : sv_fail_nomem(err);
}

IMPORT_LOOK(msmtp_looks_like)
{
    static const struct lines_look look = {
        .paths = {".msmtprc", "msmtprc", "msmtp/config"},
        .begins = {"account ", "host ", "from "},
    };
    (void)source;
    return lines_look(&look, path, first, len);
}
