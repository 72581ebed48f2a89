/* SPDX-License-Identifier: ISC */
/* rotate_hook: a rotation by a rotator (rotator/rotator.h), which the logins do not believe. */
#ifndef ROTATE_ROTATE_HOOK_H
#define ROTATE_ROTATE_HOOK_H

#include "rotate/rotate_run.h"

extern const struct rotation_way rotate_by_hook;

/* Does a rotator do it? By --hook; of one that is resumed by its record; else by the policy,
 * unless the options say another way. Then job->way and job->hook are set. SV_USAGE, or what
 * rotator_line_find says of it. */
enum sv_status rotate_hook_choose(struct rotation_job *job, bool *chosen,
                                  struct sv_err *err) SV_MUST_USE;
/* What is wrong with --hook, --set and --with, before anything is opened. */
enum sv_status rotate_hook_check(const struct args *args, struct sv_err *err) SV_MUST_USE;

/* Tells how a rotator that was given for once becomes the policy's, where that has none. */
void rotate_hook_next_time(struct rotation_job *job);

#endif
