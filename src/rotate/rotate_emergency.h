/* SPDX-License-Identifier: ISC */
/*
 * rotate_emergency: a secret that is out is changed at once, without an overlap and with as few
 * questions as can be; then whoever used it, what holds it and what opens it is told.
 */
#ifndef ROTATE_ROTATE_EMERGENCY_H
#define ROTATE_ROTATE_EMERGENCY_H

#include "rotate/rotate_run.h"

/* Begins one, or makes the one that is under way one of this kind. */
enum sv_status rotate_emergency_begin(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;
/* Into the answer: the uses of the old version since --since, by this machine's log; files that
 * hold it, and tokens that open the profile. --json: one object, the record's members among its. */
enum sv_status rotate_emergency_tell(struct rotation_job *job, struct sv_err *err) SV_MUST_USE;

#endif
