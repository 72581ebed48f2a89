/* SPDX-License-Identifier: ISC */
/*
 * watch: how work that may take long tells how far it is, and how it is told to stop.
 * A status other than SV_OK ends the work, which undoes what it has begun and
 * returns that status.
 */
#ifndef BASE_WATCH_H
#define BASE_WATCH_H

#include <stdint.h>

#include "base/err.h"

struct watch {
    enum sv_status (*call)(void *context, uint64_t done, uint64_t total, struct sv_err *err);
    void *context;
};

/* w may be NULL: nobody watches. done and total have any unit; total 0: not known. */
static inline enum sv_status SV_MUST_USE watch_tell(const struct watch *w, uint64_t done,
                                                    uint64_t total, struct sv_err *err)
{
    return w ? w->call(w->context, done, total, err) : SV_OK;
}

#endif
