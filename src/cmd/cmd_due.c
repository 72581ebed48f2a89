/* SPDX-License-Identifier: ISC */
/* due: what has to be done about secrets, of all clocks; status 1 when there is something. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "domain/deadline.h"
#include "rotate/due_show.h"
#include "rotate/public_dates.h"

#define DAY INT64_C(86400)
#define ICS_DAYS 366 /* ahead, unless --within says otherwise */

enum due_format { FORMAT_PEOPLE, FORMAT_ICS, FORMAT_PROMETHEUS, FORMAT_NAGIOS };

static enum sv_status parse_format(const struct args *args, enum due_format *format,
                                   struct sv_err *err)
{
    const char *word = args_value(args, "format");
    const char *const *words = completes_words(COMPLETES_DUE);
    *format = FORMAT_PEOPLE;
    for (size_t i = 0; word != NULL && words[i] != NULL; i++)
        if (strcmp(word, words[i]) == 0)
            *format = (enum due_format)(i + 1);
    if (word != NULL && *format == FORMAT_PEOPLE)
        return sv_fail(err, SV_USAGE, "--format takes ics, prometheus or nagios");
    return SV_OK;
}

/* A window that is given is the days of lead of all. A calendar has what is later as well. */
static enum sv_status parse_wish(const struct args *args, struct due_wish *wish, struct sv_err *err)
{
    const char *text = args_value(args, "within");
    enum due_format format;
    int64_t window = 0;
    enum sv_status s = parse_format(args, &format, err);
    if (s == SV_OK && text != NULL && !text_parse_duration(text, &window))
        return sv_fail(err, SV_USAGE, "a span of time looks like 14d, 2w or 12h");
    *wish = (struct due_wish){.now = env_now(), .lead = text != NULL ? window : -1};
    if (format == FORMAT_ICS && text == NULL)
        wish->horizon = ICS_DAYS * DAY;
    else if (format == FORMAT_PROMETHEUS)
        wish->horizon = INT64_MAX;
    return s;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct due_wish wish;
    enum due_format format;
    enum sv_status s = parse_format(args, &format, err);
    if (s == SV_OK && cli->json && args_value(args, "format") != NULL)
        return sv_fail(err, SV_USAGE, "--json and --format exclude each other");
    /* A plugin says itself that its words are wrong: whoever started it reads nothing else. */
    return s == SV_OK && format != FORMAT_NAGIOS ? parse_wish(args, &wish, err) : s;
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

static enum sv_status look(struct cli *cli, const struct due_wish *wish, struct due_found *found,
                           struct sv_err *err)
{
    enum sv_status s = session_ensure(cli, true, false, err);
    found->now = wish->now;
    if (s == SV_OK)
        s = vault_due(cli->vault, wish, &found->profiles, &found->list, err);
    if (s == SV_OK)
        public_dates_keep(cli, found->profiles.items, found->profiles.count);
    return s;
}

static void found_clear(struct due_found *found)
{
    due_list_clear(&found->list);
    profile_list_clear(&found->profiles);
}
#define FOUND_OWNED __attribute__((cleanup(found_clear)))

/* The contract of such a plugin, in place of ours: one line, and 0 to 3. */
static enum sv_status nagios(struct cli *cli, const struct args *args, struct sv_err *err)
{
    FOUND_OWNED struct due_found found = {.now = 0};
    struct due_wish wish;
    enum sv_status s = parse_wish(args, &wish, err);
    if (s == SV_OK)
        s = look(cli, &wish, &found, err);
    cli->exit_status =
        s == SV_OK ? due_put_nagios(cli->out, &found) : due_put_unknown(cli->out, err->text);
    err->text[0] = '\0';
    return SV_OK;
}

static enum sv_status calendar(struct cli *cli, const struct due_found *found, struct sv_err *err)
{
    struct vault_info info;
    enum sv_status s = vault_info(cli->vault, &info, err);
    if (s == SV_OK)
        due_put_ics(cli->out, found, info.id_hex);
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    FOUND_OWNED struct due_found found = {.now = 0};
    enum due_format format;
    struct due_wish wish;
    enum sv_status s = parse_format(args, &format, err);
    if (s == SV_OK && format == FORMAT_NAGIOS)
        return nagios(cli, args, err);
    if (s == SV_OK)
        s = parse_wish(args, &wish, err);
    if (s == SV_OK)
        s = look(cli, &wish, &found, err);
    if (s != SV_OK)
        return s;
    if (format == FORMAT_ICS)
        return calendar(cli, &found, err);
    if (format == FORMAT_PROMETHEUS) {
        due_put_prometheus(cli->out, &found);
        return SV_OK;
    }
    s = warn_deadlines(cli, &found.profiles, found.now, err);
    if (s == SV_OK && cli->json)
        s = due_show_json(cli, &found, err);
    else if (s == SV_OK && found.list.count > 0)
        s = due_show_people(cli, &found, err);
    else if (s == SV_OK)
        print_note(cli, "nothing is due");
    return s == SV_OK && found.list.count > 0 ? SV_FINDINGS : s;
}

static const struct option_spec options[] = {
    {"within", 0, "14d", COMPLETES_NOTHING, "how far to look ahead (the policy's lead)", false},
    {"format", 0, "FORMAT", COMPLETES_DUE, "ics, prometheus or nagios", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault due",
    "smtpvault due --within 30d --json",
    "smtpvault due --format ics >due.ics",
    NULL,
};
const struct command cmd_due = {
    .name = "due",
    .group = "rotation",
    .args = "",
    .summary = "list what has to be done about secrets, and by when",
    .options = options,
    .examples = examples,
    .help = "Status 1 when something is due. All clocks run into one list: the policy's days and "
            "dates, providers that stop to take a login (warned of 90 days before), secrets that "
            "somebody who left could read, logins that are rejected or were not seen to work, "
            "OAuth2, certificates by authorities of one's own, rotations under way, old copies, "
            "grants and tokens that end. A calendar and the metrics end with status 0; nagios "
            "has its own: 0 nothing, 1 due, 2 overdue, 3 not known.",
    .check = check,
    .run = run,
};
