/* SPDX-License-Identifier: ISC */
#include "cmd/agent_side.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool let_go(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || setsid() < 0)
        return false;
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (dup2(null, fd) < 0)
            return false;
    return true;
}

struct side {
    const char *name;
    bool detached;
    void (*serve)(struct cli *cli);
    int fd;
    pid_t parent;
};

__attribute__((noreturn)) static void be_side(const struct cli *cli, const struct side *side)
{
    struct cli own = *cli;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, side->name);
    own.vault = NULL;
    if (getppid() == side->parent && (!side->detached || let_go()) &&
        dup2(side->fd, AGENT_SIDE_FD) == AGENT_SIDE_FD &&
        fcntl(AGENT_SIDE_FD, F_SETFD, FD_CLOEXEC) == 0 &&
        close_range(AGENT_SIDE_FD + 1, ~0u, 0) == 0)
        side->serve(&own);
    _exit(0);
}

enum sv_status agent_side_start(const struct cli *cli, const char *name, bool detached,
                                void (*serve)(struct cli *cli), int *fd, struct sv_err *err)
{
    int pair[2];
    struct side side = {.name = name, .detached = detached, .serve = serve, .parent = getpid()};
    *fd = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot make a pair of sockets");
    side.fd = pair[1];
    pid_t pid = fork();
    if (pid == 0)
        be_side(cli, &side);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot start the process %s", name);
    }
    *fd = pair[0];
    return SV_OK;
}
