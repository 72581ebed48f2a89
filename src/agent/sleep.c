/* SPDX-License-Identifier: ISC */
#include "agent/sleep.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

#define READY_MS 500

/* Nothing of the agent's is left to it: no descriptor, no right that exec would give, and
 * it does not outlive its parent. */
__attribute__((noreturn)) static void be_watcher(int fd, pid_t parent)
{
    static const int with_default[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE};
    sigset_t none;

    for (size_t i = 0; i < sizeof with_default / sizeof with_default[0]; i++)
        (void)signal(with_default[i], SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* A terminal that hangs up is not a suspend. */
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)prctl(PR_SET_NAME, "smtpvault-sleep");
    if (getppid() == parent && dup2(fd, STDIN_FILENO) == STDIN_FILENO &&
        close_range(STDIN_FILENO + 1, ~0u, 0) == 0 && chdir("/") == 0)
        sleep_bus_watch(STDIN_FILENO);
    _exit(0);
}

void sleep_watch_start(struct sleep_watch *w)
{
    int pair[2];
    pid_t parent = getpid();

    *w = (struct sleep_watch)SLEEP_WATCH_NONE;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        be_watcher(pair[1], parent);
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return;
    }
    w->fd = pair[0];
    w->pid = pid;
}

bool sleep_watch_ready(struct sleep_watch *w)
{
    struct pollfd wait = {.fd = w->fd, .events = POLLIN};
    char byte;

    if (w->fd >= 0 && poll(&wait, 1, READY_MS) == 1 && read(w->fd, &byte, 1) == 1)
        return true;
    /* It may be waiting for a bus that says nothing. */
    if (w->pid > 0 && kill(w->pid, SIGKILL) == 0)
        while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    sleep_watch_end(w);
    return false;
}

void sleep_watch_end(struct sleep_watch *w)
{
    file_close_cleanup(&w->fd);
    *w = (struct sleep_watch)SLEEP_WATCH_NONE;
}
