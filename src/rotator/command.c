/* SPDX-License-Identifier: ISC */
/* A command that follows a change: it is told nothing, and what it prints is kept for people. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "base/turns.h"
#include "rotator/run.h"

#define ASK_MS 20 /* where the kernel gives no handle of a process */

void rotator_end_clear(struct rotator_end *end)
{
    blob_clear(&end->said);
    *end = (struct rotator_end){.late = false};
}

/* As a shell finds it, but for folders that depend on where somebody is. 0 or an errno value. */
static int find(const char *name, char path[PATH_MAX])
{
    const char *at = env_get("PATH");
    int why = ENOENT;
    if (strchr(name, '/') != NULL) {
        bool fits = snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
        return fits ? 0 : ENAMETOOLONG;
    }
    for (size_t len; name[0] != '\0' && at != NULL && *at != '\0'; at += len + (at[len] == ':')) {
        len = strcspn(at, ":");
        if (at[0] != '/' || snprintf(path, PATH_MAX, "%.*s/%s", (int)len, at, name) >= PATH_MAX)
            continue;
        if (access(path, X_OK) == 0)
            return 0;
        why = errno == EACCES ? EACCES : why;
    }
    return why;
}

/* One that is on its way. */
struct command {
    pid_t pid; /* -1: it has ended */
    int pidfd, from;
    int64_t until;
    bool late;
    char said[ROTATOR_SAID_MAX];
    size_t len;
};

static void command_free(struct command *c)
{
    if (c->pid > 0) {
        kill(c->pid, ROTATOR_END);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    file_close_cleanup(&c->pidfd);
    file_close_cleanup(&c->from);
    sv_free(c);
}

static void command_free_cleanup(struct command **slot)
{
    if (*slot != NULL)
        command_free(*slot);
}
#define COMMAND_OWNED __attribute__((cleanup(command_free_cleanup)))

static int begin(struct command *c, char *const *argv, char *const *envp)
{
    FD_OWNED int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    FD_OWNED int out = -1;
    char path[PATH_MAX];
    int ends[2], why = find(argv[0], path);
    if (why != 0)
        return why;
    if (nothing < 0 || pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    c->from = ends[0];
    out = ends[1];
    if (fcntl(c->from, F_SETFL, O_NONBLOCK) != 0)
        return errno;
    why = rotator_spawn(&c->pid, path, argv, envp, (const int[]){nothing, out, out}, 3);
    if (why != 0)
        c->pid = -1;
    else
        c->pidfd = pidfd_open(c->pid, 0);
    return why;
}

/* All that is there; what is too much is dropped. */
static void listen(struct command *c)
{
    char beyond[4096];
    while (c->from >= 0) {
        size_t room = sizeof c->said - c->len;
        ssize_t n =
            room > 0 ? read(c->from, c->said + c->len, room) : read(c->from, beyond, sizeof beyond);
        if (n > 0 && room > 0)
            c->len += (size_t)n;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            file_close_cleanup(&c->from);
            c->from = -1;
        }
    }
}

static void look_at_clock(struct command *c)
{
    if (env_monotonic_ms() < c->until)
        return;
    kill(c->pid, c->late ? ROTATOR_END : ROTATOR_ASK);
    c->late = true;
    c->until = env_monotonic_ms() + ROTATOR_MERCY_MS;
}

static int wait_for(struct command *c)
{
    int status = 0;
    for (;;) {
        struct pollfd ends[] = {{.fd = c->from, .events = POLLIN},
                                {.fd = c->pidfd, .events = POLLIN}};
        int64_t left = c->until - env_monotonic_ms();
        left = left < 0 ? 0 : c->pidfd < 0 && left > ASK_MS ? ASK_MS : left;
        turns_leave();
        (void)poll(ends, 2, (int)left);
        turns_enter();
        pid_t got = waitpid(c->pid, &status, WNOHANG);
        listen(c);
        if (got == c->pid || (got < 0 && errno != EINTR))
            break;
        look_at_clock(c);
    }
    c->pid = -1;
    return status;
}

/* It was given no secret to be masked. */
static enum sv_status say(struct rotator_end *end, const struct command *c)
{
    MASK_OWNED struct mask *mask = NULL;
    enum sv_status s = mask_new(&mask, NULL, 0, NULL);
    return s == SV_OK ? rotator_answer_say(&end->said, c->said, c->len, mask, NULL) : s;
}

int rotator_command(char *const *argv, char *const *envp, int64_t limit_ms, struct rotator_end *end)
{
    COMMAND_OWNED struct command *c = sv_alloc(sizeof *c);
    if (c == NULL)
        return ENOMEM;
    c->pid = c->pidfd = c->from = -1;
    int why = begin(c, argv, envp);
    if (why != 0)
        return why;
    c->until = env_monotonic_ms() + limit_ms;
    end->status = wait_for(c);
    end->late = c->late;
    return say(end, c) == SV_OK ? 0 : ENOMEM;
}
