/* SPDX-License-Identifier: ISC */
#include "smtp/net_confine.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

#define FILES_MAX 64 /* sockets, name lookup, certificates */

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

enum sv_status net_confine(struct sv_err *err)
{
    enum sv_status status = secret_process_harden(err);
    if (status != SV_OK)
        return status;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "smtpvault-net cannot give up privileges");
    if (!lower_limit(RLIMIT_CORE, 0) || !lower_limit(RLIMIT_NOFILE, FILES_MAX))
        return sv_fail_errno(err, SV_INTERNAL, errno, "smtpvault-net cannot set its limits");
    if (chdir("/") != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "smtpvault-net cannot go to /");
    umask(077);
    signal(SIGPIPE, SIG_IGN); /* a closed connection is an answer, not an end */
    return SV_OK;
}

void net_confine_time(uint32_t ms)
{
    alarm(ms / 1000 + 3);
}

void net_confine_wait(void)
{
    alarm(0);
}
