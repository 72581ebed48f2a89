/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_hook.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "base/turns.h"
#include "cli/agreed.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/terms.h"
#include "domain/login.h"
#include "domain/vault_policy.h"
#include "rotate/rotate_prove.h"
#include "rotate/rotator_call.h"
#include "rotate/rotator_line.h"
#include "rotator/run.h"

/* ---- what is said of a step that did not go well ---- */

/* Recorded, and told in any case: status 1. */
static enum sv_status found(struct rotation_job *job, const struct sv_err *why, const char *more,
                            struct sv_err *err)
{
    struct sv_err all = {""}, told = {""};
    sv_err_clear(err);
    (void)!sv_fail(&all, SV_FINDINGS, "%s%s%s", why->text, more[0] != '\0' ? "; " : "", more);
    (void)!sv_fail(&told, SV_FINDINGS, "%s: %s%s; \"smtpvault rotate --resume %s\" goes on",
                   NAME_SHOWN(job->p.name),
                   job->r.stage == STAGE_PROMOTED ? "the change was made, but " : "", all.text,
                   NAME_TYPED(job->p.name));
    print_error(SV_FINDINGS, &told);
    return rotation_job_fault(job, SV_FINDINGS, &all);
}

static enum sv_status later(const struct sv_err *why, const char *more, struct sv_err *err)
{
    return sv_fail(err, SV_LOCKED, "%s%s%s", why->text, more[0] != '\0' ? "; " : "", more);
}

static void warn(const struct rotation_job *job, const struct sv_err *why)
{
    print_warning(job->cli, "%s: %s; the logins decide", NAME_SHOWN(job->p.name), why->text);
}

static bool is_done(const struct rotator_answer *answer)
{
    return answer->result == ROTATOR_OK || answer->result == ROTATOR_UNSUPPORTED;
}

/* ---- the way ---- */

static enum sv_status create(struct rotation_job *job, struct secret **secret, bool *set,
                             struct sv_err *err)
{
    ROTATOR_ANSWER_OWNED struct rotator_answer answer = {.made = NULL};
    struct sv_err why = {""};
    *set = false;
    enum sv_status s =
        rotator_call(job, ROTATOR_CREATE, (struct rotator_pair){.to = ROTATOR_NO_SECRET, .from = 0},
                     &answer, &why, err);
    if (s != SV_OK)
        return s;
    if (!is_done(&answer))
        return answer.result == ROTATOR_RETRY ? later(&why, "", err) : found(job, &why, "", err);
    if (answer.made == NULL && job->p.kind == KIND_IAM_SECRET)
        return found(job, &why, "it made no secret, and an IAM secret is made by AWS alone", err);
    if (answer.made == NULL)
        return terms_generate(job->cli, &job->p, secret, err);
    if (answer.user[0] != '\0')
        snprintf(job->r.username, sizeof job->r.username, "%s", answer.user);
    *secret = answer.made;
    answer.made = NULL;
    return SV_OK;
}

/* The time in which a server that looks at its files now and then has seen them. */
static void settle(void)
{
    turns_sleep_ms(2000);
}

/* Whatever it said and did: which secret is alive? */
static enum sv_status decide(struct rotation_job *job, const struct rotator_answer *said,
                             const struct sv_err *why, struct sv_err *err)
{
    enum rotate_answer answer = ANSWER_REFUSED;
    if (job->no_verify)
        return found(job, why, "which secret is alive only a login tells (--no-verify)", err);
    settle();
    enum sv_status s = rotate_login(job, PROFILE_VERSION_PENDING, &answer, NULL, err);
    if (s == SV_OK && answer == ANSWER_TAKEN) {
        print_warning(job->cli, "%s: %s; but the server takes the new secret, so it goes on",
                      NAME_SHOWN(job->p.name), why->text);
        return SV_OK;
    }
    if (s == SV_OK)
        s = rotate_login(job, 0, &answer, NULL, err);
    if (s != SV_OK)
        return s;
    if (answer == ANSWER_REFUSED)
        return found(job, why, "the server refuses both the old secret and the new one", err);
    if (said->result == ROTATOR_RETRY)
        return later(why, "the server takes the old secret", err);
    return found(job, why, "the server takes the old secret, and the new one is pending", err);
}

static enum sv_status set(struct rotation_job *job, struct sv_err *err)
{
    ROTATOR_ANSWER_OWNED struct rotator_answer answer = {.made = NULL};
    struct sv_err why = {""};
    const struct rotator_pair pair = {.to = PROFILE_VERSION_PENDING, .from = 0};
    enum sv_status s = rotator_call(job, ROTATOR_SET, pair, &answer, &why, err);
    if (s != SV_OK || answer.result == ROTATOR_OK)
        return s;
    return decide(job, &answer, &why, err);
}

static enum sv_status test(struct rotation_job *job, struct sv_err *err)
{
    ROTATOR_ANSWER_OWNED struct rotator_answer answer = {.made = NULL};
    struct sv_err why = {""};
    const struct rotator_pair pair = {.to = PROFILE_VERSION_PENDING, .from = 0};
    enum sv_status s = rotator_call(job, ROTATOR_TEST, pair, &answer, &why, err);
    if (s != SV_OK || is_done(&answer))
        return s;
    if (answer.result == ROTATOR_RETRY)
        return later(&why, "", err);
    warn(job, &why);
    return SV_OK;
}

/* Ends `from`. Where logins are tried they tell whether it is dead. */
static enum sv_status finish_pair(struct rotation_job *job, struct rotator_pair pair,
                                  struct sv_err *err)
{
    ROTATOR_ANSWER_OWNED struct rotator_answer answer = {.made = NULL};
    struct sv_err why = {""};
    enum sv_status s = rotator_call(job, ROTATOR_FINISH, pair, &answer, &why, err);
    if (s != SV_OK || is_done(&answer))
        return s;
    if (answer.result == ROTATOR_RETRY)
        return later(&why, "", err);
    if (job->no_verify)
        return found(job, &why, "", err);
    warn(job, &why);
    return SV_OK;
}

static enum sv_status is_alive(struct rotation_job *job, uint64_t version, bool *alive,
                               struct sv_err *err)
{
    enum rotate_answer answer = ANSWER_REFUSED;
    enum sv_status s = job->no_verify ? SV_OK : rotate_login(job, version, &answer, NULL, err);
    *alive = s == SV_OK && answer == ANSWER_TAKEN;
    return s;
}

/* Without rules where this session may not read them. */
static enum sv_status read_policy(struct rotation_job *job, struct policy *policy,
                                  struct sv_err *err)
{
    enum sv_status s = vault_policy(job->cli->vault, policy, err);
    if (s != SV_DENIED)
        return s;
    sv_err_clear(err);
    return SV_OK;
}

/* A rule lets the old one live on for a while, unless it says off by now; where it is dead already
 * it needs no end. What is built in is for watching the new one alone. */
static enum sv_status spare(struct rotation_job *job, bool *done, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    char until[TEXT_TIME_MAX];
    bool alive = true;
    *done = false;
    if (job->r.overlap_until <= env_now() || (job->r.flags & ROTATED_EMERGENCY))
        return SV_OK;
    enum sv_status s = read_policy(job, &policy, err);
    const struct policy_terms terms = policy_of(&policy, &job->p);
    if (s != SV_OK || terms.from[POLICY_OVERLAP] == NULL || terms.overlap_hours == 0)
        return s;
    s = job->no_verify ? SV_OK : is_alive(job, job->r.version_from, &alive, err);
    *done = s == SV_OK && !alive;
    if (s != SV_OK || *done)
        return s;
    return sv_fail(err, SV_LOCKED,
                   "the old secret may go on until %s, as the policy says; \"smtpvault rotate "
                   "--resume %s\" ends it then",
                   text_time_local(until, job->r.overlap_until), NAME_TYPED(job->p.name));
}

static enum sv_status finish(struct rotation_job *job, struct sv_err *err)
{
    bool done = false;
    enum sv_status s = spare(job, &done, err);
    if (s != SV_OK || done)
        return s;
    return finish_pair(job, (struct rotator_pair){.to = 0, .from = job->r.version_from}, err);
}

/* ---- back ---- */

static enum sv_status set_back(struct rotation_job *job, struct rotator_pair pair,
                               struct sv_err *err)
{
    ROTATOR_ANSWER_OWNED struct rotator_answer answer = {.made = NULL};
    struct sv_err why = {""};
    enum sv_status s = rotator_call(job, ROTATOR_SET, pair, &answer, &why, err);
    if (s != SV_OK || answer.result == ROTATOR_OK)
        return s;
    if (answer.result == ROTATOR_RETRY)
        return later(&why, "", err);
    if (job->no_verify)
        return found(job, &why, "", err);
    warn(job, &why);
    return SV_OK;
}

/* The old one is ended nowhere while the other is not proved to live. */
static enum sv_status undo(struct rotation_job *job, struct sv_err *err)
{
    bool pending = rotation_is_pending(&job->r), alive = false;
    const struct rotator_pair pair = {.to = pending ? 0 : job->r.version_from,
                                      .from = pending ? PROFILE_VERSION_PENDING : 0};
    enum sv_status s = is_alive(job, pair.to, &alive, err);
    if (s == SV_OK && !alive) {
        s = set_back(job, pair, err);
        if (s == SV_OK && !job->no_verify)
            settle();
        if (s == SV_OK)
            s = is_alive(job, pair.to, &alive, err);
    }
    return s == SV_OK && alive ? finish_pair(job, pair, err) : s;
}

/* ---- a rotator that lied ---- */

/* Not every server knows at once what was changed. Then: it said that the new secret is set, and
 * the server refuses that. */
static enum sv_status mend(struct rotation_job *job, enum rotation_hitch hitch, bool *again,
                           struct sv_err *err)
{
    bool alive = false;
    struct sv_err why = {""};
    *again = false;
    if ((job->mended & 1u << hitch) == 0) {
        settle();
        job->mended |= 1u << hitch;
        *again = true;
        return SV_OK;
    }
    if (hitch != HITCH_REFUSED)
        return SV_OK;
    enum sv_status s = is_alive(job, 0, &alive, err);
    if (s == SV_OK)
        s = rotation_job_step(job, ROTATE_NOTE, STAGE_PENDING, NULL, err);
    if (s != SV_OK)
        return s;
    (void)!sv_fail(&why, SV_FINDINGS,
                   "the rotator said that the new secret is set, and the server "
                   "refuses it");
    return found(job, &why,
                 alive ? "the server takes the old secret, and the new one is pending"
                       : "the server refuses both the old secret and the new one",
                 err);
}

const struct rotation_way rotate_by_hook = {.method = METHOD_HOOK,
                                            .create = create,
                                            .set = set,
                                            .test = test,
                                            .finish = finish,
                                            .undo = undo,
                                            .mend = mend};

/* ---- which ---- */

static enum sv_status of_policy(struct rotation_job *job, char hook[POLICY_HOOK_MAX + 1],
                                struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    enum sv_status s = read_policy(job, &policy, err);
    if (s == SV_OK)
        snprintf(hook, POLICY_HOOK_MAX + 1, "%s", policy_of(&policy, &job->p).hook);
    return s;
}

/* A command that comes out of the vault runs only where somebody agreed to it; a path in it from
 * nowhere in particular would be another program in each folder. */
static enum sv_status may_run(struct rotation_job *job, const char *hook, struct sv_err *err)
{
    ROTATOR_LINE_OWNED struct rotator_line line = {.program = NULL};
    enum sv_status s = rotator_line_parse(&line, hook, err);
    if (s == SV_OK)
        s = rotator_line_check_fixed(&line, err);
    return s == SV_OK ? agreed_ask(job->cli, hook, job->p.name, err) : s;
}

/* It is not on this machine: who named it, and what goes without it. */
static enum sv_status not_here(const struct rotation_job *job, struct sv_err *err)
{
    struct sv_err why = *err;
    const char *name = NAME_TYPED(job->p.name);
    if (!job->resumed)
        return sv_fail(err, SV_MISSING,
                       "%.400s; the policy names it (\"smtpvault policy show %s\"): --hook names "
                       "another, --generate and --password-from do without one",
                       why.text, name);
    return sv_fail(err, SV_MISSING,
                   "%.400s; \"smtpvault rotate --rollback --force %s\" %s without it, or --hook "
                   "names another (\"template\" does nothing, and leaves its work to you)",
                   why.text, name,
                   job->r.stage >= STAGE_PROMOTED ? "goes back to the old secret" : "gives it up");
}

enum sv_status rotate_hook_choose(struct rotation_job *job, bool *chosen, struct sv_err *err)
{
    ROTATOR_LINE_OWNED struct rotator_line line = {.program = NULL};
    SV_AUTOFREE char *program = NULL;
    const char *given = args_value(job->args, "hook");
    char base[POLICY_HOOK_MAX + 1] = "";
    bool other = args_flag(job->args, "generate") || args_value(job->args, "password-from") != NULL;
    enum sv_status s = SV_OK;
    *chosen = false;
    /* Out of a rotation whose rotator is not here any more. */
    if (args_flag(job->args, "rollback") && args_flag(job->args, "force") && given == NULL)
        return SV_OK;
    if (given != NULL)
        s = strlen(given) < sizeof base
                ? SV_OK
                : sv_fail(err, SV_USAGE, "--hook takes at most %zu bytes", sizeof base - 1);
    if (s == SV_OK && given != NULL)
        snprintf(base, sizeof base, "%s", given);
    else if (s == SV_OK && job->resumed && job->r.method == METHOD_HOOK && !other)
        snprintf(base, sizeof base, "%s", job->r.hook);
    else if (s == SV_OK && !job->resumed && !other)
        s = of_policy(job, base, err);
    bool settings = args_value(job->args, "set") != NULL || args_value(job->args, "with") != NULL;
    if (s == SV_OK && base[0] == '\0' && settings)
        return sv_fail(err, SV_USAGE, "--set and --with are for a rotator: give --hook PROGRAM");
    if (s != SV_OK || base[0] == '\0')
        return s;
    if ((given == NULL && (s = may_run(job, base, err)) != SV_OK) ||
        (s = rotator_line_make(job->hook, base, job->args, err)) != SV_OK ||
        (s = rotator_line_parse(&line, job->hook, err)) != SV_OK)
        return s;
    if ((s = rotator_line_find(&line, &program, err)) == SV_MISSING && given == NULL)
        return not_here(job, err);
    if (s != SV_OK || (s = agreed_keep(job->cli, job->hook, err)) != SV_OK)
        return s;
    job->way = &rotate_by_hook;
    *chosen = true;
    return SV_OK;
}

void rotate_hook_next_time(struct rotation_job *job)
{
    char known[POLICY_HOOK_MAX + 1] = "", line[4 * ROTATION_HOOK_MAX + 8];
    struct sv_err aside = {""};
    if (args_value(job->args, "hook") == NULL || of_policy(job, known, &aside) != SV_OK ||
        known[0] != '\0')
        return;
    print_note(job->cli, "\"smtpvault policy set %s --hook %s\" has that rotator do it each time",
               NAME_TYPED(job->p.name), grant_quote(line, sizeof line, job->hook));
}

enum sv_status rotate_hook_check(const struct args *args, struct sv_err *err)
{
    const char *given = args_value(args, "hook");
    char line[ROTATION_HOOK_MAX + 1];
    if (given == NULL)
        return SV_OK;
    if (args_flag(args, "generate") || args_value(args, "password-from") != NULL)
        return sv_fail(err, SV_USAGE,
                       "--hook, --generate and --password-from exclude each other: a rotator, or "
                       "else the policy, says where the new secret comes from");
    return rotator_line_make(line, given, args, err);
}
