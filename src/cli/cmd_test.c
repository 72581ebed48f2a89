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
#include "cli/test_probe.h"
#include "cli/test_report.h"
#include "smtp/prison.h"
#include "smtp/target.h"

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

static enum sv_status copy_text(char *dst, size_t capacity, const char *text, const char *what,
                                struct sv_err *err)
{
    if (text == NULL)
        text = "";
    if (strlen(text) >= capacity)
        return sv_fail(err, SV_DATA, "the %s is too long to test with", what);
    snprintf(dst, capacity, "%s", text);
    return SV_OK;
}

static const char *login_options(enum profile_auth auth)
{
    switch (auth) {
    case AUTH_PLAIN:
        return "AUTH=PLAIN";
    case AUTH_LOGIN:
        return "AUTH=LOGIN";
    case AUTH_CRAM_MD5:
        return "AUTH=CRAM-MD5";
    case AUTH_SCRAM_SHA_256:
        return "AUTH=SCRAM-SHA-256";
    case AUTH_XOAUTH2:
        return "AUTH=XOAUTH2";
    case AUTH_OAUTHBEARER:
        return "AUTH=OAUTHBEARER";
    case AUTH_AUTO:
        break;
    }
    return "";
}

static enum sv_status make_target(struct smtp_target *t, const struct profile *p,
                                  const struct args *args, struct sv_err *err)
{
    if (p->tls == TLS_NONE)
        return sv_fail(err, SV_USAGE,
                       "%s uses no TLS, and a test never sends a secret in clear: set --tls "
                       "implicit or starttls with \"smtpvault edit\"",
                       NAME_SHOWN(p->name));
    t->port = p->port;
    t->tls = p->tls == TLS_IMPLICIT ? SMTP_IMPLICIT : SMTP_STARTTLS;
    t->bearer = p->kind == KIND_OAUTH2 || p->auth == AUTH_XOAUTH2 || p->auth == AUTH_OAUTHBEARER;
    enum sv_status s = copy_text(t->host, sizeof t->host, p->host, "server's name", err);
    if (s == SV_OK)
        s = copy_text(t->username, sizeof t->username, p->username, "user name", err);
    if (s == SV_OK)
        s = copy_text(t->provider, sizeof t->provider, p->provider, "provider's id", err);
    if (s == SV_OK)
        s = copy_text(t->ca_file, sizeof t->ca_file, args_value(args, "ca-file"),
                      "path of the CA file", err);
    if (s == SV_OK)
        s = copy_text(t->login_options, sizeof t->login_options, login_options(p->auth),
                      "mechanism", err);
    return s == SV_OK ? parse_timeout(args, &t->total_ms, err) : s;
}

/* Only what a server said for good of this login. */
static enum outcome outcome_of(enum smtp_verdict verdict)
{
    switch (verdict) {
    case SMTP_OK:
        return OUTCOME_WORKED;
    case SMTP_WRONG_SECRET:
    case SMTP_WRONG_KIND_OF_SECRET:
    case SMTP_DISABLED_BY_POLICY:
    case SMTP_ACCOUNT_LOCKED:
        return OUTCOME_REJECTED;
    default:
        return OUTCOME_UNKNOWN;
    }
}

static void record(struct cli *cli, const struct profile *p, const struct smtp_result *r)
{
    struct sv_err err = {""};
    struct audit_event event = {.op = AUDIT_TEST, .version = p->version};
    event.result = r->verdict == SMTP_OK ? AUDIT_OK : AUDIT_FAILED;
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    if (r->code != 0)
        snprintf(event.note, sizeof event.note, "%s %u %s", smtp_verdict_word(r->verdict),
                 (unsigned)r->code, r->enhanced);
    else
        snprintf(event.note, sizeof event.note, "%s", smtp_verdict_word(r->verdict));
    if (vault_outcome(cli->vault, &event, outcome_of(r->verdict), &err) != SV_OK)
        print_warning(cli, "the verdict is not on record: %s", err.text);
}

/* What the gate needs of a test, and the profile that came with the secret. */
struct opening {
    struct cli *cli;
    const struct args *args;
    const char *name;
    const struct smtp_target *target;
    struct profile profile;
};

static bool is_same_server(const struct smtp_target *a, const struct smtp_target *b)
{
    return strcmp(a->host, b->host) == 0 && a->port == b->port && a->tls == b->tls &&
           strcmp(a->username, b->username) == 0;
}

static enum sv_status reveal_secret(void *context, const struct smtp_offer *offer,
                                    struct secret **secret, struct sv_err *err)
{
    struct opening *o = context;
    SECRET_OWNED struct secret *revealed = NULL;
    struct smtp_target now = {.port = 0};
    struct reveal why = {.op = AUDIT_TEST};
    (void)offer;
    enum sv_status s = vault_reveal(o->cli->vault, o->name, &why, &o->profile, &revealed, err);
    if (s == SV_OK)
        s = make_target(&now, &o->profile, o->args, err);
    /* The card may be another by now: a secret goes to the host it came with. */
    if (s == SV_OK && !is_same_server(&now, o->target))
        s = sv_fail(err, SV_LOCKED, "%s was changed meanwhile; test it again", NAME_SHOWN(o->name));
    if (s != SV_OK)
        return s;
    *secret = revealed;
    revealed = NULL;
    return SV_OK;
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
static enum sv_status test_one(struct cli *cli, const struct args *args, const char *helper,
                               const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile asked = {.name = NULL};
    struct smtp_target target = {.port = 0};
    struct smtp_result result = {.code = 0};
    struct opening opening = {.cli = cli, .args = args, .name = name, .target = &target};
    const struct smtp_gate gate = {.open = reveal_secret, .context = &opening};
    enum sv_status s = vault_find(cli->vault, name, &asked, err);
    if (s == SV_OK && args_flag(args, "probe"))
        return look_at_ports(cli, args, helper, &asked, err);
    if (s == SV_OK)
        s = make_target(&target, &asked, args, err);
    if (s == SV_OK)
        s = smtp_test(helper, &target, &gate, &result, err);
    PROFILE_OWNED struct profile revealed = opening.profile;
    if (s != SV_OK)
        return s;
    const struct profile *p = revealed.name != NULL ? &revealed : &asked;
    record(cli, p, &result);
    if (cli->json)
        s = test_report_json(cli->out, p, &result, err);
    else
        test_report_people(cli->out, p, &result);
    if (s == SV_OK)
        s = offer_look(cli, args, helper, p, &result, err);
    return s == SV_OK && result.verdict != SMTP_OK ? SV_FINDINGS : s;
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
