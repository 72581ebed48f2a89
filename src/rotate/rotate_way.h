/* SPDX-License-Identifier: ISC */
/*
 * rotate_way: how a new secret comes about and to the server: by a person's hand (rotate_hand.c),
 * or by a program. The run (rotate_run.h) keeps the steps in the vault and proves them by logins;
 * a way does what a server's owner does. Any of its functions may be NULL: nothing is to be done.
 */
#ifndef ROTATE_ROTATE_WAY_H
#define ROTATE_ROTATE_WAY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/rotation_record.h"

struct rotation_job; /* rotate_run.h */

/* What a login said that was to prove something. */
enum rotation_hitch {
    HITCH_SAME,    /* the vault: that is the secret which there is already */
    HITCH_REFUSED, /* the server refuses the new secret */
    HITCH_HALF,    /* only some of its ports take it */
    HITCH_ALIVE    /* the server takes the old one still */
};

struct rotation_way {
    enum rotation_method method;
    /* SV_LOCKED from any of them: not now; the run stops there, to be resumed, and the message
     * says what is waited for. */

    /* Makes or gets the new secret. *set: the server has it already. The new user name, where
     * there is another, goes into job->r.username. */
    enum sv_status (*create)(struct rotation_job *job, struct secret **secret, bool *set,
                             struct sv_err *err);
    /* Gives the server the pending secret, which the vault has by then
     * (PROFILE_VERSION_PENDING). */
    enum sv_status (*set)(struct rotation_job *job, struct sv_err *err);
    /* Beside the logins that the run tries. */
    enum sv_status (*test)(struct rotation_job *job, struct sv_err *err);
    /* Takes the old one from the server, once the new one is promoted. */
    enum sv_status (*finish)(struct rotation_job *job, struct sv_err *err);
    /* Takes the pending or promoted one from the server again, and gives it the old one. */
    enum sv_status (*undo)(struct rotation_job *job, struct sv_err *err);
    /* A login went otherwise than hoped; *again: something was done about it, and it is worth
     * another try. */
    enum sv_status (*mend)(struct rotation_job *job, enum rotation_hitch hitch, bool *again,
                           struct sv_err *err);
};

/* By a person: --generate, --password-from, or typed. */
extern const struct rotation_way rotate_by_hand, rotate_generated, rotate_given;
/* Tells a person which login it is about; the nth of `of` that follow one another (0: alone). */
void rotate_hand_head(const struct rotation_job *job, size_t nth, size_t of);

#endif
