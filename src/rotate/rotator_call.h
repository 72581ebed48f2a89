/* SPDX-License-Identifier: ISC */
/* rotator_call: one step of a rotator, with the secrets that it is given, and what of it goes
 * into the log and before the person. */
#ifndef ROTATE_ROTATOR_CALL_H
#define ROTATE_ROTATOR_CALL_H

#include "rotate/rotate_run.h"
#include "rotator/run.h"

/* The secrets of which versions (0: the current one). */
#define ROTATOR_NO_SECRET (PROFILE_VERSION_PENDING - 1)
struct rotator_pair {
    uint64_t to, from; /* what shall be the server's, and what shall not */
};

/* Calls the job's rotator; what came of it is recorded (rotation_job_tell) and shown. why: how to
 * tell of a result that is not ok. */
enum sv_status rotator_call(struct rotation_job *job, enum rotator_step step,
                            struct rotator_pair pair, struct rotator_answer *answer,
                            struct sv_err *why, struct sv_err *err) SV_MUST_USE;

#endif
