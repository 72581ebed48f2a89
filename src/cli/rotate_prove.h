/* SPDX-License-Identifier: ISC */
/* rotate_prove: which secret a profile's server takes, told by logins. */
#ifndef CLI_ROTATE_PROVE_H
#define CLI_ROTATE_PROVE_H

#include "cli/rotate_run.h"

enum rotate_answer { ANSWER_TAKEN, ANSWER_REFUSED };

/* A login with the secret of that version (0: the current). said: how the server put it, "535
 * 5.7.8". SV_UNREACHABLE, SV_LOCKED (a temporary fault) or SV_CONFIG: nothing was told of the
 * secret; err says why. */
enum sv_status rotate_login(struct rotation_job *job, uint64_t version, enum rotate_answer *answer,
                            char said[ROTATION_WORDS_MAX + 1], struct sv_err *err) SV_MUST_USE;
/* The same with a random secret, which no server has: one that takes it takes any. */
enum sv_status rotate_login_any(struct rotation_job *job, enum rotate_answer *answer,
                                struct sv_err *err) SV_MUST_USE;

#endif
