/* SPDX-License-Identifier: ISC */
/* policy: how often a secret shall change. */
#include <inttypes.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "domain/rotation.h"
#include "format/json.h"

static bool is(const struct args *args, const char *word)
{
    return strcmp(args_word(args, 0), word) == 0;
}

static enum sv_status check_set(const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile scratch = {.name = NULL};
    if (args_count(args) != 2 || args_value(args, "every") == NULL)
        return sv_fail(err, SV_USAGE, "it goes: smtpvault policy set NAME --every 90d (or off)");
    enum sv_status s = profile_check_name(args_word(args, 1), err);
    if (s != SV_OK)
        return s;
    return profile_set(&scratch, profile_field("rotate-every"), args_value(args, "every"), err);
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    (void)cli;
    if (is(args, "set"))
        return check_set(args, err);
    if (args_value(args, "every") != NULL)
        return sv_fail(err, SV_USAGE, "--every belongs to \"policy set\"");
    if (is(args, "list") && args_count(args) == 1)
        return SV_OK;
    if (is(args, "show") && args_count(args) == 2)
        return profile_check_name(args_word(args, 1), err);
    return sv_fail(err, SV_USAGE,
                   "it goes: policy set NAME --every 90d, policy show NAME, policy "
                   "list");
}

static enum sv_status set(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = vault_find(cli->vault, args_word(args, 1), &p, err);
    if (s == SV_OK)
        s = profile_set(&p, profile_field("rotate-every"), args_value(args, "every"), err);
    if (s == SV_OK)
        s = vault_edit(cli->vault, &p, NULL, AUDIT_POLICY, err);
    if (s != SV_OK)
        return s;
    char when[TEXT_TIME_MAX];
    if (p.rotate_days == 0)
        print_note(cli, "%s is never due", NAME_SHOWN(p.name));
    else
        print_note(cli, "%s is due every %" PRIu32 " days, next %s", NAME_SHOWN(p.name),
                   p.rotate_days, text_time_local(when, rotation_due(&p)));
    return SV_OK;
}

static void add_row(struct grid *g, const struct profile *p)
{
    char when[TEXT_TIME_MAX];
    int64_t due = rotation_due(p), now = env_now();
    grid_add(g, p->name);
    if (p->rotate_days != 0)
        grid_addf(g, "%" PRIu32 "d", p->rotate_days);
    else
        grid_add(g, "never");
    grid_add(g, p->rotated != 0 ? text_time_local(when, p->rotated) : NULL);
    grid_add(g, due != 0 ? text_time_local(when, due) : NULL);
    grid_add(g, rotation_word(rotation_of(p, now, ROTATION_SOON_DAYS * INT64_C(86400))));
}

static enum sv_status put(struct cli *cli, const struct profile *items, size_t count,
                          struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "EVERY", "SECRET SET", "DUE", "STATE"};
    GRID_OWNED struct grid g = {0};
    struct json j;
    if (!cli->json) {
        for (size_t i = 0; i < count; i++)
            add_row(&g, &items[i]);
        return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
    }
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "profiles");
    json_array(&j);
    for (size_t i = 0; i < count; i++) {
        json_object(&j);
        json_profile_members(&j, &items[i], env_now());
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    enum sv_status s = session_ensure(cli, true, is(args, "set"), err);
    if (s != SV_OK || is(args, "set"))
        return s == SV_OK ? set(cli, args, err) : s;
    if (is(args, "show")) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        s = vault_find(cli->vault, args_word(args, 1), &p, err);
        return s == SV_OK ? put(cli, &p, 1, err) : s;
    }
    PROFILE_LIST_OWNED struct profile_list list = {0};
    s = cli->json ? vault_list_used(cli->vault, &list, err) : vault_list(cli->vault, &list, err);
    return s == SV_OK ? put(cli, list.items, list.count, err) : s;
}

static const struct option_spec options[] = {
    {"every", 0, "90d", COMPLETES_NOTHING, "how often (off: never)", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault policy set work --every 90d",
    "smtpvault policy set work --every off",
    "smtpvault policy list",
    NULL,
};
const struct command cmd_policy = {
    .name = "policy",
    .group = "rotation",
    .args = "set NAME --every 90d | show NAME | list",
    .summary = "say how often a secret shall change",
    .min_args = 1,
    .max_args = 2,
    .completes = COMPLETES_POLICY,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .check = check,
    .run = run,
};
