/* SPDX-License-Identifier: ISC */
/* rotate_prove: which secret a profile's server takes, told by logins. */
#ifndef ROTATE_ROTATE_PROVE_H
#define ROTATE_ROTATE_PROVE_H

#include "rotate/rotate_run.h"

enum rotate_answer { ANSWER_TAKEN, ANSWER_REFUSED };

/* A login with the secret of that version (0: the current) at the profile's own endpoint. said:
 * how the server put it, "535 5.7.8". SV_UNREACHABLE, SV_LOCKED (a temporary fault) or SV_CONFIG:
 * nothing was told of the secret; err says why. */
enum sv_status rotate_login(struct rotation_job *job, uint64_t version, enum rotate_answer *answer,
                            char said[ROTATION_WORDS_MAX + 1], struct sv_err *err) SV_MUST_USE;
/* The same with a random secret, which no server has: one that takes it takes any. port: 0, or
 * another one of its endpoints. */
enum sv_status rotate_login_any(struct rotation_job *job, uint16_t port, enum rotate_answer *answer,
                                struct sv_err *err) SV_MUST_USE;

/* What all endpoints of a profile (endpoint.h) say. */
struct rotate_proof {
    enum rotate_answer answer;         /* of its own, which is asked first */
    uint16_t port;                     /* 0, or another one that says otherwise */
    char said[ROTATION_WORDS_MAX + 1]; /* how the one or the other put it */
    char
        words[ROTATION_WORDS_MAX + 1]; /* for the record: endpoints_say; or "535 5.7.8" and where */
};
/* The pending secret; where the own endpoint takes it, the others are asked side by side. One that
 * tells nothing of it, as a port that is blocked here, is said, and no reason to stop; a temporary
 * fault is SV_LOCKED, as of rotate_login. */
enum sv_status rotate_prove_new(struct rotation_job *job, struct rotate_proof *proof,
                                struct sv_err *err) SV_MUST_USE;
/* The old one likewise, where the new one was tried by job->r.verified: there all must tell. */
enum sv_status rotate_prove_old(struct rotation_job *job, struct rotate_proof *proof,
                                struct sv_err *err) SV_MUST_USE;

#endif
