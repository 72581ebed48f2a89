/* SPDX-License-Identifier: ISC */
/*
 * life: how long an agent keeps its keys. It ends at a fixed time, when nobody asked for
 * a while, and when the machine was suspended: whoever wakes it need not be its owner.
 */
#ifndef AGENT_LIFE_H
#define AGENT_LIFE_H

#include <stdint.h>

struct life {
    int64_t since;                    /* seconds since 1970 */
    int64_t end_ms, idle_ms, used_ms; /* env_monotonic_ms; 0: never */
    int64_t slept_ms;                 /* env_suspended_ms at the start */
};

/* Both in seconds; 0: never. */
void life_begin(struct life *l, int64_t longest, int64_t idle);
/* Somebody was served. */
void life_use(struct life *l);
/* Milliseconds until it has to be asked again, at most a few seconds ahead. */
int life_wait_ms(const struct life *l);
/* Why it ends now, or NULL. */
const char *life_over(const struct life *l);
/* Seconds since 1970; 0: never. */
int64_t life_until(const struct life *l);
int64_t life_idle_until(const struct life *l);

#endif
