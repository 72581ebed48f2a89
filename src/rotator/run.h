/* SPDX-License-Identifier: ISC */
/*
 * run: one step of one rotator. It runs in a session of its own without a terminal, in "/", with
 * a clean environment, and finds nothing open but what the protocol gives it. When it has ended
 * its process group is killed; when its time is over that comes before: SIGTERM, and SIGKILL
 * after ROTATOR_MERCY_MS. It dies with the thread that began it, so that nothing goes on at a
 * server which nobody knows of.
 *
 * What it writes is read to its end, kept up to a limit and dropped beyond, so that a talkative
 * program does its work all the same.
 */
#ifndef ROTATOR_RUN_H
#define ROTATOR_RUN_H

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

/* ---- spawn.c ---- */

#define ROTATOR_FDS 7
/* fds: what it finds as 0 .. 6, close-on-exec. 0, or why it cannot be started: an errno value. */
int rotator_spawn(pid_t *pid, const char *program, const char *step, char *const *envp,
                  const int fds[ROTATOR_FDS]);

#endif
