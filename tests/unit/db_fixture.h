/* SPDX-License-Identifier: ISC */
/*
 * What the tests of db share: rows to put and count, and another program that
 * meddles with the file.
 */
#ifndef UNIT_DB_FIXTURE_H
#define UNIT_DB_FIXTURE_H

#include "store_temp.h"

#include <sqlite3.h>
#include <sys/wait.h>

#include "store/db.h"

struct seen {
    int64_t keys[64];
    int count;
    int stop_at; /* ends the walk with SV_MISSING at this row; 0: never */
};

static inline enum sv_status note(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                  struct sv_err *err)
{
    struct seen *seen = context;

    (void)err;
    assert_true(bytes || len == 0);
    if (seen->count < 64) {
        seen->keys[seen->count] = key;
    }
    seen->count++;
    return seen->count == seen->stop_at ? SV_MISSING : SV_OK;
}

static inline void put_one(struct temp *t, struct db *db, enum db_table table, int64_t key,
                           const char *text)
{
    expect(SV_OK, db_begin_write(db, &t->err));
    expect(SV_OK, db_put(db, table, key, text, strlen(text), &t->err));
    expect(SV_OK, db_commit(db, &t->err));
}

static inline void make_vault(struct temp *t, int rows)
{
    DB_OWNED struct db *db = NULL;

    expect(SV_OK, db_create(&db, t->path, DB_VAULT, &t->err));
    for (int i = 0; i < rows; i++) {
        put_one(t, db, TABLE_OBJ, i, "old");
    }
}

static inline uint64_t count_rows(struct temp *t, bool read_only)
{
    DB_OWNED struct db *db = NULL;
    uint64_t count = 0;

    expect(SV_OK, db_open(&db, t->path, DB_VAULT, read_only, &t->err));
    expect(SV_OK, db_count(db, TABLE_OBJ, &count, &t->err));
    return count;
}

/* What another program does to the file, with an SQLite of its own settings. */
static inline void meddle(const char *path, const char *sql)
{
    sqlite3 *other = NULL;

    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    sqlite3_db_config(other, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    sqlite3_db_config(other, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
    char *why = NULL;
    if (sqlite3_exec(other, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", sql, why);
    }
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* Runs fn in a child, as an ordinary user who owns the folder; its result is the
 * child's exit status. Root ignores modes, so a test of modes must not be root. */
static inline int as_user(struct temp *t, int (*fn)(struct temp *t))
{
    pid_t pid = fork();
    int status = 0;

    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(99);
        }
        _exit(fn(t));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline void give_to_user(struct temp *t, const char *name)
{
    if (geteuid() == 0) {
        assert_int_equal(lchown(name ? temp_path(t, name) : t->dir, 65534, 65534), 0);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, temp_setup, temp_teardown)

#endif
