/* SPDX-License-Identifier: ISC */
/*
 * Every kind of file that must not be taken for a vault, and what must not stand
 * beside one.
 */
#include "db_fixture.h"

#include "store/db_impl.h"

/* ---- files that are refused ---- */

static void paths_are_looked_at(void **state)
{
    struct temp *t = *state;
    struct db *db = NULL;

    expect(SV_MISSING, db_open(&db, t->path, DB_VAULT, false, &t->err));
    expect_text("there is no vault");
    expect(SV_DATA, db_open(&db, t->dir, DB_VAULT, false, &t->err));
    expect_text("folder");
    assert_int_equal(mkfifo(temp_path(t, "pipe"), 0600), 0);
    expect(SV_DATA, db_open(&db, temp_path(t, "pipe"), DB_VAULT, true, &t->err));
    expect_text("regular file");
    make_vault(t, 1);
    assert_int_equal(symlink(t->path, temp_path(t, "link")), 0);
    expect(SV_DENIED, db_open(&db, temp_path(t, "link"), DB_VAULT, false, &t->err));
    expect_text("symbolic link");
    assert_int_equal(chmod(t->path, 0640), 0);
    expect(SV_DENIED, db_open(&db, t->path, DB_VAULT, true, &t->err));
    expect_text("chmod 600");
    assert_int_equal(chmod(t->path, 0600), 0);
    assert_int_equal(count_rows(t, false), 1);
    assert_null(db);
}

static void a_linked_folder_is_followed(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    char through[160];

    make_vault(t, 1);
    assert_int_equal(symlink(t->dir, temp_path(t, "home")), 0);
    snprintf(through, sizeof(through), "%s/home/v.db", t->dir);
    expect(SV_OK, db_open(&db, through, DB_VAULT, false, &t->err));
    assert_string_equal(db_path(db), through);
}

static void a_uri_is_a_name(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    char *before = getcwd(NULL, 0);

    assert_int_equal(chdir(t->dir), 0);
    expect(SV_OK, db_create(&db, "file:x.db?mode=memory", DB_VAULT, &t->err));
    assert_int_not_equal(temp_size(temp_path(t, "file:x.db?mode=memory")), -1);
    db_close(db);
    db = NULL;
    expect(SV_OK, db_open(&db, "file:x.db?mode=memory", DB_VAULT, false, &t->err));
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void creating_takes_no_place(void **state)
{
    struct temp *t = *state;
    struct db *db = NULL;

    temp_write(t->path, "mine", 4);
    expect(SV_EXISTS, db_create(&db, t->path, DB_VAULT, &t->err));
    assert_int_equal(temp_size(t->path), 4);
    assert_int_equal(unlink(t->path), 0);
    assert_int_equal(symlink("/nowhere/at/all", t->path), 0);
    expect(SV_EXISTS, db_create(&db, t->path, DB_VAULT, &t->err));
    assert_int_equal(unlink(t->path), 0);
    temp_write(temp_path(t, "v.db-wal"), "old", 3);
    expect(SV_EXISTS, db_create(&db, t->path, DB_VAULT, &t->err));
    assert_int_equal(temp_size(temp_path(t, "v.db-wal")), 3);
    assert_int_equal(temp_size(t->path), -1);
    expect(SV_IO, db_create(&db, temp_path(t, "no/such.db"), DB_VAULT, &t->err));
    assert_null(db);
}

static void a_new_file_is_private(void **state)
{
    static const mode_t masks[] = {0, 077, 0777};
    struct temp *t = *state;

    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        DB_OWNED struct db *db = NULL;
        struct stat sb;
        mode_t before = umask(masks[i]);
        enum sv_status st = db_create(&db, t->path, DB_AUDIT, &t->err);
        umask(before);
        expect(SV_OK, st);
        put_one(t, db, TABLE_ENTRY, 0, "x");
        assert_int_equal(stat(t->path, &sb), 0);
        assert_int_equal(sb.st_mode & 07777, 0600);
        assert_int_equal(stat(temp_path(t, "v.db-wal"), &sb), 0);
        assert_int_equal(sb.st_mode & 07777, 0600);
        db_close(db);
        db = NULL;
        db_unmake(t->path);
    }
}

static void other_files_are_not_ours(void **state)
{
    struct temp *t = *state;
    struct db *db = NULL;
    char noise[5000];

    make_vault(t, 0); /* SQLite is set up by us first */
    assert_int_equal(unlink(t->path), 0);
    temp_write(t->path, "", 0);
    expect(SV_DATA, db_open(&db, t->path, DB_VAULT, false, &t->err));
    assert_int_equal(temp_size(t->path), 0);
    memset(noise, 'n', sizeof(noise));
    temp_write(t->path, noise, sizeof(noise));
    expect(SV_DATA, db_open(&db, t->path, DB_VAULT, false, &t->err));
    expect_text("not a smtpvault vault");
    assert_int_equal(unlink(t->path), 0);
    meddle(t->path, "CREATE TABLE logins(id INTEGER PRIMARY KEY, password TEXT)");
    assert_int_equal(chmod(t->path, 0600), 0);
    expect(SV_DATA, db_open(&db, t->path, DB_VAULT, false, &t->err));
    expect_text("not a smtpvault vault");
    assert_int_equal(unlink(t->path), 0);
    make_vault(t, 1);
    expect(SV_DATA, db_open(&db, t->path, DB_AUDIT, false, &t->err));
    expect_text("not a smtpvault audit log");
    assert_null(db);
}

static void cells_of_a_wrong_type_are_damage(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob got = {0};
    struct seen seen = {0};
    size_t len = 0;

    make_vault(t, 0);
    meddle(t->path, "INSERT INTO obj VALUES(1, x'4142434445464748494a')");
    unsigned char *bytes = temp_read(t->path, &len);
    unsigned char *cell = memmem(bytes, len, "ABCDEFGHIJ", 10);
    assert_non_null(cell);
    assert_int_equal(cell[-1], 12 + 2 * 10); /* the serial type of ten bytes of blob */
    cell[-1] = 13 + 2 * 10;                  /* ... of text */
    temp_write(t->path, bytes, len);
    free(bytes);
    expect(SV_OK, db_open(&db, t->path, DB_VAULT, false, &t->err));
    expect(SV_DATA, db_get(db, TABLE_OBJ, 1, &got, &t->err));
    expect(SV_DATA, db_walk(db, TABLE_OBJ, 0, 9, false, note, &seen, &t->err));
    expect(SV_DATA, db_check_pages(db, &t->err));
}

/* Opens and reads everything; whatever happens is a status, not a crash. */
static enum sv_status read_all(const char *path, struct seen *seen, struct sv_err *err)
{
    DB_OWNED struct db *db = NULL;
    enum sv_status st = db_open(&db, path, DB_VAULT, true, err);

    if (st == SV_OK) {
        st = db_walk(db, TABLE_OBJ, INT64_MIN, INT64_MAX, false, note, seen, err);
    }
    return st;
}

static void truncation_is_seen(void **state)
{
    struct temp *t = *state;
    size_t len = 0;

    make_vault(t, 0);
    meddle(t->path, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<59) "
                    "INSERT INTO obj SELECT i, zeroblob(700) FROM n");
    unsigned char *bytes = temp_read(t->path, &len);
    assert_true(len > 40000);
    for (size_t cut = 0; cut < len; cut += 1024) {
        struct seen seen = {0};
        temp_write(t->path, bytes, cut);
        enum sv_status st = read_all(t->path, &seen, &t->err);
        if (st != SV_DATA && !(st == SV_OK && seen.count == 60)) {
            fail_msg("cut at %zu: %d, %d rows", cut, st, seen.count);
        }
    }
    free(bytes);
}

static enum sv_status ignore(void *context, int64_t key, const uint8_t *bytes, size_t len,
                             struct sv_err *err)
{
    volatile uint8_t sum = 0;

    (void)context;
    (void)key;
    (void)err;
    for (size_t i = 0; i < len; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
    return SV_OK;
}

static void flipped_bytes_never_crash(void **state)
{
    struct temp *t = *state;
    size_t len = 0;
    int refused = 0;

    make_vault(t, 20);
    unsigned char *bytes = temp_read(t->path, &len);
    for (size_t i = 0; i < len; i += i < 1200 ? 1 : 61) {
        struct db *db = NULL;
        bytes[i] ^= 0xff;
        temp_write(t->path, bytes, len);
        bytes[i] ^= 0xff;
        enum sv_status st = db_open(&db, t->path, DB_VAULT, true, &t->err);
        if (st == SV_OK) {
            st = db_walk(db, TABLE_OBJ, 0, INT64_MAX, false, ignore, NULL, &t->err);
        }
        if (st != SV_OK && st != SV_DATA && st != SV_IO) {
            fail_msg("byte %zu: %d: %s", i, st, t->err.text);
        }
        refused += st != SV_OK;
        db_close(db);
    }
    free(bytes);
    assert_true(refused > 30);
}

/* SQLite walks a page whose keys are out of order as if they were not: whoever
 * counts on the range that they asked for would be led out of it. */
static void keys_out_of_order_are_damage(void **state)
{
    static const uint8_t was[] = {0x97, 0x38, 3, 0, 20, 'C', 'C', 'C', 'C'}; /* row 3000 */
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    size_t len = 0;

    make_vault(t, 0);
    expect(SV_OK, db_open(&db, t->path, DB_VAULT, false, &t->err));
    put_one(t, db, TABLE_OBJ, 1000, "AAAA");
    put_one(t, db, TABLE_OBJ, 2000, "BBBB");
    put_one(t, db, TABLE_OBJ, 3000, "CCCC");
    db_close(db);
    db = NULL;
    unsigned char *bytes = temp_read(t->path, &len);
    unsigned char *row = memmem(bytes, len, was, sizeof(was));
    assert_non_null(row);
    row[0] = 0x83; /* row 500 */
    row[1] = 0x74;
    temp_write(t->path, bytes, len);
    free(bytes);
    expect(SV_OK, db_open(&db, t->path, DB_VAULT, false, &t->err));
    for (int down = 0; down < 2; down++) {
        struct seen all = {0}, some = {0};
        expect(SV_DATA, db_walk(db, TABLE_OBJ, 0, 9999, down, note, &all, &t->err));
        /* Downwards SQLite ends at the row that is too low: rows missing is for the
         * tree to see, rows that were not asked for must never come. */
        expect(down ? SV_OK : SV_DATA,
               db_walk(db, TABLE_OBJ, 1500, 9999, down, note, &some, &t->err));
        for (int i = 0; i < some.count; i++) {
            assert_in_range(some.keys[i], 1500, 9999);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(paths_are_looked_at),
        CASE(a_linked_folder_is_followed),
        CASE(a_uri_is_a_name),
        CASE(creating_takes_no_place),
        CASE(a_new_file_is_private),
        CASE(other_files_are_not_ours),
        CASE(cells_of_a_wrong_type_are_damage),
        CASE(truncation_is_seen),
        CASE(flipped_bytes_never_crash),
        CASE(keys_out_of_order_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
