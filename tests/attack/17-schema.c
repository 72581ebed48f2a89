/* SPDX-License-Identifier: ISC */
/*
 * Attack 17, a malicious schema, a planted journal.
 * Without SCHEMA: a file with more in it than our tables was read
 * Without BESIDE: a journal of somebody else was taken in
 * Without TREE: what a planted journal brought was read
 * Without SHARED_PAGES: rows that share their pages ate the memory
 *
 * A database can hold programs (triggers, views, generated columns, functions in
 * defaults and checks, virtual tables), and what lies beside it is played into it.
 */
#include "vault.h"

#include "../unit/db_fixture.h"

/* ---- the file ---- */

static const char *const schemas[] = {
    "CREATE TRIGGER t AFTER INSERT ON obj BEGIN DELETE FROM tree; END",
    "CREATE VIEW x AS SELECT 1 AS a; CREATE TRIGGER t INSTEAD OF INSERT ON x BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER t AFTER INSERT ON main.obj BEGIN SELECT 1; END; CREATE VIEW x AS SELECT 1",
    "CREATE VIEW w AS SELECT * FROM obj",
    "CREATE INDEX i ON obj(v)",
    "CREATE INDEX i ON obj(abs(id))",
    "CREATE UNIQUE INDEX i ON obj(v) WHERE id > 5",
    "CREATE TABLE extra(a)",
    "CREATE TABLE extra(a INTEGER PRIMARY KEY AUTOINCREMENT)",
    "ALTER TABLE obj RENAME TO objects",
    "ALTER TABLE obj RENAME COLUMN v TO w",
    "ALTER TABLE hist ADD COLUMN more ANY",
    "ALTER TABLE hist ADD COLUMN more BLOB AS (zeroblob(1000000))",
    "ALTER TABLE hist ADD COLUMN more ANY DEFAULT 'x' CHECK (length(more) > 0)",
    "DROP TABLE hist",
    "DROP TABLE meta",
    "DROP TABLE hist; CREATE TABLE hist(seq INTEGER PRIMARY KEY, v BLOB NOT NULL)",
    "DROP TABLE hist; CREATE TABLE hist (seq INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT",
    "DROP TABLE hist; CREATE TABLE hist(seq INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT, WITHOUT "
    "ROWID",
    "DROP TABLE hist; CREATE VIEW hist AS SELECT id AS seq, v FROM obj",
    "DROP TABLE meta; CREATE TABLE meta(k INTEGER PRIMARY KEY, v BLOB NOT NULL) STRICT",
    "ANALYZE",
    "CREATE VIRTUAL TABLE f USING fts5(x)",
    "CREATE VIRTUAL TABLE f USING rtree(i, a, b)",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'not sql' WHERE name='obj'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET tbl_name = 'x' WHERE name='obj'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 WHERE name='obj'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 2",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = 'view' WHERE name='obj'",
    "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES('table', 'v', 'v', 0, 'CREATE "
    "VIRTUAL TABLE v USING fts5(x)')",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'v BLOB NOT NULL', "
    "'v "
    "BLOB NOT NULL CHECK (writefile(''x'', v))')",
};

/* Opens, reads, and tries to write: none may do more than say that it is refused. */
static void a_schema_with_more_in_it_is_refused(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < COUNT(schemas); i++) {
        struct vault *v = NULL;
        snapshot_put(&good, f->path);
        meddle(f->path, schemas[i]);
        enum sv_status st = vault_open(&v, &f->place, i % 2, &f->err);
        vault_close(v);
        if (st == SV_OK)
            broken("a file with more in it than our tables was read: %s", schemas[i]);
        if (st != SV_DATA)
            fail_msg("%s: %d: %s", schemas[i], st, f->err.text);
    }
    fixture_end(f);
}

/* Settings that the file carries: refused, or of no consequence. */
static void settings_in_the_file_change_nothing(void **state)
{
    static const char *const settings[] = {
        "PRAGMA page_size = 512; VACUUM",
        "PRAGMA page_size = 65536; VACUUM",
        "PRAGMA auto_vacuum = FULL; VACUUM",
        "PRAGMA auto_vacuum = INCREMENTAL; VACUUM",
        "PRAGMA schema_version = 77",
        "PRAGMA default_cache_size = 1",
        "PRAGMA secure_delete = OFF; VACUUM",
        "PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA journal_mode = PERSIST; VACUUM",
    };
    struct fixture fx, *f = &fx;
    char want[TEXT_MAX_LEN], got[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    must(attack_read_all(f, want, sizeof want));
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < COUNT(settings); i++) {
        snapshot_put(&good, f->path);
        meddle(f->path, settings[i]);
        enum sv_status st = attack_read_all(f, got, sizeof got);
        if (st != SV_OK && st != SV_DATA)
            fail_msg("%s: %d: %s", settings[i], st, f->err.text);
        if (st == SV_OK && strcmp(got, want) != 0)
            broken("%s gives another answer: %s", settings[i], got);
        fixture_close(f);
        if (st == SV_OK) { /* and it can be written */
            fixture_reopen(f);
            fixture_add(f, "more", "two");
            fixture_close(f);
            assert_int_equal(attack_findings(f), 0);
        }
        attack_new_machine(f);
    }
    fixture_end(f);
}

/* Bytes of SQLite's own header, each as it must not be. */
static void the_file_s_own_header_changes_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    char want[TEXT_MAX_LEN], got[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    must(attack_read_all(f, want, sizeof want));
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t at = 0; at < 100; at++) {
        static const uint8_t values[] = {0, 1, 2, 0x7f, 0x80, 0xff};
        for (size_t i = 0; i < COUNT(values); i++) {
            SNAPSHOT_OWNED struct snapshot bad = snapshot_take(f->path);
            bad.bytes[at] = values[i];
            snapshot_put(&bad, f->path);
            enum sv_status st = attack_read_all(f, got, sizeof got);
            if (st != SV_OK && st != SV_DATA && st != SV_IO)
                fail_msg("byte %zu as %u: %d: %s", at, values[i], st, f->err.text);
            if (strncmp(got, want, strlen(got)) != 0 || (st == SV_OK && strcmp(got, want) != 0))
                broken("byte %zu of the file as %u gives another answer: %s", at, values[i], got);
            snapshot_put(&good, f->path);
            char side[160];
            snprintf(side, sizeof side, "%.127s-wal", f->path);
            unlink(side);
            snprintf(side, sizeof side, "%.127s-shm", f->path);
            unlink(side);
        }
    }
    fixture_end(f);
}

/* ---- rows that share their pages ---- */

#define SMALL 20000u                   /* bytes of a row that is made to be a large one */
#define PER_PAGE (4096u - 4)           /* of a row, in a page that only continues it */
#define LARGE (SMALL + 240 * PER_PAGE) /* as much of it stands in the cell itself */
#define SHARING 120

/* Three bytes, as SQLite writes numbers of that size. */
static void varint(uint8_t out[3], unsigned n)
{
    out[0] = 0x80 | (uint8_t)(n >> 14);
    out[1] = 0x80 | (uint8_t)(n >> 7 & 0x7f);
    out[2] = n & 0x7f;
}

/* What a cell of a blob of `len` bytes begins with, but for the row's number:
 * length | (number) | header of 5 bytes: itself, NULL, blob. */
struct cell {
    uint8_t length[3], header[5];
};

static struct cell cell_of(unsigned len)
{
    struct cell c = {.header = {5, 0}};

    varint(c.length, len + 5);
    varint(c.header + 2, 12 + 2 * len);
    return c;
}

static size_t cell_local(unsigned len)
{
    const size_t least = (4096 - 12) * 32 / 255 - 23, most = 4096 - 35;
    size_t local = least + (len + 5 - least) % PER_PAGE;

    return local <= most ? local : least;
}

/* Each small row's cell becomes that of the large one, with its pages. */
static unsigned share_pages(struct snapshot *s)
{
    struct cell small = cell_of(SMALL), large = cell_of(LARGE);
    size_t pages = cell_local(SMALL);
    uint8_t *end = s->bytes + s->len, first_page[4];
    unsigned made = 0;
    uint8_t *at = memmem(s->bytes, s->len, large.header, sizeof large.header);

    assert_int_equal(cell_local(LARGE), pages);
    assert_non_null(at);
    memcpy(first_page, at + pages, sizeof first_page);
    for (at = s->bytes; (at = memmem(at, (size_t)(end - at), small.header, 5)) != NULL; at += 5) {
        if (memcmp(at - 4, small.length, 3) != 0)
            continue;
        memcpy(at - 4, large.length, 3);
        memcpy(at, large.header, 5);
        memcpy(at + pages, first_page, sizeof first_page);
        made++;
    }
    return made;
}

/* A file of 3 MB whose rows have 120 MB together; a hundred times that costs no more. */
static void rows_that_share_their_pages_are_refused(void **state)
{
    struct fixture fx, *f = &fx;
    char sql[256], got[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    snprintf(
        sql, sizeof sql,
        "INSERT INTO obj VALUES (1, randomblob(%u)); WITH RECURSIVE n(i) AS (SELECT 2 UNION "
        "ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO obj SELECT i, randomblob(%u) FROM n",
        LARGE, SHARING, SMALL);
    attack_sql(f->path, sql);
    SNAPSHOT_OWNED struct snapshot s = snapshot_take(f->path);
    assert_int_equal(share_pages(&s), SHARING - 1);
    snapshot_put(&s, f->path);
    long before = memory_mark();
    enum sv_status st = attack_read_all(f, got, sizeof got);
    long took = memory_kib("VmHWM:") - before;
    if (took > 32 * 1024)
        broken("rows that share their pages ate the memory: %ld KiB for a file of %zu", took,
               s.len / 1024);
    assert_int_equal(st, SV_DATA);
    assert_non_null(strstr(f->err.text, "cannot read rows"));
    fixture_end(f);
}

/* What is large because it is large is read. */
static void large_rows_of_one_s_own_are_read(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;
    struct seen seen = {0};
    char *row = calloc(1, 300000);

    assert_non_null(row);
    expect(SV_OK, db_create(&db, t->path, DB_VAULT, &t->err));
    expect(SV_OK, db_begin_write(db, &t->err));
    for (int i = 0; i < 20; i++)
        expect(SV_OK, db_put(db, TABLE_OBJ, i, row, 300000, &t->err));
    expect(SV_OK, db_walk(db, TABLE_OBJ, 0, 99, false, note, &seen, &t->err));
    expect(SV_OK, db_commit(db, &t->err));
    expect(SV_OK, db_walk(db, TABLE_OBJ, 0, 99, true, note, &seen, &t->err));
    assert_int_equal(seen.count, 40);
    free(row);
}

/* ---- beside the file ---- */

/* A journal that SQLite will play back: the bytes that were, of the vault as it is at
 * `path`, taken while a transaction has spilt into the file. */
static struct snapshot hot_journal(const char *path)
{
    sqlite3 *db = NULL;
    struct snapshot s;
    char name[160];

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN "
                                  "IMMEDIATE; UPDATE obj SET v = zeroblob(length(v)); UPDATE tree "
                                  "SET v = zeroblob(length(v)); UPDATE hist SET v = x'00'; UPDATE "
                                  "meta SET v = x'00'; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                                  "SELECT i + 1 FROM n WHERE i < 200) INSERT INTO obj SELECT i, "
                                  "zeroblob(3000) FROM n",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    snprintf(name, sizeof name, "%.127s-journal", path);
    s = snapshot_take(name);
    assert_true(s.len > 4096);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return s;
}

static void put_private(const struct snapshot *s, const char *path)
{
    snapshot_put(s, path);
    assert_int_equal(chmod(path, 0600), 0);
}

/* The pages of an older state come back by a journal that was planted. */
static void an_old_state_in_a_planted_journal_is_refused(void **state)
{
    struct fixture fx, *f = &fx;
    char name[160], got[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot journal = hot_journal(f->path);
    change_password(f, "work", "two");
    fixture_add(f, "home", "three");
    fixture_close(f);
    snprintf(name, sizeof name, "%.127s-journal", f->path);
    put_private(&journal, name);
    enum sv_status st = attack_read_all(f, got, sizeof got);
    if (st == SV_OK)
        broken("what a planted journal brought was read: %s", got);
    assert_int_equal(st, SV_DATA);
    assert_string_equal(got, "");
    fixture_end(f);
}

/* A write-ahead log with rows of another's, and the file switched to use it. */
static void a_planted_write_ahead_log_is_refused(void **state)
{
    static const char edit[] = "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; DELETE "
                               "FROM obj WHERE id = (SELECT max(id) FROM obj)";
    struct fixture fx, *f = &fx;
    char name[160], got[TEXT_MAX_LEN];
    sqlite3 *db = NULL;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    snprintf(name, sizeof name, "%.127s-wal", f->path);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, edit, NULL, NULL, NULL), SQLITE_OK);
    SNAPSHOT_OWNED struct snapshot wal = snapshot_take(name), file = snapshot_take(f->path);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    snapshot_put(&file, f->path);
    put_private(&wal, name);
    enum sv_status st = attack_read_all(f, got, sizeof got);
    if (st == SV_OK)
        broken("what a planted journal brought was read: %s", got);
    assert_int_equal(st, SV_DATA);
    fixture_end(f);
}

static void a_schema_changed_later_is_seen(void **state)
{
    struct temp *t = *state;
    DB_OWNED struct db *db = NULL;

    make_vault(t, 1);
    expect(SV_OK, db_open(&db, t->path, DB_VAULT, false, &t->err));
    expect(SV_OK, db_begin_read(db, &t->err));
    expect(SV_OK, db_commit(db, &t->err));
    meddle(t->path, "CREATE VIEW w AS SELECT 1");
    expect(SV_DATA, db_begin_read(db, &t->err));
    expect(SV_DATA, db_begin_write(db, &t->err));
    expect_text("changed its tables");
}

static void a_wal_vault_comes_back(void **state)
{
    struct temp *t = *state;

    make_vault(t, 2);
    meddle(t->path, "PRAGMA journal_mode = WAL; INSERT INTO obj VALUES(9, x'00')");
    assert_int_equal(count_rows(t, true), 3);
    assert_int_equal(count_rows(t, false), 3);
    assert_int_equal(temp_size(temp_path(t, "v.db-wal")), -1);
}

static void planted_journals_are_refused(void **state)
{
    static const char *const names[] = {"v.db-journal", "v.db-wal", "v.db-shm"};
    struct temp *t = *state;
    struct db *db = NULL;

    make_vault(t, 1);
    temp_write(temp_path(t, "elsewhere"), "x", 1);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(symlink(temp_path(t, "elsewhere"), temp_path(t, names[i])), 0);
        if (db_open(&db, t->path, DB_VAULT, true, &t->err) != SV_DENIED)
            broken("a journal of somebody else was taken in: a symbolic link");
        expect_text("not a regular file");
        assert_int_equal(unlink(temp_path(t, names[i])), 0);
        temp_write(temp_path(t, names[i]), "x", 1);
        assert_int_equal(chmod(temp_path(t, names[i]), 0666), 0);
        if (db_open(&db, t->path, DB_VAULT, false, &t->err) != SV_DENIED)
            broken("a journal of somebody else was taken in: others can write to it");
        if (geteuid() == 0) {
            assert_int_equal(chmod(temp_path(t, names[i]), 0600), 0);
            assert_int_equal(chown(temp_path(t, names[i]), 65534, 65534), 0);
            expect(SV_DENIED, db_open(&db, t->path, DB_VAULT, false, &t->err));
        }
        assert_int_equal(unlink(temp_path(t, names[i])), 0);
    }
    assert_int_equal(count_rows(t, false), 1);
}
ATTACK_MAIN(cmocka_unit_test(a_schema_with_more_in_it_is_refused),
            cmocka_unit_test(settings_in_the_file_change_nothing),
            cmocka_unit_test(the_file_s_own_header_changes_nothing),
            cmocka_unit_test(rows_that_share_their_pages_are_refused),
            cmocka_unit_test(an_old_state_in_a_planted_journal_is_refused),
            cmocka_unit_test(a_planted_write_ahead_log_is_refused),
            CASE(large_rows_of_one_s_own_are_read), CASE(a_schema_changed_later_is_seen),
            CASE(a_wal_vault_comes_back), CASE(planted_journals_are_refused))
