/* SPDX-License-Identifier: ISC */
/* history: the versions of a login, oldest first. */
#include <inttypes.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "format/json.h"

static enum sv_status put_json(struct cli *cli, const struct profile_list *list, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "versions");
    json_array(&j);
    for (size_t i = 0; i < list->count; i++) {
        json_object(&j);
        json_profile_members(&j, &list->items[i], env_now());
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    static const char *const heads[] = {"VERSION", "CHANGED", "SECRET SET", "USER", "SERVER"};
    PROFILE_LIST_OWNED struct profile_list list = {0};
    GRID_OWNED struct grid g = {0};
    enum sv_status s = vault_history(cli->vault, args_word(args, 0), &list, err);
    if (s != SV_OK)
        return s;
    if (cli->json)
        return put_json(cli, &list, err);
    for (size_t i = 0; i < list.count; i++) {
        const struct profile *p = &list.items[i];
        char when[TEXT_TIME_MAX], server[PROFILE_SERVER_MAX];
        grid_addf(&g, "%" PRIu64 "%s", p->version, i + 1 == list.count ? " (now)" : "");
        grid_add(&g, text_time_local(when, p->updated));
        grid_add(&g, text_time_local(when, p->rotated));
        grid_add(&g, p->username);
        grid_addf(&g, "%s%s", profile_server(server, p), p->retired != 0 ? " (retired)" : "");
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

static const char *const examples[] = {
    "smtpvault history work",
    "smtpvault get work --version previous",
    NULL,
};
const struct command cmd_history = {
    .name = "history",
    .group = "profiles",
    .args = "NAME",
    .summary = "list the versions of a login",
    .flags = CMD_UNLOCKED,
    .min_args = 1,
    .max_args = 1,
    .completes = COMPLETES_PROFILE,
    .examples = examples,
    .check = names_check,
    .run = run,
};
