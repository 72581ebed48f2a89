/* SPDX-License-Identifier: ISC */
#include "export/export_formats.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "format/json.h"
#include "tool/format.h"

#define LABEL_WIDTH 12

static bool has_words(const struct format *f, const struct args *args)
{
    for (size_t i = 0; i < args_count(args); i++) {
        const char *word = args_word(args, i);
        if (strcasestr(f->name, word) == NULL && strcasestr(f->title, word) == NULL &&
            strcasestr(f->file, word) == NULL && strcasestr(format_group(f), word) == NULL)
            return false;
    }
    return true;
}

static const struct format *named(const struct args *args)
{
    return args_count(args) == 1 ? format_find(args_word(args, 0)) : NULL;
}

static bool is_wanted(const struct format *f, const struct args *args)
{
    return named(args) != NULL ? named(args) == f : has_words(f, args);
}

static const char *asks(const struct format *f)
{
    return f->has_hook ? "yes" : f->secretless ? "-" : "no";
}

/* ---- for programs ---- */

static void put_format(struct json *j, const struct format *f)
{
    json_object(j);
    json_key(j, "name");
    json_string(j, f->name);
    json_key(j, "title");
    json_string(j, f->title);
    json_key(j, "group");
    json_string(j, format_group(f));
    json_key(j, "file");
    json_string(j, f->file);
    json_text(j, "owner", f->owner);
    json_key(j, "hook");
    json_bool(j, f->has_hook);
    json_key(j, "secret");
    json_bool(j, !f->secretless);
    json_text(j, "about", f->about);
    json_object_end(j);
}

static enum sv_status put_json(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "formats");
    json_array(&j);
    for (size_t i = 0; i < format_count; i++)
        if (is_wanted(formats[i], args))
            put_format(&j, formats[i]);
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

/* ---- for people ---- */

static void put_line(struct sink *out, const char *label, const char *text)
{
    if (text == NULL)
        return;
    sink_printf(out, "%-*s", LABEL_WIDTH, label);
    print_paragraph(out, LABEL_WIDTH, text);
}

static void put_one(struct sink *out, const struct format *f)
{
    char line[PRINT_PARAGRAPH_MAX];
    put_line(out, "Format", f->name);
    put_line(out, "What", f->title);
    snprintf(line, sizeof line, "%s, mode %04o%s%s", f->file, f->mode != 0 ? f->mode : 0600,
             f->owner != NULL ? ", owner " : "", f->owner != NULL ? f->owner : "");
    put_line(out, "File", line);
    snprintf(line, sizeof line, "%s%s%s", f->tls & SAYS_STARTTLS ? "STARTTLS, " : "",
             f->tls & SAYS_IMPLICIT ? "implicit TLS, " : "", f->tls & SAYS_NONE ? "no TLS, " : "");
    if (f->tls != 0) {
        line[strlen(line) - 2] = '\0';
        put_line(out, "Server", line);
    }
    put_line(out, "Secret",
             f->secretless ? "in another file"
             : f->has_hook ? "by a command, or with --inline"
                           : "with --inline");
    put_line(out, "Notes", f->about);
    put_line(out, "See", "smtpvault-export(5), for an example and what is refused");
}

/* A table for each group, with its title above the names. */
static enum sv_status put_groups(struct cli *cli, const struct args *args, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    bool first = true;
    for (size_t i = 0; s == SV_OK && i < format_count;) {
        const char *group = format_group(formats[i]);
        const char *heads[] = {group, "WHAT", "FILE", "ASKS"};
        GRID_OWNED struct grid g = {0};
        for (; i < format_count && strcmp(format_group(formats[i]), group) == 0; i++) {
            if (!is_wanted(formats[i], args))
                continue;
            grid_add(&g, formats[i]->name);
            grid_add(&g, formats[i]->title);
            grid_add(&g, formats[i]->file);
            grid_add(&g, asks(formats[i]));
        }
        if (g.count == 0 && !g.failed)
            continue;
        sink_puts(cli->out, first ? "" : "\n");
        first = false;
        s = grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
    }
    return s;
}

static enum sv_status fail_words(const struct args *args, struct sv_err *err)
{
    return sv_fail(err, SV_MISSING,
                   "no format has %s\"%s\" in its name, title or file; \"smtpvault export "
                   "--formats\" lists them all",
                   args_count(args) > 1 ? "all of the words from " : "",
                   NAME_SHOWN(args_word(args, 0)));
}

enum sv_status export_formats(struct cli *cli, const struct args *args, struct sv_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < format_count; i++)
        count += is_wanted(formats[i], args);
    if (count == 0)
        return fail_words(args, err);
    if (cli->json)
        return put_json(cli, args, err);
    if (named(args) == NULL)
        return put_groups(cli, args, err);
    put_one(cli->out, named(args));
    return SV_OK;
}
