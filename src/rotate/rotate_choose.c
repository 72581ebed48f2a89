/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_choose.h"

#include <string.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "rotate/rotate_hook.h"

static const struct rotation_way *way_of(const struct args *args, enum rotation_method method)
{
    if (args_flag(args, "generate"))
        return &rotate_generated;
    if (args_value(args, "password-from") != NULL)
        return &rotate_given;
    switch (method) {
    case METHOD_GENERATED:
        return &rotate_generated;
    case METHOD_GIVEN:
        return &rotate_given;
    default:
        return &rotate_by_hand;
    }
}

enum sv_status rotate_choose(struct rotation_job *job, struct sv_err *err)
{
    const struct args *args = job->args;
    bool by_hook = false;
    enum sv_status s = rotate_hook_choose(job, &by_hook, err);
    if (s != SV_OK || by_hook)
        return s;
    job->way = way_of(args, job->resumed ? job->r.method : METHOD_HAND);
    job->anew =
        job->resumed && (args_flag(args, "generate") || args_value(args, "password-from") != NULL);
    if (!job->resumed && job->way == &rotate_by_hand && ask_way(job->cli, NULL) == ASK_NOBODY)
        return sv_fail(err, SV_USAGE,
                       "there is %s for the new secret: give --password-from SOURCE or --generate",
                       ask_nobody(job->cli));
    return SV_OK;
}
