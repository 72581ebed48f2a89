/* SPDX-License-Identifier: ISC */
/* list: the logins, as a table for people and a name a line for programs. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/profile_args.h"
#include "cli/terms.h"
#include "domain/copies.h"
#include "domain/provider.h"
#include "domain/rotation.h"
#include "format/json.h"
#include "rotate/public_dates.h"

static enum sv_status parse_unused(const struct args *args, int64_t *seconds, struct sv_err *err)
{
    const char *text = args_value(args, "unused");
    *seconds = 0;
    if (text != NULL && !text_parse_duration(text, seconds) && !text_parse_span(text, seconds))
        return sv_fail(err, SV_USAGE, "a span of time looks like 90d, 12w or 12h");
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    int64_t seconds;
    (void)cli;
    return parse_unused(args, &seconds, err);
}

/* A login that is younger than the span cannot have been unused for so long. */
static bool is_unused(const struct profile *p, const struct args *args)
{
    int64_t seconds, latest = p->last_used > p->created ? p->last_used : p->created;
    return parse_unused(args, &seconds, NULL) == SV_OK && latest <= env_now() - seconds;
}

static bool chosen(const struct profile *p, const struct args *args)
{
    const char *pattern = args_word(args, 0), *provider = args_value(args, "provider");
    if (pattern != NULL && !text_matches(pattern, p->name))
        return false;
    if (provider != NULL) {
        const struct provider *known = provider_find(provider);
        if (p->provider == NULL ||
            !text_equal_nocase(p->provider, known != NULL ? known->id : provider))
            return false;
    }
    if (args_value(args, "unused") != NULL && !is_unused(p, args))
        return false;
    for (size_t i = 0; args_nth(args, "tag", i) != NULL; i++) {
        if (!profile_has_tag(p, args_nth(args, "tag", i)))
            return false;
    }
    return true;
}

/* How many files hold its secret in clear; which ones, `show` tells. */
static enum sv_status put_copies(struct json *j, const struct profile *p, struct sv_err *err)
{
    COPIES_OWNED struct copies list = {.items = NULL};
    enum sv_status s = copies_of(&list, p, err);
    json_key(j, "copies");
    json_int(j, (int64_t)list.count);
    return s;
}

static enum sv_status put_json(struct cli *cli, const struct args *args,
                               const struct profile_list *list, struct sv_err *err)
{
    struct json j;
    int64_t now = env_now();
    enum sv_status s = SV_OK;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "profiles");
    json_array(&j);
    for (size_t i = 0; i < list->count && s == SV_OK; i++) {
        if (!chosen(&list->items[i], args))
            continue;
        json_object(&j);
        json_profile_members(&j, &list->items[i], now);
        s = put_copies(&j, &list->items[i], err);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return s == SV_OK ? json_end(&j, err) : s;
}

static void add_row(struct grid *g, const struct profile *p, int64_t now)
{
    char when[TEXT_TIME_MAX], server[PROFILE_SERVER_MAX];
    int64_t due = rotation_due(p);
    grid_add(g, p->name);
    grid_add(g, p->username);
    grid_addf(g, "%s%s", profile_server(server, p), p->retired != 0 ? " (retired)" : "");
    grid_add(g, p->tls == TLS_NONE ? "NONE" : profile_tls_word(p->tls));
    grid_add(g, due != 0 ? text_time_relative(when, due, now) : NULL);
    if (p->last_used != 0)
        grid_addf(g, "%s%s", text_time_relative(when, p->last_used, now),
                  rotation_is_rejected(p) ? ", rejected" : "");
    else
        grid_add(g, NULL);
}

static enum sv_status put_table(struct cli *cli, const struct args *args,
                                const struct profile_list *list, struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "USER", "SERVER", "TLS", "DUE", "LAST USED"};
    GRID_OWNED struct grid g = {0};
    int64_t now = env_now();
    for (size_t i = 0; i < list->count; i++) {
        if (chosen(&list->items[i], args))
            add_row(&g, &list->items[i], now);
    }
    if (g.count == 0 && !g.failed) {
        print_note(cli, list->count == 0 ? "the vault is empty: smtpvault add NAME makes a login"
                                         : "no login matches");
        return SV_OK;
    }
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    bool names_only = !cli->json && !print_is_terminal(STDOUT_FILENO);
    bool times = !names_only || args_value(args, "unused") != NULL;
    enum sv_status s =
        !times ? vault_list(cli->vault, &list, err) : vault_list_used(cli->vault, &list, err);
    if (s == SV_OK && !names_only)
        s = terms_apply(cli->vault, list.items, list.count, err);
    if (s != SV_OK)
        return s;
    public_dates_keep(cli, list.items, list.count);
    for (size_t i = 0; i < list.count; i++) {
        if (chosen(&list.items[i], args))
            profile_args_warn(cli, &list.items[i]);
    }
    if (cli->json)
        return put_json(cli, args, &list, err);
    if (!names_only)
        return put_table(cli, args, &list, err);
    for (size_t i = 0; i < list.count; i++) {
        if (!chosen(&list.items[i], args))
            continue;
        sink_puts(cli->out, list.items[i].name);
        sink_puts(cli->out, "\n");
    }
    return SV_OK;
}

static const struct option_spec options[] = {
    {"tag", 0, "TAG", COMPLETES_NOTHING, "only logins with this tag", true},
    {"provider", 0, "ID", COMPLETES_PROVIDER, "only logins at this provider", false},
    {"unused", 0, "90d", COMPLETES_NOTHING, "only logins whose secret nobody asked for since",
     false},
    {0},
};
static const char *const examples[] = {
    "smtpvault list",
    "smtpvault list 'team/*' --tag billing",
    "smtpvault list --unused 90d",
    "smtpvault list --json | jq -r '.profiles[].host'",
    NULL,
};
const struct command cmd_list = {
    .name = "list",
    .group = "profiles",
    .args = "[PATTERN]",
    .summary = "list the logins",
    .flags = CMD_UNLOCKED | CMD_TOKEN,
    .max_args = 1,
    .completes = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "A pattern is a part of the name, or a glob with * ? [...]. On a terminal there is a "
            "table, elsewhere one name a line.",
    .check = check,
    .run = run,
};
