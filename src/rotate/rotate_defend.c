/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_defend.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/exec_outcome.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "domain/vault_policy.h"
#include "domain/vault_remote.h"
#include "rotate/rotate_prove.h"
#include "smtp/target.h"

#define ENDED " ended with "

/* ---- what the log calls a rejection ---- */

/* Of a note that was cut the program's status alone is left. */
static bool exec_rejected(const char *note)
{
    char program[64];
    const char *end = strstr(note, ENDED);
    size_t len = strlen(note);
    if (strstr(note, exec_outcome_words(OUTCOME_REJECTED)) != NULL)
        return true;
    if (end == NULL || (size_t)(end - note) >= sizeof program || len < 3 ||
        strcmp(note + len - 3, "...") != 0)
        return false;
    (void)snprintf(program, sizeof program, "%.*s", (int)(end - note), note);
    return exec_outcome(program, (int)strtol(end + strlen(ENDED), NULL, 10)) == OUTCOME_REJECTED;
}

static bool is_word(const char *note, enum smtp_verdict verdict)
{
    const char *word = smtp_verdict_word(verdict);
    size_t len = strlen(word);
    return strncmp(note, word, len) == 0 && (note[len] == '\0' || note[len] == ' ');
}

static bool is_rejection(const struct audit_event *e)
{
    if (e->result != AUDIT_FAILED)
        return false;
    switch (e->op) {
    case AUDIT_EXEC:
        return exec_rejected(e->note);
    case AUDIT_HELPER:
        return text_starts_with(e->note, "git erase: the");
    case AUDIT_TEST:
        return is_word(e->note, SMTP_WRONG_SECRET) || is_word(e->note, SMTP_WRONG_KIND_OF_SECRET) ||
               is_word(e->note, SMTP_DISABLED_BY_POLICY) || is_word(e->note, SMTP_ACCOUNT_LOCKED);
    default:
        return false;
    }
}

struct counting {
    uint64_t version;
    uint32_t count;
};

static enum sv_status heard(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct counting *c = context;
    (void)err;
    if (e->version >= c->version && e->version != PROFILE_VERSION_PENDING && is_rejection(e) &&
        c->count < UINT32_MAX)
        c->count++;
    return SV_OK;
}

/* False: they cannot be counted here. */
static bool count_rejections(struct cli *cli, const char *name, const struct rotation_record *r,
                             uint32_t *count)
{
    const struct audit_filter filter = {.profile = name, .since = r->promoted_at};
    struct counting counting = {.version = r->version_to};
    struct sv_err aside = {""};
    enum sv_status s = vault_audit_read(cli->vault, &filter, heard, &counting, &aside);
    *count = counting.count;
    return s == SV_OK;
}

/* ---- the alarm ---- */

static void record_alarm(struct rotation_job *job)
{
    struct sv_err err = {""};
    struct audit_event event = {
        .op = AUDIT_ROTATE, .result = AUDIT_FAILED, .version = job->p.version};
    (void)snprintf(event.profile, sizeof event.profile, "%s", job->p.name);
    (void)snprintf(event.note, sizeof event.note,
                   "alarm: rejected %" PRIu32 " times since it is new", job->r.rejections);
    if (vault_record(job->cli->vault, &event, &err) != SV_OK)
        print_warning(job->cli, "the alarm is not on record: %s", err.text);
}

static enum sv_status note_count(struct rotation_job *job, uint32_t count, bool first,
                                 struct sv_err *err)
{
    job->r.rejections = count;
    enum sv_status s = rotation_job_step(job, ROTATE_NOTE, job->r.stage, NULL, err);
    if (s == SV_OK && first)
        record_alarm(job);
    return s;
}

/* ---- the rollback ---- */

static enum sv_status go_back(struct rotation_job *job, struct sv_err *err)
{
    enum rotate_answer old = ANSWER_REFUSED, new = ANSWER_TAKEN;
    enum sv_status s = rotate_login(job, 0, &new, NULL, err);
    if (s == SV_OK && new == ANSWER_REFUSED)
        s = rotate_login(job, job->r.version_from, &old, NULL, err);
    if (s != SV_OK)
        return s;
    if (new == ANSWER_TAKEN)
        return sv_fail(err, SV_FINDINGS, "its server takes the new secret, so it stays");
    if (old == ANSWER_REFUSED)
        return sv_fail(err, SV_FINDINGS,
                       "its server refuses the old secret too, so nothing helps "
                       "but another new one");
    return rotate_back_proved(job, err);
}

static void defend(struct rotation_job *job, const char *name, uint32_t count,
                   const struct policy_terms *terms)
{
    struct sv_err err = {""};
    bool first = job->r.rejections < terms->rejections;
    bool back = terms->on_reject == POLICY_ROLLBACK;
    print_warning(job->cli,
                  "%s: ALARM: its new secret was rejected %" PRIu32 " times since it became the "
                  "current one; \"smtpvault test %s\" says why, \"smtpvault rotate --rollback %s\" "
                  "goes back",
                  NAME_SHOWN(name), count, NAME_TYPED(name), NAME_TYPED(name));
    enum sv_status s = rotation_job_begin(job, name, &err);
    if (s == SV_OK && job->r.stage != STAGE_PROMOTED && job->r.stage != STAGE_FINISHED)
        return; /* another process was here before */
    if (s == SV_OK)
        s = note_count(job, count, first, &err);
    if (s == SV_OK && back)
        s = go_back(job, &err);
    if (s != SV_OK && s != SV_FINDINGS)
        print_warning(job->cli, "%s: %s cannot be done now: %s; the next rejection tries again",
                      NAME_SHOWN(name), back ? "the rollback" : "a note of the alarm", err.text);
    else if (s == SV_FINDINGS && err.text[0] != '\0')
        print_warning(job->cli, "%s: %s", NAME_SHOWN(name), err.text);
}

void rotate_defend(struct cli *cli, const char *name)
{
    ROTATION_JOB_OWNED struct rotation_job job = ROTATION_JOB;
    POLICY_OWNED struct policy policy = {0};
    struct sv_err aside = {""};
    bool unlocked = cli->vault != NULL && vault_is_far(cli->vault);
    uint32_t count = 0;
    if (cli->vault == NULL)
        return;
    if (!unlocked && session_unlock_unasked(cli, &unlocked, &aside) != SV_OK)
        return;
    job.cli = cli;
    if (!unlocked || vault_find(cli->vault, name, &job.p, &aside) != SV_OK ||
        !rotation_of_card(&job.r, &job.p) ||
        (job.r.stage != STAGE_PROMOTED && job.r.stage != STAGE_FINISHED) ||
        job.r.overlap_until <= env_now() || vault_policy(cli->vault, &policy, &aside) != SV_OK)
        return;
    struct policy_terms terms = policy_of(&policy, &job.p);
    bool no_input = cli->no_input;
    if (terms.rejections == 0 || !count_rejections(cli, name, &job.r, &count) ||
        count < terms.rejections)
        return;
    cli->no_input = true;
    defend(&job, name, count, &terms);
    cli->no_input = no_input;
}
