/* SPDX-License-Identifier: ISC */
#include "smtp/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"

enum sv_status helper_ca_path(char *path, size_t capacity, struct sv_err *err)
{
    char whole[PATH_MAX];
    if (path[0] == '\0')
        return SV_OK;
    if (realpath(path, whole) == NULL || access(whole, R_OK) != 0)
        return sv_fail_errno(err, SV_MISSING, errno, "the CA file %s cannot be read", path);
    if (strlen(whole) >= capacity)
        return sv_fail(err, SV_MISSING, "the path of the CA file %s is too long", path);
    memcpy(path, whole, strlen(whole) + 1);
    return SV_OK;
}

/* ---- the helper's beginning, between fork and exec ---- */

static void become_helper(const char *helper, int link, pid_t parent)
{
    static char name[] = "smtpvault-net";
    static char lang[] = "LANG=C.UTF-8", zone[] = "TZ=UTC", path[] = "PATH=/usr/bin:/bin";
    char *const environment[] = {lang, zone, path, NULL};
    char *const arguments[] = {name, NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    /* The link may be where the helper wants something else, so it moves last,
     * from above all that is closed. */
    int high = fcntl(link, F_DUPFD, WIRE_LINK + 1);
    int null = open("/dev/null", O_RDWR);
    if (high < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(high, WIRE_LINK) < 0)
        _exit(127);
    close_range(WIRE_LINK + 1, ~0U, 0);
    execve(helper, arguments, environment);
    _exit(127);
}

enum sv_status helper_start(struct helper *h, const char *path, struct sv_err *err)
{
    int pair[2];
    if (access(path, X_OK) != 0)
        return sv_fail_errno(err, SV_CONFIG, errno,
                             "the network helper %s cannot be run; install smtpvault again", path);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "no socket for the network helper");
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become_helper(path, pair[1], parent);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return sv_fail_errno(err, SV_INTERNAL, errno, "no process for the network helper");
    }
    *h = (struct helper){.path = path, .pid = pid, .fd = pair[0]};
    return SV_OK;
}

int helper_end(struct helper *h, int64_t patience)
{
    int64_t deadline = env_monotonic_ms() + patience;
    uint8_t byte;
    bool ended = false;
    int status = 0;
    while (!ended && file_wait(h->fd, POLLIN, deadline) > 0)
        ended = read(h->fd, &byte, 1) <= 0;
    close(h->fd);
    if (!ended)
        kill(h->pid, SIGKILL);
    while (waitpid(h->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            status = -1;
            break;
        }
    }
    h->pid = h->fd = -1;
    return status;
}

void helper_clear(struct helper *h)
{
    if (h->pid > 0)
        (void)helper_end(h, 0);
}

/* ---- talking to it ---- */

void helper_send(const struct helper *h, const struct secret *frame, bool last)
{
    const uint8_t *at = secret_peek(frame);
    size_t left = secret_len(frame);
    while (left > 0) {
        ssize_t n = send(h->fd, at, left, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        at += n;
        left -= (size_t)n;
    }
    if (last)
        shutdown(h->fd, SHUT_WR);
}

enum helper_reading helper_read(const struct helper *h, enum wire_kind kind, int64_t deadline,
                                uint8_t *frame, size_t *len)
{
    return helper_read_either(h, kind, kind, deadline, frame, len);
}

enum helper_reading helper_read_either(const struct helper *h, enum wire_kind a, enum wire_kind b,
                                       int64_t deadline, uint8_t *frame, size_t *len)
{
    size_t have = 0, want = WIRE_HEAD;
    while (have < want) {
        if (file_wait(h->fd, POLLIN, deadline) <= 0)
            return HELPER_LATE;
        ssize_t n = read(h->fd, frame + have, want - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return HELPER_ENDED;
        have += (size_t)n;
        if (have == WIRE_HEAD) {
            want = wire_frame_len(frame, a);
            if (want == 0)
                want = wire_frame_len(frame, b);
            if (want == 0)
                return HELPER_GARBAGE;
        }
    }
    *len = have;
    return HELPER_WHOLE;
}

enum sv_status helper_fail(const struct helper *h, enum helper_reading reading, int status,
                           struct sv_err *err)
{
    if (reading == HELPER_GARBAGE)
        return sv_fail(err, SV_INTERNAL, "the network helper %s gave an answer that is none",
                       h->path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return sv_fail(err, SV_CONFIG,
                       "the network helper %s cannot be run; install smtpvault again", h->path);
    if (WIFSIGNALED(status))
        return sv_fail(err, SV_INTERNAL, "the network helper %s died of signal %d", h->path,
                       WTERMSIG(status));
    return sv_fail(err, SV_INTERNAL, "the network helper %s ended without an answer (status %d)",
                   h->path, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
