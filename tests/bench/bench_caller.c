/* SPDX-License-Identifier: ISC */
/*
 * bench_caller: what it costs to know who asked, in microseconds: of a client below a chain of
 * three (session, script, program), as on the way of every fetch, and the first time that a
 * program asks. The median of many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/caller.h"

#define ROUNDS 2001

static double now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void give_up(const char *what)
{
    (void)fprintf(stderr, "bench_caller: %s\n", what);
    exit(1);
}

/* A chain of `depth` processes, the first a session's leader; the last one tells its number and
 * waits for the end of `until`. */
static void descend(int depth, int tell, int until)
{
    pid_t pid = 0;
    char byte;

    while (depth-- > 0 && (pid = fork()) == 0)
        ;
    if (pid != 0)
        _exit(waitpid(pid, NULL, 0) == pid ? 0 : 1);
    pid = getpid();
    if (write(tell, &pid, sizeof pid) != sizeof pid)
        _exit(1);
    _exit(read(until, &byte, 1) == 0 ? 0 : 1);
}

static double ask(pid_t client, int pidfd)
{
    struct caller c;
    struct sv_err err = {""};
    double from = now_us();

    if (caller_of_peer(&c, pidfd, client, 0, 0, &err) != SV_OK)
        give_up(err.text);
    from = now_us() - from;
    if (!c.exe_hashed)
        give_up("the program was not hashed");
    return from;
}

int main(void)
{
    static double times[ROUNDS];
    int tell[2], until[2];
    pid_t client;

    if (pipe(tell) != 0 || pipe(until) != 0)
        give_up("no pipe");
    pid_t first = fork();
    if (first == 0) {
        (void)close(until[1]);
        (void)setsid();
        descend(3, tell[1], until[0]);
    }
    if (first < 0 || read(tell[0], &client, sizeof client) != sizeof client)
        give_up("no chain");
    int pidfd = (int)syscall(SYS_pidfd_open, client, 0);
    double cold = ask(client, pidfd);
    for (int i = 0; i < ROUNDS; i++)
        times[i] = ask(client, pidfd);
    qsort(times, ROUNDS, sizeof *times, by_value);
    (void)printf(
        "who asked, a chain of three  %7.1f us, 99 of 100 within %.1f; a new program %.0f\n",
        times[ROUNDS / 2], times[ROUNDS * 99 / 100], cold);
    (void)close(until[1]);
    return waitpid(first, NULL, 0) == first ? 0 : 1;
}
