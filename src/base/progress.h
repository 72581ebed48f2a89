/* SPDX-License-Identifier: ISC */
/*
 * progress: how work that may take long tells how far it is, and how it is told to stop.
 * A status other than SV_OK ends the work, which undoes what it has begun and
 * returns that status.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdint.h>

#include "base/err.h"

struct progress {
    enum sv_status (*call)(void *context, uint64_t done, uint64_t total, struct sv_err *err);
    void *context;
};

/* w may be NULL: nobody watches. done and total have any unit; total 0: not known. */
static inline enum sv_status SV_MUST_USE progress_tell(const struct progress *w, uint64_t done,
                                                       uint64_t total, struct sv_err *err)
{
    return w ? w->call(w->context, done, total, err) : SV_OK;
}

/* Work in parts that report one after another: part `at` of `parts`, from 0. */
struct progress_part {
    const struct progress *whole; /* or NULL */
    uint64_t parts, at;
    struct progress progress;
};
/* What to hand to the work of this part; good until the next one is asked for. */
const struct progress *progress_part(struct progress_part *p, uint64_t at);

#endif
