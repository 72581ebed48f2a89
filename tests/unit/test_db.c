/* SPDX-License-Identifier: ISC */
/*
 * db as its callers see it: rows, transactions, checkpoints, copies.
 */
#include "db_fixture.h"

#include "store/db_impl.h"

/* ---- rows ---- */

static void rows_come_back(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob got = {0};
    bool was_there = false;
    uint64_t count = 0;

    expect(SV_OK, db_create(&db, t->path, DB_VAULT, &t->err));
    assert_string_equal(db_path(db), t->path);
    put_one(t, db, TABLE_META, INT64_MIN, "least");
    put_one(t, db, TABLE_META, INT64_MAX, "");
    put_one(t, db, TABLE_META, 0, "first");
    put_one(t, db, TABLE_META, 0, "second");
    db_close(db);
    db = NULL;

    expect(SV_OK, db_open(&db, t->path, DB_VAULT, false, &t->err));
    expect(SV_OK, db_get(db, TABLE_META, 0, &got, &t->err));
    assert_int_equal(got.len, 6);
    assert_memory_equal(got.bytes, "second", 6);
    blob_clear(&got);
    expect(SV_OK, db_get(db, TABLE_META, INT64_MAX, &got, &t->err));
    assert_int_equal(got.len, 0);
    blob_clear(&got);
    t->err.text[0] = '\0';
    expect(SV_MISSING, db_get(db, TABLE_META, 7, &got, &t->err));
    assert_string_equal(t->err.text, "");
    expect(SV_MISSING, db_get(db, TABLE_SLOT, 0, &got, &t->err));

    expect(SV_OK, db_begin_write(db, &t->err));
    expect(SV_OK, db_delete(db, TABLE_META, 0, &was_there, &t->err));
    assert_true(was_there);
    expect(SV_OK, db_delete(db, TABLE_META, 0, &was_there, &t->err));
    assert_false(was_there);
    expect(SV_OK, db_delete(db, TABLE_META, 0, NULL, &t->err));
    expect(SV_OK, db_commit(db, &t->err));
    expect(SV_OK, db_count(db, TABLE_META, &count, &t->err));
    assert_int_equal(count, 2);
}

static void walks_are_ordered(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    struct seen seen = {0};
    int64_t key = 77;
    bool any = true;

    expect(SV_OK, db_create(&db, t->path, DB_VAULT, &t->err));
    expect(SV_OK, db_max_key(db, TABLE_HIST, &key, &any, &t->err));
    assert_false(any);
    for (int i = 9; i >= 0; i--) {
        put_one(t, db, TABLE_HIST, i * 10, "x");
    }
    expect(SV_OK, db_walk(db, TABLE_HIST, 20, 50, false, note, &seen, &t->err));
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.keys[0], 20);
    assert_int_equal(seen.keys[3], 50);
    seen = (struct seen){0};
    expect(SV_OK, db_walk(db, TABLE_HIST, INT64_MIN, INT64_MAX, true, note, &seen, &t->err));
    assert_int_equal(seen.count, 10);
    assert_int_equal(seen.keys[0], 90);
    assert_int_equal(seen.keys[9], 0);
    seen = (struct seen){.stop_at = 3};
    expect(SV_MISSING, db_walk(db, TABLE_HIST, 0, 1000, false, note, &seen, &t->err));
    assert_int_equal(seen.count, 3);
    expect(SV_OK, db_max_key(db, TABLE_HIST, &key, &any, &t->err));
    assert_true(any);
    assert_int_equal(key, 90);
}

static void tables_belong_to_their_file(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    uint64_t count = 0;

    expect(SV_OK, db_create(&db, t->path, DB_AUDIT, &t->err));
    expect(SV_OK, db_count(db, TABLE_ENTRY, &count, &t->err));
    expect(SV_INTERNAL, db_count(db, TABLE_OBJ, &count, &t->err));
}

static void schemas_have_their_own_hash(void **state)
{
    uint8_t vault[32];
    uint8_t again[32];
    uint8_t audit[32];

    (void)state;
    db_schema_hash(DB_VAULT, vault);
    db_schema_hash(DB_VAULT, again);
    db_schema_hash(DB_AUDIT, audit);
    assert_memory_equal(vault, again, 32);
    assert_memory_not_equal(vault, audit, 32);
}

/* ---- transactions ---- */

static void transactions_hold(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    uint64_t count = 0;

    expect(SV_OK, db_create(&db, t->path, DB_VAULT, &t->err));
    expect(SV_INTERNAL, db_put(db, TABLE_OBJ, 1, "x", 1, &t->err));
    expect(SV_INTERNAL, db_commit(db, &t->err));
    db_rollback(db);
    expect(SV_OK, db_begin_read(db, &t->err));
    expect(SV_INTERNAL, db_begin_write(db, &t->err));
    expect(SV_INTERNAL, db_delete(db, TABLE_OBJ, 1, NULL, &t->err));
    db_rollback(db);
    expect(SV_OK, db_begin_write(db, &t->err));
    expect(SV_OK, db_put(db, TABLE_OBJ, 1, "x", 1, &t->err));
    db_rollback(db);
    db_rollback(db);
    expect(SV_OK, db_count(db, TABLE_OBJ, &count, &t->err));
    assert_int_equal(count, 0);
}

static void a_busy_vault_is_locked(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *one = NULL;
    DB_OWNED struct db *two = NULL;

    make_vault(t, 1);
    expect(SV_OK, db_open(&one, t->path, DB_VAULT, false, &t->err));
    expect(SV_OK, db_open(&two, t->path, DB_VAULT, false, &t->err));
    sqlite3_busy_timeout(two->sqlite, 5);
    expect(SV_OK, db_begin_write(one, &t->err));
    expect(SV_LOCKED, db_begin_write(two, &t->err));
    expect_text("try again");
    /* A reader in the way of a commit: the commit is given up as a whole. */
    db_rollback(one);
    expect(SV_OK, db_begin_read(one, &t->err));
    expect(SV_OK, db_begin_write(two, &t->err));
    expect(SV_OK, db_put(two, TABLE_OBJ, 5, "x", 1, &t->err));
    expect(SV_LOCKED, db_commit(two, &t->err));
    expect(SV_INTERNAL, db_commit(two, &t->err));
    expect(SV_OK, db_commit(one, &t->err));
    put_one(t, two, TABLE_OBJ, 6, "x");
    db_close(one);
    one = NULL;
    assert_int_equal(count_rows(t, true), 2);
}

static void a_reader_keeps_its_snapshot(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *reader = NULL;
    DB_OWNED struct db *writer = NULL;
    uint64_t count = 99;

    expect(SV_OK, db_create(&writer, t->path, DB_AUDIT, &t->err));
    expect(SV_OK, db_open(&reader, t->path, DB_AUDIT, true, &t->err));
    expect(SV_OK, db_begin_read(reader, &t->err));
    put_one(t, writer, TABLE_ENTRY, 0, "x");
    expect(SV_OK, db_count(reader, TABLE_ENTRY, &count, &t->err));
    assert_int_equal(count, 0);
    expect(SV_OK, db_commit(reader, &t->err));
    expect(SV_OK, db_count(reader, TABLE_ENTRY, &count, &t->err));
    assert_int_equal(count, 1);
    expect(SV_IO, db_begin_write(reader, &t->err));
}

/* ---- the log's file ---- */

static void a_checkpoint_begins_the_wal_anew(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    DB_OWNED struct db *reader = NULL;
    uint64_t count = 0;

    expect(SV_OK, db_create(&db, t->path, DB_AUDIT, &t->err));
    for (int i = 0; i < 30; i++) {
        put_one(t, db, TABLE_ENTRY, i, "x");
    }
    long size = temp_size(temp_path(t, "v.db-wal")), file = temp_size(t->path);
    assert_true(size > 30 * 4096);
    expect(SV_OK, db_checkpoint(db, size + 1, true, &t->err));
    assert_int_equal(temp_size(t->path), file);
    expect(SV_OK, db_open(&reader, t->path, DB_AUDIT, true, &t->err));
    expect(SV_OK, db_begin_read(reader, &t->err));
    put_one(t, db, TABLE_ENTRY, 30, "x");
    expect(SV_OK, db_checkpoint(db, 40960, true, &t->err)); /* not all of it, then */
    put_one(t, db, TABLE_ENTRY, 31, "x");
    assert_true(temp_size(temp_path(t, "v.db-wal")) > size);
    expect(SV_OK, db_commit(reader, &t->err));
    size = temp_size(temp_path(t, "v.db-wal"));
    expect(SV_OK, db_checkpoint(db, 40960, true, &t->err));
    for (int i = 32; i < 62; i++) {
        put_one(t, db, TABLE_ENTRY, i, "x");
    }
    assert_int_equal(temp_size(temp_path(t, "v.db-wal")), size);
    db_close(reader);
    db_close(db);
    reader = NULL;
    db = NULL;
    assert_int_equal(temp_size(temp_path(t, "v.db-wal")), size); /* closing moves nothing */
    expect(SV_OK, db_open(&db, t->path, DB_AUDIT, false, &t->err));
    expect(SV_OK, db_count(db, TABLE_ENTRY, &count, &t->err));
    assert_int_equal(count, 62);
    put_one(t, db, TABLE_ENTRY, 62, "x");
    expect(SV_OK, db_checkpoint(db, 40960, false, &t->err));
    assert_int_equal(temp_size(temp_path(t, "v.db-wal")), 0); /* nobody may stay */
}

/* What one long reader made of it does not stay. */
static void a_long_wal_becomes_short_again(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    DB_OWNED struct db *reader = NULL;
    static uint8_t big[64 << 10];

    expect(SV_OK, db_create(&db, t->path, DB_AUDIT, &t->err));
    expect(SV_OK, db_open(&reader, t->path, DB_AUDIT, true, &t->err));
    put_one(t, db, TABLE_ENTRY, 0, "x");
    expect(SV_OK, db_begin_read(reader, &t->err));
    for (int i = 1; i < 40; i++) {
        expect(SV_OK, db_begin_write(db, &t->err));
        expect(SV_OK, db_put(db, TABLE_ENTRY, i, big, sizeof big, &t->err));
        expect(SV_OK, db_commit(db, &t->err));
        expect(SV_OK, db_checkpoint(db, 40960, true, &t->err));
    }
    assert_true(temp_size(temp_path(t, "v.db-wal")) > 2 << 20);
    db_rollback(reader);
    expect(SV_OK, db_checkpoint(db, 40960, true, &t->err));
    put_one(t, db, TABLE_ENTRY, 40, "x");
    assert_true(temp_size(temp_path(t, "v.db-wal")) <= 576 << 10);
}

static int folders_synced;
static int (*open_folder)(const char *, int *);

static int count_folder(const char *path, int *fd)
{
    folders_synced++;
    return open_folder(path, fd);
}

/* How often one more commit, in a connection of its own, syncs the folder. */
static int folder_syncs(struct temp *t, int64_t key)
{
    DB_OWNED struct db *db = NULL;

    folders_synced = 0;
    expect(SV_OK, db_open(&db, t->path, DB_AUDIT, false, &t->err));
    put_one(t, db, TABLE_ENTRY, key, "x");
    return folders_synced;
}

static void the_folder_is_synced_until_the_wal_is_known(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;

    expect(SV_OK, db_create(&db, t->path, DB_AUDIT, &t->err));
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    open_folder = (int (*)(const char *, int *))vfs->xGetSystemCall(vfs, "openDirectory");
    vfs->xSetSystemCall(vfs, "openDirectory", (sqlite3_syscall_ptr)count_folder);
    assert_int_equal(folder_syncs(t, 0), 1);
    assert_int_equal(folder_syncs(t, 1), 1);
    for (int i = 2; temp_size(temp_path(t, "v.db-wal")) <= 64 << 10; i++) {
        put_one(t, db, TABLE_ENTRY, i, "x");
    }
    assert_int_equal(folder_syncs(t, 100), 0);
    expect(SV_OK, db_checkpoint(db, 1, true, &t->err));
    assert_int_equal(folder_syncs(t, 101), 0);
    db_close(db);
    db = NULL;
    assert_int_equal(unlink(temp_path(t, "v.db-wal")), 0);
    assert_int_equal(folder_syncs(t, 101), 1);
    vfs->xSetSystemCall(vfs, "openDirectory", NULL);
}

static void a_vault_has_no_checkpoint(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;

    expect(SV_OK, db_create(&db, t->path, DB_VAULT, &t->err));
    expect(SV_INTERNAL, db_checkpoint(db, 0, true, &t->err));
}

/* ---- copies ---- */

/* The file format's read and write versions, bytes 18 and 19: 1 is a rollback journal. */
static void expect_rollback_journal(const char *path)
{
    uint8_t header[20];
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    assert_int_equal(fread(header, 1, sizeof header, f), sizeof header);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(header[18], 1);
    assert_int_equal(header[19], 1);
}

static enum sv_status stop_half_way(void *context, uint64_t done, uint64_t total,
                                    struct sv_err *err)
{
    uint64_t *told = context;

    assert_true(done <= total);
    ++*told;
    return done > 0 ? sv_fail(err, SV_LOCKED, "stopped") : SV_OK;
}

/* A copy that is told to stop leaves nothing, and its source as it was. */
static void backups_can_be_stopped(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    static const uint8_t row[8 << 20];
    uint64_t told = 0;
    const struct progress watch = {stop_half_way, &told};

    expect(SV_OK, db_create(&db, t->path, DB_VAULT, &t->err));
    expect(SV_OK, db_begin_write(db, &t->err));
    expect(SV_OK, db_put(db, TABLE_OBJ, 1, row, sizeof row, &t->err));
    expect(SV_OK, db_commit(db, &t->err));
    expect(SV_LOCKED, db_backup(db, temp_path(t, "copy.db"), &watch, &t->err));
    assert_int_equal(told, 1);
    assert_int_equal(temp_size(temp_path(t, "copy.db")), -1);
    expect(SV_OK, db_backup(db, temp_path(t, "copy.db"), NULL, &t->err));
    db_unmake(temp_path(t, "copy.db"));
    db_unmake(t->path);
}

static void backups_are_whole(void **state)
{
    static const enum db_schema schemas[] = {DB_VAULT, DB_AUDIT};
    struct temp *t = *state;

    for (size_t i = 0; i < 2; i++) {
        enum db_table table = schemas[i] == DB_VAULT ? TABLE_OBJ : TABLE_ENTRY;
        DB_OWNED struct db *db = NULL;
        DB_OWNED struct db *copy = NULL;
        struct stat sb;
        uint64_t count = 0;

        expect(SV_OK, db_create(&db, t->path, schemas[i], &t->err));
        for (int k = 0; k < 10; k++) {
            put_one(t, db, table, k, "x");
        }
        expect(SV_OK, db_check_pages(db, &t->err));
        expect(SV_OK, db_backup(db, temp_path(t, "copy.db"), NULL, &t->err));
        expect(SV_EXISTS, db_backup(db, temp_path(t, "copy.db"), NULL, &t->err));
        assert_int_equal(stat(temp_path(t, "copy.db"), &sb), 0);
        assert_int_equal(sb.st_mode & 07777, 0600);
        expect_rollback_journal(temp_path(t, "copy.db"));
        expect(SV_OK, db_open(&copy, temp_path(t, "copy.db"), schemas[i], false, &t->err));
        expect(SV_OK, db_count(copy, table, &count, &t->err));
        assert_int_equal(count, 10);
        expect(SV_IO, db_backup(db, temp_path(t, "no/copy.db"), NULL, &t->err));
        /* An unfinished transaction is not copied. */
        expect(SV_OK, db_begin_write(db, &t->err));
        expect(SV_OK, db_put(db, table, 99, "x", 1, &t->err));
        expect(SV_LOCKED, db_backup(db, temp_path(t, "half.db"), NULL, &t->err));
        assert_int_equal(temp_size(temp_path(t, "half.db")), -1);
        db_rollback(db);
        db_unmake(temp_path(t, "copy.db"));
        db_unmake(t->path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_come_back),
        CASE(walks_are_ordered),
        CASE(tables_belong_to_their_file),
        CASE(schemas_have_their_own_hash),
        CASE(transactions_hold),
        CASE(a_busy_vault_is_locked),
        CASE(a_reader_keeps_its_snapshot),
        CASE(a_checkpoint_begins_the_wal_anew),
        CASE(a_long_wal_becomes_short_again),
        CASE(the_folder_is_synced_until_the_wal_is_known),
        CASE(a_vault_has_no_checkpoint),
        CASE(backups_are_whole),
        CASE(backups_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
