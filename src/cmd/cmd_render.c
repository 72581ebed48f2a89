/* SPDX-License-Identifier: ISC */
/*
 * render: a text in which references stand for values of profiles. All of them are found
 * before one secret is released, and nothing is written unless all of it can be.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/field.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "export/render_values.h"
#include "format/json.h"
#include "format/reference.h"

#define TEMPLATE_MAX (16U * 1024 * 1024)

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    bool list = args_flag(args, "quotings");
    (void)cli;
    if (list && args_count(args) == 0)
        return SV_OK;
    if (list || args_count(args) != 1)
        return sv_fail(err, SV_USAGE,
                       "render takes one template, or - for standard input; "
                       "--quotings alone lists the quotings");
    if (args_flag(args, "force") && args_value(args, "output") == NULL)
        return sv_fail(err, SV_USAGE, "--force is for -o FILE");
    if (args_flag(args, "check") && args_value(args, "output") != NULL)
        return sv_fail(err, SV_USAGE, "--check writes nothing: leave -o out");
    return SV_OK;
}

/* ---- the template ---- */

struct source {
    char what[NAME_SHOWN_MAX]; /* its name, for messages */
    struct secret *text;
    struct reference_list references;
};

static void source_clear(struct source *s)
{
    secret_free(s->text);
    reference_list_clear(&s->references);
}

/* Which quoting a reference without one has: none is right where the file's syntax needs one. */
static enum sv_status judge_quoting(const struct source *s, struct reference *r,
                                    const struct quoting *needed, struct sv_err *err)
{
    if (r->quoting != NULL)
        return SV_OK;
    if (needed != NULL)
        return sv_fail(err, SV_DATA,
                       "%s, line %zu: a value has to be quoted in such a file: {{ " REFERENCE_SCHEME
                       "... | %s }}, without quotes around it; \"| raw\" writes it as it is",
                       s->what, r->line, needed->name);
    r->quoting = &quoting_raw;
    return SV_OK;
}

static enum sv_status check_field(const struct source *in, const struct reference *r,
                                  struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status s = field_check(r->field, &why);
    return s == SV_OK ? s : sv_fail(err, s, "%s, line %zu: %s", in->what, r->line, why.text);
}

static enum sv_status read_source(struct cli *cli, const char *path, struct source *out,
                                  struct sv_err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    snprintf(out->what, sizeof out->what, "%s", is_stdin ? "standard input" : NAME_SHOWN(path));
    enum sv_status s =
        is_stdin ? file_drain_secret(STDIN_FILENO, TEMPLATE_MAX, out->what, &out->text, err)
                 : file_read_secret(path, TEMPLATE_MAX, &out->text, err);
    cli->stdin_taken = cli->stdin_taken || is_stdin;
    if (s == SV_OK)
        s = reference_list_parse(&out->references, out->what, secret_peek(out->text),
                                 secret_len(out->text), err);
    for (size_t i = 0; s == SV_OK && i < out->references.count; i++) {
        s = judge_quoting(out, &out->references.items[i], reference_quoting_of(path), err);
        if (s == SV_OK)
            s = check_field(out, &out->references.items[i], err);
    }
    return s;
}

/* ---- what is written ---- */

/* Quotes around a reference whose quoting writes its own would end the string. */
static enum sv_status judge_around(const struct source *s, const struct reference *r,
                                   struct sv_err *err)
{
    const char *text = (const char *)secret_peek(s->text);
    char before = r->begin > 0 ? text[r->begin - 1] : '\0';
    if (!r->quoting->quotes || before == '\0' || strchr("\"'`", before) == NULL)
        return SV_OK;
    return sv_fail(
        err, SV_DATA,
        "%s, line %zu: \"%s\" writes the quotes as well: take those around the reference "
        "away",
        s->what, r->line, r->quoting->name);
}

static enum sv_status put_one(struct sink *out, const struct source *s,
                              const struct render_values *values, const struct reference *r,
                              struct sv_err *err)
{
    struct sv_err why = {""};
    SINK_OWNED struct sink *plain = sink_new(true);
    SECRET_OWNED struct secret *text = NULL;
    if (plain == NULL)
        return sv_fail_nomem(err);
    enum sv_status st = render_values_put(values, r, plain, err);
    if (st == SV_OK)
        st = sink_to_secret(plain, &text, err);
    if (st != SV_OK)
        return st;
    struct value v = value_secret(text);
    v.what = "value";
    st = r->quoting->write(out, r->quoting->name, v, &why);
    return st == SV_OK ? SV_OK : sv_fail(err, st, "%s, line %zu: %s", s->what, r->line, why.text);
}

static enum sv_status put_all(struct sink *out, const struct source *s,
                              const struct render_values *values, struct sv_err *err)
{
    const uint8_t *text = secret_peek(s->text);
    size_t at = 0;
    for (size_t i = 0; i < s->references.count; i++) {
        const struct reference *r = &s->references.items[i];
        sink_put(out, text + at, r->begin - at);
        enum sv_status st = put_one(out, s, values, r, err);
        if (st != SV_OK)
            return st;
        at = r->end;
    }
    sink_put(out, text + at, secret_len(s->text) - at);
    return sink_status(out, err);
}

static bool holds_secret(const struct source *s)
{
    for (size_t i = 0; i < s->references.count; i++)
        if (field_is_secret(s->references.items[i].field))
            return true;
    return false;
}

static enum sv_status write_file(struct cli *cli, const struct args *args, const struct source *s,
                                 const struct render_values *values, struct sv_err *err)
{
    const char *path = args_value(args, "output");
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *text = NULL;
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status st = put_all(out, s, values, err);
    if (st == SV_OK)
        st = sink_to_secret(out, &text, err);
    if (st == SV_OK && args_flag(args, "force"))
        st = file_replace(path, secret_peek(text), secret_len(text), 0600, err);
    else if (st == SV_OK)
        st = file_create(path, secret_peek(text), secret_len(text), 0600, err);
    if (st == SV_OK)
        print_note(cli, "wrote %s%s", NAME_SHOWN(path),
                   holds_secret(s) ? ", which holds a secret in clear, and of which no record is "
                                     "kept: after a change render it anew"
                                   : "");
    return st;
}

/* ---- --check, --quotings ---- */

static void check_json(struct cli *cli, const struct source *s, const struct render_values *values)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "references");
    json_array(&j);
    for (size_t i = 0; i < s->references.count; i++) {
        const struct reference *r = &s->references.items[i];
        json_object(&j);
        json_key(&j, "line");
        json_int(&j, (int64_t)r->line);
        json_text(&j, "profile", r->name);
        json_text(&j, "field", r->field);
        json_text(&j, "quoting", r->quoting->name);
        json_key(&j, "found");
        json_bool(&j, render_values_has(values, r));
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
}

static enum sv_status check_grid(struct cli *cli, const struct source *s,
                                 const struct render_values *values, struct sv_err *err)
{
    static const char *const heads[] = {"LINE", "PROFILE", "FIELD", "QUOTING", "STATE"};
    GRID_OWNED struct grid g = {0};
    char line[24];
    for (size_t i = 0; i < s->references.count; i++) {
        const struct reference *r = &s->references.items[i];
        snprintf(line, sizeof line, "%zu", r->line);
        grid_add(&g, line);
        grid_add(&g, r->name);
        grid_add(&g, r->field);
        grid_add(&g, r->quoting->name);
        grid_add(&g, render_values_has(values, r) ? "found" : "no such profile");
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

static enum sv_status list_quotings(struct cli *cli, struct sv_err *err)
{
    static const char *const heads[] = {"QUOTING", "WHAT"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < quoting_count; i++) {
        grid_add(&g, quotings[i]->name);
        grid_add(&g, quotings[i]->title);
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

/* ---- run ---- */

static enum sv_status report(struct cli *cli, const struct source *s,
                             const struct render_values *values, struct sv_err *err)
{
    enum sv_status st = SV_OK;
    if (cli->json)
        check_json(cli, s, values);
    else
        st = check_grid(cli, s, values, err);
    for (size_t i = 0; st == SV_OK && i < s->references.count; i++) {
        if (!render_values_has(values, &s->references.items[i]))
            st = SV_FINDINGS;
    }
    return st;
}

static enum sv_status render(struct cli *cli, const struct args *args, const struct source *s,
                             struct sv_err *err)
{
    RENDER_VALUES_OWNED struct render_values values = {0};
    bool only_check = args_flag(args, "check");
    const char *path = args_value(args, "output");
    enum sv_status st = SV_OK;
    for (size_t i = 0; st == SV_OK && i < s->references.count; i++)
        st = judge_around(s, &s->references.items[i], err);
    if (st == SV_OK)
        st = render_values_find(&values, cli->vault, &s->references, err);
    if (st != SV_OK)
        return st;
    if (only_check)
        return report(cli, s, &values, err);
    st = render_values_missing(&values, &s->references, s->what, err);
    if (st == SV_OK)
        st = render_values_reveal(&values, cli->vault, AUDIT_RENDER, s->what, err);
    if (st != SV_OK)
        return st;
    return path != NULL && strcmp(path, "-") != 0 ? write_file(cli, args, s, &values, err)
                                                  : put_all(cli->out, s, &values, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    __attribute__((cleanup(source_clear))) struct source s = {.text = NULL};
    if (args_flag(args, "quotings"))
        return list_quotings(cli, err);
    enum sv_status st = read_source(cli, args_word(args, 0), &s, err);
    if (st == SV_OK)
        st = session_ensure(cli, true, false, err);
    return st == SV_OK ? render(cli, args, &s, err) : st;
}

static const struct option_spec options[] = {
    {"output", 'o', "FILE", COMPLETES_FILE, "a new file of mode 0600", false},
    {"force", 0, NULL, COMPLETES_NOTHING, "replace the file", false},
    {"check", 0, NULL, COMPLETES_NOTHING, "list what the template asks for", false},
    {"quotings", 0, NULL, COMPLETES_NOTHING, "list the quotings", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault render app.yml.template -o /run/app/app.yml",
    "echo '{{ smtpvault://work/username | json }}' | smtpvault render -",
    "smtpvault render --check app.yml.template",
    NULL,
};
const struct command cmd_render = {
    .name = "render",
    .group = "use",
    .args = "TEMPLATE|-",
    .summary = "fill logins into a template",
    .flags = CMD_EMITS_SECRET | CMD_TOKEN,
    .max_args = 1,
    .completes = COMPLETES_FILE,
    .options = options,
    .examples = examples,
    .help = "{{ smtpvault://NAME/FIELD | QUOTING }} in the template becomes the value, quoted as "
            "the file's syntax wants it; the rest is left as it is. In a file whose name tells its "
            "syntax (.json, .yaml, .toml, .php ...; with .template behind it as well) a reference "
            "without a quoting is refused. Where one profile is missing nothing is written.",
    .check = check,
    .run = run,
};
