/* SPDX-License-Identifier: ISC */
/*
 * bench_audit: what the log costs beside the least it could cost.
 *
 *   append: one durable entry, beside a bare SQLite insert of a row of that size
 *           (WAL, synchronous FULL) into a file in the same folder; also with what can be
 *           computed beforehand, and many at once
 *   verify: one entry, beside two keyed BLAKE2b-256 over its bytes, as a log would cost
 *           whose tag and chain hash the entry itself; reading the row comes on top
 *
 * Both sides take turns in small portions, so that a busy machine is busy for
 * both; the median portion counts, and x is our time by theirs.
 */
#include <ftw.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/head.h"
#include "crypto/seal.h"

#define PORTIONS 41
#define APPENDS 25
#define BATCH 64

static char dir[] = "/var/tmp/smtpvault-bench-XXXXXX";

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

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void give_up(const char *what)
{
    (void)fprintf(stderr, "bench_audit: %s\n", what);
    (void)nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS);
    exit(1);
}

static void check(enum sv_status st, const struct sv_err *err)
{
    if (st != SV_OK)
        give_up(err->text);
}

/* ---- the bare insert ---- */

static sqlite3 *bare_open(void)
{
    sqlite3 *db = NULL;
    char path[128];

    (void)snprintf(path, sizeof path, "%s/bare.db", dir);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "pragma journal_mode = wal; pragma synchronous = full;"
                     "create table entry(seq integer primary key, v blob not null) strict",
                     NULL, NULL, NULL) != SQLITE_OK)
        give_up(sqlite3_errmsg(db));
    return db;
}

static void bare_insert(sqlite3_stmt *stmt)
{
    uint8_t row[AUDIT_ROW_LEN];

    randombytes_buf(row, sizeof row);
    sqlite3_bind_blob(stmt, 1, row, sizeof row, SQLITE_TRANSIENT);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        give_up("the bare insert failed");
    sqlite3_reset(stmt);
}

static void append(struct audit *a, size_t count)
{
    struct audit_event events[BATCH];
    struct audit_item items[BATCH];
    struct sv_err err = {""};

    for (size_t i = 0; i < count; i++) {
        events[i] = (struct audit_event){.op = AUDIT_GET, .result = AUDIT_OK, .profile = "billing"};
        items[i] = (struct audit_item){.event = &events[i]};
    }
    check(audit_append_many(a, items, count, NULL, &err), &err);
}

/* One portion of ways that take turns; us an entry. */
static double way_bare(sqlite3_stmt *stmt)
{
    double begun = now_us();

    for (int i = 0; i < APPENDS; i++)
        bare_insert(stmt);
    return (now_us() - begun) / APPENDS;
}

static double way_log(struct audit *a, size_t batch, bool prepared)
{
    size_t rounds = batch > 1 ? 1 : APPENDS;

    for (bool more = prepared; more;)
        more = audit_prepare(a, AUDIT_POOL_MAX);
    double begun = now_us();
    for (size_t i = 0; i < rounds; i++)
        append(a, batch);
    double took = now_us() - begun;
    audit_unprepare(a);
    return took / (double)(rounds * batch);
}

static void bench_append(struct audit *a)
{
    double bare[PORTIONS], one[PORTIONS], ready[PORTIONS], many[PORTIONS];
    sqlite3 *db = bare_open();
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(db, "insert into entry(v) values(?1)", -1, &stmt, NULL) != SQLITE_OK)
        give_up(sqlite3_errmsg(db));
    for (size_t p = 0; p < PORTIONS; p++) {
        bare[p] = way_bare(stmt);
        one[p] = way_log(a, 1, false);
        ready[p] = way_log(a, 1, true);
        many[p] = way_log(a, BATCH, false);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    double mine = median(one, PORTIONS), least = median(bare, PORTIONS);
    printf("\nThe log (medians of %d portions):\n", PORTIONS);
    printf("  append an entry %6.1f us, a bare durable insert %6.1f us: x %.2f\n", mine, least,
           mine / least);
    mine = median(ready, PORTIONS);
    printf("  prepared        %6.1f us: x %.2f\n", mine, mine / least);
    printf("  %d at once      %6.1f us each\n", BATCH, median(many, PORTIONS));
}

/* ---- the bare hashes ---- */

static double two_hashes_us(size_t count)
{
    uint8_t key[32] = {1}, entry[AUDIT_ROW_LEN] = {2}, out[32];
    double begun = now_us();

    for (size_t i = 0; i < count; i++) {
        memcpy(entry, &i, sizeof i);
        (void)crypto_generichash(out, sizeof out, entry, sizeof entry, key, sizeof key);
        (void)crypto_generichash(key, sizeof key, entry, sizeof entry, out, sizeof out);
    }
    return (now_us() - begun) / (double)count;
}

static void bench_verify(struct audit *a, const struct secret *keys)
{
    double ours[PORTIONS], bare[PORTIONS];
    struct sv_err err = {""};
    struct audit_report report = {0};

    for (size_t p = 0; p < PORTIONS; p++) {
        double begun = now_us();
        check(audit_verify(a, keys, &(struct audit_check){0}, &report, &err), &err);
        ours[p] = (now_us() - begun) / (double)report.entries;
        bare[p] = two_hashes_us(report.entries);
        if (report.findings > 0)
            give_up(report.first);
    }
    double mine = median(ours, PORTIONS), least = median(bare, PORTIONS);
    printf("  verify an entry %6.2f us, two keyed BLAKE2b of it %4.2f us: x %.2f\n\n", mine, least,
           mine / least);
}

int main(void)
{
    static const uint8_t vault_id[16] = "bench", sk[32] = "a key for measuring only";
    struct sv_err err = {""};
    struct audit *a = NULL;
    uint8_t pk[32];
    char log[128];

    if (sodium_init() < 0 || mkdtemp(dir) == NULL)
        give_up("cannot begin");
    (void)snprintf(log, sizeof log, "%s/log", dir);
    pkseal_public(pk, sk);
    check(audit_open(&a, log, vault_id, pk, NULL, &err), &err);
    bench_append(a);
    SECRET_OWNED struct secret *keys = NULL;
    check(secret_copy(&keys, sk, sizeof sk, &err), &err);
    bench_verify(a, keys);
    audit_close(a);
    (void)nftw(dir, forget, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}
