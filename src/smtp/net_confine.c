/* SPDX-License-Identifier: ISC */
#include "smtp/net_confine.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

static const struct {
    __rlimit_resource_t what;
    rlim_t most;
} limits[] = {
    {RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 64}, /* sockets, name lookup, certificates */
};

enum sv_status net_confine(struct sv_err *err)
{
    enum sv_status status = secret_process_harden(err);
    if (status != SV_OK)
        return status;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "smtpvault-net cannot give up privileges");
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit limit = {.rlim_cur = limits[i].most, .rlim_max = limits[i].most};
        if (setrlimit(limits[i].what, &limit) != 0)
            return sv_fail_errno(err, SV_INTERNAL, errno, "smtpvault-net cannot set its limits");
    }
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
