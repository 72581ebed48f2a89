/* SPDX-License-Identifier: ISC */
/*
 * bench_fill VAULT STATE_ROOT KEYFILE COUNT: makes a vault with COUNT profiles in one
 * transaction, as an import does, and prints what it took beside a bare SQLite
 * insert of as many rows of the same size in one durable transaction.
 */
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "domain/vault.h"

#define ROW_LEN 800

static void must(enum sv_status st, const struct sv_err *err)
{
    if (st == SV_OK)
        return;
    fprintf(stderr, "bench_fill: %s\n", err->text);
    exit(st);
}

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

static double bare_insert_ms(const char *path, size_t count)
{
    unsigned char row[ROW_LEN];
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    int64_t begun;

    randombytes_buf(row, sizeof row);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"
                     "CREATE TABLE obj(id INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO obj VALUES(?,?)", -1, &insert, NULL) != SQLITE_OK)
        exit(SV_IO);
    begun = env_monotonic_ms();
    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(insert, 1, (int64_t)(randombytes_random() * 4294967296.0));
        sqlite3_bind_blob(insert, 2, row, sizeof row, SQLITE_STATIC);
        sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return (double)(env_monotonic_ms() - begun);
}

int main(int argc, char **argv)
{
    struct sv_err err = {{0}};
    struct vault_place place;
    struct slot_credentials cred = {0};
    struct vault *v = NULL;
    struct secret *content = NULL, *hash = NULL;
    struct profile *profiles;
    struct secret **secrets;
    char bare[4096];
    int64_t begun;
    size_t count;

    if (argc != 5)
        return SV_USAGE;
    count = strtoul(argv[4], NULL, 10);
    place = (struct vault_place){.path = argv[1], .state_root = argv[2]};
    must(secret_process_harden(&err), &err);
    must(file_read_secret(argv[3], 4096, &content, &err), &err);
    must(keyfile_hash(&hash, content, &err), &err);
    cred.keyfile_hash = hash;
    must(vault_create(&v, &place, &cred, NULL, &err), &err);
    profiles = calloc(count, sizeof *profiles);
    secrets = calloc(count, sizeof(struct secret *));
    for (size_t i = 0; i < count; i++)
        profile_fill(&profiles[i], &secrets[i], i, &err);
    begun = env_monotonic_ms();
    must(vault_add_many(v, profiles, secrets, count, &err), &err);
    double ours = (double)(env_monotonic_ms() - begun);
    snprintf(bare, sizeof bare, "%s.bare", argv[1]);
    double theirs = bare_insert_ms(bare, count);
    fprintf(stderr, "import of %zu: %.0f ms; bare SQLite rows of %d bytes: %.0f ms; x %.2f\n",
            count, ours, ROW_LEN, theirs, ours / (theirs > 0 ? theirs : 1));
    unlink(bare);
    vault_close(v);
    return 0;
}
