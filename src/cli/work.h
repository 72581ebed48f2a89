/* SPDX-License-Identifier: ISC */
/*
 * work: what a command does for long: how far it is stands on stderr when that is a
 * terminal, and SIGINT, SIGTERM and SIGHUP end it in good order: what it has begun is
 * taken away again, and then the program dies of the signal (in a shell: it
 * goes back to the prompt).
 */
#ifndef CLI_WORK_H
#define CLI_WORK_H

#include <signal.h>

#include "base/progress.h"
#include "cli/cli.h"

#define WORK_SIGNALS 3

struct work {
    struct progress progress; /* to hand down */
    const struct cli *cli;
    const char *doing;
    unsigned percent; /* as shown last, in units that cannot be mistaken: 1 + percent */
    struct sigaction before[WORK_SIGNALS];
};

/* doing: "verifying the vault", borrowed. */
void work_begin(struct work *w, const struct cli *cli, const char *doing);
/* The next part of the same work. */
void work_part(struct work *w, const char *doing);
/* Gives s back, or does not come back when a signal ended the work. */
enum sv_status work_end(struct work *w, enum sv_status s) SV_MUST_USE;

#endif
