/* SPDX-License-Identifier: ISC */
/* rotation_steps: which step of a rotation may follow which. Pure; one table. */
#ifndef DOMAIN_ROTATION_STEPS_H
#define DOMAIN_ROTATION_STEPS_H

#include <stdbool.h>

#include "domain/rotation_record.h"

/* What is done to the vault (vault_rotate.h). */
enum rotation_step {
    ROTATE_BEGIN = 1,   /* a new rotation: planned */
    ROTATE_NOTE = 2,    /* the record alone: what was told, tried or failed */
    ROTATE_PENDING = 3, /* the new secret comes into the vault, or another in its place */
    ROTATE_PROMOTE = 4, /* it becomes the current one */
    ROTATE_BACK = 5,    /* the one before becomes the current one again */
    ROTATE_ABANDON = 6  /* the new one goes, the current one stays */
};

/* May this step lead from one stage to the other? STAGE_NONE: there is no record. */
bool rotation_may(enum rotation_step step, enum rotation_stage from, enum rotation_stage to);
const char *rotation_step_word(enum rotation_step step);
/* Which step a note in the log is about ("word: stage"); 0: none. */
enum rotation_step rotation_step_told(const char *note);

#endif
