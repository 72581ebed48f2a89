/* SPDX-License-Identifier: ISC */
/*
 * A wall clock that only goes forward, for programs in which it must not be set back while
 * they run: the log takes that for a finding, and the clock of a virtual machine is set by
 * seconds when it pleases its host. It stands in libc's place, in one program and its children.
 */
#ifndef UNIT_STEADY_CLOCK_H
#define UNIT_STEADY_CLOCK_H

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec steady_read(clockid_t clock)
{
    struct timespec now = {0};
    (void)syscall(SYS_clock_gettime, clock, &now);
    return now;
}

/* Seconds by which the wall clock was ahead when the program began. */
static time_t steady_lead;

__attribute__((constructor)) static void steady_begin(void)
{
    steady_lead = steady_read(CLOCK_REALTIME).tv_sec - steady_read(CLOCK_MONOTONIC).tv_sec;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    *now = steady_read(clock == CLOCK_REALTIME ? CLOCK_MONOTONIC : clock);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += steady_lead;
    return 0;
}

#endif
