/* SPDX-License-Identifier: ISC */
/* rotate_choose: by which way a rotation goes: what the options say, else its record, else the
 * policy. */
#ifndef ROTATE_ROTATE_CHOOSE_H
#define ROTATE_ROTATE_CHOOSE_H

#include "rotate/rotate_run.h"

/* Sets job->way, and what belongs to it. SV_USAGE: nobody is there for a way by hand. */
enum sv_status rotate_choose(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;

#endif
