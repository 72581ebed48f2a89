/* SPDX-License-Identifier: ISC */
/* due: secrets whose time has come, soonest first; status 1 when there are any. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/deadline.h"
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

/* One that is due: its period ends, or its provider stops to take such a login. */
struct item {
    const struct profile *p;
    int64_t when;
    const char *state;
};

static bool is_due(struct item *item, const struct profile *p, int64_t now, int64_t window)
{
    enum rotation_state state = rotation_of(p, now, window);
    struct deadline end = deadline_of(p, now, window);
    bool rotates = state == ROTATION_SOON || state == ROTATION_OVERDUE;
    bool ends = deadline_is_due(&end, p);
    *item = (struct item){.p = p, .when = rotation_due(p)};
    item->state = p->exposed ? "exposed" : rotation_word(state);
    if (ends && (!rotates || end.when < item->when)) {
        item->when = end.when;
        item->state = end.state == DEADLINE_PAST ? "ended" : "ending";
    }
    return rotates || ends;
}

/* Gathers the due ones, soonest first; returns how many. Few are due, so the simple
 * way serves. */
static size_t pick(struct item *items, const struct profile_list *list, int64_t now, int64_t window)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct item item;
        if (!is_due(&item, &list->items[i], now, window))
            continue;
        size_t at = count++;
        for (; at > 0 && items[at - 1].when > item.when; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
    return count;
}

/* How many logins have the same end as the one at `at`; 0 when one before it has. */
static size_t share_of(const struct deadline *ends, const struct profile_list *list, size_t at)
{
    size_t share = 0;
    for (size_t i = 0; i < list->count && deadline_is_due(&ends[at], &list->items[at]); i++) {
        if (ends[i].day != ends[at].day || !deadline_is_due(&ends[i], &list->items[i]))
            continue;
        if (i < at)
            return 0;
        share++;
    }
    return share;
}

/* A new way to log in takes longer than a new secret, so this is told early, and once
 * for all that it concerns. */
static enum sv_status warn_deadlines(const struct cli *cli, const struct profile_list *list,
                                     int64_t now, struct sv_err *err)
{
    char text[DEADLINE_SHOWN_MAX], more[40] = "";
    SV_AUTOFREE struct deadline *ends = sv_alloc_array(list->count + 1, sizeof(*ends));
    if (ends == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < list->count; i++)
        ends[i] = deadline_of(&list->items[i], now, DEADLINE_SOON_DAYS * INT64_C(86400));
    for (size_t i = 0; i < list->count; i++) {
        size_t share = share_of(ends, list, i);
        if (share == 0)
            continue;
        if (share > 1)
            snprintf(more, sizeof more, " and %zu more", share - 1);
        print_warning(cli, "%s%s: %s", NAME_SHOWN(list->items[i].name), share > 1 ? more : "",
                      deadline_say(text, &ends[i], now));
    }
    return SV_OK;
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
                          "\"smtpvault test %s\" says why",
                          NAME_SHOWN(p->name), text_time_relative(when, p->last_rejected, now),
                          NAME_SHOWN(p->name));
    }
}

static enum sv_status put_json(struct cli *cli, const struct item *items, size_t count, int64_t now,
                               struct sv_err *err)
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
        json_profile_members(&j, items[i].p, now);
        json_deadline(&j, items[i].p, now);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status put_table(struct cli *cli, const struct item *items, size_t count,
                                int64_t now, struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "STATE", "DUE", "EVERY"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < count; i++) {
        char when[TEXT_TIME_MAX], relative[TEXT_TIME_MAX];
        grid_add(&g, items[i].p->name);
        grid_add(&g, items[i].state);
        grid_addf(&g, "%s (%s)", text_time_local(when, items[i].when),
                  text_time_relative(relative, items[i].when, now));
        if (items[i].p->rotate_days)
            grid_addf(&g, "%" PRIu32 "d", items[i].p->rotate_days);
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
    SV_AUTOFREE struct item *items = sv_alloc_array(list.count + 1, sizeof(*items));
    if (items == NULL)
        return sv_fail_nomem(err);
    warn_rejected(cli, &list, now);
    s = warn_deadlines(cli, &list, now, err);
    if (s != SV_OK)
        return s;
    size_t count = pick(items, &list, now, window);
    if (cli->json)
        s = put_json(cli, items, count, now, err);
    else if (count > 0)
        s = put_table(cli, items, count, now, err);
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
            "exposed, and due until it has a new one. A login that its provider stops to take is "
            "due when that day is, and warned of 90 days before.",
    .check = check,
    .run = run,
};
