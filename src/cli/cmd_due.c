/* SPDX-License-Identifier: ISC */
/* due: secrets whose time has come, soonest first; status 1 when there are any. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/rotation.h"
#include "format/json.h"

static enum sv_status parse_window(const struct args *args, int64_t *seconds, struct sv_err *err)
{
    const char *text = args_value(args, "within");
    *seconds = ROTATION_SOON_DAYS * INT64_C(86400);
    if (text != NULL && !text_parse_duration(text, seconds))
        return sv_fail(err, SV_USAGE, "a span of time looks like 14d, 2w or 12h");
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    int64_t window;
    (void)cli;
    return parse_window(args, &window, err);
}

/* Sorts the due ones to the front, soonest first; returns how many. Few are due, so
 * the simple way serves. */
static size_t pick(struct profile **items, const struct profile_list *list, int64_t now,
                   int64_t window)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct profile *p = &list->items[i];
        enum rotation_state state = rotation_of(p, now, window);
        if (state != ROTATION_SOON && state != ROTATION_OVERDUE)
            continue;
        size_t at = count++;
        for (; at > 0 && rotation_due(items[at - 1]) > rotation_due(p); at--)
            items[at] = items[at - 1];
        items[at] = p;
    }
    return count;
}

/* Not due, but more urgent than what is. */
static void warn_rejected(const struct cli *cli, const struct profile_list *list, int64_t now)
{
    char when[TEXT_TIME_MAX];
    for (size_t i = 0; i < list->count; i++) {
        const struct profile *p = &list->items[i];
        if (rotation_is_rejected(p))
            print_warning(cli,
                          "the login of %s was rejected %s, and has not worked since: "
                          "\"smtpvault test\" says why",
                          NAME_SHOWN(p->name), text_time_relative(when, p->last_rejected, now));
    }
}

static enum sv_status put_json(struct cli *cli, struct profile *const *items, size_t count,
                               int64_t now, struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "profiles");
    json_array(&j);
    for (size_t i = 0; i < count; i++) {
        json_object(&j);
        json_profile_members(&j, items[i], now);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status put_table(struct cli *cli, struct profile *const *items, size_t count,
                                int64_t now, int64_t window, struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "STATE", "DUE", "EVERY"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < count; i++) {
        char when[TEXT_TIME_MAX], relative[TEXT_TIME_MAX];
        int64_t due = rotation_due(items[i]);
        grid_add(&g, items[i]->name);
        grid_add(&g,
                 items[i]->exposed ? "exposed" : rotation_word(rotation_of(items[i], now, window)));
        grid_addf(&g, "%s (%s)", text_time_local(when, due),
                  text_time_relative(relative, due, now));
        if (items[i]->rotate_days)
            grid_addf(&g, "%" PRIu32 "d", items[i]->rotate_days);
        else
            grid_add(&g, NULL);
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    int64_t now = env_now(), window;
    enum sv_status s = parse_window(args, &window, err);
    if (s == SV_OK)
        s = vault_list_used(cli->vault, &list, err);
    if (s != SV_OK)
        return s;
    SV_AUTOFREE struct profile **items = sv_alloc_array(list.count + 1, sizeof(struct profile *));
    if (items == NULL)
        return sv_fail_nomem(err);
    warn_rejected(cli, &list, now);
    size_t count = pick(items, &list, now, window);
    if (cli->json)
        s = put_json(cli, items, count, now, err);
    else if (count > 0)
        s = put_table(cli, items, count, now, window, err);
    else
        print_note(cli, "nothing is due");
    return s == SV_OK && count > 0 ? SV_FINDINGS : s;
}

static const struct option_spec options[] = {
    {"within", 0, "14d", COMPLETES_NOTHING, "how far to look ahead (14d)", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault due",
    "smtpvault due --within 30d --json",
    NULL,
};
const struct command cmd_due = {
    .name = "due",
    .group = "rotation",
    .args = "",
    .summary = "list secrets that are due to change",
    .flags = CMD_UNLOCKED,
    .options = options,
    .examples = examples,
    .help = "Status 1 when something is due. A secret that somebody who left could read is "
            "exposed, and due until it has a new one.",
    .check = check,
    .run = run,
};
