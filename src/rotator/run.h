/* SPDX-License-Identifier: ISC */
/*
 * run: one step of one rotator, or a command that is to follow a change. It runs in a session of
 * its own without a terminal, in "/", and finds nothing open but what it is given; a rotator with a
 * clean environment too. When it has ended its process group is killed. When its time is over it
 * gets SIGTERM, and SIGKILL after ROTATOR_MERCY_MS; and then all that it has started is killed, in
 * whatever session that is by now, so that nothing goes on at a server which nobody knows of. So
 * it is when the thread that began it dies.
 *
 * Who sees to that is its keeper, a process of ours between it and us, whose descendants the
 * kernel leaves to it. A program that kills its keeper dies with it; what it has started lives.
 *
 * What it writes is read to its end, kept up to a limit and dropped beyond, so that a talkative
 * program does its work all the same.
 */
#ifndef ROTATOR_RUN_H
#define ROTATOR_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "rotator/rotator.h"

#define ROTATOR_LIMIT_MS 60000 /* where nobody says another */
#define ROTATOR_MERCY_MS 2000

/* program: its absolute path (place.h), borrowed. What is asked is not needed behind this. The
 * process ignores SIGPIPE. SV_CONFIG: it cannot be started. */
struct rotator_run;
enum sv_status rotator_run_begin(struct rotator_run **out, const char *program,
                                 const struct rotator_ask *ask, int64_t limit_ms,
                                 struct sv_err *err) SV_MUST_USE;
/* Goes on as far as it can without waiting. True: it is over. */
bool rotator_run_step(struct rotator_run *run);
/* Becomes readable when there is something to go on with; or so when, of env_monotonic_ms. */
int rotator_run_fd(const struct rotator_run *run);
int64_t rotator_run_until(const struct rotator_run *run);
/* Of one that is over. SV_OK whatever it did: the answer tells. */
enum sv_status rotator_run_answer(struct rotator_run *run, struct rotator_answer *answer,
                                  struct sv_err *err) SV_MUST_USE;
/* Ends one that is not over. */
void rotator_run_free(struct rotator_run *run);
void rotator_run_free_cleanup(struct rotator_run **slot);
#define ROTATOR_RUN_OWNED __attribute__((cleanup(rotator_run_free_cleanup)))

/* All of it, waiting. */
enum sv_status rotator_do(const char *program, const struct rotator_ask *ask, int64_t limit_ms,
                          struct rotator_answer *answer, struct sv_err *err) SV_MUST_USE;

/* ---- commands ---- */

struct rotator_end {
    int status;       /* as of waitpid(2) */
    bool late;        /* it was ended */
    struct blob said; /* what it printed, to ROTATOR_SAID_MAX bytes, as printable lines */
};
void rotator_end_clear(struct rotator_end *end);
#define ROTATOR_END_OWNED __attribute__((cleanup(rotator_end_clear)))
/* argv[0]: a path, or a name that is looked for in PATH; nothing on its standard input. 0, or why
 * it cannot be started: an errno value. */
int rotator_command(char *const *argv, char *const *envp, int64_t limit_ms,
                    struct rotator_end *end);

/* ---- spawn.c ---- */

#define ROTATOR_FDS 7
/* fds: what it finds as 0 .. count - 1, close-on-exec. *pid: its keeper's, which ends as it does.
 * 0, or why it cannot be started: an errno value. */
int rotator_spawn(pid_t *pid, const char *program, char *const *argv, char *const *envp,
                  const int *fds, int count);
/* Signals for the keeper: ask the program to end; end it and all that it has started. */
#define ROTATOR_ASK SIGTERM
#define ROTATOR_END SIGUSR1

#endif
