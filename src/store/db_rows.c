/* SPDX-License-Identifier: ISC */
/*
 * Rows: one statement for each table and operation, prepared at first use and
 * kept. A statement is always reset before its function returns, since one that
 * is not would hold the snapshot open.
 */
#include "store/db_impl.h"

#include <stdio.h>

#include "base/defence.h"

/* The SQL around a table's name. */
static const struct {
    const char *before;
    const char *after;
} row_sql[ROW_OPS] = {
    [ROW_GET] = {"SELECT v FROM ", " WHERE rowid = ?1"},
    [ROW_PUT] = {"INSERT OR REPLACE INTO ", "(rowid, v) VALUES(?1, ?2)"},
    [ROW_DELETE] = {"DELETE FROM ", " WHERE rowid = ?1"},
    [ROW_COUNT] = {"SELECT count(*) FROM ", ""},
    [ROW_MAX] = {"SELECT max(rowid) FROM ", ""},
    [ROW_WALK_UP] = {"SELECT rowid, v FROM ", " WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid"},
    [ROW_WALK_DOWN] = {"SELECT rowid, v FROM ",
                       " WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid DESC"},
};

static void release(sqlite3_stmt **slot)
{
    if (*slot) {
        sqlite3_reset(*slot);
        sqlite3_clear_bindings(*slot);
    }
}
#define BORROWED __attribute__((cleanup(release)))

static enum sv_status borrow(struct db *db, enum db_table table, enum row_op op,
                             sqlite3_stmt **stmt, struct sv_err *err)
{
    char sql[96];

    if (db_table_schema(table) != db->schema) {
        return sv_fail(err, SV_INTERNAL, "%s: a %s has no table %s", db->shown,
                       db_schema_title(db->schema), db_table_name(table));
    }
    if (!db->row[table][op]) {
        snprintf(sql, sizeof(sql), "%s%s%s", row_sql[op].before, db_table_name(table),
                 row_sql[op].after);
        enum sv_status st = db_prepare(db, &db->row[table][op], sql, err);
        if (st != SV_OK) {
            return st;
        }
    }
    *stmt = db->row[table][op];
    return SV_OK;
}

/* A blob column, borrowed until the next step. STRICT keeps other types out, but
 * an edited file may hold them all the same. */
static enum sv_status take_blob(struct db *db, sqlite3_stmt *stmt, int column,
                                const uint8_t **bytes, size_t *len, struct sv_err *err)
{
    if (sqlite3_column_type(stmt, column) != SQLITE_BLOB) {
        return db_fault(db, SQLITE_MISMATCH, "read a row", err);
    }
    const uint8_t *at = sqlite3_column_blob(stmt, column);
    size_t n = (size_t)sqlite3_column_bytes(stmt, column);
    if (n && !at) {
        return sv_fail_nomem(err);
    }
    *bytes = n ? at : (const uint8_t *)"";
    *len = n;
    return SV_OK;
}

enum sv_status db_get(struct db *db, enum db_table table, int64_t key, struct blob *out,
                      struct sv_err *err)
{
    BORROWED sqlite3_stmt *stmt = NULL;
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct blob copy = {0};
    enum sv_status st = borrow(db, table, ROW_GET, &stmt, err);

    if (st != SV_OK) {
        return st;
    }
    sqlite3_bind_int64(stmt, 1, key);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE) {
        return SV_MISSING;
    }
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "read a row", err);
    }
    if ((st = take_blob(db, stmt, 0, &bytes, &len, err)) != SV_OK) {
        return st;
    }
    if (!blob_append(&copy, bytes, len)) {
        return sv_fail_nomem(err);
    }
    *out = copy;
    return SV_OK;
}

static enum sv_status check_writable(struct db *db, struct sv_err *err)
{
    return db->tx == TX_WRITING
               ? SV_OK
               : sv_fail(err, SV_INTERNAL, "%s: a change outside a write transaction", db->shown);
}

int64_t db_key_from(const uint8_t hash[32])
{
    int64_t key = (int64_t)(le64_get(hash) & INT64_MAX);

    return key ? key : 1;
}

enum sv_status db_put(struct db *db, enum db_table table, int64_t key, const void *bytes,
                      size_t len, struct sv_err *err)
{
    BORROWED sqlite3_stmt *stmt = NULL;
    enum sv_status st = check_writable(db, err);

    if (st != SV_OK || (st = borrow(db, table, ROW_PUT, &stmt, err)) != SV_OK) {
        return st;
    }
    sqlite3_bind_int64(stmt, 1, key);
    /* A null pointer would be bound as NULL, which is not an empty blob. */
    int rc = sqlite3_bind_blob64(stmt, 2, len ? bytes : "", len, SQLITE_STATIC);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    return rc == SQLITE_DONE ? SV_OK : db_fault(db, rc, "write a row", err);
}

enum sv_status db_delete(struct db *db, enum db_table table, int64_t key, bool *was_there,
                         struct sv_err *err)
{
    BORROWED sqlite3_stmt *stmt = NULL;
    enum sv_status st = check_writable(db, err);

    if (st != SV_OK || (st = borrow(db, table, ROW_DELETE, &stmt, err)) != SV_OK) {
        return st;
    }
    sqlite3_bind_int64(stmt, 1, key);
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_DONE) {
        return db_fault(db, rc, "delete a row", err);
    }
    if (was_there) {
        *was_there = sqlite3_changes(db->sqlite) > 0;
    }
    return SV_OK;
}

enum sv_status db_count(struct db *db, enum db_table table, uint64_t *count, struct sv_err *err)
{
    BORROWED sqlite3_stmt *stmt = NULL;
    enum sv_status st = borrow(db, table, ROW_COUNT, &stmt, err);

    if (st != SV_OK) {
        return st;
    }
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "count rows", err);
    }
    *count = (uint64_t)sqlite3_column_int64(stmt, 0);
    return SV_OK;
}

enum sv_status db_max_key(struct db *db, enum db_table table, int64_t *key, bool *any,
                          struct sv_err *err)
{
    BORROWED sqlite3_stmt *stmt = NULL;
    enum sv_status st = borrow(db, table, ROW_MAX, &stmt, err);

    if (st != SV_OK) {
        return st;
    }
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "find the last row", err);
    }
    *any = sqlite3_column_type(stmt, 0) != SQLITE_NULL;
    *key = sqlite3_column_int64(stmt, 0);
    return SV_OK;
}

/* The number that a PRAGMA answers with. */
static enum sv_status ask(struct db *db, const char *sql, uint64_t *out, struct sv_err *err)
{
    STMT_OWNED sqlite3_stmt *stmt = NULL;
    enum sv_status st = db_prepare(db, &stmt, sql, err);

    if (st != SV_OK) {
        return st;
    }
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "read its size", err);
    }
    *out = (uint64_t)sqlite3_column_int64(stmt, 0);
    return SV_OK;
}

/* Rows in a whole file share no byte, so that together they are no longer than it. In an
 * edited one thousands of cells can name the same pages, and a small file would keep us
 * reading, or eat our memory, for ever. `limit` is what was found to be in order. */
#define WALK_UNASKED ((uint64_t)1 << 20)
static enum sv_status within_file(struct db *db, uint64_t walked, uint64_t *limit,
                                  struct sv_err *err)
{
    uint64_t pages = 0, page = 0;
    enum sv_status st;

    if (!DEFENDED(SHARED_PAGES) || walked <= *limit) {
        return SV_OK;
    }
    if ((st = ask(db, "PRAGMA page_count", &pages, err)) != SV_OK ||
        (st = ask(db, "PRAGMA page_size", &page, err)) != SV_OK) {
        return st;
    }
    *limit = pages * page;
    return walked <= *limit ? SV_OK : db_fault(db, SQLITE_CORRUPT, "read rows", err);
}

enum sv_status db_walk(struct db *db, enum db_table table, int64_t first, int64_t last,
                       bool descending, db_visit *visit, void *context, struct sv_err *err)
{
    BORROWED sqlite3_stmt *stmt = NULL;
    enum sv_status st = borrow(db, table, descending ? ROW_WALK_DOWN : ROW_WALK_UP, &stmt, err);
    uint64_t walked = 0, limit = WALK_UNASKED;
    int64_t before = 0;
    int rc;

    if (st != SV_OK) {
        return st;
    }
    sqlite3_bind_int64(stmt, 1, first);
    sqlite3_bind_int64(stmt, 2, last);
    for (bool any = false; (rc = sqlite3_step(stmt)) == SQLITE_ROW; any = true) {
        int64_t key = sqlite3_column_int64(stmt, 0);
        const uint8_t *bytes = NULL;
        size_t len = 0;

        /* In a damaged page the keys need not be in order, and SQLite walks it all
         * the same; who visits rows relies on what db.h says. */
        if (key < first || key > last || (any && (descending ? key >= before : key <= before))) {
            return db_fault(db, SQLITE_CORRUPT, "read rows", err);
        }
        before = key;
        if ((st = take_blob(db, stmt, 1, &bytes, &len, err)) != SV_OK ||
            (st = within_file(db, walked += len, &limit, err)) != SV_OK ||
            (st = visit(context, key, bytes, len, err)) != SV_OK) {
            return st;
        }
    }
    return rc == SQLITE_DONE ? SV_OK : db_fault(db, rc, "read rows", err);
}
