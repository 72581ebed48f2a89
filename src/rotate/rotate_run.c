/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/terms.h"
#include "domain/rotation.h"
#include "domain/vault_policy.h"
#include "export/export.h"
#include "rotate/rotate_after.h"
#include "rotate/rotate_prove.h"
#include "rotate/rotate_status.h"

/* ---- beginning ---- */

enum sv_status rotate_begin(struct rotation_job *job, struct sv_err *err)
{
    struct rotation_record *r = &job->r;
    if (rotation_is_open(r) && r->stage != STAGE_PROMOTED)
        return sv_fail(err, SV_EXISTS,
                       "a rotation of %s is under way (%s): \"smtpvault rotate --resume %s\" goes "
                       "on with it, --rollback gives it up",
                       NAME_SHOWN(job->p.name), rotation_stage_word(r->stage),
                       NAME_TYPED(job->p.name));
    enum sv_status s = terms_apply(job->cli->vault, &job->p, 1, err);
    if (s != SV_OK)
        return s;
    memset(r, 0, sizeof *r);
    r->method = job->way->method;
    r->flags = job->emergency ? ROTATED_EMERGENCY : 0;
    memcpy(r->hook, job->hook, sizeof r->hook);
    r->due = rotation_due(&job->p);
    return rotation_job_step(job, ROTATE_BEGIN, STAGE_PLANNED, NULL, err);
}

/* ---- from stage to stage ---- */

/* The vault does not take that secret: a person has another try, a program none. */
static enum sv_status make_another(struct rotation_job *job, struct sv_err *err)
{
    struct sv_err why = *err;
    bool again = false;
    if (!job->talk || job->way->mend == NULL || job->way->method == METHOD_HOOK)
        return SV_DATA;
    sv_err_clear(err);
    enum sv_status s = job->way->mend(job, HITCH_SAME, &again, err);
    return s == SV_OK && !again ? sv_fail(err, SV_DATA, "%s", why.text) : s;
}

static enum sv_status make(struct rotation_job *job, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    const char *username = args_value(job->args, "username");
    bool set = false;
    snprintf(job->r.username, sizeof job->r.username, "%s", username != NULL ? username : "");
    enum sv_status s = job->way->create(job, &secret, &set, err);
    if (s != SV_OK)
        return s;
    job->r.method = job->way->method;
    job->r.fault[0] = '\0';
    s = rotation_job_step(job, ROTATE_PENDING, set ? STAGE_SET : STAGE_PENDING, secret, err);
    return s == SV_DATA ? make_another(job, err) : s;
}

static enum sv_status promote(struct rotation_job *job, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    struct sv_err aside = {""};
    struct policy_terms terms = {.overlap_hours = 0};
    if (vault_policy(job->cli->vault, &policy, &aside) == SV_OK)
        terms = policy_of(&policy, &job->p);
    job->r.overlap_until = terms.overlap_hours > 0 && !(job->r.flags & ROTATED_EMERGENCY)
                               ? env_now() + (int64_t)terms.overlap_hours * 3600
                               : 0;
    job->r.rejections = 0;
    enum sv_status s = rotation_job_step(job, ROTATE_PROMOTE, STAGE_PROMOTED, NULL, err);
    if (s == SV_OK)
        print_note(job->cli, "%s: the new secret is the current one, version %" PRIu64 "",
                   NAME_SHOWN(job->p.name), job->p.version);
    return s;
}

/* It is the server's: nothing lies between that and making it the current one. */
static enum sv_status verified(struct rotation_job *job, const char *words, struct sv_err *err)
{
    rotation_say(job->r.verified, sizeof job->r.verified, words);
    job->r.fault[0] = '\0';
    return promote(job, err);
}

static enum sv_status unproved(struct rotation_job *job, struct sv_err *err)
{
    job->r.flags |= ROTATED_UNPROVED;
    return verified(job, "not tried", err);
}

/* Somebody may have given it to the server before the last run ended. *told: it has it. */
static enum sv_status was_set(struct rotation_job *job, bool *told, struct sv_err *err)
{
    struct rotate_proof proof;
    enum sv_status s = rotate_prove_new(job, &proof, err);
    *told = s == SV_OK && proof.answer == ANSWER_TAKEN && proof.port == 0;
    job->proved = *told;
    return *told ? verified(job, proof.words, err) : s;
}

static enum sv_status set(struct rotation_job *job, struct sv_err *err)
{
    bool told = false;
    enum sv_status s = SV_OK;
    if (job->resumed && !job->no_verify)
        s = was_set(job, &told, err);
    if (s != SV_OK || told)
        return s;
    /* Whoever resumes it unproved says that it is set; a rotator does no harm by setting it again.
     */
    bool said = job->resumed && job->no_verify && job->way->method != METHOD_HOOK;
    if (!said && job->way->set != NULL && (s = job->way->set(job, err)) != SV_OK)
        return s;
    if (job->no_verify)
        return unproved(job, err);
    job->r.fault[0] = '\0';
    return rotation_job_step(job, ROTATE_NOTE, STAGE_SET, NULL, err);
}

/* The server's no, into the record and before the person. */
static enum sv_status say_refused(struct rotation_job *job, const char *said, struct sv_err *err)
{
    struct sv_err why = {""};
    sv_err_clear(err);
    (void)!sv_fail(&why, SV_FINDINGS, "the server refuses the new secret (%s)", said);
    print_warning(job->cli,
                  "%s: %s; the old one stays the current one, and \"smtpvault rotate --resume %s\" "
                  "goes on",
                  NAME_SHOWN(job->p.name), why.text, NAME_TYPED(job->p.name));
    return rotation_job_fault(job, SV_FINDINGS, &why);
}

/* What was changed at one of its ports and not at another is no secret to give out. A rotator may
 * set it again, and does when it is resumed. */
static enum sv_status say_half(struct rotation_job *job, const struct rotate_proof *proof,
                               struct sv_err *err)
{
    struct sv_err why = {""};
    sv_err_clear(err);
    (void)!sv_fail(&why, SV_FINDINGS,
                   "port %u of the server refuses the new secret (%s), and port "
                   "%u takes it",
                   (unsigned)proof->port, proof->said, (unsigned)job->p.port);
    print_warning(
        job->cli,
        "%s: %s: it is changed by half, so the old one stays the current one; \"smtpvault "
        "rotate --resume %s\" tries again, --rollback gives it up",
        NAME_SHOWN(job->p.name), why.text, NAME_TYPED(job->p.name));
    if (job->way->method == METHOD_HOOK)
        job->r.stage = STAGE_PENDING;
    return rotation_job_fault(job, SV_FINDINGS, &why);
}

static enum sv_status verify(struct rotation_job *job, struct sv_err *err)
{
    struct rotate_proof proof = {.answer = ANSWER_REFUSED};
    if (job->no_verify)
        return unproved(job, err);
    enum sv_status s = job->way->test != NULL ? job->way->test(job, err) : SV_OK;
    for (bool again = true, good = false; s == SV_OK && again && !good;) {
        again = false;
        s = rotate_prove_new(job, &proof, err);
        good = proof.answer == ANSWER_TAKEN && proof.port == 0;
        if (s == SV_OK && !good && job->way->mend != NULL)
            s = job->way->mend(job, proof.port != 0 ? HITCH_HALF : HITCH_REFUSED, &again, err);
        if (job->r.stage != STAGE_SET) /* another secret took its place */
            return s;
    }
    if (s != SV_OK)
        return s;
    if (proof.answer == ANSWER_REFUSED)
        return say_refused(job, proof.said, err);
    if (proof.port != 0)
        return say_half(job, &proof, err);
    job->r.flags &= ~(unsigned)ROTATED_UNPROVED;
    job->proved = true;
    return verified(job, proof.words, err);
}

/* What another run has proved may be long ago, or of a file that was put back since. */
static bool must_prove(const struct rotation_job *job)
{
    return job->resumed && !job->no_verify && !job->proved;
}

/* ---- the end of the old one ---- */

static enum sv_status finished(struct rotation_job *job, unsigned flags, const char *proof,
                               struct sv_err *err)
{
    job->r.flags = (job->r.flags & ~(unsigned)(ROTATED_ALIVE | ROTATED_DEAD_UNTOLD)) | flags;
    rotation_say(job->r.proof, sizeof job->r.proof, proof);
    job->r.fault[0] = '\0';
    return rotation_job_step(job, ROTATE_NOTE, STAGE_FINISHED, NULL, err);
}

/* The old one still works, at that port or (0) at the profile's own; so may any other. */
static enum sv_status judge_alive(struct rotation_job *job, uint16_t port, struct sv_err *err)
{
    enum rotate_answer any = ANSWER_REFUSED;
    struct sv_err why = {""};
    char where[32] = "";
    if (port != 0)
        snprintf(where, sizeof where, "port %u of ", (unsigned)port);
    enum sv_status s = rotate_login_any(job, port, &any, err);
    if (s != SV_OK)
        return s;
    job->findings = true;
    if (any == ANSWER_TAKEN) {
        print_warning(job->cli,
                      "%s: %sthis server accepts any password: the test proves nothing, neither "
                      "of the new secret nor of the old one",
                      NAME_SHOWN(job->p.name), where);
        return finished(job, ROTATED_ANY_PASSWORD, "any password is accepted", err);
    }
    (void)!sv_fail(&why, SV_FINDINGS, "the old secret is still alive: %sits server takes it",
                   where);
    print_warning(job->cli,
                  "%s: %s; revoke or delete it there, and \"smtpvault rotate --resume %s\" proves "
                  "that it is dead",
                  NAME_SHOWN(job->p.name), why.text, NAME_TYPED(job->p.name));
    job->r.flags |= ROTATED_ALIVE;
    return rotation_job_fault(job, SV_FINDINGS, &why);
}

static enum sv_status prove_dead(struct rotation_job *job, struct sv_err *err)
{
    struct rotate_proof proof;
    if (job->no_verify)
        return finished(job, ROTATED_DEAD_UNTOLD, "not tried", err);
    enum sv_status s = SV_OK;
    bool dead = false;
    for (bool again = true; s == SV_OK && again && !dead;) {
        again = false;
        s = rotate_prove_old(job, &proof, err);
        dead = proof.answer == ANSWER_REFUSED && proof.port == 0;
        if (s == SV_OK && !dead && job->way->mend != NULL)
            s = job->way->mend(job, HITCH_ALIVE, &again, err);
    }
    if (s != SV_OK)
        return s;
    return dead ? finished(job, 0, proof.words, err) : judge_alive(job, proof.port, err);
}

/* A file that cannot hold the new secret, or be written, holds up nothing: it is an old one, and
 * said to be so. */
enum sv_status rotation_job_refresh(struct rotation_job *job, struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status s = export_refresh_one(job->cli, job->p.name, &why);
    if (s == SV_INTERNAL || s == SV_IO)
        return sv_fail(err, s, "%s", why.text);
    job->findings |= s != SV_OK;
    if (s != SV_OK && s != SV_FINDINGS)
        print_warning(
            job->cli,
            "%s: a file that holds its secret still has the old one: %s; \"smtpvault show "
            "%s\" lists them",
            NAME_SHOWN(job->p.name), why.text, NAME_TYPED(job->p.name));
    return SV_OK;
}

/* The old one is ended nowhere, and no file gets the new one, while the server refuses that. */
static enum sv_status new_lives(struct rotation_job *job, struct sv_err *err)
{
    enum rotate_answer new = ANSWER_TAKEN, old = ANSWER_REFUSED;
    char said[ROTATION_WORDS_MAX + 1] = "";
    struct sv_err why = {""};
    if (!must_prove(job))
        return SV_OK;
    enum sv_status s = rotate_login(job, 0, &new, said, err);
    if (s == SV_OK && new == ANSWER_REFUSED)
        s = rotate_login(job, job->r.version_from, &old, NULL, err);
    job->proved = s == SV_OK && new == ANSWER_TAKEN;
    if (s != SV_OK || job->proved)
        return s;
    bool back = old == ANSWER_TAKEN;
    (void)!sv_fail(&why, SV_FINDINGS, "the server refuses the new secret (%s)%s", said,
                   back ? " and takes the old one" : ", and the old one too");
    print_warning(job->cli, "%s: %s; \"smtpvault rotate %s%s\" %s", NAME_SHOWN(job->p.name),
                  why.text, back ? "--rollback " : "", NAME_TYPED(job->p.name),
                  back ? "goes back to it" : "makes another");
    job->findings = true;
    return rotation_job_fault(job, SV_FINDINGS, &why);
}

static enum sv_status finish(struct rotation_job *job, struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status s = new_lives(job, &why);
    if (s == SV_OK)
        s = rotation_job_refresh(job, &why);
    if (s == SV_OK)
        s = rotation_job_reread(job, job->p.name, &why); /* what was written anew is in the card */
    if (s == SV_OK)
        s = rotate_after_run(job, job->r.promoted_at, &why);
    if (s == SV_OK && job->way->finish != NULL)
        s = job->way->finish(job, &why);
    if (s == SV_OK)
        s = prove_dead(job, &why);
    return s == SV_OK || s == SV_FINDINGS
               ? s
               : sv_fail(err, s, "the change was made, but the old secret is not proved dead: %s",
                         why.text);
}

/* ---- all together ---- */

static enum sv_status step(struct rotation_job *job, struct sv_err *err)
{
    switch (job->r.stage) {
    case STAGE_PLANNED:
        return make(job, err);
    case STAGE_PENDING:
        return set(job, err);
    case STAGE_SET:
        return verify(job, err);
    case STAGE_VERIFIED:
        return must_prove(job) ? rotation_job_step(job, ROTATE_NOTE, STAGE_SET, NULL, err)
                               : promote(job, err);
    case STAGE_PROMOTED:
        return finish(job, err);
    default:
        return SV_OK;
    }
}

/* What a person was to set, and nobody proved to be set, a rotator sets itself. */
static enum sv_status take_over(struct rotation_job *job, struct sv_err *err)
{
    bool first = job->r.method != METHOD_HOOK;
    if (job->way->method != METHOD_HOOK || !rotation_is_open(&job->r) || job->r.stage > STAGE_SET)
        return SV_OK;
    job->r.method = METHOD_HOOK;
    memcpy(job->r.hook, job->hook, sizeof job->r.hook);
    return first && job->r.stage == STAGE_SET
               ? rotation_job_step(job, ROTATE_NOTE, STAGE_PENDING, NULL, err)
               : SV_OK;
}

/* A server is given nothing that cannot become the current one any more. */
static enum sv_status still_wanted(const struct rotation_job *job, struct sv_err *err)
{
    if (!rotate_is_overtaken(&job->p, &job->r))
        return SV_OK;
    return sv_fail(err, SV_LOCKED,
                   "the secret of \"%s\" was changed by other means since this rotation was begun",
                   NAME_SHOWN(job->p.name));
}

enum sv_status rotate_go(struct rotation_job *job, struct sv_err *err)
{
    enum sv_status s = still_wanted(job, err);
    if (s == SV_OK)
        s = take_over(job, err);
    if (s == SV_OK && job->anew && rotation_is_pending(&job->r))
        s = make(job, err);
    while (s == SV_OK && rotation_is_open(&job->r)) {
        enum rotation_stage before = job->r.stage;
        uint32_t turn = job->r.turn;
        s = step(job, err);
        if (s == SV_OK && job->r.stage == before && job->r.turn == turn)
            return sv_fail(err, SV_INTERNAL, "a rotation stands still at \"%s\"",
                           rotation_stage_word(before));
    }
    if (s != SV_OK && s != SV_FINDINGS)
        return rotation_job_fault(job, s, err);
    rotation_job_after(job);
    if (s == SV_FINDINGS)
        return s;
    if (job->r.stage == STAGE_FINISHED && !(job->r.flags & ROTATED_ANY_PASSWORD))
        rotate_say_finished(job->cli, &job->p, &job->r);
    return job->findings ? SV_FINDINGS : SV_OK;
}
