/* SPDX-License-Identifier: ISC */
/*
 * sleep: being told that the machine is about to be suspended, early enough to wipe the
 * keys first. A process of its own talks to logind over the system bus (libsystemd, loaded
 * if it is there) and holds a delay inhibitor: logind waits with the suspend until it is
 * given back. It is forked before the agent has any key, keeps no descriptor but its end
 * of a pair, and ends when the agent does.
 *
 * Where there is no logind, or it hands out no inhibitor (that takes polkit, for anybody
 * but root), the agent is late at worst: it sees from its clocks that it was suspended,
 * and locks before it serves anybody (life_over).
 */
#ifndef AGENT_SLEEP_H
#define AGENT_SLEEP_H

#include <stdbool.h>
#include <sys/types.h>

struct sleep_watch {
    int fd;
    pid_t pid; /* a child; 0: none */
};
#define SLEEP_WATCH_NONE   \
    {                      \
        .fd = -1, .pid = 0 \
    }

/* Starts the process; it gets ready while the caller goes on. Never fails: without a
 * process nobody tells. */
void sleep_watch_start(struct sleep_watch *w);

/* Waits until it is ready, for half a second at most. True: w->fd becomes readable, or
 * ends, when keys have to be wiped; then end it, and the machine may sleep. False:
 * nobody can tell of a suspend here, and the process is gone. */
bool sleep_watch_ready(struct sleep_watch *w);

/* The process ends for itself, and is not waited for: the agent's sandbox has no call for
 * that, and the agent is about to end as well. */
void sleep_watch_end(struct sleep_watch *w);
#define SLEEP_WATCH_OWNED __attribute__((cleanup(sleep_watch_end)))

/* The part that talks to the bus: returns when fd ends, when the machine is about to be
 * suspended and fd has ended after a byte was written to it, or when there is no logind.
 * agent/sleep_bus.c. */
void sleep_bus_watch(int fd);

#endif
