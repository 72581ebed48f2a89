/* SPDX-License-Identifier: ISC */
/* test: one login at the real server for each name; a verdict, its cause and what
 * to do. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/self.h"
#include "login/other_way.h"
#include "login/test_login.h"
#include "login/test_many.h"
#include "login/test_probe.h"
#include "login/test_report.h"
#include "rotate/rotate_defend.h"
#include "smtp/prison.h"

#define TIMEOUT_MAX 600

static enum sv_status parse_timeout(const struct args *args, uint32_t *ms, struct sv_err *err)
{
    uint64_t seconds = 0;
    const char *text = args_value(args, "timeout");
    if (text != NULL && !text_parse_u64(text, 1, TIMEOUT_MAX, &seconds))
        return sv_fail(err, SV_USAGE, "a timeout is a number of seconds from 1 to %d", TIMEOUT_MAX);
    *ms = (uint32_t)seconds * 1000;
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    uint32_t ms;
    bool all = args_flag(args, "all");
    if (all && args_count(args) > 0)
        return sv_fail(err, SV_USAGE, "test wants either names or --all");
    const char *to = args_value(args, "send");
    if (to != NULL && !test_login_is_address(to))
        return sv_fail(err, SV_USAGE, "--send wants one address, as in --send ann@example.com");
    if (all && (to != NULL || args_flag(args, "accept-change")))
        return sv_fail(err, SV_USAGE, "%s goes with names, not with --all",
                       to != NULL ? "--send" : "--accept-change");
    if (args_flag(args, "probe") &&
        (to != NULL || args_flag(args, "accept-change") || args_flag(args, "from-check")))
        return sv_fail(err, SV_USAGE, "--probe does not log in: it goes without %s",
                       to != NULL                      ? "--send"
                       : args_flag(args, "from-check") ? "--from-check"
                                                       : "--accept-change");
    enum sv_status s = parse_timeout(args, &ms, err);
    return s == SV_OK ? names_check(cli, args, err) : s;
}

/* ---- which ones ---- */

/* Without a name it is the only login that there is. */
struct chosen {
    struct profile_list list; /* with --all, or for the only one */
    const struct args *args;
};

static void chosen_clear(struct chosen *c)
{
    profile_list_clear(&c->list);
}
#define CHOSEN_OWNED __attribute__((cleanup(chosen_clear)))

static size_t chosen_count(const struct chosen *c)
{
    return c->list.count > 0 ? c->list.count : args_count(c->args);
}

static const char *chosen_name(const struct chosen *c, size_t i)
{
    return c->list.count > 0 ? c->list.items[i].name : args_word(c->args, i);
}

/* What git keeps here beside them has no mail server. */
static void leave_mail(struct profile_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (profile_is_mail(&list->items[i]))
            list->items[kept++] = list->items[i];
        else
            profile_clear(&list->items[i]);
    }
    list->count = kept;
}

static enum sv_status choose(struct chosen *c, struct cli *cli, struct sv_err *err)
{
    if (args_count(c->args) > 0)
        return SV_OK;
    enum sv_status s = vault_list(cli->vault, &c->list, err);
    leave_mail(&c->list);
    if (s != SV_OK || args_flag(c->args, "all") || c->list.count == 1)
        return s;
    if (c->list.count == 0)
        return sv_fail(err, SV_USAGE, "there is no login to test: \"smtpvault add\" makes one");
    return sv_fail(err, SV_USAGE,
                   "test wants names, or --all: there are %zu logins (\"smtpvault list\")",
                   c->list.count);
}

/* SV_FINDINGS when the profile's own port does not do. */
static enum sv_status look_at_ports(struct cli *cli, const struct args *args, const char *helper,
                                    const struct profile *p, struct probe_report *report,
                                    struct sv_err *err)
{
    uint32_t ms;
    enum sv_status s = parse_timeout(args, &ms, err);
    if (s == SV_OK)
        s = test_probe_look(helper, p, args_value(args, "ca-file"), ms, report, err);
    if (s == SV_OK)
        s = cli->json ? test_probe_json(cli->out, p, report, err)
                      : test_probe_people(cli->out, cli, p, report, err);
    return s == SV_OK && report->finding.verdict != PORTS_WORKS ? SV_FINDINGS : s;
}

/* A person is there, and sees what is said. */
static bool is_talk(const struct cli *cli)
{
    return !cli->json && prompt_possible(cli) && print_is_terminal(STDOUT_FILENO);
}

/* Not one of somebody who only reads. */
static bool may_change(struct cli *cli)
{
    struct sv_err aside = {""};
    return cli->token_from == NULL && vault_allow_changes(cli->vault, &aside) == SV_OK;
}

/* What is found must be said before it is asked about, and the report comes as a whole behind. */
static void note_cause(struct cli *cli, const struct profile *p, const char *verdict,
                       const char *cause)
{
    char said[768];
    print_progress(cli, NULL);
    print_note(cli, "%s: %s: %s", NAME_SHOWN(p->name), verdict,
               smtp_say(said, sizeof said, cause, p->name));
}

/* What cannot be changed after all takes nothing from the report. */
static enum sv_status offer_way(struct cli *cli, const struct profile *p,
                                const struct other_way *way, bool *taken)
{
    struct sv_err why = {""};
    if (other_way_offer(cli, p->name, way, taken, &why) != SV_OK)
        print_warning(cli, "%s stays as it is: %s", NAME_SHOWN(p->name), why.text);
    return SV_OK;
}

/* On a terminal, when the way to the server is what failed. *taken: the profile has another
 * one now. */
static enum sv_status offer_other(struct cli *cli, const struct args *args, const char *helper,
                                  const struct profile *p, const struct smtp_result *r, bool *taken,
                                  struct sv_err *err)
{
    struct probe_report report;
    struct other_way way;
    bool certain = other_way_certain(&way, p, r->verdict) && may_change(cli);
    *taken = false;
    if (!is_talk(cli) || (!certain && !test_probe_helps(r->verdict, p)))
        return SV_OK;
    note_cause(cli, p, smtp_verdict_word(r->verdict), r->cause);
    if (certain)
        return offer_way(cli, p, &way, taken);
    if (!test_probe_wanted(cli))
        return SV_OK;
    enum sv_status s = look_at_ports(cli, args, helper, p, &report, err);
    if (s != SV_FINDINGS || !other_way_found(&way, &report) || !may_change(cli))
        return s == SV_FINDINGS ? SV_OK : s;
    note_cause(cli, p, ports_verdict_word(report.finding.verdict), report.finding.cause);
    return offer_way(cli, p, &way, taken);
}

static enum sv_status read_wish(const struct args *args, struct login_wish *wish,
                                struct sv_err *err)
{
    *wish = (struct login_wish){.ca_file = args_value(args, "ca-file"),
                                .from_check = args_flag(args, "from-check"),
                                .send_to = args_value(args, "send"),
                                .accept_change = args_flag(args, "accept-change")};
    return parse_timeout(args, &wish->total_ms, err);
}

/* ---- the logins, side by side ---- */

struct batch {
    const char **names;
    struct test_outcome *outcomes;
    size_t count;
};

static void batch_clear(struct batch *b)
{
    for (size_t i = 0; b->outcomes != NULL && i < b->count; i++)
        profile_clear(&b->outcomes[i].profile);
    sv_free(b->outcomes);
    sv_free(b->names);
}
#define BATCH_OWNED __attribute__((cleanup(batch_clear)))

static void outcome_clear(struct test_outcome *o)
{
    profile_clear(&o->profile);
}
#define OUTCOME_OWNED __attribute__((cleanup(outcome_clear)))

static enum sv_status batch_new(struct batch *b, size_t most, struct sv_err *err)
{
    b->names = sv_alloc_array(most, sizeof *b->names);
    b->outcomes = sv_alloc_array(most, sizeof *b->outcomes);
    return b->names == NULL || b->outcomes == NULL ? sv_fail_nomem(err) : SV_OK;
}

/* SV_FINDINGS when the login failed. */
static enum sv_status report(struct cli *cli, const struct test_outcome *o, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    if (cli->json)
        s = test_report_json(cli->out, &o->profile, &o->result, err);
    else
        test_report_people(cli->out, &o->profile, &o->result);
    if (test_login_outcome(&o->result) == OUTCOME_REJECTED)
        rotate_defend(cli, o->profile.name);
    return s == SV_OK && o->result.verdict != SMTP_OK ? SV_FINDINGS : s;
}

/* One login and its report, as often as a person takes another way to the server. */
static enum sv_status report_talking(struct cli *cli, const struct args *args, const char *helper,
                                     const struct login_wish *wish, const char *name,
                                     const struct test_outcome *first, struct sv_err *err)
{
    OUTCOME_OWNED struct test_outcome again = {.status = SV_OK};
    const struct test_outcome *o = first;
    for (;;) {
        bool taken = false;
        if (o->status != SV_OK)
            return sv_fail(err, o->status, "%s", o->err.text);
        enum sv_status s = report(cli, o, err);
        if (s != SV_FINDINGS)
            return s;
        s = offer_other(cli, args, helper, &o->profile, &o->result, &taken, err);
        if (s != SV_OK || !taken)
            return s == SV_OK ? SV_FINDINGS : s;
        profile_clear(&again.profile);
        again = (struct test_outcome){.status = SV_OK};
        test_many(cli, helper, &name, 1, wish, &again);
        o = &again;
        sink_puts(cli->out, "\n");
    }
}

static enum sv_status log_in_named(struct cli *cli, const struct chosen *chosen, const char *helper,
                                   const struct login_wish *wish, struct sv_err *err)
{
    BATCH_OWNED struct batch b = {.count = chosen_count(chosen)};
    bool findings = false;
    enum sv_status s = batch_new(&b, b.count, err);
    if (s != SV_OK)
        return s;
    for (size_t i = 0; i < b.count; i++)
        b.names[i] = chosen_name(chosen, i);
    test_many(cli, helper, b.names, b.count, wish, b.outcomes);
    for (size_t i = 0; s == SV_OK && i < b.count; i++) {
        s = report_talking(cli, chosen->args, helper, wish, b.names[i], &b.outcomes[i], err);
        findings = findings || s == SV_FINDINGS;
        s = s == SV_FINDINGS ? SV_OK : s;
    }
    return s == SV_OK && findings ? SV_FINDINGS : s;
}

/* One that cannot be tested is no reason to leave the others of --all untested. */
static bool is_tested(const struct cli *cli, const char *name, const struct test_outcome *o)
{
    if (o->status != SV_OK)
        print_warning(cli, "%s is not tested: %s", NAME_SHOWN(name), o->err.text);
    return o->status == SV_OK;
}

/* Nothing was tested, each time for the same reason: that is the outcome. */
static enum sv_status whole_failure(const struct batch *b, struct sv_err *err)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->outcomes[i].status == SV_OK || b->outcomes[i].status != b->outcomes[0].status ||
            strcmp(b->outcomes[i].err.text, b->outcomes[0].err.text) != 0)
            return SV_OK;
    return b->count == 0 ? SV_OK
                         : sv_fail(err, b->outcomes[0].status, "%s", b->outcomes[0].err.text);
}

static enum sv_status report_all(struct cli *cli, const struct batch *b, struct sv_err *err)
{
    GRID_OWNED struct grid table = {0};
    size_t worked = 0;
    enum sv_status s = whole_failure(b, err);
    for (size_t i = 0; s == SV_OK && i < b->count; i++) {
        const struct test_outcome *o = &b->outcomes[i];
        if (!is_tested(cli, b->names[i], o))
            continue;
        worked += o->result.verdict == SMTP_OK;
        test_report_row(&table, &o->profile, &o->result);
    }
    if (s == SV_OK && !cli->json && table.count > 0)
        s = grid_print(&table, cli->out, cli, test_report_heads, TEST_REPORT_COLUMNS, err);
    for (size_t i = 0; s == SV_OK && i < b->count; i++) {
        const struct test_outcome *o = &b->outcomes[i];
        if (o->status != SV_OK || (!cli->json && o->result.verdict == SMTP_OK))
            continue;
        if (!cli->json)
            sink_puts(cli->out, "\n");
        s = report(cli, o, err);
        s = s == SV_FINDINGS ? SV_OK : s;
    }
    if (s == SV_OK)
        print_note(cli, "%zu of %zu logins work", worked, b->count);
    return s == SV_OK && worked < b->count ? SV_FINDINGS : s;
}

static enum sv_status log_in_all(struct cli *cli, const struct profile_list *list,
                                 const char *helper, const struct login_wish *wish,
                                 struct sv_err *err)
{
    BATCH_OWNED struct batch b = {.count = 0};
    bool clear = false;
    enum sv_status s = batch_new(&b, list->count, err);
    if (s != SV_OK)
        return s;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].tls != TLS_NONE) {
            b.names[b.count++] = list->items[i].name;
            continue;
        }
        print_warning(cli, "%s uses no TLS and is not tested", NAME_SHOWN(list->items[i].name));
        clear = true;
    }
    if (b.count > 0)
        test_many(cli, helper, b.names, b.count, wish, b.outcomes);
    s = report_all(cli, &b, err);
    return s == SV_OK && clear ? SV_FINDINGS : s;
}

/* ---- the ports, one profile after the other ---- */

static enum sv_status probe_each(struct cli *cli, const struct chosen *chosen, const char *helper,
                                 struct sv_err *err)
{
    bool findings = false;
    enum sv_status s = SV_OK;
    size_t count = chosen_count(chosen);
    for (size_t i = 0; s == SV_OK && i < count; i++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        struct probe_report report;
        const char *name = chosen_name(chosen, i);
        char text[NAME_SHOWN_MAX + 64];
        snprintf(text, sizeof text, "looking at %s (%zu of %zu) ...", NAME_SHOWN(name), i + 1,
                 count);
        print_progress(cli, text);
        s = vault_find(cli->vault, name, &p, err);
        if (s == SV_OK)
            s = test_login_check_mail(&p, err);
        if (s == SV_OK)
            s = look_at_ports(cli, chosen->args, helper, &p, &report, err);
        findings = findings || s == SV_FINDINGS;
        s = s == SV_FINDINGS ? SV_OK : s;
    }
    print_progress(cli, NULL);
    return s == SV_OK && findings ? SV_FINDINGS : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SV_AUTOFREE char *helper = NULL;
    CHOSEN_OWNED struct chosen chosen = {.args = args};
    struct login_wish wish;
    enum sv_status s = self_helper(&helper, err);
    if (s == SV_OK)
        s = read_wish(args, &wish, err);
    if (s == SV_OK)
        s = choose(&chosen, cli, err);
    if (s != SV_OK)
        return s;
    if (prison_lacks()[0] != '\0')
        print_warning(cli, "%s", prison_lacks());
    if (args_flag(args, "probe"))
        return probe_each(cli, &chosen, helper, err);
    return args_flag(args, "all") ? log_in_all(cli, &chosen.list, helper, &wish, err)
                                  : log_in_named(cli, &chosen, helper, &wish, err);
}

static const struct option_spec options[] = {
    {"accept-change", 0, NULL, COMPLETES_NOTHING, "log in although the server offers less", false},
    {"all", 0, NULL, COMPLETES_NOTHING, "every login of the vault", false},
    {"ca-file", 0, "FILE", COMPLETES_FILE, "authorities (PEM) in place of the profile's", false},
    {"from-check", 0, NULL, COMPLETES_NOTHING, "is the sender's address allowed?", false},
    {"probe", 0, NULL, COMPLETES_NOTHING, "look which ports answer; no login, no secret", false},
    {"send", 0, "ADDR", COMPLETES_NOTHING, "send a small message there", false},
    {"timeout", 0, "S", COMPLETES_NOTHING, "seconds for one login (15)", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault test work",
    "smtpvault test --all --json",
    "smtpvault test work --probe",
    "smtpvault test shop --ca-file /etc/ssl/private-ca.pem",
    NULL,
};
const struct command cmd_test = {
    .name = "test",
    .group = "mail",
    .args = "[NAME...]",
    .summary = "log in at the server and say what is wrong",
    .flags = CMD_UNLOCKED | CMD_NETWORK | CMD_TOKEN,
    .max_args = -1,
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "Over verified TLS 1.2 or newer, one attempt, no mail unless asked. Status 1 when a "
            "login failed. Without a name it tests the only login that there is. "
            "With --json one object a line.",
    .check = check,
    .run = run,
};
