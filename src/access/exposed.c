/* SPDX-License-Identifier: ISC */
#include "access/exposed.h"

#include <inttypes.h>

#include "base/text.h"
#include "cli/print.h"

static void put_item(struct json *j, const struct offboarding_item *item)
{
    json_object(j);
    json_key(j, "name");
    json_string(j, item->name);
    json_key(j, "version");
    json_version(j, item->version);
    json_key(j, "current");
    json_bool(j, item->current);
    json_key(j, "username");
    json_string(j, item->username);
    json_key(j, "host");
    json_string(j, item->host);
    json_key(j, "secret_set");
    json_time(j, item->secret_set);
    json_key(j, "last_used");
    json_time(j, item->last_used);
    json_key(j, "fetched");
    json_time(j, item->read);
    json_key(j, "fetches");
    json_int(j, (int64_t)item->reads);
    json_object_end(j);
}

void exposed_put_json(struct json *j, const struct offboarding *o)
{
    json_key(j, "log_read");
    json_bool(j, o->log_read);
    json_key(j, "exposed");
    json_array(j);
    for (size_t i = 0; i < o->count; i++)
        put_item(j, &o->items[i]);
    json_array_end(j);
}

static void add_row(struct grid *g, const struct offboarding_item *item)
{
    char when[TEXT_TIME_MAX];
    grid_add(g, item->name);
    if (item->current)
        grid_add(g, "change it");
    else if (item->version == PROFILE_VERSION_PENDING)
        grid_add(g, "pending: abandon it");
    else
        grid_addf(g, "old, version %" PRIu64, item->version);
    if (item->read != 0)
        grid_addf(g, "%s (%" PRIu64 " %s)", text_time_local(when, item->read), item->reads,
                  item->reads == 1 ? "time" : "times");
    else
        grid_add(g, "not seen");
    grid_add(g, item->last_used != 0 ? text_time_local(when, item->last_used) : NULL);
    grid_add(g, item->username);
    grid_add(g, item->host);
}

enum sv_status exposed_put_table(struct cli *cli, const struct offboarding *o, struct sv_err *err)
{
    static const char *const heads[] = {"NAME",      "WHAT TO DO", "FETCHED BY THEM",
                                        "LAST USED", "USERNAME",   "SERVER"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < o->count; i++)
        add_row(&g, &o->items[i]);
    return o->count == 0
               ? SV_OK
               : grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}
