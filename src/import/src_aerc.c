/* SPDX-License-Identifier: ISC */
/*
 * aerc-accounts(5), an INI file as Go's ini.v1 reads it: of each section the way out, a URL
 * smtps+plain://user:secret@host:port, or a program. A password there goes before
 * outgoing-cred-cmd, which is told and not run.
 */
#include <string.h>

#include "import/account.h"
#include "import/sources.h"

struct aerc {
    const struct import_input *in;
    struct account section;
};

/* `raw` up to the line's last backtick, """...""", or bare without a comment, and without quotes
 * around it. */
static struct span value_of(struct span s)
{
    s = span_trim(s);
    char *last = s.len > 1 && *s.at == '`' ? memrchr(s.at + 1, '`', s.len - 1) : NULL;
    if (last)
        return (struct span){s.at + 1, (size_t)(last - s.at - 1)};
    if (span_begins(s, "\"\"\"") && s.len >= 6 && memcmp(s.at + s.len - 3, "\"\"\"", 3) == 0)
        return (struct span){s.at + 3, s.len - 6};
    s = span_trim(span_take(&s, "#;"));
    if (s.len > 1 && (*s.at == '"' || *s.at == '\'') && s.at[s.len - 1] == *s.at)
        return (struct span){s.at + 1, s.len - 2};
    return s;
}

static enum sv_status finish(struct aerc *a, struct found_list *out, struct sv_err *err)
{
    struct account s = a->section;
    struct span url = s.values[SET_URL].text, scheme = span_take(&url, ":"), mechanism;
    a->section = (struct account){.line = 0};
    if (!account_has(&s, SET_URL))
        return SV_OK;
    if (!span_begins(scheme, "smtp")) {
        out->passed++;
        return SV_OK;
    }
    (void)span_split(scheme, '+', &mechanism);
    s.values[SET_AUTH].text = mechanism;
    if (span_begins(scheme, "smtps"))
        s.tls = TLS_IMPLICIT;
    else if (span_is(mechanism, "insecure") || account_is(&s, SET_STARTTLS, "no") ||
             account_is(&s, SET_STARTTLS, "false"))
        s.tls = TLS_NONE;
    else
        s.tls = TLS_STARTTLS;      /* of later versions: 0.14 wants to be told */
    if (account_has(&s, SET_ASKS)) /* there is one already, which may stand behind it */
        s.values[SET_URL].statement = (struct span){NULL, 0};
    return account_add(out, a->in, &s, NULL, err);
}

static enum sv_status take_line(struct aerc *a, struct found_list *out, struct span line,
                                unsigned number, struct sv_err *err)
{
    static const struct account_row rows[] = {{"outgoing", SET_URL},
                                              {"outgoing-cred-cmd", SET_ASKS},
                                              {"smtp-starttls", SET_STARTTLS},
                                              {"from", SET_FROM}};
    enum sv_status s = SV_OK;
    struct told value = {.statement = span_trim(line), .line = number};
    struct span rest = value.statement;
    if (rest.len == 0 || strchr("#;", *rest.at))
        return SV_OK;
    if (*rest.at == '[') {
        s = finish(a, out, err);
        rest = (struct span){rest.at + 1, rest.len - 1};
        value.text = span_take(&rest, "]");
        account_put(&a->section, SET_NAME, &value);
        return s;
    }
    struct span key = span_trim(span_split(rest, '=', &rest));
    value.text = value_of(rest);
    for (size_t i = 0; rest.at && i < sizeof rows / sizeof rows[0]; i++)
        if (span_is(key, rows[i].key))
            account_put(&a->section, rows[i].what, &value);
    return s;
}

IMPORT_READ(aerc_read)
{
    struct aerc a = {.in = in};
    struct lines lines = lines_of(in, LINES_PLAIN);
    struct span line;
    enum sv_status s = SV_OK;
    while (s == SV_OK && lines_next(&lines, &line))
        s = take_line(&a, out, line, lines.number, err);
    return s ? s : finish(&a, out, err);
}

/* aerc would keep what the command prints for as long as it runs. */
IMPORT_HOOK(aerc_hook)
{
    const char *url = f->place ? f->place : "";
    if (url[0] == '\0' || strpbrk(url, "#;`\"'\\") ||
        (strstr(ask->command, "%(") && strstr(ask->command, ")s")))
        return sv_fail(err, SV_DATA,
                       "aerc cannot be told this command: its file has characters in "
                       "the URL or in the name that it would read otherwise");
    const char *const parts[] = {"outgoing = ", url, "\noutgoing-cred-cmd = `", ask->command,
                                 "`\noutgoing-cred-cmd-cache = false"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!blob_append(out, parts[i], strlen(parts[i])))
            return sv_fail_nomem(err);
    return SV_OK;
}

IMPORT_LOOK(aerc_looks_like)
{
    static const struct lines_look look = {
        .paths = {"aerc/accounts.conf"},
        .begins = {"[*", "outgoing = smtp*"},
    };
    (void)source;
    return lines_look(&look, path, first, len);
}
