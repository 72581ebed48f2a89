/* SPDX-License-Identifier: ISC */
#include "base/progress.h"

#include <stddef.h>

#define FINE 1000 /* steps of one part */

static enum sv_status tell_part(void *context, uint64_t done, uint64_t total, struct sv_err *err)
{
    const struct progress_part *p = context;
    uint64_t fine = total > 0 && done <= total ? FINE * done / total : 0;

    return progress_tell(p->whole, FINE * p->at + fine, FINE * p->parts, err);
}

const struct progress *progress_part(struct progress_part *p, uint64_t at)
{
    p->at = at;
    p->progress = (struct progress){tell_part, p};
    return p->whole ? &p->progress : NULL;
}
