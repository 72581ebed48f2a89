/* SPDX-License-Identifier: ISC */
/*
 * bench_fill VAULT STATE_ROOT KEYFILE COUNT [ROUNDS | oauth]: makes a vault with COUNT profiles
 * in one transaction, as an import does. With ROUNDS it is made that often, in turn
 * with a bare SQLite insert of as many rows of the same size in one durable
 * transaction, and what both took is printed. VAULT is the first one made; it stays.
 * With the word oauth they are logins by OAuth2 of which every second one's end is known.
 */
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "domain/oauth_grant.h"
#include "domain/vault.h"

#define ROUNDS_MAX 101
#define ROW_LEN 808 /* of a profile whose card and secret are of the usual size */

static void must(enum sv_status st, const struct sv_err *err)
{
    if (st == SV_OK)
        return;
    fprintf(stderr, "bench_fill: %s\n", err->text);
    exit(st);
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- ours ---- */

struct import {
    struct slot_credentials cred;
    const char *state_root;
    size_t count;
    struct profile *profiles;
    struct secret **secrets;
};

static void profile_fill(struct profile *p, struct secret **secret, size_t i, struct sv_err *err)
{
    static const char password[] = "correct-horse-battery-staple";
    char name[32];

    snprintf(name, sizeof name, "p%05zu", i);
    p->name = sv_strdup(name);
    p->host = sv_strdup("mail.example.com");
    p->username = sv_strdup("u@example.com");
    p->port = 465;
    p->tls = TLS_IMPLICIT;
    must(secret_copy(secret, password, sizeof password - 1, err), err);
}

static void login_fill(struct profile *p, struct secret **secret, size_t i, struct sv_err *err)
{
    OAUTH_GRANT_OWNED struct oauth_grant g = {.made = time(NULL), .renewed = time(NULL)};

    profile_fill(p, secret, i, err);
    secret_free(*secret);
    *secret = NULL;
    p->provider = sv_strdup("gmail");
    p->kind = KIND_OAUTH2;
    p->auth = AUTH_XOAUTH2;
    p->login_told = i % 2 ? g.made : 0;
    p->login_ends = i % 2 ? g.made + 7 * 86400 : 0;
    snprintf(g.client.id, sizeof g.client.id, "client");
    snprintf(g.client.token_url, sizeof g.client.token_url, "https://example.com/token");
    must(secret_copy(&g.refresh, "refresh", 7, err), err);
    must(oauth_grant_encode(secret, &g, err), err);
}

static double import_ms(const struct import *im, const char *path)
{
    struct vault_place place = {.path = path, .state_root = im->state_root};
    VAULT_OWNED struct vault *v = NULL;
    struct sv_err err = {{0}};

    must(vault_create(&v, &place, &im->cred, NULL, &err), &err);
    double begun = now_ms();
    must(vault_add_many(v, im->profiles, im->secrets, im->count, &err), &err);
    return now_ms() - begun;
}

/* ---- bare SQLite ---- */

static void sql(int rc, int want, sqlite3 *db)
{
    if (rc == want)
        return;
    fprintf(stderr, "bench_fill: %s\n", sqlite3_errmsg(db));
    exit(SV_IO);
}

static double bare_ms(const char *path, size_t count)
{
    uint8_t row[ROW_LEN];
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    int64_t id;

    sql(sqlite3_open(path, &db), SQLITE_OK, db);
    sql(sqlite3_exec(db,
                     "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"
                     "CREATE TABLE obj(id INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT",
                     NULL, NULL, NULL),
        SQLITE_OK, db);
    sql(sqlite3_prepare_v2(db, "INSERT INTO obj VALUES(?,?)", -1, &insert, NULL), SQLITE_OK, db);
    randombytes_buf(row, sizeof row);
    double begun = now_ms();
    sql(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK, db);
    for (size_t i = 0; i < count; i++) {
        randombytes_buf(&id, sizeof id);
        sqlite3_bind_int64(insert, 1, id & INT64_MAX);
        sqlite3_bind_blob(insert, 2, row, sizeof row, SQLITE_STATIC);
        sql(sqlite3_step(insert), SQLITE_DONE, db);
        sqlite3_reset(insert);
    }
    sql(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK, db);
    double took = now_ms() - begun;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    unlink(path);
    return took;
}

/* ---- comparing ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return values[n / 2];
}

static void compare(const struct import *im, const char *path, size_t rounds)
{
    double ours[ROUNDS_MAX], bare[ROUNDS_MAX], ratio[ROUNDS_MAX];
    char aside[4096];

    snprintf(aside, sizeof aside, "%s.bare", path);
    /* Ours goes first: the store sets SQLite up, which is only possible once. */
    for (size_t i = 0; i < rounds; i++) {
        if (i % 2 == 1)
            bare[i] = bare_ms(aside, im->count);
        ours[i] = import_ms(im, i == 0 ? path : aside);
        if (i > 0)
            unlink(aside);
        if (i % 2 == 0)
            bare[i] = bare_ms(aside, im->count);
        ratio[i] = ours[i] / bare[i];
    }
    double x = median(ratio, rounds);
    printf("import of %zu: %.0f ms; as many bare SQLite rows: %.0f ms: x %.2f (%.2f-%.2f)\n",
           im->count, median(ours, rounds), median(bare, rounds), x, ratio[0], ratio[rounds - 1]);
}

int main(int argc, char **argv)
{
    struct import im = {0};
    struct secret *content = NULL, *hash = NULL;
    struct sv_err err = {{0}};
    bool logins = argc == 6 && strcmp(argv[5], "oauth") == 0;
    size_t rounds = argc == 6 && !logins ? strtoul(argv[5], NULL, 10) : 0;

    if (argc < 5 || argc > 6 || rounds > ROUNDS_MAX)
        return SV_USAGE;
    must(secret_process_harden(&err), &err);
    must(file_read_secret(argv[3], 4096, &content, &err), &err);
    must(keyfile_hash(&hash, content, &err), &err);
    im.cred.keyfile_hash = hash;
    im.state_root = argv[2];
    im.count = strtoul(argv[4], NULL, 10);
    im.profiles = sv_alloc_array(im.count, sizeof *im.profiles);
    im.secrets = sv_alloc_array(im.count, sizeof(struct secret *));
    if (im.profiles == NULL || im.secrets == NULL)
        return SV_INTERNAL;
    for (size_t i = 0; i < im.count; i++)
        (logins ? login_fill : profile_fill)(&im.profiles[i], &im.secrets[i], i, &err);
    if (rounds == 0)
        (void)import_ms(&im, argv[1]);
    else
        compare(&im, argv[1], rounds);
    return 0;
}
