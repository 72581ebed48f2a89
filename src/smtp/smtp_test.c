/* SPDX-License-Identifier: ISC */
/*
 * The side that keeps the vault: starts smtpvault-net, hands it one target and
 * one secret, waits no longer than it said it would, and leaves no child behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "smtp/smtp_wire.h"

#define CONNECT_MS 8000
#define TOTAL_MS 15000
#define TOTAL_MS_MAX 600000
#define GRACE_MS 2000 /* for starting, and for an answer at the last moment */
#define QUIT_MS 1000  /* for a polite end of the session */
#define LINK 3        /* the helper's descriptor */

struct child {
    pid_t pid;
    int fd;
};

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
    int high = fcntl(link, F_DUPFD, LINK + 1);
    int null = open("/dev/null", O_RDWR);
    if (high < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(high, LINK) < 0)
        _exit(127);
    close_range(LINK + 1, ~0U, 0);
    execve(helper, arguments, environment);
    _exit(127);
}

static enum sv_status child_start(struct child *child, const char *helper, struct sv_err *err)
{
    int pair[2];
    if (access(helper, X_OK) != 0)
        return sv_fail_errno(err, SV_CONFIG, errno,
                             "the network helper %s cannot be run; install smtpvault again",
                             helper);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "no socket for the network helper");
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become_helper(helper, pair[1], parent);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return sv_fail_errno(err, SV_INTERNAL, errno, "no process for the network helper");
    }
    child->pid = pid;
    child->fd = pair[0];
    return SV_OK;
}

static bool wait_readable(int fd, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - env_monotonic_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

/* Ends the child, which has `patience` ms to do so itself; its wait status. */
static int child_end(struct child *child, int64_t patience)
{
    int64_t deadline = env_monotonic_ms() + patience;
    uint8_t byte;
    bool ended = false;
    while (!ended && wait_readable(child->fd, deadline))
        ended = read(child->fd, &byte, 1) <= 0;
    close(child->fd);
    if (!ended)
        kill(child->pid, SIGKILL);
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

/* ---- talking to it ---- */

/* A helper that has died already is found out by its silence. */
static void send_request(int fd, const struct secret *frame)
{
    const uint8_t *at = secret_peek(frame);
    size_t left = secret_len(frame);
    while (left > 0) {
        ssize_t n = send(fd, at, left, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        at += n;
        left -= (size_t)n;
    }
    shutdown(fd, SHUT_WR);
}

enum reading { READ_WHOLE, READ_ENDED, READ_LATE, READ_GARBAGE };

static enum reading read_result(int fd, int64_t deadline, uint8_t frame[WIRE_RESULT_MAX],
                                size_t *len)
{
    size_t have = 0, want = WIRE_HEAD;
    while (have < want) {
        if (!wait_readable(fd, deadline))
            return READ_LATE;
        ssize_t n = read(fd, frame + have, want - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return READ_ENDED;
        have += (size_t)n;
        if (have == WIRE_HEAD) {
            want = wire_frame_len(frame, WIRE_RESULT);
            if (want == 0)
                return READ_GARBAGE;
        }
    }
    *len = have;
    return READ_WHOLE;
}

static void say_late(struct smtp_result *result, int64_t ms)
{
    *result = (struct smtp_result){.verdict = SMTP_TIMEOUT,
                                   .who = SMTP_BY_YOU,
                                   .phase = PHASE_RESOLVE,
                                   .tls_days_left = INT32_MIN,
                                   .ms_resolve = -1,
                                   .ms_connect = -1,
                                   .ms_tls = -1,
                                   .ms_greeting = -1,
                                   .ms_auth = -1,
                                   .ms_total = (int32_t)ms};
    snprintf(result->cause, sizeof(result->cause),
             "The test did not end in its time; name lookup may hang.");
    snprintf(result->advice, sizeof(result->advice),
             "Check this machine's name servers (/etc/resolv.conf), then try again.");
}

static enum sv_status fail_ended(int status, const char *helper, struct sv_err *err)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return sv_fail(err, SV_CONFIG,
                       "the network helper %s cannot be run; install smtpvault again", helper);
    if (WIFSIGNALED(status))
        return sv_fail(err, SV_INTERNAL, "the network helper %s died of signal %d", helper,
                       WTERMSIG(status));
    return sv_fail(err, SV_INTERNAL, "the network helper %s ended without an answer (status %d)",
                   helper, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* ---- the test ---- */

static enum sv_status complete_target(struct smtp_target *t, struct sv_err *err)
{
    if (t->connect_ms == 0)
        t->connect_ms = CONNECT_MS;
    if (t->total_ms == 0)
        t->total_ms = TOTAL_MS;
    if (t->total_ms > TOTAL_MS_MAX)
        t->total_ms = TOTAL_MS_MAX;
    if (t->connect_ms > t->total_ms)
        t->connect_ms = t->total_ms;
    /* A mechanism that was chosen tells what the secret is: a token or a password. */
    if (t->login_options[0] != '\0')
        t->bearer = strstr(t->login_options, "OAUTH") != NULL;
    if (t->ca_file[0] == '\0')
        return SV_OK;
    char path[PATH_MAX]; /* the helper stands in another folder */
    if (realpath(t->ca_file, path) == NULL || access(path, R_OK) != 0)
        return sv_fail_errno(err, SV_MISSING, errno, "the CA file %s cannot be read", t->ca_file);
    snprintf(t->ca_file, sizeof(t->ca_file), "%s", path);
    return SV_OK;
}

enum sv_status smtp_test(const char *helper, const struct smtp_target *target,
                         const struct secret *secret, struct smtp_result *result,
                         struct sv_err *err)
{
    struct smtp_target t = *target;
    SECRET_OWNED struct secret *request = NULL;
    enum sv_status status = complete_target(&t, err);
    if (status == SV_OK)
        status = wire_put_request(&request, &t, secret, err);
    if (status != SV_OK)
        return status;

    struct child child = {.pid = -1, .fd = -1};
    status = child_start(&child, helper, err);
    if (status != SV_OK)
        return status;
    int64_t begun = env_monotonic_ms();
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    send_request(child.fd, request);
    enum reading reading = read_result(child.fd, begun + t.total_ms + GRACE_MS, frame, &len);
    int ended = child_end(&child, reading == READ_LATE ? 0 : QUIT_MS);

    switch (reading) {
    case READ_WHOLE:
        return wire_get_result(frame, len, result, err);
    case READ_LATE:
        say_late(result, env_monotonic_ms() - begun);
        return SV_OK;
    case READ_ENDED:
        return fail_ended(ended, helper, err);
    case READ_GARBAGE:
        break;
    }
    return sv_fail(err, SV_INTERNAL, "the network helper %s gave an answer that is none", helper);
}
