/* SPDX-License-Identifier: ISC */
/*
 * muttrc(5) of mutt and NeoMutt: `set name=value ...`, several commands on a line with ";"
 * between them. Of variables that the file sets itself the values are known, as mutt knows them
 * then; a command in backticks is told, never run, and what `source` names is not read.
 */
#include <string.h>

#include "import/account.h"
#include "import/sources.h"

#define MADE_MAX 65536 /* of all values that variables stand in */

struct mutt {
    const struct import_input *in;
    struct variables set;
    struct secret *made; /* values that variables were put into */
    unsigned line;
};

static void mutt_clear(struct mutt *m)
{
    variables_clear(&m->set);
    secret_free(m->made);
}

static const struct word_escapes backslash = {.letters = "n\nt\tr\rf\fe\033", .octal = 3};
static const struct word_rules value_rules = {.ends = "#;",
                                              .quotes = "\"'",
                                              .bare = &backslash,
                                              .twofold = &backslash,
                                              .within = true,
                                              .evaluates = true};
static const struct word_rules name_rules = {.ends = "#;=",
                                             .quotes = "\"'",
                                             .bare = &backslash,
                                             .twofold = &backslash,
                                             .within = true,
                                             .evaluates = true};

/* ---- variables in values ---- */

static const struct told *meant(const struct mutt *m, struct span ref)
{
    struct span name = {ref.at + 1, ref.len - 1};
    if (name.len > 1 && *name.at == '{')
        name = (struct span){name.at + 1, name.len - 2};
    const struct told *value = variables_get(&m->set, 0, name);
    return value && !value->asks && !value->open ? value : NULL;
}

static bool append(struct mutt *m, const char *from, size_t len)
{
    return secret_append(m->made, from, len, NULL) == SV_OK;
}

/* Puts the values in place of the names. false: one is not known, or they are too long. */
static bool expand(struct mutt *m, const struct word *w, struct span *out)
{
    size_t before = secret_len(m->made);
    const char *at = w->text.at;
    for (size_t i = 0; i < w->ref_count; i++) {
        const struct told *value = meant(m, w->refs[i]);
        if (!value || !append(m, at, (size_t)(w->refs[i].at - at)) ||
            !append(m, value->text.at, value->text.len))
            return false;
        at = w->refs[i].at + w->refs[i].len;
    }
    if (!append(m, at, (size_t)(w->text.at + w->text.len - at)))
        return false;
    *out = (struct span){(char *)secret_poke(m->made) + before, secret_len(m->made) - before};
    return true;
}

/* The secret of a value that is one variable stands where that is set. */
static enum sv_status resolve(struct mutt *m, const struct word *w, struct told *value,
                              struct sv_err *err)
{
    const struct told *whole = w->ref_count == 1 && w->refs[0].len == w->text.len && !w->asks
                                   ? meant(m, w->refs[0])
                                   : NULL;
    enum sv_status s = SV_OK;
    if (whole) {
        *value = *whole;
        return SV_OK;
    }
    if (!m->made && (s = secret_new(&m->made, MADE_MAX, err)))
        return s;
    value->asks = w->asks || !expand(m, w, &value->text);
    value->statement = (struct span){NULL, 0};
    return SV_OK;
}

/* ---- set ---- */

static struct span without_prefix(struct span name)
{
    if (name.len > 0 && strchr("?&", *name.at))
        return (struct span){NULL, 0};
    return name;
}

/* A name that stands alone: a switch is set to yes, or with "no" before it to no; a text that is
 * set so is only shown, and one that is unset is gone. */
static enum sv_status set_alone(struct mutt *m, struct span name, bool yes, struct sv_err *err)
{
    bool no = span_begins(name, "no");
    const char *word = yes && !no ? "yes" : "no";
    struct told value = {.line = m->line};
    if (no)
        name = (struct span){name.at + 2, name.len - 2};
    if (span_begins(name, "ssl_"))
        value.text = (struct span){(char *)word, strlen(word)};
    else if (yes && !no)
        return SV_OK;
    return variables_set(&m->set, 0, name, &value, err);
}

static enum sv_status set_one(struct mutt *m, struct span *rest, const struct word *name,
                              struct sv_err *err)
{
    struct word w;
    struct span key = without_prefix(name->text);
    struct span behind = span_skip(*rest);
    if (behind.len == 0 || *behind.at != '=')
        return set_alone(m, key, true, err);
    *rest = (struct span){behind.at + 1, behind.len - 1};
    if (!word_next(&value_rules, rest, &w))
        w.text = (struct span){rest->at, 0};
    struct told value = {.text = w.text, .line = m->line, .asks = w.asks, .open = w.open};
    value.statement = (struct span){name->place.at, (size_t)(rest->at - name->place.at)};
    enum sv_status s = w.ref_count ? resolve(m, &w, &value, err) : SV_OK;
    return s ? s : variables_set(&m->set, 0, key, &value, err);
}

static enum sv_status take_command(struct mutt *m, struct span *rest, struct sv_err *err)
{
    struct word w;
    enum sv_status s = SV_OK;
    bool set, unset;
    if (!word_next(&name_rules, rest, &w))
        return SV_OK;
    set = span_is(w.text, "set");
    unset = span_is(w.text, "unset") || span_is(w.text, "reset");
    while (s == SV_OK && word_next(set || unset ? &name_rules : &value_rules, rest, &w)) {
        if (set)
            s = set_one(m, rest, &w, err);
        else if (unset)
            s = set_alone(m, w.text, false, err);
    }
    return s;
}

static enum sv_status take_line(struct mutt *m, struct span line, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    while (s == SV_OK && line.len > 0) {
        s = take_command(m, &line, err);
        line = span_skip(line);
        if (line.len == 0 || *line.at == '#')
            break;
        line = (struct span){line.at + 1, line.len - 1}; /* ";", or "=" where none belongs */
    }
    return s;
}

/* What the hook has to set: the variable that the secret stands in. A URL that is another
 * variable's would be used there as well. */
static void tell_names(struct account *s)
{
    struct span statement = s->values[SET_SECRET].statement;
    if (statement.at)
        s->place = span_take(&statement, "= \t");
    if (!span_begins(s->values[SET_URL].statement, "smtp_url"))
        s->values[SET_URL].statement = (struct span){NULL, 0};
}

/* STARTTLS is tried, and forced, unless both are switched off. */
static enum sv_status finish(struct mutt *m, struct found_list *out, struct sv_err *err)
{
    static const struct account_row rows[] = {
        {"smtp_url", SET_URL},
        {"smtp_pass", SET_SECRET},
        {"smtp_user", SET_USER},
        {"smtp_oauth_refresh_command", SET_ASKS},
        {"from", SET_FROM},
        {"smtp_authenticators", SET_AUTH},
        {"ssl_starttls", SET_STARTTLS},
        {"ssl_force_tls", SET_TLS},
        {"ssl_ca_certificates_file", SET_CA},
    };
    struct account s = {.line = 0};
    (void)variables_gather(&m->set, 0, false, rows, sizeof rows / sizeof rows[0], &s);
    struct span url = s.values[SET_URL].text;
    if (!account_has(&s, SET_URL) && !account_has(&s, SET_SECRET))
        return SV_OK;
    if (!span_begins(url, "smtps:"))
        s.tls = account_is(&s, SET_STARTTLS, "no") && account_is(&s, SET_TLS, "no") ? TLS_NONE
                                                                                    : TLS_STARTTLS;
    tell_names(&s);
    s.line = s.values[account_has(&s, SET_URL) ? SET_URL : SET_SECRET].line;
    return account_add(out, m->in, &s, NULL, err);
}

IMPORT_READ(mutt_read)
{
    __attribute__((cleanup(mutt_clear))) struct mutt m = {.in = in};
    struct lines lines = lines_of(in, LINES_JOINED);
    struct span line;
    enum sv_status s = SV_OK;
    while (s == SV_OK && lines_next(&lines, &line)) {
        m.line = lines.number;
        s = take_line(&m, line, err);
    }
    return s ? s : finish(&m, out, err);
}

/* Without the double quotes around it mutt would split and evaluate what the command prints. */
IMPORT_HOOK(mutt_hook)
{
    const char *url = f->place && strstr(f->place, "://") ? f->place : NULL;
    const char *name = f->place && !url ? f->place : "smtp_pass";
    /* NeoMutt drops backslashes between the backticks, and would ask for another login. */
    if (strpbrk(ask->command, "`\\") || (url && strpbrk(url, "\"\\$`")))
        return sv_fail(err, SV_DATA,
                       "mutt cannot be told this command: a backtick or a backslash is in it, or "
                       "a character that mutt would evaluate is in its smtp_url");
    const char *const parts[] = {url ? "smtp_url=\"" : "",
                                 url ? url : "",
                                 url ? "\" " : "",
                                 name,
                                 "=\"`",
                                 ask->command,
                                 "`\""};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!blob_append(out, parts[i], strlen(parts[i])))
            return sv_fail_nomem(err);
    return SV_OK;
}

IMPORT_LOOK(mutt_looks_like)
{
    const struct lines_look *look = source->detail;
    return lines_look(look, path, first, len);
}

const struct lines_look look_mutt = {
    .paths = {".muttrc", "muttrc", "Muttrc"},
    .begins = {"set smtp_url"},
};
const struct lines_look look_neomutt = {.paths = {".neomuttrc", "neomuttrc"}};
