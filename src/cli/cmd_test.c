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
#include "cli/test_login.h"
#include "cli/test_probe.h"
#include "cli/test_report.h"
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
    if (all == (args_count(args) > 0))
        return sv_fail(err, SV_USAGE, "test wants either names or --all");
    enum sv_status s = parse_timeout(args, &ms, err);
    return s == SV_OK ? names_check(cli, args, err) : s;
}

/* SV_FINDINGS when the profile's own port does not do. */
static enum sv_status look_at_ports(struct cli *cli, const struct args *args, const char *helper,
                                    const struct profile *p, struct sv_err *err)
{
    struct probe_report report;
    uint32_t ms;
    enum sv_status s = parse_timeout(args, &ms, err);
    if (s == SV_OK)
        s = test_probe_look(helper, p, args_value(args, "ca-file"), ms, &report, err);
    if (s == SV_OK)
        s = cli->json ? test_probe_json(cli->out, p, &report, err)
                      : test_probe_people(cli, p, &report, err);
    return s == SV_OK && report.finding.verdict != PORTS_WORKS ? SV_FINDINGS : s;
}

/* On a terminal, when the way to the server is what failed. */
static enum sv_status offer_look(struct cli *cli, const struct args *args, const char *helper,
                                 const struct profile *p, const struct smtp_result *r,
                                 struct sv_err *err)
{
    bool yes = false;
    char said[512];
    if (cli->json || !test_probe_helps(r->verdict) || !prompt_possible(cli) ||
        !print_is_terminal(STDOUT_FILENO))
        return SV_OK;
    print_progress(cli, NULL);
    print_note(cli, "%s: %s: %s", NAME_SHOWN(p->name), smtp_verdict_word(r->verdict),
               smtp_say(said, sizeof said, r->cause, p->name));
    enum sv_status s =
        prompt_yes(cli, "Look which ports answer from here, without logging in? [y/N] ", &yes, err);
    if (s != SV_OK || !yes)
        return s;
    s = look_at_ports(cli, args, helper, p, err);
    return s == SV_FINDINGS ? SV_OK : s;
}

/* SV_FINDINGS when the login failed. */
static enum sv_status log_in(struct cli *cli, const struct args *args, const char *helper,
                             const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct smtp_result result = {.code = 0};
    struct login_wish wish = {.ca_file = args_value(args, "ca-file")};
    enum sv_status s = parse_timeout(args, &wish.total_ms, err);
    if (s == SV_OK)
        s = test_login(cli, helper, name, &wish, &p, &result, err);
    if (s != SV_OK)
        return s;
    if (cli->json)
        s = test_report_json(cli->out, &p, &result, err);
    else
        test_report_people(cli->out, &p, &result);
    if (s == SV_OK)
        s = offer_look(cli, args, helper, &p, &result, err);
    return s == SV_OK && result.verdict != SMTP_OK ? SV_FINDINGS : s;
}

static enum sv_status test_one(struct cli *cli, const struct args *args, const char *helper,
                               const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    if (!args_flag(args, "probe"))
        return log_in(cli, args, helper, name, err);
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    return s == SV_OK ? look_at_ports(cli, args, helper, &p, err) : s;
}

static void progress(const struct cli *cli, const char *name, size_t i, size_t count)
{
    char text[NAME_SHOWN_MAX + 64];
    snprintf(text, sizeof text, "testing %s (%zu of %zu) ...", NAME_SHOWN(name), i + 1, count);
    print_progress(cli, text);
}

/* A login without TLS is no reason to leave the others of --all untested. */
static enum sv_status test_all(struct cli *cli, const struct args *args, const char *helper,
                               struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    bool findings = false;
    enum sv_status s = vault_list(cli->vault, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        if (list.items[i].tls == TLS_NONE) {
            print_warning(cli, "%s uses no TLS and is not tested", NAME_SHOWN(list.items[i].name));
            findings = true;
            continue;
        }
        progress(cli, list.items[i].name, i, list.count);
        s = test_one(cli, args, helper, list.items[i].name, err);
        findings = findings || s == SV_FINDINGS;
        s = s == SV_FINDINGS ? SV_OK : s;
    }
    print_progress(cli, NULL);
    return s == SV_OK && findings ? SV_FINDINGS : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SV_AUTOFREE char *helper = NULL;
    bool findings = false;
    enum sv_status s = self_helper(&helper, err);
    if (prison_lacks()[0] != '\0')
        print_warning(cli, "%s", prison_lacks());
    if (s == SV_OK && args_flag(args, "all"))
        return test_all(cli, args, helper, err);
    for (size_t i = 0; s == SV_OK && i < args_count(args); i++) {
        progress(cli, args_word(args, i), i, args_count(args));
        s = test_one(cli, args, helper, args_word(args, i), err);
        findings = findings || s == SV_FINDINGS;
        s = s == SV_FINDINGS ? SV_OK : s;
    }
    print_progress(cli, NULL);
    return s == SV_OK && findings ? SV_FINDINGS : s;
}

static const struct option_spec options[] = {
    {"all", 0, NULL, COMPLETES_NOTHING, "every login of the vault", false},
    {"ca-file", 0, "FILE", COMPLETES_FILE, "the authorities of a private server (PEM)", false},
    {"probe", 0, NULL, COMPLETES_NOTHING, "look which ports answer; no login, no secret", false},
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
    .args = "NAME...",
    .summary = "log in at the server and say what is wrong",
    .flags = CMD_UNLOCKED | CMD_NETWORK | CMD_TOKEN,
    .max_args = -1,
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "Over verified TLS 1.2 or newer, one attempt, no mail. Status 1 when a login failed. "
            "With --json one object a line.",
    .check = check,
    .run = run,
};
