/* SPDX-License-Identifier: ISC */
#include "base/confine.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

/* For good; one that is lower already stays. */
static bool lower_limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit limit;
    if (getrlimit(what, &limit) != 0)
        return false;
    if (limit.rlim_max > most)
        limit.rlim_max = most;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    return setrlimit(what, &limit) == 0;
}

enum sv_status confine(const char *who, unsigned files, struct sv_err *err)
{
    enum sv_status status = secret_process_harden(err);
    if (status != SV_OK)
        return status;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "%s cannot give up privileges", who);
    if (!lower_limit(RLIMIT_CORE, 0) || !lower_limit(RLIMIT_NOFILE, files))
        return sv_fail_errno(err, SV_INTERNAL, errno, "%s cannot set its limits", who);
    if (chdir("/") != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "%s cannot go to /", who);
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    return SV_OK;
}
