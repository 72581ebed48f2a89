/* SPDX-License-Identifier: ISC */
/*
 * bench_log: how the log's costs grow: for each number of entries given (100000 and
 * 10000000), time, memory and size of file. Entries are three seconds apart, a year for
 * ten million. Filling is done in batches, since a durable append each would measure
 * the disk for hours.
 */
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/pool.h"
#include "base/env.h"
#include "base/file.h"
#include "crypto/seal.h"

#define BATCH 10000
#define APPENDS 101
#define APART 3

static char dir[] = "/var/tmp/smtpvault-log-XXXXXX";
static const uint8_t vault_id[16] = "bench", sk[32] = "a key for measuring only";
static int64_t begun;
static struct secret *keys;
static struct secret *pairs; /* all entries are sealed with these, which is for measuring only */

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void check(enum sv_status st, const struct sv_err *err)
{
    if (st == SV_OK)
        return;
    (void)fprintf(stderr, "bench_log: %s\n", err->text);
    (void)nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS);
    exit(1);
}

/* Two multiplications an entry would be ten minutes for ten million. */
static void refill(struct audit *a, struct sv_err *err)
{
    if (audit_pool_count(a) > 0)
        return;
    if (pairs == NULL) {
        audit_pool_fill(a, AUDIT_POOL_MAX);
        check(secret_copy(&pairs, secret_peek(a->pool), secret_len(a->pool), err), err);
    }
    if (audit_pool_count(a) == 0)
        check(secret_append(a->pool, secret_peek(pairs), secret_len(pairs), err), err);
}

static void fill_batch(struct audit *a, uint64_t size, struct sv_err *err)
{
    FD_OWNED int lock = -1;

    check(audit_log_lock(a, &lock, err), err);
    check(audit_log_ready(a, false, err), err);
    while (a->head.tree.size < size) {
        struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK, .profile = "billing"};
        audit_log_stamp(a, &e);
        refill(a, err);
        e.time = begun + (int64_t)a->head.tree.size * APART;
        check(audit_log_put(a, &e, err), err);
    }
    check(audit_log_commit(a, err), err);
    check(db_checkpoint(a->db, 0, false, err), err);
    audit_seal_wipe(a->seal);
}

static void fill(struct audit *a, uint64_t size)
{
    struct sv_err err = {""};
    uint64_t from = a->committed.tree.size;
    double start = now_ms();

    while (a->committed.tree.size < size) {
        uint64_t next = a->committed.tree.size + BATCH;
        fill_batch(a, next < size ? next : size, &err);
    }
    if (size - from > BATCH)
        printf("  fill in batches        %10.1f us an entry\n",
               (now_ms() - start) * 1e3 / (double)(size - from));
}

static void append(struct audit *a)
{
    double times[APPENDS];
    struct sv_err err = {""};

    for (size_t i = 0; i < APPENDS; i++) {
        double start = now_ms();
        fill_batch(a, a->committed.tree.size + 1, &err);
        times[i] = now_ms() - start;
    }
    qsort(times, APPENDS, sizeof *times, by_value);
    printf("  append one, durable    %10.2f ms\n", times[APPENDS / 2]);
}

static void verify(struct audit *a, bool full, const char *words)
{
    struct audit_report report = {0};
    struct sv_err err = {""};
    double start = now_ms();

    check(audit_verify(a, keys, &(struct audit_check){.full = full}, &report, &err), &err);
    double took = now_ms() - start;
    printf("  %-22s %10.2f ms, from entry %llu%s%s\n", words, took, (unsigned long long)report.from,
           report.findings > 0 ? ": " : "", report.first);
}

static enum sv_status count(void *context, const struct audit_event *event, struct sv_err *err)
{
    (void)event, (void)err;
    ++*(unsigned *)context;
    return SV_OK;
}

static void list(struct audit *a, struct audit_filter filter, const char *words)
{
    struct sv_err err = {""};
    unsigned found = 0;
    double start = now_ms();

    check(audit_read(a, keys, &filter, count, &found, &err), &err);
    printf("  %-22s %10.2f ms, %u entries\n", words, now_ms() - start, found);
}

static void measure(struct audit *a, uint64_t size)
{
    struct rusage usage;
    struct stat st = {0};
    char path[128];

    printf("\nA log of %llu entries:\n", (unsigned long long)size);
    fill(a, size);
    int64_t end = begun + (int64_t)a->committed.tree.size * APART;
    verify(a, true, "verify, the first time");
    append(a);
    verify(a, false, "verify what is new");
    list(a, (struct audit_filter){.last = 20}, "--last 20");
    list(a, (struct audit_filter){.since = end - 3600}, "--since 1h");
    list(a,
         (struct audit_filter){.since = begun + (end - begun) / 2,
                               .until = begun + (end - begun) / 2 + 3600},
         "an hour in the middle");
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)snprintf(path, sizeof path, "%s/log/audit.db", dir);
    (void)stat(path, &st);
    printf("  memory %ld KiB at most, file %.0f bytes an entry\n", usage.ru_maxrss,
           (double)st.st_size / (double)a->committed.tree.size);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct sv_err err = {""};
    struct audit *a = NULL;
    uint8_t pk[32];
    char log[128];

    if (sodium_init() < 0 || mkdtemp(dir) == NULL)
        return 1;
    (void)snprintf(log, sizeof log, "%s/log", dir);
    pkseal_public(pk, sk);
    begun = env_now();
    check(secret_copy(&keys, sk, sizeof sk, &err), &err);
    check(audit_open(&a, log, vault_id, pk, NULL, &err), &err);
    for (int i = 1; i < argc; i++)
        measure(a, strtoull(argv[i], NULL, 10));
    audit_close(a);
    secret_free(keys);
    secret_free(pairs);
    (void)nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}
