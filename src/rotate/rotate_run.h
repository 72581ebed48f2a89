/* SPDX-License-Identifier: ISC */
/*
 * rotate_run: a rotation from where it stands to its end. What was done is in the vault before
 * the next thing is begun, so that it may be killed anywhere and resumed, here or on another
 * machine; a login tells what the vault cannot know, which secret the server takes.
 */
#ifndef ROTATE_ROTATE_RUN_H
#define ROTATE_ROTATE_RUN_H

#include <stdbool.h>

#include "cli/cli.h"
#include "domain/vault_rotate.h"
#include "rotate/rotate_together.h"
#include "rotate/rotate_way.h"

struct rotation_job {
    struct cli *cli;
    const struct args *args;
    const struct rotation_way *way;
    struct profile p;                 /* as it stands in the vault */
    struct rotation_record r;         /* its record; what is to be said next goes in here first */
    char *helper;                     /* smtpvault-net */
    char hook[ROTATION_HOOK_MAX + 1]; /* METHOD_HOOK: the rotator (rotator_line.h) */
    int lock_fd;
    struct rotate_together *together; /* with others at once; NULL: alone */
    struct together_want want;
    struct audit_event told; /* what a rotator did, on its way into the log with the next step */
    bool tells;              /* there is one */
    bool talk;               /* a person is there, on a terminal */
    bool no_verify;          /* no login is tried */
    bool emergency;          /* it is out: no overlap, no question that can be spared */
    bool resumed;            /* what the last run did at the server is not known */
    bool proved;             /* this run has logged in with the new secret */
    bool anew;               /* another secret in place of the one that is pending */
    unsigned mended;         /* 1 << rotation_hitch: what was tried about them */
    bool findings;           /* something is left to be looked at */
    bool untold;             /* the last login told nothing of the secret: no server ... */
    char said[ROTATION_WORDS_MAX + 1];        /* what the server said to the last one that it took
                                                 or refused: "535 5.7.8" */
    char after_fault[ROTATION_FAULT_MAX + 1]; /* of a command after it (rotate_after.h); or "" */
};
#define ROTATION_JOB  \
    {                 \
        .lock_fd = -1 \
    }
void rotation_job_clear(struct rotation_job *job);
#define ROTATION_JOB_OWNED __attribute__((cleanup(rotation_job_clear)))

/* Reads the profile, and keeps other processes of this machine from rotating it meanwhile:
 * SV_LOCKED. SV_DENIED: this session changes nothing. SV_USAGE: there is nothing to rotate in
 * such a login, or no login of it can be tried and --no-verify was not given. */
enum sv_status rotation_job_begin(struct rotation_job *job, const char *name,
                                  struct sv_err *err) SV_MUST_USE;
/* The profile and its record once more, as the vault has them now. */
enum sv_status rotation_job_reread(struct rotation_job *job, const char *name,
                                   struct sv_err *err) SV_MUST_USE;
/* Of the profile that is in job->p: SV_USAGE as above. */
enum sv_status rotation_job_can(const struct rotation_job *job, struct sv_err *err) SV_MUST_USE;
/* A step in the vault, of job->r; reads both back. */
enum sv_status rotation_job_step(struct rotation_job *job, enum rotation_step step,
                                 enum rotation_stage stage, const struct secret *secret,
                                 struct sv_err *err) SV_MUST_USE;
/* As vault_reveal_many: both at once with other rotations', where there are any. */
void rotation_job_reveal(struct rotation_job *job, struct reveal_one *ones, size_t count);
/* An entry about what was done beside the vault. It is durable with the next step, or with
 * rotation_job_told, which says where it cannot be written; before a login is tried, and at the
 * end of a run. */
void rotation_job_tell(struct rotation_job *job, const struct audit_event *event);
void rotation_job_told(struct rotation_job *job);
/* The reason for which a step did not come about, into the record; what cannot be written is
 * left out. Returns s. */
enum sv_status rotation_job_fault(struct rotation_job *job, enum sv_status s,
                                  const struct sv_err *err);

/* The files that hold the old secret get the new one; where one cannot, that is said, and a
 * finding. */
enum sv_status rotation_job_refresh(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;

/* What a command after it came to, into the record where nothing else is wrong. */
void rotation_job_after(struct rotation_job *job);

/* A new one. SV_EXISTS: one is under way. */
enum sv_status rotate_begin(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;
/* On from where it stands, until it is finished or something is missing. SV_FINDINGS: the server
 * refuses the new secret, or still takes the old one, or takes any. */
enum sv_status rotate_go(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;
/* Back to the secret before, of which the caller knows that it works. */
enum sv_status rotate_back_proved(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;
/* Back: before the promotion it is given up, after it the secret before becomes the current one.
 * SV_FINDINGS: the server does not take the secret that it would come to, and nothing was done. */
enum sv_status rotate_back(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;

#endif
