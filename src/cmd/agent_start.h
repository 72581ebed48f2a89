/* SPDX-License-Identifier: ISC */
/*
 * agent_start: what `unlock` and `agent` have in common: how long an agent lives, and a
 * new process of this program that becomes one.
 */
#ifndef CMD_AGENT_START_H
#define CMD_AGENT_START_H

#include "cli/cli.h"

struct agent_times {
    int64_t longest, idle; /* seconds; 0: never */
};

/* --for and --idle, as rows of a command's options. */
#define AGENT_TIME_OPTIONS                                                              \
    {"for", 0, "8h", COMPLETES_NOTHING, "locks after this time (8h); 0: never", false}, \
    {                                                                                   \
        "idle", 0, "1h", COMPLETES_NOTHING,                                             \
            "locks when nobody asked for this long (1h); 0: never", false               \
    }

/* From --for and --idle, or their defaults. SV_USAGE. */
enum sv_status agent_times_parse(struct agent_times *out, const struct args *args,
                                 struct sv_err *err) SV_MUST_USE;

/* Starts an agent for this run's vault and waits until it is ready, or has ended; it asks for
 * the passphrase itself, on this terminal, and says what went wrong. *exit_status: 0, or what
 * the agent ended with. */
enum sv_status agent_start(struct cli *cli, const struct args *args, int *exit_status,
                           struct sv_err *err) SV_MUST_USE;

#endif
