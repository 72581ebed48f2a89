/* SPDX-License-Identifier: ISC */
/* rotate: a login's secret changed in steps that prove themselves. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/source.h"
#include "rotate/rotate_choose.h"
#include "rotate/rotate_emergency.h"
#include "rotate/rotate_hook.h"
#include "rotate/rotate_many.h"
#include "rotate/rotate_plan.h"
#include "rotate/rotate_report.h"
#include "rotate/rotate_run.h"
#include "rotate/rotate_status.h"
#include "smtp/prison.h"

/* What is done in place of a new rotation; one at most. */
static const char *const others[] = {"resume", "rollback", "status", "plan", "report"};

static const char *other_of(const struct args *args, size_t *count)
{
    const char *other = NULL;
    *count = 0;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (args_flag(args, others[i])) {
            other = others[i];
            ++*count;
        }
    }
    return other;
}

static bool is(const char *other, const char *word)
{
    return other != NULL && strcmp(other, word) == 0;
}

/* Does it change nothing? */
static bool only_looks(const char *other)
{
    return is(other, "status") || is(other, "plan") || is(other, "report");
}

/* What those alone take that look. */
static enum sv_status check_look(struct cli *cli, const struct args *args, const char *other,
                                 struct sv_err *err)
{
    int64_t since;
    bool emergency = args_flag(args, "emergency");
    if (emergency && (other != NULL || rotate_many_asked(args)))
        return sv_fail(err, SV_USAGE, "--emergency is a rotation of its own, of one login");
    if (args_value(args, "since") != NULL && !emergency && !only_looks(other))
        return sv_fail(err, SV_USAGE, "--since is for --plan, --status, --report and --emergency");
    if (args_flag(args, "csv") && !is(other, "report"))
        return sv_fail(err, SV_USAGE, "--csv is for --report");
    if (args_flag(args, "csv") && cli->json)
        return sv_fail(err, SV_USAGE, "--json and --csv exclude each other");
    return rotate_since(args, env_now(), &since, err);
}

/* Of the new secret: it is recorded beside it. */
static enum sv_status check_username(const struct args *args, const char *other, struct sv_err *err)
{
    const char *username = args_value(args, "username");
    if (username == NULL)
        return SV_OK;
    if (is(other, "rollback") || only_looks(other))
        return sv_fail(err, SV_USAGE, "--%s takes no new user name", other);
    size_t len = strlen(username);
    if (len == 0 || len > ROTATION_USER_MAX || !text_is_utf8(username, len) ||
        text_has_control(username, len))
        return sv_fail(err, SV_USAGE,
                       "a new user name is 1 to %d bytes of UTF-8 without control characters",
                       ROTATION_USER_MAX);
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    size_t count;
    const char *other = other_of(args, &count), *source = args_value(args, "password-from");
    bool given = source != NULL, made = args_flag(args, "generate");
    if (count > 1)
        return sv_fail(err, SV_USAGE,
                       "--resume, --rollback, --status, --plan and --report exclude each other");
    if (given && made)
        return sv_fail(err, SV_USAGE, "--generate and --password-from exclude each other");
    if ((given || made) && (is(other, "rollback") || (only_looks(other) && !is(other, "plan"))))
        return sv_fail(err, SV_USAGE, "--%s takes no new secret", other);
    enum sv_status s = check_look(cli, args, other, err);
    if (s == SV_OK)
        s = check_username(args, other, err);
    if (s == SV_OK)
        s = rotate_hook_check(args, err);
    if (s == SV_OK && given)
        s = source_check(cli, source, err);
    if (s == SV_OK)
        s = rotate_many_check(cli, args, err);
    return s == SV_OK ? names_check(cli, args, err) : s;
}

/* ---- what is done ---- */

/* What stopped is not lost, and whoever reads why it stopped wants to know how it goes on. */
static enum sv_status say_how_on(const struct rotation_job *job, bool back, enum sv_status s,
                                 struct sv_err *err)
{
    struct sv_err why = *err;
    if (s == SV_OK || s == SV_FINDINGS)
        return s;
    if (back && job->untold)
        return sv_fail(err, s, "%s; with --force it goes back untried", why.text);
    if (back || !rotation_is_open(&job->r))
        return s;
    if (rotate_is_overtaken(&job->p, &job->r))
        return sv_fail(err, s, "%s; \"smtpvault rotate --rollback %s\" gives it up", why.text,
                       NAME_TYPED(job->p.name));
    size_t len = strlen(why.text);
    return sv_fail(err, s, "%s%s \"smtpvault rotate --resume %s\" %s", why.text,
                   len > 0 && why.text[len - 1] == '.' ? "" : ";", NAME_TYPED(job->p.name),
                   job->untold ? "tries again; with --no-verify it goes on untried" : "goes on");
}

/* ---- an interrupt ends the program, with a word on how it goes on ---- */

static char farewell[NAME_TYPED_MAX + 80];

static void on_interrupt(int number)
{
    ssize_t written = write(STDERR_FILENO, farewell, strlen(farewell));
    (void)written;
    raise(number); /* as it would have been without us: SA_RESETHAND */
}

/* Not where somebody else has taken it, as the shell of ours has. */
static enum sv_status go_with_person(struct rotation_job *job, struct sv_err *err)
{
    struct sigaction before, own = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};
    bool ours = sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler == SIG_DFL;
    snprintf(farewell, sizeof farewell,
             "\nsmtpvault: interrupted; \"smtpvault rotate --resume %s\" goes on\n",
             NAME_TYPED(job->p.name));
    if (ours)
        (void)sigaction(SIGINT, &own, NULL);
    enum sv_status s = rotate_go(job, err);
    if (ours)
        (void)sigaction(SIGINT, &before, NULL);
    return s;
}

static enum sv_status go(struct rotation_job *job, const char *other, struct sv_err *err)
{
    if (is(other, "rollback"))
        return say_how_on(job, true, rotate_back(job, err), err);
    if (is(other, "resume") && !rotation_is_open(&job->r))
        return sv_fail(err, SV_MISSING, "no rotation of %s is under way (%s)",
                       NAME_SHOWN(job->p.name), rotation_stage_word(job->r.stage));
    enum sv_status s = job->emergency  ? rotate_emergency_begin(job, err)
                       : other == NULL ? rotate_begin(job, err)
                                       : SV_OK;
    if (s != SV_OK)
        return s;
    if (job->talk && (job->way == &rotate_by_hand || job->way == &rotate_generated))
        rotate_hand_head(job, 0, 0);
    s = job->talk ? go_with_person(job, err) : rotate_go(job, err);
    return say_how_on(job, false, s, err);
}

static enum sv_status rotate(struct cli *cli, const struct args *args, const char *name,
                             const char *other, struct sv_err *err)
{
    ROTATION_JOB_OWNED struct rotation_job job = ROTATION_JOB;
    job.cli = cli;
    job.args = args;
    job.no_verify = args_flag(args, "no-verify");
    job.resumed = other != NULL;
    job.talk = !cli->json && ask_way(cli, NULL) == ASK_TERMINAL;
    job.emergency = args_flag(args, "emergency");
    enum sv_status s = rotation_job_begin(&job, name, err);
    /* One that is under way goes on: what matters is that the old one dies. */
    if (job.emergency)
        job.resumed = rotation_is_open(&job.r) && job.r.stage != STAGE_PROMOTED;
    if (s == SV_OK)
        s = rotate_choose(&job, err);
    if (s != SV_OK)
        return s;
    if (prison_lacks()[0] != '\0' && !job.no_verify)
        print_warning(cli, "%s", prison_lacks());
    s = go(&job, other, err);
    if (s == SV_OK && !is(other, "rollback"))
        rotate_hook_next_time(&job);
    if ((!cli->json && !job.emergency) || (s != SV_OK && s != SV_FINDINGS))
        return s;
    cli->changed = job.r.stage >= STAGE_PROMOTED; /* for what is told here alone may fail yet */
    if (job.emergency) {
        enum sv_status told = rotate_emergency_tell(&job, err);
        return told == SV_OK ? s : told;
    }
    enum sv_status written = rotate_status_json(cli->out, &job.p, &job.r, err);
    return written == SV_OK ? s : written;
}

/* Without a name: all that are under way. One alone is spoken of as if it were named. */
static enum sv_status resume_all(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct rotation_record r;
    size_t open = 0, last = 0;
    enum sv_status s = vault_list(cli->vault, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        if (rotation_of_card(&r, &list.items[i]) && rotation_is_open(&r)) {
            last = i;
            open++;
        }
    }
    if (s != SV_OK)
        return s;
    if (open == 0)
        return sv_fail(err, SV_MISSING, "no rotation is under way");
    return open == 1 ? rotate(cli, args, list.items[last].name, "resume", err)
                     : rotate_many(cli, args, &list, true, err);
}

static enum sv_status several(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status s = vault_list(cli->vault, &list, err);
    return s == SV_OK ? rotate_many(cli, args, &list, args_flag(args, "resume"), err) : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    size_t count;
    const char *other = other_of(args, &count), *name = args_word(args, 0);
    if (is(other, "report"))
        return rotate_report(cli, args, name, err);
    if (is(other, "status"))
        return rotate_status(cli, args, name, err);
    if (is(other, "plan"))
        return rotate_plan(cli, args, name, err);
    if (rotate_many_asked(args))
        return several(cli, args, err);
    return name == NULL ? resume_all(cli, args, err) : rotate(cli, args, name, other, err);
}

static const struct option_spec options[] = {
    {"password-from", 0, "SOURCE", COMPLETES_SOURCE, "the new secret, which the server has already",
     false},
    {"generate", 0, NULL, COMPLETES_NOTHING, "make the new secret here, to be set at the server",
     false},
    {"username", 0, "USER", COMPLETES_NOTHING, "the new secret's, where it comes with one", false},
    {"hook", 0, "PROGRAM", COMPLETES_ROTATOR,
     "have it changed by a rotator (smtpvault-rotators(7))", false},
    {"set", 0, "KEY=VALUE", COMPLETES_NOTHING, "a setting of the rotator", true},
    {"with", 0, "PROFILE", COMPLETES_PROFILE, "give the rotator that secret too", false},
    {"due", 0, NULL, COMPLETES_NOTHING, "all whose time has come", false},
    {"tag", 0, "TAG", COMPLETES_NOTHING, "all with this tag", true},
    {"provider", 0, "ID", COMPLETES_PROVIDER, "all at this provider", false},
    {"jobs", 0, "N", COMPLETES_NOTHING, "so many side by side (8)", false},
    {"per-provider", 0, "N", COMPLETES_NOTHING, "so many at one provider or server (2)", false},
    {"yes", 0, NULL, COMPLETES_NOTHING, "do not ask whether the plan is right", false},
    {"emergency", 0, NULL, COMPLETES_NOTHING, "it is out: change it now, and tell who used it",
     false},
    {"resume", 0, NULL, COMPLETES_NOTHING, "go on where it stopped; without NAME, with all", false},
    {"rollback", 0, NULL, COMPLETES_NOTHING, "give it up, or go back to the old secret", false},
    {"plan", 0, NULL, COMPLETES_NOTHING, "whom it concerns, what it would do; nothing is done",
     false},
    {"status", 0, NULL, COMPLETES_NOTHING, "how far it has come, what is next, who is behind",
     false},
    {"report", 0, NULL, COMPLETES_NOTHING, "evidence of what was changed, of NAME or of all",
     false},
    {"since", 0, "90d", COMPLETES_NOTHING, "what is told from when on: a date or an age", false},
    {"csv", 0, NULL, COMPLETES_NOTHING, "of --report: for a spreadsheet", false},
    {"no-verify", 0, NULL, COMPLETES_NOTHING, "try no login: a server out of reach from here",
     false},
    {"force", 0, NULL, COMPLETES_NOTHING, "take a secret of the wrong shape; go back untried",
     false},
    {0},
};
static const char *const examples[] = {
    "smtpvault rotate work",
    "smtpvault rotate shop --password-from cmd:'pass shop/new'",
    "smtpvault rotate work --hook dovecot-passwd-file --set file=/etc/dovecot/users",
    "smtpvault rotate --due --yes",
    "smtpvault rotate --resume work",
    "smtpvault rotate --report --since 2026-10-01 --csv",
    NULL,
};
const struct command cmd_rotate = {
    .name = "rotate",
    .group = "rotation",
    .args = "NAME...",
    .summary = "change a secret in steps that prove themselves",
    .flags = CMD_UNLOCKED | CMD_NETWORK,
    .min_args = 1,
    .max_args = -1,
    .instead = "resume status report due tag provider",
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "The new secret waits as the pending version until a login with it works. Then it "
            "becomes the current one, recorded copies are written anew, and a login with the old "
            "one has to fail. It stops wherever something is missing (75, 69) and goes on with "
            "--resume, on any machine that has the vault. Status 1: the server refuses the new "
            "secret, or still takes the old one; of several: not all is done.",
    .check = check,
    .run = run,
};
