/* SPDX-License-Identifier: ISC */
/*
 * child: a helper program of one command: started with posix_spawn, its ends of
 * two pipes, its status. Every other descriptor of ours is close-on-exec.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/secret.h"

struct child {
    pid_t pid;
    int to;   /* its standard input, -1: /dev/null */
    int from; /* its standard output */
};
#define CHILD_NONE                      \
    {                                   \
        .pid = -1, .to = -1, .from = -1 \
    }

/* argv[0] is looked up in PATH. SV_CONFIG when it cannot be started. */
enum sv_status child_start(struct child *c, const char *const *argv, bool with_input,
                           struct sv_err *err) SV_MUST_USE;
enum sv_status child_start_with(struct child *c, const char *const *argv, char *const *envp,
                                bool with_input, struct sv_err *err) SV_MUST_USE;
/* The first line of what it prints, as far as it fits; the rest is read and dropped up to
 * its end, so that it does not die of a closed pipe and its status tells the truth. patience:
 * in ms, -1 for ever; then SV_LOCKED. More than SOURCE_COMMAND_MAX bytes: SV_DATA. who: in
 * messages, "the command". (child_line.c) */
enum sv_status child_first_line(struct child *c, const char *who, int64_t patience,
                                struct secret *line, struct sv_err *err) SV_MUST_USE;
/* Closes the pipes and waits: the exit status as a shell says it (128 + signal). */
int child_wait(struct child *c);
/* The same for a program that may hang: false when it is still running after that many
 * milliseconds. */
bool child_wait_within(struct child *c, int64_t ms, int *status);
/* Ends it: asks, and kills it when it does not hear. */
void child_stop(struct child *c);
void child_cleanup(struct child *c);
#define CHILD_OWNED __attribute__((cleanup(child_cleanup)))

/* A descriptor of ours and the number under which the program finds it. */
struct child_fd {
    int from, to;
};
/* Starts argv[0], looked up in PATH. We ignore SIGPIPE and SIGXFSZ; the program gets
 * the defaults that it expects, and the signal mask `mask` (NULL: ours). 0, or an
 * errno value as posix_spawnp gives it. */
int child_spawn(pid_t *pid, char *const *argv, char *const *envp, const struct child_fd *fds,
                size_t count, const sigset_t *mask);
/* The same with the file that is the program, whatever argv[0] says. */
int child_spawn_file(pid_t *pid, const char *file, char *const *argv, char *const *envp,
                     const struct child_fd *fds, size_t count, const sigset_t *mask);

/* What waitpid gave, as a shell says it. */
int child_status(int wait_status);

#endif
