/* SPDX-License-Identifier: ISC */
/* Back to the old secret, where the server takes that. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "rotate/rotate_after.h"
#include "rotate/rotate_prove.h"

/* The old one is what the vault comes to; nobody is helped where the server takes only the new
 * one. *go: it may be done. */
static enum sv_status old_lives(struct rotation_job *job, uint64_t old, uint64_t new, bool *go,
                                struct sv_err *err)
{
    enum rotate_answer answer = ANSWER_REFUSED;
    *go = true;
    if (job->no_verify || args_flag(job->args, "force"))
        return SV_OK;
    enum sv_status s = rotate_login(job, old, &answer, NULL, err);
    if (s != SV_OK || answer == ANSWER_TAKEN)
        return s;
    s = rotate_login(job, new, &answer, NULL, err);
    if (s != SV_OK)
        return s;
    *go = answer == ANSWER_REFUSED;
    if (*go)
        print_warning(job->cli, "%s: the server refuses both the old secret and the new one",
                      NAME_SHOWN(job->p.name));
    else if (rotation_is_open(&job->r))
        print_warning(job->cli,
                      "%s: its server refuses the old secret and takes the new one, so nothing is "
                      "taken back: \"smtpvault rotate --resume %s\" goes on; --force goes back all "
                      "the same",
                      NAME_SHOWN(job->p.name), NAME_TYPED(job->p.name));
    else
        print_warning(job->cli,
                      "%s: its server refuses the old secret and takes the new one, so nothing is "
                      "taken back: first set the old one there again "
                      "(\"smtpvault get %s --version previous\" prints it); --force goes back all "
                      "the same",
                      NAME_SHOWN(job->p.name), NAME_TYPED(job->p.name));
    job->findings = true;
    return SV_OK;
}

static enum sv_status untouched(const struct rotation_job *job, struct sv_err *err)
{
    return sv_fail(err, SV_MISSING, "there is no rotation of %s to take back",
                   NAME_SHOWN(job->p.name));
}

static enum sv_status give_up(struct rotation_job *job, struct sv_err *err)
{
    bool go = true;
    enum sv_status s = SV_OK;
    if (rotation_is_pending(&job->r) && job->way->undo != NULL)
        s = job->way->undo(job, err);
    if (s == SV_OK && rotation_is_pending(&job->r))
        s = old_lives(job, 0, PROFILE_VERSION_PENDING, &go, err);
    if (s == SV_OK && go) {
        job->r.fault[0] = '\0';
        s = rotation_job_step(job, ROTATE_ABANDON, STAGE_ABANDONED, NULL, err);
    }
    if (s == SV_OK && go)
        print_note(job->cli, "the rotation of %s is given up: its secret is what it was",
                   NAME_SHOWN(job->p.name));
    return s;
}

static enum sv_status put_back(struct rotation_job *job, bool told, struct sv_err *err)
{
    struct sv_err why = {""};
    job->r.flags &= ~(unsigned)ROTATED_ALIVE;
    job->r.fault[0] = '\0';
    enum sv_status s = rotation_job_step(job, ROTATE_BACK, STAGE_ROLLED_BACK, NULL, err);
    if (s != SV_OK)
        return s;
    print_note(job->cli, "%s is back at its old secret, as version %" PRIu64 "%s",
               NAME_SHOWN(job->p.name), job->p.version, told ? ", and its server takes it" : "");
    s = rotation_job_refresh(job, &why);
    if (s == SV_OK)
        s = rotate_after_run(job, INT64_MAX, &why);
    if (s == SV_OK)
        rotation_job_after(job);
    return s == SV_OK ? s : sv_fail(err, s, "the change was made, but %s", why.text);
}

enum sv_status rotate_back_proved(struct rotation_job *job, struct sv_err *err)
{
    return put_back(job, true, err);
}

static enum sv_status take_back(struct rotation_job *job, struct sv_err *err)
{
    bool go = true;
    enum sv_status s = SV_OK;
    if (job->way->undo != NULL)
        s = job->way->undo(job, err);
    if (s == SV_OK)
        s = old_lives(job, job->r.version_from, 0, &go, err);
    if (s != SV_OK || !go)
        return s;
    return put_back(job, !job->findings && !job->no_verify && !args_flag(job->args, "force"), err);
}

enum sv_status rotate_back(struct rotation_job *job, struct sv_err *err)
{
    enum sv_status s;
    switch (job->r.stage) {
    case STAGE_PLANNED:
    case STAGE_PENDING:
    case STAGE_SET:
    case STAGE_VERIFIED:
        s = give_up(job, err);
        break;
    case STAGE_PROMOTED:
    case STAGE_FINISHED:
        s = take_back(job, err);
        break;
    default:
        return untouched(job, err);
    }
    if (s != SV_OK && s != SV_FINDINGS)
        return rotation_job_fault(job, s, err);
    return s == SV_OK && job->findings ? SV_FINDINGS : s;
}
