/* SPDX-License-Identifier: ISC */
#include "agent/life.h"

#include <stddef.h>

#include "base/env.h"

/* Timers stand still while the machine is suspended: so it looks now and then. */
#define LOOK_MS 2000
/* The two clocks are read one after the other. */
#define SLEPT_SLACK_MS 500

void life_begin(struct life *l, int64_t longest, int64_t idle)
{
    l->since = env_now();
    l->used_ms = env_monotonic_ms();
    l->end_ms = longest > 0 ? l->used_ms + longest * 1000 : 0;
    l->idle_ms = idle > 0 ? idle * 1000 : 0;
    l->slept_ms = env_suspended_ms();
}

void life_use(struct life *l)
{
    l->used_ms = env_monotonic_ms();
}

int life_wait_ms(const struct life *l)
{
    int64_t now = env_monotonic_ms(), wait = LOOK_MS;
    if (l->end_ms != 0 && l->end_ms - now < wait)
        wait = l->end_ms - now;
    if (l->idle_ms != 0 && l->used_ms + l->idle_ms - now < wait)
        wait = l->used_ms + l->idle_ms - now;
    return wait > 0 ? (int)wait : 0;
}

const char *life_over(const struct life *l)
{
    int64_t now = env_monotonic_ms();
    if (env_suspended_ms() - l->slept_ms > SLEPT_SLACK_MS)
        return "the machine was suspended";
    if (l->end_ms != 0 && now >= l->end_ms)
        return "its time was over";
    if (l->idle_ms != 0 && now >= l->used_ms + l->idle_ms)
        return "nobody asked for a while";
    return NULL;
}

int64_t life_until(const struct life *l)
{
    return l->end_ms == 0 ? 0 : env_now() + (l->end_ms - env_monotonic_ms()) / 1000;
}

int64_t life_idle_until(const struct life *l)
{
    return l->idle_ms == 0 ? 0 : env_now() + (l->used_ms + l->idle_ms - env_monotonic_ms()) / 1000;
}
