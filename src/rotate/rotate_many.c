/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_many.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/turns.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "domain/vault_remote.h"
#include "rotate/rotate_choose.h"
#include "rotate/rotate_status.h"
#include "smtp/prison.h"

#define PLANNED_AT_ONCE ((size_t)64)

/* The first interrupt begins nothing more, and lets go on what has its turn; the next one ends
 * the program, which is no harm: what was done is in the vault. */
static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* ---- words ---- */

bool rotate_many_asked(const struct args *args)
{
    return args_flag(args, "due") || args_flag(args, "tag") || args_flag(args, "provider") ||
           args_count(args) > 1;
}

static enum sv_status parse_number(const struct args *args, const char *option, size_t otherwise,
                                   size_t *out, struct sv_err *err)
{
    uint64_t number = otherwise;
    const char *text = args_value(args, option);
    if (text != NULL && !text_parse_u64(text, 1, MANY_JOBS_MAX, &number))
        return sv_fail(err, SV_USAGE, "--%s is a number from 1 to %d", option, MANY_JOBS_MAX);
    *out = (size_t)number;
    return SV_OK;
}

static enum sv_status parse(struct many *m, struct sv_err *err)
{
    enum sv_status s = parse_number(m->args, "jobs", MANY_JOBS_DEFAULT, &m->jobs, err);
    return s == SV_OK ? parse_number(m->args, "per-provider", MANY_PER_PROVIDER_DEFAULT,
                                     &m->per_provider, err)
                      : s;
}

static enum sv_status check_one(const struct args *args, struct sv_err *err)
{
    static const char *const for_many[] = {"jobs", "per-provider", "yes"};
    bool resumes = args_flag(args, "resume") && args_count(args) == 0;
    for (size_t i = 0; i < sizeof for_many / sizeof for_many[0] && !resumes; i++)
        if (args_flag(args, for_many[i]))
            return sv_fail(err, SV_USAGE,
                           "--%s is for several logins: names, --due, --tag or "
                           "--provider",
                           for_many[i]);
    return SV_OK;
}

enum sv_status rotate_many_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    static const char *const for_one[] = {"rollback", "status",        "plan",
                                          "report",   "password-from", "username"};
    struct many m = {.args = args};
    enum sv_status s = parse(&m, err);
    if (s == SV_OK && !rotate_many_asked(args))
        s = check_one(args, err);
    if (s != SV_OK || !rotate_many_asked(args))
        return s;
    bool chosen = args_flag(args, "due") || args_flag(args, "tag") || args_flag(args, "provider");
    if (chosen && args_count(args) > 0)
        return sv_fail(err, SV_USAGE, "either names, or --due, --tag and --provider");
    for (size_t i = 0; i < sizeof for_one / sizeof for_one[0]; i++)
        if (args_flag(args, for_one[i]))
            return sv_fail(err, SV_USAGE, "--%s is for one login at a time", for_one[i]);
    if (chosen && args_flag(args, "resume"))
        return sv_fail(err, SV_USAGE, "--resume goes on with all that are under way; else names");
    if (!args_flag(args, "yes") && !args_flag(args, "resume") && !ask_yes_possible(cli))
        return sv_fail(err, SV_USAGE,
                       "there is nobody to ask whether the plan is right: give --yes");
    return SV_OK;
}

/* ---- one of them ---- */

static void stop_at(struct many *m, struct many_item *it, enum sv_status s,
                    const struct sv_err *err)
{
    it->outcome = it->stage == STAGE_FINISHED ? MANY_ROTATED /* and what came behind it failed */
                  : s == SV_FINDINGS          ? MANY_REFUSED
                  : it->stage == STAGE_NONE   ? MANY_NOT_BEGUN
                                              : MANY_LEFT;
    rotation_say(it->why, sizeof it->why, err->text[0] != '\0' ? err->text : sv_status_text(s));
    /* A full disk, a vault that may not be changed, no memory: so it would be with the next. */
    m->broken |= s == SV_IO || s == SV_INTERNAL || s == SV_DENIED;
}

static enum sv_status take_up(struct many *m, struct many_item *it, struct rotation_job *job,
                              struct cli *cli, struct sv_err *err)
{
    job->cli = cli;
    job->args = m->args;
    job->no_verify = m->no_verify;
    job->together = &m->together;
    enum sv_status s = rotation_job_begin(job, it->p->name, err);
    job->resumed =
        s == SV_OK && rotation_is_open(&job->r) && (m->resume || job->r.stage != STAGE_PROMOTED);
    if (s == SV_OK)
        s = rotate_choose(job, err);
    return s;
}

/* Planned, in the vault; what is open goes on as it is. */
static void plan(struct many *m, struct many_item *it)
{
    ROTATION_JOB_OWNED struct rotation_job job = ROTATION_JOB;
    struct sv_err err = {""};
    enum sv_status s = take_up(m, it, &job, &m->quiet, &err);
    bool begins = s == SV_OK && !job.resumed;
    if (begins)
        s = rotate_begin(&job, &err);
    it->stage = rotation_is_open(&job.r) ? job.r.stage : STAGE_NONE;
    if (s == SV_OK)
        return;
    stop_at(m, it, s, &err);
    /* An agent whose disk fails has perhaps begun it, and cannot say so. */
    if (begins && s == SV_IO && vault_is_far(m->cli->vault))
        it->outcome = MANY_LEFT;
    m->waiting--;
}

/* Many as one change, since nothing but the vault is asked. */
static void plan_some(void *context)
{
    struct many *m = context;
    while (m->planned < m->count && !interrupted && !m->broken) {
        struct many_item *it = &m->items[m->planned++];
        if (it->outcome == MANY_WAITS)
            plan(m, it);
        print_progress(m->cli, "planning ...");
    }
}

/* What a person who was asked would have been told on the way. */
static void say_left(struct many_item *it, const struct rotation_job *job)
{
    if (job->r.flags & ROTATED_ANY_PASSWORD)
        rotation_say(it->why, sizeof it->why,
                     "this server accepts any password: no login proves anything");
    else if (job->after_fault[0] != '\0')
        rotation_say(it->why, sizeof it->why, job->after_fault);
    else if (job->findings)
        rotation_say(it->why, sizeof it->why,
                     "a file that holds its secret has the old one: \"smtpvault show\" lists them");
}

static void go_on(struct many *m, struct many_item *it, struct cli *cli, bool talk)
{
    ROTATION_JOB_OWNED struct rotation_job job = ROTATION_JOB;
    struct sv_err err = {""};
    enum sv_status s = take_up(m, it, &job, cli, &err);
    job.talk = talk;
    if (s == SV_OK && !rotation_is_open(&job.r) && talk)
        s = rotate_begin(&job, &err);
    /* Of one that was only planned the server knows nothing yet. */
    job.resumed = job.r.stage != STAGE_PLANNED;
    bool is_this = rotation_is_open(&job.r); /* else the one before, or none could be read */
    if (s == SV_OK && talk)
        rotate_hand_head(&job, m->nth, m->of);
    if (s == SV_OK)
        s = rotate_go(&job, &err);
    if (is_this) {
        it->stage = job.r.stage;
        it->method = job.r.method;
        it->overtaken = rotate_is_overtaken(&job.p, &job.r);
    }
    m->cli->changed = true;
    if (job.r.stage == STAGE_FINISHED && (s == SV_OK || s == SV_FINDINGS)) {
        it->outcome = MANY_ROTATED;
        say_left(it, &job);
        return;
    }
    if (s == SV_FINDINGS)
        snprintf(err.text, sizeof err.text, "%s", job.r.fault);
    stop_at(m, it, s, &err);
}

/* ---- side by side ---- */

static void progress(const struct many *m)
{
    char text[80];
    snprintf(text, sizeof text, "rotating: %zu of %zu done, %zu under way ...", m->done,
             m->done + m->active + m->waiting, m->active);
    print_progress(m->cli, text);
}

static struct many_item *next(struct many *m)
{
    while (!interrupted && !m->broken && m->waiting > 0) {
        while (m->first < m->count &&
               (m->items[m->first].outcome != MANY_WAITS || m->items[m->first].running))
            m->first++;
        for (size_t i = m->first; i < m->count; i++) {
            struct many_item *it = &m->items[i], *place = &m->items[it->group];
            if (it->outcome != MANY_WAITS || it->running || place->active >= m->per_provider)
                continue;
            it->running = true;
            place->active++;
            m->active++;
            m->waiting--;
            return it;
        }
        turns_pause();
    }
    return NULL;
}

static void work(void *context)
{
    struct many *m = context;
    for (struct many_item *it = next(m); it != NULL; it = next(m)) {
        progress(m);
        go_on(m, it, &m->quiet, false);
        it->running = false;
        m->items[it->group].active--;
        m->active--;
        m->done++;
        progress(m);
        turns_wake();
    }
}

static void do_all(struct many *m)
{
    struct sigaction before, on_interrupt = {.sa_handler = interrupt, .sa_flags = SA_RESETHAND};
    interrupted = 0;
    (void)sigaction(SIGINT, &on_interrupt, &before);
    turns_run(m->waiting < PLANNED_AT_ONCE ? m->waiting : PLANNED_AT_ONCE, plan_some, m);
    turns_run(m->jobs < m->waiting ? m->jobs : m->waiting, work, m);
    print_progress(m->cli, NULL);
    (void)sigaction(SIGINT, &before, NULL);
}

/* ---- with a person ---- */

/* SV_FINDINGS: the answer was no. */
static enum sv_status agree(struct many *m, struct sv_err *err)
{
    char question[96];
    bool yes = false;
    if (args_flag(m->args, "yes") || m->resume || m->waiting == 0)
        return SV_OK;
    if (m->waiting == 1)
        snprintf(question, sizeof question, "Change this secret now?");
    else
        snprintf(question, sizeof question, "Change the %zu secrets now?", m->waiting);
    enum sv_status s = ask_yes(m->cli, question, &yes, err);
    if (s != SV_OK || yes)
        return s;
    print_note(m->cli, "nothing was changed");
    return SV_FINDINGS;
}

/* One after another with a person, who is told at once what became of each: the table comes at
 * the end. */
static void each_by_hand(struct many *m, size_t count)
{
    size_t nth = 0;
    for (size_t i = 0; i < m->count && !interrupted && !m->broken; i++) {
        struct many_item *it = &m->items[i];
        if (it->outcome != MANY_BY_HAND)
            continue;
        m->nth = ++nth;
        m->of = count;
        go_on(m, it, m->cli, true);
        if ((it->outcome == MANY_LEFT || it->outcome == MANY_NOT_BEGUN) && !interrupted)
            prompt_tell(m->cli, "%s is left for later: %s", NAME_SHOWN(it->p->name), it->why);
    }
}

static void do_by_hand(struct many *m)
{
    struct sigaction before, on_interrupt = {.sa_handler = interrupt, .sa_flags = SA_RESETHAND};
    char question[96];
    bool yes = false;
    size_t count = many_count(m, MANY_BY_HAND);
    if (count == 0 || interrupted || m->broken || m->cli->json ||
        ask_way(m->cli, NULL) != ASK_TERMINAL)
        return;
    if (count == 1)
        snprintf(question, sizeof question, "Change the one that is by hand now? [y/N] ");
    else
        snprintf(question, sizeof question,
                 "Change the %zu that are by hand now, one after another? [y/N] ", count);
    (void)sigaction(SIGINT, &on_interrupt, &before);
    if (prompt_yes(m->cli, question, &yes, NULL) == SV_OK && yes)
        each_by_hand(m, count);
    (void)sigaction(SIGINT, &before, NULL);
}

/* ---- all together ---- */

/* All are rotated, and nothing is left to be looked at. */
static bool is_well(const struct many *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->items[i].outcome != MANY_ROTATED || m->items[i].why[0] != '\0')
            return false;
    return !m->broken;
}

static void many_clear(struct many *m)
{
    sv_free(m->items);
}

enum sv_status rotate_many(struct cli *cli, const struct args *args,
                           const struct profile_list *list, bool resume, struct sv_err *err)
{
    __attribute__((cleanup(many_clear))) struct many m = {
        .cli = cli, .quiet = *cli, .args = args, .resume = resume};
    m.quiet.quiet = true;
    m.together.vault = cli->vault;
    m.no_verify = args_flag(args, "no-verify");
    enum sv_status s = parse(&m, err);
    if (s == SV_OK)
        s = many_choose(&m, list, err);
    if (s != SV_OK)
        return s;
    if (m.count == 0) {
        print_note(cli, "%s",
                   resume                   ? "no rotation of these is under way"
                   : args_flag(args, "due") ? "nothing is due for a new secret"
                                            : "no login has all of that: \"smtpvault list\" with "
                                              "--tag or --provider shows which have");
        return cli->json ? many_show(&m, err) : SV_OK;
    }
    if (prison_lacks()[0] != '\0' && !m.no_verify)
        print_warning(cli, "%s", prison_lacks());
    s = many_show_plan(&m, err);
    if (s == SV_OK)
        s = agree(&m, err);
    if (s != SV_OK)
        return s;
    do_all(&m);
    do_by_hand(&m);
    s = many_show(&m, err);
    return s == SV_OK && !is_well(&m) ? SV_FINDINGS : s;
}
