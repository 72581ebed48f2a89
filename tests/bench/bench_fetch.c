/* SPDX-License-Identifier: ISC */
/*
 * bench_fetch: an agent under load.
 *
 *   bench_fetch SOCKET PROFILE FETCHERS SECONDS
 *
 * Fetches the profile's secret, each fetch over a connection of its own as `smtpvault get`
 * makes it: first by one fetcher, one after another, then by FETCHERS at once, for SECONDS
 * each. Every answer is compared with the first. One line of tab-separated numbers:
 *
 *   rate of one (1/s), its median us, rate of all, their median us, their p99 us, their
 *   longest us, how many answers there were in all
 *
 * Status 1 when an answer was not the secret, or none came.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/wire.h"

#define FETCHERS_MAX 1024
#define TIMES_MAX 200000

struct fetcher {
    pthread_t thread;
    double *times; /* us */
    size_t count;
    const char *fault; /* NULL: none */
};

static struct sockaddr_un place = {.sun_family = AF_UNIX};
static uint8_t request[512], expected[WIRE_FRAME_MAX];
static size_t request_len, expected_len;
static double seconds, begun;

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

/* The answer's length; -1: none. */
static ssize_t fetch(uint8_t *answer, size_t capacity)
{
    ssize_t len = -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&place, sizeof place) == 0 &&
        send(fd, request, request_len, MSG_NOSIGNAL) == (ssize_t)request_len)
        len = recv(fd, answer, capacity, 0);
    (void)close(fd);
    return len > 0 ? len : -1;
}

static void *work(void *arg)
{
    struct fetcher *f = arg;
    uint8_t answer[4096];
    for (double from = now_us(); from < begun + seconds * 1e6 && f->count < TIMES_MAX;) {
        ssize_t len = fetch(answer, sizeof answer);
        if (len != (ssize_t)expected_len || memcmp(answer, expected, expected_len) != 0) {
            f->fault = len < 0 ? "there was no answer" : "an answer was not the secret";
            break;
        }
        double to = now_us();
        f->times[f->count++] = to - from;
        from = to;
    }
    return NULL;
}

struct result {
    double rate, median, p99, longest;
    size_t count;
};

static bool run(struct result *r, size_t fetchers)
{
    static struct fetcher all[FETCHERS_MAX];
    double *times = malloc(fetchers * TIMES_MAX * sizeof *times); /* touched as far as needed */
    bool good = times != NULL;
    memset(r, 0, sizeof *r);
    begun = now_us();
    for (size_t i = 0; good && i < fetchers; i++) {
        all[i] = (struct fetcher){.times = times + i * TIMES_MAX};
        good = pthread_create(&all[i].thread, NULL, work, &all[i]) == 0;
    }
    for (size_t i = 0; good && i < fetchers; i++) {
        (void)pthread_join(all[i].thread, NULL);
        memmove(times + r->count, all[i].times, all[i].count * sizeof *times);
        r->count += all[i].count;
        if (all[i].fault != NULL)
            fprintf(stderr, "bench_fetch: %s\n", all[i].fault);
        good = good && all[i].fault == NULL;
    }
    double took = now_us() - begun;
    if (good && r->count > 0) {
        qsort(times, r->count, sizeof *times, by_value);
        r->rate = (double)r->count / took * 1e6;
        r->median = times[r->count / 2];
        r->p99 = times[r->count - 1 - r->count / 100];
        r->longest = times[r->count - 1];
    }
    free(times);
    return good && r->count > 0;
}

static bool first_answer(const char *profile)
{
    size_t len = strlen(profile);
    if (len > 255)
        return false;
    /* What is left 0: whichever vault the agent has; no field, version or token. */
    request[0] = WIRE_VERSION;
    request[1] = WIRE_FETCH;
    request[WIRE_REQUEST_HEAD] = (uint8_t)len;
    memcpy(request + WIRE_REQUEST_HEAD + 2, profile, len);
    request_len = WIRE_REQUEST_HEAD + 2 + len + 6;
    ssize_t got = fetch(expected, sizeof expected);
    if (got < (ssize_t)WIRE_ANSWER_HEAD || got > 4096 || expected[1] != 0) {
        fprintf(stderr, "bench_fetch: the agent does not give %s: %.*s\n", profile,
                got > (ssize_t)WIRE_ANSWER_HEAD ? (int)(got - (ssize_t)WIRE_ANSWER_HEAD) : 0,
                (const char *)expected + WIRE_ANSWER_HEAD);
        return false;
    }
    expected_len = (size_t)got;
    return true;
}

int main(int argc, char **argv)
{
    struct result one, many;
    long fetchers = argc == 5 ? strtol(argv[3], NULL, 10) : 0;
    seconds = argc == 5 ? strtod(argv[4], NULL) : 0;
    if (fetchers < 1 || fetchers > FETCHERS_MAX || seconds <= 0 ||
        strlen(argv[1]) >= sizeof place.sun_path) {
        fprintf(stderr, "usage: bench_fetch SOCKET PROFILE FETCHERS SECONDS\n");
        return 64;
    }
    memcpy(place.sun_path, argv[1], strlen(argv[1]) + 1);
    if (!first_answer(argv[2]) || !run(&one, 1) || !run(&many, (size_t)fetchers))
        return 1;
    printf("%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%zu\n", one.rate, one.median, many.rate,
           many.median, many.p99, many.longest, 1 + one.count + many.count);
    return 0;
}
