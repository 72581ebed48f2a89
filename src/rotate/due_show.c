/* SPDX-License-Identifier: ISC */
#include "rotate/due_show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "format/json.h"

static const char *name_of(const struct due_item *item)
{
    return item->p != NULL ? item->p->name : item->token;
}

/* On a terminal an item is a paragraph: its commands are there to be copied, and are not cut. */
static void put_paragraph(struct cli *cli, const struct due_item *item, int64_t now)
{
    char when[TEXT_TIME_MAX], relative[TEXT_TIME_MAX], shown[2 * PROFILE_NAME_MAX], head[512];
    (void)snprintf(head, sizeof head, "%s%s  %s, %s (%s)", item->p == NULL ? "token " : "",
                   text_printable(shown, sizeof shown, name_of(item), strlen(name_of(item))),
                   due_state(item), text_time_relative(relative, item->when, now),
                   text_time_local(when, item->when));
    print_bold(cli->out, cli, head);
    sink_puts(cli->out, "\n  ");
    print_paragraph(cli->out, 2, item->why);
    sink_printf(cli->out, "  %s\n", item->act);
}

static enum sv_status put_grid(struct cli *cli, const struct due_found *found, struct sv_err *err)
{
    static const char *const heads[] = {"STATE", "NAME", "DUE", "WHY", "DO"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < found->list.count; i++) {
        const struct due_item *item = &found->list.items[i];
        char when[TEXT_TIME_MAX], relative[TEXT_TIME_MAX];
        grid_add(&g, due_state(item));
        grid_addf(&g, "%s%s", item->p == NULL ? "token " : "", name_of(item));
        grid_addf(&g, "%s (%s)", text_time_local(when, item->when),
                  text_time_relative(relative, item->when, found->now));
        grid_add(&g, item->why);
        grid_add(&g, item->act);
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

enum sv_status due_show_people(struct cli *cli, const struct due_found *found, struct sv_err *err)
{
    if (!print_is_terminal(STDOUT_FILENO))
        return put_grid(cli, found, err);
    for (size_t i = 0; i < found->list.count; i++)
        put_paragraph(cli, &found->list.items[i], found->now);
    return SV_OK;
}

/* ---- JSON ---- */

/* The clocks of what "profiles" has listed from the beginning. */
static bool is_of_secret(const struct due_item *item)
{
    return item->clock == DUE_PERIOD || item->clock == DUE_DATE || item->clock == DUE_EXPOSED ||
           item->clock == DUE_PROVIDER;
}

/* Each profile once; those that were there have their place in `seen`. */
static enum sv_status put_profiles(struct json *j, const struct due_found *found,
                                   struct sv_err *err)
{
    SV_AUTOFREE bool *seen = sv_alloc_array(found->profiles.count + 1, sizeof *seen);
    if (seen == NULL)
        return sv_fail_nomem(err);
    json_key(j, "profiles");
    json_array(j);
    for (size_t i = 0; i < found->list.count; i++) {
        const struct due_item *item = &found->list.items[i];
        if (!is_of_secret(item) || seen[item->p - found->profiles.items])
            continue;
        seen[item->p - found->profiles.items] = true;
        json_object(j);
        json_profile_members(j, item->p, found->now);
        json_deadline(j, item->p, found->now);
        json_object_end(j);
    }
    json_array_end(j);
    return SV_OK;
}

void due_put_item(struct json *j, const struct due_item *item)
{
    char id[33];
    json_object(j);
    json_text(j, "profile", item->p != NULL ? item->p->name : NULL);
    json_text(j, "token", item->token);
    json_text(j, "clock", due_clock_word(item->clock));
    json_text(j, "urgency", due_urgency_word(item->urgency));
    json_key(j, "when");
    json_time(j, item->when);
    json_text(j, "why", item->why);
    json_text(j, "do", item->act);
    json_text(j, "id", text_hex(id, item->id, sizeof item->id));
    json_object_end(j);
}

static void put_items(struct json *j, const struct due_found *found)
{
    json_key(j, "items");
    json_array(j);
    for (size_t i = 0; i < found->list.count; i++)
        due_put_item(j, &found->list.items[i]);
    json_array_end(j);
}

enum sv_status due_show_json(struct cli *cli, const struct due_found *found, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    enum sv_status s = put_profiles(&j, found, err);
    if (s != SV_OK)
        return s;
    put_items(&j, found);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}
