/* SPDX-License-Identifier: ISC */
/*
 * Statements and transactions. Everything a rollback needs is prepared before the
 * transaction begins, so that it cannot fail for lack of memory.
 */
#include "store/db_impl.h"

void db_stmt_cleanup(sqlite3_stmt **slot)
{
    sqlite3_finalize(*slot);
    *slot = NULL;
}

enum sv_status db_prepare(struct db *db, sqlite3_stmt **slot, const char *sql, struct sv_err *err)
{
    if (*slot) {
        return SV_OK;
    }
    int rc = sqlite3_prepare_v3(db->sqlite, sql, -1,
                                SQLITE_PREPARE_PERSISTENT | SQLITE_PREPARE_NO_VTAB, slot, NULL);
    return rc == SQLITE_OK ? SV_OK : db_fault(db, rc, "read its schema", err);
}

enum sv_status db_run(struct db *db, sqlite3_stmt *stmt, const char *doing, struct sv_err *err)
{
    int rc = sqlite3_step(stmt);
    enum sv_status st =
        rc == SQLITE_DONE || rc == SQLITE_ROW ? SV_OK : db_fault(db, rc, doing, err);

    sqlite3_reset(stmt);
    return st;
}

enum sv_status db_exec(struct db *db, const char *sql, const char *doing, struct sv_err *err)
{
    int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? SV_OK : db_fault(db, rc, doing, err);
}

static enum sv_status prepare_all(struct db *db, struct sv_err *err)
{
    static const char *const sql[TX_OPS] = {
        [TX_READ] = "BEGIN",
        [TX_WRITE] = "BEGIN IMMEDIATE",
        [TX_COMMIT] = "COMMIT",
        [TX_ROLLBACK] = "ROLLBACK",
        [TX_COOKIE] = "PRAGMA schema_version",
        [TX_PART] = "SAVEPOINT part",
        [TX_PART_UNDO] = "ROLLBACK TO part",
        [TX_PART_END] = "RELEASE part",
    };

    for (size_t i = 0; i < TX_OPS; i++) {
        enum sv_status st = db_prepare(db, &db->txn[i], sql[i], err);
        if (st != SV_OK) {
            return st;
        }
    }
    return SV_OK;
}

/* The first read of a transaction: it fixes the snapshot, and tells whether the
 * schema is still the one that was compared. A file being created has none yet. */
static enum sv_status check_cookie(struct db *db, struct sv_err *err)
{
    sqlite3_stmt *stmt = db->txn[TX_COOKIE];
    int rc = sqlite3_step(stmt);
    int cookie = rc == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;

    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "read", err);
    }
    if (cookie != db->cookie) {
        return sv_fail(err, SV_DATA, "%s: another program has changed its tables: restore a backup",
                       db->shown);
    }
    return SV_OK;
}

/* A synchronizer puts a new file in the place of the old one, which lives on without
 * a name: what is read from it is out of date, what is written to it is lost. The
 * log looks after itself (audit_log_same_file). */
enum sv_status db_check_place(struct db *db, struct sv_err *err)
{
    int moved = 0;

    if (db->schema != DB_VAULT ||
        sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
        !moved) {
        return SV_OK;
    }
    return sv_fail(err, SV_LOCKED,
                   "%s: it was moved away, or another file was put in its place, while it was "
                   "open: open it again",
                   db->shown);
}

static enum sv_status begin(struct db *db, enum tx_op op, enum tx_state state, struct sv_err *err)
{
    if (db->tx != TX_NONE) {
        return sv_fail(err, SV_INTERNAL, "%s: a transaction is under way", db->shown);
    }
    enum sv_status st = prepare_all(db, err);
    if (st == SV_OK) {
        st = db_run(db, db->txn[op], state == TX_WRITING ? "write" : "read", err);
    }
    if (st != SV_OK) {
        return st;
    }
    db->tx = state;
    if ((st = db_check_place(db, err)) != SV_OK || (st = check_cookie(db, err)) != SV_OK) {
        db_rollback(db);
    }
    return st;
}

enum sv_status db_begin_read(struct db *db, struct sv_err *err)
{
    return begin(db, TX_READ, TX_READING, err);
}

enum sv_status db_begin_write(struct db *db, struct sv_err *err)
{
    return begin(db, TX_WRITE, TX_WRITING, err);
}

enum sv_status db_commit(struct db *db, struct sv_err *err)
{
    if (db->tx == TX_NONE) {
        return sv_fail(err, SV_INTERNAL, "%s: no transaction is under way", db->shown);
    }
    enum sv_status st = db_run(db, db->txn[TX_COMMIT], "commit", err);
    if (st != SV_OK) {
        db_rollback(db);
        return st;
    }
    db->tx = TX_NONE;
    return SV_OK;
}

/* SQLite rolls some failed transactions back by itself; ROLLBACK would then only
 * say that there is none. */
void db_rollback(struct db *db)
{
    if (db->tx == TX_NONE) {
        return;
    }
    if (!sqlite3_get_autocommit(db->sqlite)) {
        sqlite3_step(db->txn[TX_ROLLBACK]);
        sqlite3_reset(db->txn[TX_ROLLBACK]);
    }
    db->tx = TX_NONE;
}

enum sv_status db_part_begin(struct db *db, struct sv_err *err)
{
    if (db->tx != TX_WRITING) {
        return sv_fail(err, SV_INTERNAL, "%s: no write transaction is under way", db->shown);
    }
    return db_run(db, db->txn[TX_PART], "write", err);
}

enum sv_status db_part_end(struct db *db, bool keep, struct sv_err *err)
{
    enum sv_status st = keep ? SV_OK : db_run(db, db->txn[TX_PART_UNDO], "write", err);

    return st == SV_OK ? db_run(db, db->txn[TX_PART_END], "write", err) : st;
}
