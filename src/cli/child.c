/* SPDX-License-Identifier: ISC */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"

#define STOP_MS 1000
#define ASK_MS 20

static int set_signals(posix_spawnattr_t *attributes, const sigset_t *mask)
{
    short flags = POSIX_SPAWN_SETSIGDEF;
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    int e = posix_spawnattr_setsigdefault(attributes, &defaults);
    if (e == 0 && mask != NULL) {
        flags |= POSIX_SPAWN_SETSIGMASK;
        e = posix_spawnattr_setsigmask(attributes, mask);
    }
    return e != 0 ? e : posix_spawnattr_setflags(attributes, flags);
}

int child_spawn_file(pid_t *pid, const char *file, char *const *argv, char *const *envp,
                     const struct child_fd *fds, size_t count, const sigset_t *mask)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int e = posix_spawn_file_actions_init(&files);
    if (e != 0)
        return e;
    e = posix_spawnattr_init(&attributes);
    if (e == 0) {
        for (size_t i = 0; e == 0 && i < count; i++)
            e = posix_spawn_file_actions_adddup2(&files, fds[i].from, fds[i].to);
        if (e == 0)
            e = set_signals(&attributes, mask);
        if (e == 0)
            e = posix_spawnp(pid, file, &files, &attributes, argv, envp);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return e;
}

int child_spawn(pid_t *pid, char *const *argv, char *const *envp, const struct child_fd *fds,
                size_t count, const sigset_t *mask)
{
    return child_spawn_file(pid, argv[0], argv, envp, fds, count, mask);
}

static int spawn(pid_t *pid, const char *const *argv, char *const *envp, int in, int out)
{
    const struct child_fd fds[] = {{in, STDIN_FILENO}, {out, STDOUT_FILENO}};
    return child_spawn(pid, (char *const *)argv, envp, fds, 2, NULL);
}

enum sv_status child_start(struct child *c, const char *const *argv, bool with_input,
                           struct sv_err *err)
{
    return child_start_with(c, argv, environ, with_input, err);
}

enum sv_status child_start_with(struct child *c, const char *const *argv, char *const *envp,
                                bool with_input, struct sv_err *err)
{
    FD_OWNED int in = -1;
    FD_OWNED int to = -1;
    FD_OWNED int from = -1;
    FD_OWNED int out = -1;
    int ends[2];
    if (with_input) {
        if (pipe2(ends, O_CLOEXEC) != 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot make a pipe");
        in = ends[0];
        to = ends[1];
    } else {
        in = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (in < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot open /dev/null");
    }
    if (pipe2(ends, O_CLOEXEC) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot make a pipe");
    from = ends[0];
    out = ends[1];
    int e = spawn(&c->pid, argv, envp, in, out);
    if (e != 0)
        return sv_fail_errno(err, SV_CONFIG, e, "cannot run %s", argv[0]);
    c->to = to;
    c->from = from;
    to = from = -1;
    return SV_OK;
}

int child_status(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int child_wait(struct child *c)
{
    int status = 0;
    file_close_cleanup(&c->to);
    file_close_cleanup(&c->from);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    c->pid = -1;
    return child_status(status);
}

/* Whether it has ended, which leaves its status to be waited for. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

/* Where there are no such handles, as under valgrind, it is asked for again and again. */
static bool ends_by(pid_t pid, int64_t until)
{
    while (!has_ended(pid)) {
        if (env_monotonic_ms() >= until)
            return false;
        (void)poll(NULL, 0, ASK_MS);
    }
    return true;
}

bool child_wait_within(struct child *c, int64_t ms, int *status)
{
    FD_OWNED int pidfd = pidfd_open(c->pid, 0);
    struct pollfd ends = {.fd = pidfd, .events = POLLIN};
    int64_t until = env_monotonic_ms() + ms, left = ms;
    int got = 1;
    file_close_cleanup(&c->to);
    file_close_cleanup(&c->from);
    if (pidfd < 0 && !ends_by(c->pid, until))
        return false;
    while (pidfd >= 0 && (got = poll(&ends, 1, (int)left)) < 0 && errno == EINTR) {
        left = until - env_monotonic_ms();
        left = left > 0 ? left : 0;
    }
    if (got == 0)
        return false;
    *status = child_wait(c);
    return true;
}

void child_stop(struct child *c)
{
    int status;
    if (c->pid <= 0)
        return;
    kill(c->pid, SIGTERM);
    if (child_wait_within(c, STOP_MS, &status))
        return;
    kill(c->pid, SIGKILL);
    (void)child_wait(c);
}

void child_cleanup(struct child *c)
{
    if (c->pid > 0)
        (void)child_wait(c);
}
