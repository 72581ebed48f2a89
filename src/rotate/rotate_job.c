/* SPDX-License-Identifier: ISC */
/* rotate_job: one rotation of a profile, and what it wants of the vault. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/self.h"
#include "rotate/rotate_run.h"

void rotation_job_clear(struct rotation_job *job)
{
    rotation_job_told(job);
    file_close_cleanup(&job->lock_fd);
    profile_clear(&job->p);
    sv_free(job->helper);
    job->helper = NULL;
}

/* ---- beginning ---- */

/* One process of this machine at a time: of others the vault knows (vault_rotate.h). The lock is
 * named by the profile's random uid, which tells nobody which it is. */
static enum sv_status hold(struct rotation_job *job, struct sv_err *err)
{
    struct vault_info info = {.epoch = 0};
    struct sv_err why = {""};
    char uid[2 * sizeof job->p.uid + 1], path[4352];
    enum sv_status s = vault_info(job->cli->vault, &info, err);
    if (s != SV_OK)
        return s;
    snprintf(path, sizeof path, "%s/rotate-%.16s.lock", info.state_dir,
             text_hex(uid, job->p.uid, sizeof job->p.uid));
    s = file_lock(path, 0, &job->lock_fd, &why);
    if (s == SV_LOCKED)
        return sv_fail(err, s, "another process rotates %s: wait for it, and try again",
                       NAME_SHOWN(job->p.name));
    return s == SV_OK ? SV_OK : sv_fail(err, s, "%s", why.text);
}

enum sv_status rotation_job_can(const struct rotation_job *job, struct sv_err *err)
{
    const struct profile *p = &job->p;
    if (p->authorized != 0 || p->kind == KIND_OAUTH2)
        return sv_fail(err, SV_USAGE,
                       "%s logs in by OAuth2, whose tokens change by themselves: \"smtpvault login "
                       "%s\" agrees to it anew",
                       NAME_SHOWN(p->name), NAME_TYPED(p->name));
    if (job->no_verify)
        return SV_OK;
    if (!profile_is_mail(p) || p->tls == TLS_NONE)
        return sv_fail(err, SV_USAGE,
                       "no login of %s can be tried, for %s: --no-verify changes its secret "
                       "unproved",
                       NAME_SHOWN(p->name),
                       p->tls == TLS_NONE && profile_is_mail(p) ? "it uses no TLS"
                                                                : "its server is none for mail");
    return SV_OK;
}

enum sv_status rotation_job_reread(struct rotation_job *job, const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = vault_find(job->cli->vault, name, &p, err);
    if (s != SV_OK)
        return s;
    profile_clear(&job->p);
    job->p = p;
    memset(&p, 0, sizeof p);
    (void)rotation_of_card(&job->r, &job->p);
    return SV_OK;
}

enum sv_status rotation_job_begin(struct rotation_job *job, const char *name, struct sv_err *err)
{
    enum sv_status s = rotation_job_reread(job, name, err);
    if (s == SV_OK)
        s = vault_allow_changes(job->cli->vault, err);
    if (s == SV_OK)
        s = rotation_job_can(job, err);
    if (s == SV_OK && !job->no_verify)
        s = self_helper(&job->helper, err);
    if (s == SV_OK)
        s = hold(job, err);
    /* What another process did until it let go of the lock. */
    return s == SV_OK ? rotation_job_reread(job, name, err) : s;
}

/* ---- its steps ---- */

enum sv_status rotation_job_step(struct rotation_job *job, enum rotation_step step,
                                 enum rotation_stage stage, const struct secret *secret,
                                 struct sv_err *err)
{
    struct rotation_record wish = job->r;
    wish.stage = stage;
    struct rotate_one one = {.step = step,
                             .p = &job->p,
                             .record = &wish,
                             .secret = secret,
                             .told = job->tells ? &job->told : NULL};
    if (job->together != NULL)
        together_step(job->together, &job->want, &one);
    else
        vault_rotate_many(job->cli->vault, &one, 1);
    job->tells = one.told != NULL;
    (void)rotation_of_card(&job->r, &job->p);
    return one.status == SV_OK ? SV_OK : sv_fail(err, one.status, "%s", one.err.text);
}

void rotation_job_reveal(struct rotation_job *job, struct reveal_one *ones, size_t count)
{
    if (job->together != NULL)
        together_reveal(job->together, &job->want, ones, count);
    else
        vault_reveal_many(job->cli->vault, ones, count);
}

void rotation_job_tell(struct rotation_job *job, const struct audit_event *event)
{
    rotation_job_told(job);
    job->told = *event;
    job->tells = true;
}

void rotation_job_told(struct rotation_job *job)
{
    struct sv_err err = {""};
    if (job->tells && vault_record(job->cli->vault, &job->told, &err) != SV_OK)
        print_warning(job->cli, "what the rotator answered is not on record: %s", err.text);
    job->tells = false;
}

enum sv_status rotation_job_fault(struct rotation_job *job, enum sv_status s,
                                  const struct sv_err *err)
{
    struct sv_err aside = {""};
    struct rotation_record was;
    if (job->r.stage == STAGE_NONE || err->text[0] == '\0')
        return s;
    rotation_say(job->r.fault, sizeof job->r.fault, err->text);
    /* Who tries again each minute what waits still tells nothing new. */
    (void)rotation_of_card(&was, &job->p);
    if ((s == SV_LOCKED || s == SV_UNREACHABLE) && strcmp(was.fault, job->r.fault) == 0)
        return s;
    (void)!rotation_job_step(job, ROTATE_NOTE, job->r.stage, NULL, &aside);
    return s;
}

void rotation_job_after(struct rotation_job *job)
{
    struct sv_err why = {""};
    if (job->after_fault[0] == '\0' || job->r.fault[0] != '\0')
        return;
    (void)sv_fail(&why, SV_FINDINGS, "%s", job->after_fault);
    (void)rotation_job_fault(job, SV_FINDINGS, &why);
}
