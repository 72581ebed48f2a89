/* SPDX-License-Identifier: ISC */
/* member list: who may open the vault, and how. */
#include <inttypes.h>

#include "access/member.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "format/json.h"

static void put_cost(struct json *j, const struct argon2_cost *cost)
{
    json_key(j, "argon2");
    if (cost->passes == 0) {
        json_null(j);
        return;
    }
    json_object(j);
    json_key(j, "passes");
    json_int(j, cost->passes);
    json_key(j, "memory_kib");
    json_int(j, cost->memory_kib);
    json_key(j, "lanes");
    json_int(j, cost->lanes);
    json_object_end(j);
}

static enum sv_status put_json(struct cli *cli, const struct member_list *list, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "members");
    json_array(&j);
    for (size_t i = 0; i < list->count; i++) {
        const struct member *m = &list->items[i];
        json_object(&j);
        json_key(&j, "label");
        json_string(&j, m->label);
        json_key(&j, "role");
        json_string(&j, role_word(m->role));
        json_key(&j, "opens_with");
        json_string(&j, member_way(m->type));
        json_key(&j, "slot");
        json_int(&j, m->number);
        json_key(&j, "since");
        json_time(&j, m->created);
        put_cost(&j, &m->cost);
        json_key(&j, "you");
        json_bool(&j, m->own);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

enum sv_status member_list(struct cli *cli, const struct args *args, struct sv_err *err)
{
    static const char *const heads[] = {"LABEL", "ROLE", "OPENS WITH", "SINCE", "SLOT"};
    MEMBER_LIST_OWNED struct member_list list = {0};
    GRID_OWNED struct grid g = {0};
    (void)args;
    enum sv_status s = session_ensure_own(cli, true, false, err);
    if (s == SV_OK)
        s = vault_members(cli->vault, &list, err);
    if (s != SV_OK || cli->json)
        return s != SV_OK ? s : put_json(cli, &list, err);
    for (size_t i = 0; i < list.count; i++) {
        const struct member *m = &list.items[i];
        char when[TEXT_TIME_MAX];
        grid_add(&g, m->label);
        grid_add(&g, role_word(m->role));
        grid_add(&g, member_way(m->type));
        grid_add(&g, text_time_local(when, m->created));
        grid_addf(&g, "%" PRIu32 "%s", m->number, m->own ? " (you)" : "");
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}
