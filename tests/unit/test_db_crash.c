/* SPDX-License-Identifier: ISC */
/*
 * What goes wrong around db: writers at once, a killed writer, read-only places, no
 * memory, no room.
 */
#include "db_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "base/file.h"
#include "store/db_impl.h"

/* ---- processes ---- */

static int write_many(const char *path, int64_t first, int count)
{
    DB_OWNED struct db *db = NULL;

    if (db_open(&db, path, DB_VAULT, false, NULL) != SV_OK) {
        return 1;
    }
    for (int i = 0; i < count; i++) {
        if (db_begin_write(db, NULL) != SV_OK ||
            db_put(db, TABLE_OBJ, first + i, "x", 1, NULL) != SV_OK ||
            db_commit(db, NULL) != SV_OK) {
            return 2;
        }
    }
    return 0;
}

static void two_writers_lose_nothing(void **state)
{
    struct temp *t = *state;
    pid_t pids[2];

    make_vault(t, 0);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            _exit(write_many(t->path, 1000 * (i + 1), 60));
        }
    }
    for (int i = 0; i < 2; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(count_rows(t, true), 120);
}

/* Dies in a transaction that has already spilled into the file. */
static int die_writing(struct temp *t)
{
    static uint8_t big[64 * 1024];
    struct db *db = NULL;

    if (db_open(&db, t->path, DB_VAULT, false, NULL) != SV_OK ||
        db_begin_write(db, NULL) != SV_OK) {
        return 1;
    }
    for (int i = 0; i < 100; i++) {
        if (db_put(db, TABLE_OBJ, i, big, sizeof(big), NULL) != SV_OK) {
            return 2;
        }
    }
    kill(getpid(), SIGKILL);
    return 3;
}

static void a_killed_writer_leaves_nothing(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob got = {0};

    make_vault(t, 3);
    give_to_user(t, NULL);
    give_to_user(t, "v.db");
    assert_int_equal(as_user(t, die_writing), 128 + SIGKILL);
    if (geteuid() == 0) {
        assert_int_equal(chown(t->path, 0, 0), 0);
        assert_int_equal(chown(temp_path(t, "v.db-journal"), 0, 0), 0);
    }
    assert_true(temp_size(temp_path(t, "v.db-journal")) > 512);
    assert_true(temp_size(t->path) > 2 * 1024 * 1024);
    expect(SV_OK, db_open(&db, t->path, DB_VAULT, true, &t->err));
    assert_int_equal(temp_size(temp_path(t, "v.db-journal")), -1);
    expect(SV_OK, db_get(db, TABLE_OBJ, 1, &got, &t->err));
    assert_int_equal(got.len, 3);
    db_close(db);
    db = NULL;
    assert_int_equal(count_rows(t, false), 3);
}

static int read_only_hot(struct temp *t)
{
    struct db *db = NULL;
    struct sv_err err = {0};

    return db_open(&db, t->path, DB_VAULT, true, &err) == SV_IO && strstr(err.text, "read-only")
               ? 0
               : 1;
}

static int read_only_cold(struct temp *t)
{
    DB_OWNED struct db *db = NULL;
    struct seen seen = {0};
    struct sv_err err = {0};

    if (db_open(&db, t->path, DB_VAULT, false, &err) != SV_IO || !strstr(err.text, "read-only")) {
        return 1;
    }
    if (db_open(&db, t->path, DB_VAULT, true, NULL) != SV_OK || db_begin_read(db, NULL) != SV_OK ||
        db_walk(db, TABLE_OBJ, 0, 9, false, note, &seen, NULL) != SV_OK || seen.count != 3) {
        return 2;
    }
    db_rollback(db);
    return db_begin_write(db, NULL) == SV_IO ? 0 : 3;
}

static int unwritable_folder(struct temp *t)
{
    DB_OWNED struct db *db = NULL;
    struct sv_err err = {0};

    if (db_open(&db, t->path, DB_VAULT, false, &err) != SV_OK ||
        db_begin_write(db, &err) != SV_OK) {
        return 1;
    }
    if (db_put(db, TABLE_OBJ, 1, "x", 1, &err) == SV_OK && db_commit(db, &err) == SV_OK) {
        return 2;
    }
    return strstr(err.text, "folder") ? 0 : 3;
}

static void read_only_places(void **state)
{
    struct temp *t = *state;

    make_vault(t, 3);
    give_to_user(t, "v.db");
    give_to_user(t, NULL);
    assert_int_equal(chmod(t->dir, 0500), 0);
    assert_int_equal(as_user(t, unwritable_folder), 0);
    assert_int_equal(chmod(t->path, 0400), 0);
    assert_int_equal(as_user(t, read_only_cold), 0);
    assert_int_equal(chmod(t->path, 0600), 0);
    assert_int_equal(chmod(t->dir, 0700), 0);
    assert_int_equal(as_user(t, die_writing), 128 + SIGKILL);
    assert_int_equal(chmod(t->path, 0400), 0);
    assert_int_equal(chmod(t->dir, 0500), 0);
    assert_int_equal(as_user(t, read_only_hot), 0);
}

/* ---- no memory, no room ---- */

/* Everything db can do, once, with a file of its own. */
static enum sv_status everything(struct temp *t, enum db_schema schema, struct sv_err *err)
{
    enum db_table table = schema == DB_VAULT ? TABLE_OBJ : TABLE_ENTRY;
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob got = {0};
    struct seen seen = {0};
    uint64_t count = 0;
    int64_t key = 0;
    bool any = false;
    enum sv_status st;

    if ((st = db_create(&db, t->path, schema, err)) != SV_OK) {
        return st;
    }
    db_close(db);
    db = NULL;
    if ((st = db_open(&db, t->path, schema, false, err)) != SV_OK ||
        (st = db_begin_write(db, err)) != SV_OK ||
        (st = db_put(db, table, 1, "one", 3, err)) != SV_OK ||
        (st = db_put(db, table, 2, "two", 3, err)) != SV_OK ||
        (st = db_delete(db, table, 2, NULL, err)) != SV_OK || (st = db_commit(db, err)) != SV_OK ||
        (st = db_begin_read(db, err)) != SV_OK || (st = db_get(db, table, 1, &got, err)) != SV_OK ||
        (st = db_walk(db, table, 0, 9, true, note, &seen, err)) != SV_OK ||
        (st = db_count(db, table, &count, err)) != SV_OK ||
        (st = db_max_key(db, table, &key, &any, err)) != SV_OK ||
        (st = db_commit(db, err)) != SV_OK || (st = db_check_pages(db, err)) != SV_OK ||
        (schema == DB_AUDIT && (st = db_checkpoint(db, 1, true, err)) != SV_OK)) {
        return st;
    }
    assert_int_equal(seen.count, 1);
    assert_int_equal(key, 1);
    return db_backup(db, temp_path(t, "copy.db"), NULL, err);
}

/* Fails the nth allocation, n = 1, 2, 3 ... SQLite can do without some of them,
 * so a run may pass although the failure came. */
static void lack_of_memory_is_told(struct temp *t, enum db_schema schema)
{
    unsigned long step = getenv("SMTPVAULT_TEST_SLOW") ? 7 : 1; /* under valgrind */
    int failures = 0;

    for (unsigned long n = 1;; n += step) {
        t->err.text[0] = '\0';
        sv_alloc_fail_at(n);
        enum sv_status st = everything(t, schema, &t->err);
        int came = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!came) {
            expect(SV_OK, st);
            break;
        }
        failures += st != SV_OK;
        if (st != SV_OK && !t->err.text[0]) {
            fail_msg("allocation %lu: status %d without a message", n, st);
        }
        if (st != SV_OK && st != SV_INTERNAL) {
            fail_msg("allocation %lu: %d: %s", n, st, t->err.text);
        }
        if (st != SV_OK) {
            assert_int_equal(temp_size(temp_path(t, "copy.db")), -1);
        }
        db_unmake(t->path);
        db_unmake(temp_path(t, "copy.db"));
        assert_int_equal(temp_size(t->path), -1);
    }
    assert_true(failures > 20);
}

static void a_vault_without_memory(void **state)
{
    lack_of_memory_is_told(*state, DB_VAULT);
}

static void a_log_without_memory(void **state)
{
    lack_of_memory_is_told(*state, DB_AUDIT);
}

/* Fills the vault until the place is full; then the rows from before are there,
 * and nothing else. `free_room` makes room again. */
static void full_place(struct temp *t, void (*free_room)(struct temp *t))
{
    static uint8_t big[48 * 1024];
    DB_OWNED struct db *db = NULL;
    uint64_t count = 0;

    expect(SV_OK, db_open(&db, t->path, DB_VAULT, false, &t->err));
    expect(SV_OK, db_begin_write(db, &t->err));
    enum sv_status st = SV_OK;
    for (int i = 10; i < 500 && st == SV_OK; i++) {
        st = db_put(db, TABLE_OBJ, i, big, sizeof(big), &t->err);
    }
    if (st == SV_OK) {
        st = db_commit(db, &t->err);
    }
    expect(SV_IO, st);
    db_rollback(db);
    expect(SV_OK, db_count(db, TABLE_OBJ, &count, &t->err));
    assert_int_equal(count, 3);
    free_room(t);
    put_one(t, db, TABLE_OBJ, 3, "x");
    db_close(db);
    db = NULL;
    assert_int_equal(count_rows(t, true), 4);
}

static void raise_limit(struct temp *t)
{
    struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

    (void)t;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
    none.rlim_cur = none.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
}

static void a_file_that_may_not_grow(void **state)
{
    struct temp *t = *state;
    struct rlimit limit;

    make_vault(t, 3);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 256 * 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    full_place(t, raise_limit);
}

static void remove_ballast(struct temp *t)
{
    assert_int_equal(unlink(temp_path(t, "ballast")), 0);
}

/* A real full disk, where a mount is permitted; the limit above stands in for it
 * elsewhere. In a child, so that the mount ends with its namespace. */
static bool tell_kernel(const char *path, const char *text)
{
    FD_OWNED int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Root may; others in a namespace of their own, where a disk takes files only from
 * users and groups that it has names for. */
static bool may_mount(void)
{
    char users[40];
    char groups[40];

    snprintf(users, sizeof(users), "0 %u 1", geteuid());
    snprintf(groups, sizeof(groups), "0 %u 1", getegid());
    if (unshare(CLONE_NEWNS) == 0) {
        return true;
    }
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           tell_kernel("/proc/self/setgroups", "deny") &&
           tell_kernel("/proc/self/uid_map", users) && tell_kernel("/proc/self/gid_map", groups);
}

static int on_a_small_disk(struct temp *t)
{
    if (!may_mount()) {
        return 0;
    }
    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
    if (mount("none", t->dir, "tmpfs", 0, "size=512k,mode=0700") != 0) {
        return 0;
    }
    make_vault(t, 3);
    char *ballast = calloc(1, 100 * 1024);
    temp_write(temp_path(t, "ballast"), ballast, 100 * 1024);
    free(ballast);
    full_place(t, remove_ballast);
    return strstr(t->err.text, "disk is full") ? 0 : 1;
}

static void a_full_disk(void **state)
{
    struct temp *t = *state;
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(on_a_small_disk(t));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(two_writers_lose_nothing),
        CASE(a_killed_writer_leaves_nothing),
        CASE(read_only_places),
        CASE(a_vault_without_memory),
        CASE(a_log_without_memory),
        CASE(a_file_that_may_not_grow),
        CASE(a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
