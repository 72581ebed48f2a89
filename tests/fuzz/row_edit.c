/* SPDX-License-Identifier: ISC */
#include "row_edit.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* A row is never made longer than this. */
#define ROW_LEN_MAX 20000

/* ---- rows ---- */

struct pick {
    size_t skip;
    int64_t key;
    bool any;
};

static enum sv_status picked(void *context, int64_t key, const uint8_t *bytes, size_t len,
                             struct sv_err *err)
{
    struct pick *p = context;

    (void)bytes, (void)len, (void)err;
    p->key = key;
    p->any = true;
    return p->skip-- == 0 ? SV_FINDINGS : SV_OK;
}

int64_t row_edit_key(struct db *db, enum db_table table, struct buf_reader *in)
{
    static const int64_t odd[] = {0, -1, INT64_MAX, INT64_MIN, 256, 1LL << 51, 1LL << 62, 255};
    uint8_t place = buf_get_u8(in);
    struct pick p = {.skip = place % 16};

    if (place >= 240)
        return (int64_t)buf_get_u64(in);
    if (place >= 200)
        return odd[place % 8];
    enum sv_status st = db_walk(db, table, INT64_MIN, INT64_MAX, false, picked, &p, NULL);
    CHECK(st == SV_OK || st == SV_FINDINGS);
    return p.any ? p.key : place;
}

enum db_table row_edit_table(const struct tables *of, struct buf_reader *in)
{
    return (enum db_table)(of->first + buf_get_u8(in) % (of->last - of->first + 1));
}

void row_edit_put(struct db *db, enum db_table table, int64_t key, const void *bytes, size_t len)
{
    CHECK(db_put(db, table, key, bytes, len, NULL) == SV_OK);
}

static void row_length(struct db *db, enum db_table table, int64_t key, struct blob *row,
                       size_t len)
{
    len %= ROW_LEN_MAX;
    CHECK(blob_reserve(row, len));
    if (len > row->len)
        memset(row->bytes + row->len, 0, len - row->len);
    row_edit_put(db, table, key, row->bytes, len);
}

void row_edit(struct db *db, const struct tables *of, enum row_edit edit, struct buf_reader *in)
{
    BLOB_OWNED struct blob row = {0};
    enum db_table table = row_edit_table(of, in);
    int64_t key = row_edit_key(db, table, in);
    bool there = db_get(db, table, key, &row, NULL) == SV_OK;
    size_t at, len;

    if (edit == ROW_DELETE) {
        CHECK(db_delete(db, table, key, NULL, NULL) == SV_OK);
        return;
    }
    if (edit == ROW_COPY) {
        int64_t to = row_edit_key(db, table, in);
        if (there)
            row_edit_put(db, table, to, row.bytes, row.len);
        return;
    }
    at = buf_get_u16(in);
    if (edit == ROW_LENGTH) {
        row_length(db, table, key, &row, at);
        return;
    }
    const uint8_t *bytes = fuzz_some(in, buf_get_u8(in), &len);
    if (edit == ROW_PUT || row.len == 0) {
        row_edit_put(db, table, key, bytes, len);
        return;
    }
    at %= row.len;
    memcpy(row.bytes + at, bytes, len < row.len - at ? len : row.len - at);
    row_edit_put(db, table, key, row.bytes, row.len);
}

/* ---- the file ---- */

/* What another program may do to it. */
static const char *const statements[] = {
    "CREATE INDEX i ON obj(v)",
    "CREATE VIEW w AS SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM obj; END",
    "CREATE TABLE more(a)",
    "DROP TABLE hist",
    "DROP TABLE ckpt",
    "PRAGMA user_version = 2",
    "PRAGMA application_id = 1",
    "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM",
    "PRAGMA journal_mode = DELETE; PRAGMA page_size = 65536; VACUUM",
    "PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = FULL; VACUUM",
    "PRAGMA journal_mode = WAL",
    "PRAGMA encoding = 'UTF-16'; VACUUM",
    "ALTER TABLE obj ADD COLUMN w",
    "ALTER TABLE entry ADD COLUMN w",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || ' ' WHERE rowid = 2",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 2",
    "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE rowid = 4",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = 'meta' WHERE name = 'slot'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '')",
};

void late_edit_add(struct late_edits *late, bool sql, struct buf_reader *in)
{
    if (late->count == LATE_MAX)
        return;
    late->items[late->count].sql = sql;
    late->items[late->count].at = buf_get_u32(in);
    late->items[late->count].bytes =
        fuzz_some(in, sql ? 0 : buf_get_u8(in), &late->items[late->count].len);
    late->count++;
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *other = NULL;

    CHECK(sqlite3_open(path, &other) == SQLITE_OK);
    (void)sqlite3_db_config(other, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    (void)sqlite3_exec(other, sql, NULL, NULL, NULL);
    CHECK(sqlite3_close(other) == SQLITE_OK);
}

static void patch(const char *path, uint32_t place, const uint8_t *bytes, size_t len)
{
    struct stat st;
    FD_OWNED int fd = open(path, O_RDWR | O_CLOEXEC);

    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    off_t at = (off_t)place % (st.st_size + 1);
    if (len == 0)
        CHECK(ftruncate(fd, at) == 0);
    else
        CHECK(pwrite(fd, bytes, len, at) == (ssize_t)len);
}

void late_edit_run(const struct late_edits *late, const char *path)
{
    const size_t count = sizeof statements / sizeof statements[0];

    for (size_t i = 0; i < late->count; i++)
        if (late->items[i].sql)
            run_sql(path, statements[late->items[i].at % count]);
    for (size_t i = 0; i < late->count; i++)
        if (!late->items[i].sql)
            patch(path, late->items[i].at, late->items[i].bytes, late->items[i].len);
}
