/* SPDX-License-Identifier: ISC */
/*
 * vault_attack: what somebody who can write the vault's file does to it, from
 * outside: files put back, rows edited with an SQLite of their own.
 */
#ifndef TESTS_VAULT_ATTACK_H
#define TESTS_VAULT_ATTACK_H

#include "vault_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

struct snapshot {
    uint8_t *bytes;
    size_t len;
};

static inline struct snapshot snapshot_take(const char *path)
{
    struct snapshot s = {0};
    struct stat sb;
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &sb), 0);
    s.len = (size_t)sb.st_size;
    s.bytes = malloc(s.len);
    assert_non_null(s.bytes);
    assert_int_equal(read(fd, s.bytes, s.len), (ssize_t)s.len);
    close(fd);
    return s;
}

/* Over what is there, in place, as a synchronisation service may do it. */
static inline void snapshot_put(const struct snapshot *s, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, s->bytes, s->len), (ssize_t)s->len);
    close(fd);
}

static inline void snapshot_free(struct snapshot *s)
{
    free(s->bytes);
}
#define SNAPSHOT_OWNED __attribute__((cleanup(snapshot_free)))

static inline void attack_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Rows of `table` come from the file `from`. */
static inline void attack_take_table(const char *path, const char *from, const char *table)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS other; DELETE FROM main.%s; INSERT INTO main.%s SELECT * FROM "
             "other.%s; DETACH other",
             from, table, table, table);
    attack_sql(path, sql);
}

/* A machine that has never seen this vault. */
static inline void attack_new_machine(struct fixture *f)
{
    static int count;

    snprintf(f->state, sizeof f->state, "%s/machine-%d", f->dir, ++count);
}

/* Opens, unlocks, reads the card and secret of every profile into `text`, "name
 * version secret;" each. The first refusal is the answer. */
static inline enum sv_status attack_read_all(struct fixture *f, char *text, size_t size)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st;

    text[0] = 0;
    if ((st = vault_open(&v, &f->place, false, &f->err)) ||
        (st = vault_unlock(v, &f->cred, &f->err)) || (st = vault_list(v, &list, &f->err)))
        return st;
    for (size_t i = 0; i < list.count; i++) {
        for (uint64_t n = 1; n <= list.items[i].version; n++) {
            const struct reveal why = {.op = AUDIT_GET, .version = n};
            SECRET_OWNED struct secret *s = NULL;
            if ((st = vault_reveal(v, list.items[i].name, &why, NULL, &s, &f->err)))
                return st;
            size_t at = strlen(text);
            snprintf(text + at, size - at, "%s %s %u %u %.*s;", list.items[i].name,
                     list.items[i].host, list.items[i].port, (unsigned)n, (int)secret_len(s),
                     (const char *)secret_peek(s));
        }
    }
    return SV_OK;
}

static inline uint64_t attack_findings(struct fixture *f)
{
    VAULT_OWNED struct vault *v = NULL;
    uint64_t findings = 0;

    if (vault_open(&v, &f->place, false, &f->err) || vault_unlock(v, &f->cred, &f->err) ||
        vault_verify(v, &findings, NULL, NULL, &f->err))
        return UINT64_MAX;
    return findings;
}

#endif
