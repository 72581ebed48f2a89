/* SPDX-License-Identifier: ISC */
#include "cmd/agent_start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/child.h"
#include "cli/self.h"
#include "cli/words.h"

#define FOR_DEFAULT (8 * 3600)
#define IDLE_DEFAULT 3600
#define READY_FD 3

static enum sv_status time_parse(const char *word, const char *option, int64_t otherwise,
                                 int64_t *out, struct sv_err *err)
{
    *out = otherwise;
    if (word == NULL)
        return SV_OK;
    if (strcmp(word, "0") == 0 || strcmp(word, "never") == 0) {
        *out = 0;
        return SV_OK;
    }
    if (text_parse_span(word, out))
        return SV_OK;
    return sv_fail(err, SV_USAGE, "--%s takes a time such as 30m, 8h or 2d, or 0 for never",
                   option);
}

enum sv_status agent_times_parse(struct agent_times *out, const struct args *args,
                                 struct sv_err *err)
{
    enum sv_status s = time_parse(args_value(args, "for"), "for", FOR_DEFAULT, &out->longest, err);
    if (s != SV_OK)
        return s;
    return time_parse(args_value(args, "idle"), "idle", IDLE_DEFAULT, &out->idle, err);
}

/* ---- the new process ---- */

static enum sv_status add_option(struct words *w, const char *option, const char *value,
                                 struct sv_err *err)
{
    enum sv_status s = SV_OK;
    if (value == NULL)
        return SV_OK;
    if ((s = words_add(w, option, err)) != SV_OK)
        return s;
    return words_add(w, value, err);
}

static enum sv_status command_line(struct words *w, const struct cli *cli, const struct args *args,
                                   const char *program, struct sv_err *err)
{
    const struct {
        const char *option, *value;
    } options[] = {
        {"--vault", cli->vault_file},       {"--passphrase-from", cli->passphrase_from},
        {"--keyfile", cli->keyfile},        {"--identity", cli->identity},
        {"--for", args_value(args, "for")}, {"--idle", args_value(args, "idle")},
    };
    char fd[16];
    (void)snprintf(fd, sizeof fd, "%d", READY_FD);
    enum sv_status s = words_add(w, program, err);
    if (s == SV_OK)
        s = words_add(w, "agent", err);
    for (size_t i = 0; s == SV_OK && i < sizeof options / sizeof options[0]; i++)
        s = add_option(w, options[i].option, options[i].value, err);
    if (s == SV_OK && cli->no_input)
        s = words_add(w, "--no-input", err);
    if (s == SV_OK && cli->quiet)
        s = words_add(w, "--quiet", err);
    return s == SV_OK ? add_option(w, "--ready-fd", fd, err) : s;
}

/* A byte means that it serves; the end without one, that it has given up. */
static bool wait_ready(int fd)
{
    char byte;
    ssize_t n;
    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

/* The new process finds the pipe under READY_FD, so a descriptor that a source names must not
 * be that one. */
static enum sv_status ready_fd_is_free(const struct cli *cli, struct sv_err *err)
{
    if (cli->passphrase_from == NULL || strcmp(cli->passphrase_from, "fd:3") != 0)
        return SV_OK;
    return sv_fail(err, SV_USAGE,
                   "descriptor 3 is taken by unlock itself: give the passphrase on another one");
}

enum sv_status agent_start(struct cli *cli, const struct args *args, int *exit_status,
                           struct sv_err *err)
{
    WORDS_OWNED struct words w = {0};
    FD_OWNED int reader = -1;
    FD_OWNED int writer = -1;
    char program[] = "/proc/self/exe";
    int ends[2], status = 0;
    pid_t pid = -1;
    enum sv_status s = ready_fd_is_free(cli, err);
    if (s == SV_OK)
        s = command_line(&w, cli, args, "smtpvault", err);
    if (s != SV_OK)
        return s;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot make a pipe");
    reader = ends[0];
    writer = ends[1];
    const struct child_fd ready = {writer, READY_FD};
    int failed = child_spawn_file(&pid, program, w.items, environ, &ready, 1, NULL);
    if (failed != 0)
        return sv_fail_errno(err, SV_INTERNAL, failed, "cannot start the agent");
    file_close_cleanup(&writer);
    writer = -1;
    if (wait_ready(reader)) {
        *exit_status = 0;
        return SV_OK;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    *exit_status = child_status(status);
    return *exit_status != 0 ? SV_OK
                             : sv_fail(err, SV_INTERNAL, "the agent ended before it was ready");
}
