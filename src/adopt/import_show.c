/* SPDX-License-Identifier: ISC */
#include "adopt/import_show.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "format/json.h"

/* ---- formats ---- */

static void formats_json(struct json *j)
{
    json_object(j);
    json_key(j, "schema");
    json_int(j, 1);
    json_key(j, "formats");
    json_array(j);
    for (size_t i = 0; i < import_source_count; i++) {
        const struct import_source *s = &import_sources[i];
        json_object(j);
        json_text(j, "name", s->name);
        json_text(j, "title", s->title);
        json_text(j, "file", s->file);
        json_text(j, "knows", s->knows);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

enum sv_status import_show_formats(struct cli *cli, struct sv_err *err)
{
    static const char *const heads[] = {"FORMAT", "WHAT", "FILE", "KNOWS"};
    GRID_OWNED struct grid g = {0};
    if (cli->json) {
        struct json j;
        json_begin(&j, cli->out);
        formats_json(&j);
        sink_puts(cli->out, "\n");
        return json_end(&j, err);
    }
    for (size_t i = 0; i < import_source_count; i++) {
        grid_add(&g, import_sources[i].name);
        grid_add(&g, import_sources[i].title);
        grid_add(&g, import_sources[i].file);
        grid_add(&g, import_sources[i].knows);
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

/* ---- the preview ---- */

static void add_server(struct grid *g, const struct found *f)
{
    if (f->card.host != NULL && f->card.port != 0)
        grid_addf(g, "%s:%u", f->card.host, (unsigned)f->card.port);
    else
        grid_add(g, f->card.host != NULL ? f->card.host : f->site);
}

/* What it was called, where that is not what it will be called; else the row's own note. */
static void add_note(struct grid *g, const struct plan_row *row)
{
    if (row->was != NULL)
        grid_addf(g, "was %s%s%s", row->was, row->note != NULL ? "; " : "",
                  row->note != NULL ? row->note : "");
    else if (row->state == PLAN_SAME && strcmp(row->there->name, row->found->card.name) != 0)
        grid_addf(g, "as %s", row->there->name);
    else
        grid_add(g, row->note);
}

enum sv_status import_show_table(const struct cli *cli, struct sink *out, const struct plan *plan,
                                 bool problems, struct sv_err *err)
{
    static const char *const heads[] = {"STATE", "NAME", "USER", "SERVER", "NOTE"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_row *row = &plan->rows[i];
        if (row->state == PLAN_NOT_MAIL ||
            (problems && (row->state == PLAN_SAME ||
                          (plan_takes(row) && row->note == NULL && row->was == NULL))))
            continue;
        grid_add(&g, plan_state_word(row->state));
        grid_add(&g, row->found->card.name);
        grid_add(&g, row->found->card.username);
        add_server(&g, row->found);
        add_note(&g, row);
    }
    if (g.count == 0 && !g.failed)
        return SV_OK;
    return grid_print(&g, out, cli, heads, sizeof heads / sizeof heads[0], err);
}

char *import_show_counts(char dst[IMPORT_COUNTS_MAX], const struct plan *plan)
{
    static const char *const words[PLAN_STATES] = {
        [PLAN_NEW] = "new",
        [PLAN_REPLACE] = "to replace",
        [PLAN_SAME] = "the same as in the vault",
        [PLAN_CONFLICT] = "in conflict (--replace or --rename takes them)",
        [PLAN_TWICE] = "there twice",
        [PLAN_NOT_MAIL] = "not for mail (--all takes them)",
        [PLAN_INCOMPLETE] = "incomplete",
        [PLAN_NO_SECRET] = "without a secret",
        [PLAN_FAULTY] = "faulty"};
    size_t used = 0;
    (void)snprintf(dst, IMPORT_COUNTS_MAX, "no login");
    for (size_t i = 0; i < PLAN_STATES; i++)
        if (plan->states[i] > 0)
            used += (size_t)snprintf(dst + used, IMPORT_COUNTS_MAX - used, "%s%zu %s",
                                     used > 0 ? ", " : "", plan->states[i], words[i]);
    return dst;
}

/* ---- JSON ---- */

static void row_json(struct json *j, const struct plan_row *row)
{
    const struct profile *c = &row->found->card;
    json_object(j);
    json_text(j, "name", c->name);
    json_text(j, "state", plan_state_word(row->state));
    json_key(j, "line");
    json_int(j, row->found->line);
    json_text(j, "provider", c->provider);
    json_text(j, "host", c->host);
    json_key(j, "port");
    if (c->port != 0)
        json_int(j, c->port);
    else
        json_null(j);
    json_text(j, "tls", profile_tls_word(c->tls));
    json_text(j, "auth", profile_auth_word(c->auth));
    json_text(j, "username", c->username);
    json_text(j, "from", c->from);
    json_text(j, "kind", profile_kind_word(c->kind));
    json_text(j, "site", row->found->site);
    json_key(j, "changed");
    json_time(j, c->rotated);
    json_text(j, "was", row->was);
    json_text(j, "there", row->there != NULL ? row->there->name : NULL);
    json_text(j, "why", row->note);
    json_object_end(j);
}

void import_show_json(struct json *j, const struct import_source *source, const struct plan *plan,
                      bool dry_run)
{
    json_object(j);
    json_key(j, "schema");
    json_int(j, 1);
    json_text(j, "from", source->name);
    json_key(j, "dry_run");
    json_bool(j, dry_run);
    json_key(j, "counts");
    json_object(j);
    for (size_t i = 0; i < PLAN_STATES; i++) {
        json_key(j, plan_state_word((enum plan_state)i));
        json_int(j, (int64_t)plan->states[i]);
    }
    json_object_end(j);
    json_key(j, "logins");
    json_array(j);
    for (size_t i = 0; i < plan->count; i++)
        row_json(j, &plan->rows[i]);
    json_array_end(j);
}
