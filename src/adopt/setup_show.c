/* SPDX-License-Identifier: ISC */
#include "adopt/setup_show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adopt/setup_asks.h"
#include "adopt/setup_unit.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "format/json.h"
#include "setup/change.h"

static bool is_installed(const char *program)
{
    const char *path = env_get("PATH");
    for (const char *at = path; program != NULL && at != NULL && *at != '\0';) {
        size_t span = strcspn(at, ":");
        SV_AUTOFREE char *dir = sv_strndup(at, span);
        SV_AUTOFREE char *file = dir != NULL && dir[0] == '/' ? path_join(dir, program) : NULL;
        if (file != NULL && access(file, X_OK) == 0)
            return true;
        at += span + (at[span] == ':');
    }
    return program == NULL;
}

/* The logins of one file. */
static void look_at(const struct setup_tool *tool, const char *given, struct setup_file *file,
                    struct setup_found *found)
{
    struct sv_err ignored = {0};
    size_t len;
    if (setup_file_open(file, tool, given, &ignored) != SV_OK)
        return;
    const char *text = setup_file_text(file, &len);
    if (setup_look(text, len, found, &ignored) != SV_OK)
        setup_found_clear(found);
    else
        setup_asks_find(tool, file->path, text, len, found);
}

/* What cannot be read has no block that could be named. */
static void look(const struct setup_tool *tool, struct setup_file *file, struct setup_found *found)
{
    SETUP_UNITS_OWNED struct setup_units units = {.paths = NULL};
    struct sv_err ignored = {0};
    if (tool->files != NULL)
        look_at(tool, NULL, file, found);
    if (!tool->unit || setup_units_find(&units, &ignored) != SV_OK)
        return;
    for (size_t i = 0; i < units.count; i++) {
        SETUP_FILE_OWNED struct setup_file one = {.named = NULL};
        look_at(tool, units.paths[i], &one, found);
    }
}

static void row_json(struct json *j, const struct setup_tool *tool, bool installed,
                     const struct setup_file *file, const struct setup_found *found)
{
    json_object(j);
    json_text(j, "name", tool->name);
    json_text(j, "title", tool->title);
    json_key(j, "installed");
    json_bool(j, installed);
    json_key(j, "possible");
    json_bool(j, tool->advice == NULL);
    if (file->named != NULL)
        json_text(j, "file", file->named);
    json_key(j, "profiles");
    json_array(j);
    for (size_t i = 0; i < found->count; i++)
        json_string(j, found->names[i]);
    json_array_end(j);
    json_object_end(j);
}

static void row_grid(struct grid *g, const struct setup_tool *tool, bool installed,
                     const struct setup_file *file, const struct setup_found *found)
{
    char shown[SETUP_SHOWN], names[512] = "";
    size_t at = 0;
    for (size_t i = 0; i < found->count && at < sizeof names; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i > 0 ? ", " : "",
                               found->names[i]);
    grid_add(g, tool->name);
    grid_add(g, installed ? "yes" : "no");
    grid_add(g, tool->advice != NULL ? "cannot ask" : names);
    grid_add(g, file->named != NULL ? session_show_path(shown, sizeof shown, file->named) : NULL);
}

static void show_tool(struct cli *cli, const struct setup_tool *tool, struct json *j,
                      struct grid *g)
{
    SETUP_FILE_OWNED struct setup_file file = {.named = NULL};
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    look(tool, &file, &found);
    bool installed = is_installed(tool->program);
    if (cli->json)
        row_json(j, tool, installed, &file, &found);
    else
        row_grid(g, tool, installed, &file, &found);
}

enum sv_status setup_show_tools(struct cli *cli, struct sv_err *err)
{
    static const char *const heads[] = {"TOOL", "INSTALLED", "SET UP FOR", "FILE"};
    GRID_OWNED struct grid g = {0};
    struct json j;
    json_begin(&j, cli->out);
    if (cli->json) {
        json_object(&j);
        json_key(&j, "schema");
        json_int(&j, 1);
        json_key(&j, "tools");
        json_array(&j);
    }
    for (size_t i = 0; i < setup_tool_count; i++)
        show_tool(cli, setup_tools[i], &j, &g);
    if (!cli->json)
        return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

enum sv_status setup_show_json(struct cli *cli, const struct setup_outcome *o, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_text(&j, "tool", o->tool->name);
    if (o->profile != NULL)
        json_text(&j, "profile", o->profile);
    json_text(&j, "file", o->file->path);
    json_text(&j, "state", o->state);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

enum sv_status setup_show_diff(struct cli *cli, const struct setup_file *file,
                               const struct edit *edit, bool dry, struct sv_err *err)
{
    char shown[SETUP_SHOWN];
    SINK_OWNED struct sink *own = sink_new(false);
    if (own == NULL)
        return sv_fail_nomem(err);
    struct sink *out = dry && !cli->json ? cli->out : own;
    edit_diff(edit, out, session_show_path(shown, sizeof shown, file->path));
    if (out == cli->out)
        return sink_status(out, err);
    return sink_release(own, STDERR_FILENO, "standard error", err);
}
