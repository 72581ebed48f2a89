/* SPDX-License-Identifier: ISC */
/*
 * Opening, creating, closing. Everything that makes a connection safe is set
 * before the first page is parsed; everything that makes it durable after the
 * schema has been compared.
 */
#include "store/db_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

/* ---- a guarded connection ---- */

static const struct {
    int id;
    int value;
} limits[] = {
    {SQLITE_LIMIT_ATTACHED, 0},        {SQLITE_LIMIT_COLUMN, 8},
    {SQLITE_LIMIT_COMPOUND_SELECT, 2}, {SQLITE_LIMIT_EXPR_DEPTH, 16},
    {SQLITE_LIMIT_FUNCTION_ARG, 8},    {SQLITE_LIMIT_LENGTH, 64 << 20},
    {SQLITE_LIMIT_SQL_LENGTH, 4096},   {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 4}, {SQLITE_LIMIT_WORKER_THREADS, 0},
};

static const struct {
    int id;
    int value;
} switches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, /* WAL only: db_checkpoint decides */
};

static enum sv_status harden(struct db *db, struct sv_err *err)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        sqlite3_limit(db->sqlite, limits[i].id, limits[i].value);
    }
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        int now = -1;
        int rc = sqlite3_db_config(db->sqlite, switches[i].id, switches[i].value, &now);
        if (rc != SQLITE_OK || now != switches[i].value) {
            return sv_fail(err, SV_INTERNAL, "this SQLite cannot be secured (setting %d): use %s",
                           switches[i].id, "version 3.40 or newer");
        }
    }
    sqlite3_busy_timeout(db->sqlite, DB_BUSY_MS);
    return db_exec(db, "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY", "open", err);
}

enum sv_status db_connect(struct db **out, const char *path, enum db_schema schema,
                          struct sv_err *err)
{
    enum sv_status st = db_library_init(err);
    DB_OWNED struct db *db = NULL;

    if (st != SV_OK) {
        return st;
    }
    if (!(db = sv_alloc(sizeof(*db))) || !(db->path = sv_strdup(path))) {
        return sv_fail_nomem(err);
    }
    db_show(db->shown, path);
    db->schema = schema;
    if ((st = db_resolve(path, &db->resolved, err)) != SV_OK ||
        (st = db_look_beside(db->resolved, err)) != SV_OK) {
        return st;
    }
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    int rc =
        sqlite3_open_v2(db->resolved, &db->sqlite, flags, schema == DB_AUDIT ? DB_VFS_LOG : NULL);
    if (rc != SQLITE_OK) {
        return db_fault(db, rc, "open", err);
    }
    if ((st = harden(db, err)) != SV_OK) {
        return st;
    }
    *out = db;
    db = NULL;
    return SV_OK;
}

/* 256 KiB: what a search by name goes through, and the end of the log. SQLite keeps 2 MiB
 * unless it is told so. */
enum sv_status db_stay_small(struct db *db, struct sv_err *err)
{
    return db_exec(db, "PRAGMA cache_size = -256", "open", err);
}

/* ---- the files' ways of committing ---- */

/* A WAL that grew longer, while a reader kept its pages, is cut to that when it begins anew. */
#define DB_WAL_LIMIT "589824"

/* PRAGMA journal_mode answers with the mode that is now in force. */
static enum sv_status set_journal(struct db *db, struct sv_err *err)
{
    const char *want = db->schema == DB_VAULT ? "delete" : "wal";
    STMT_OWNED sqlite3_stmt *stmt = NULL;
    enum sv_status st = db_prepare(
        db, &stmt,
        db->schema == DB_VAULT ? "PRAGMA journal_mode = DELETE" : "PRAGMA journal_mode = WAL", err);
    if (st != SV_OK) {
        return st;
    }
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "set its journal mode", err);
    }
    const unsigned char *mode = sqlite3_column_text(stmt, 0);
    if (!mode) {
        return sv_fail_nomem(err);
    }
    if (strcmp((const char *)mode, want) != 0) {
        return sv_fail(err, SV_IO, "%s: its journal mode stays \"%s\": put it on a local disk",
                       db->shown, (const char *)mode);
    }
    return SV_OK;
}

static enum sv_status set_durable(struct db *db, struct sv_err *err)
{
    enum sv_status st = set_journal(db, err);

    if (st != SV_OK) {
        return st;
    }
    st = db_exec(db,
                 db->schema == DB_VAULT ? "PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON"
                                        : "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = "
                                          "0; PRAGMA journal_size_limit = " DB_WAL_LIMIT,
                 "open", err);
    if (st == SV_OK && db->schema == DB_AUDIT) {
        db_wal_watch(db); /* after the pragma, which ends every watch */
    }
    return st;
}

enum sv_status db_create(struct db **out, const char *path, enum db_schema schema,
                         struct sv_err *err)
{
    DB_OWNED struct db *db = NULL;
    enum sv_status st;

    if ((st = db_make(path, err)) != SV_OK) {
        return st;
    }
    if ((st = db_connect(&db, path, schema, err)) != SV_OK ||
        (st = set_durable(db, err)) != SV_OK || (st = db_schema_create(db, err)) != SV_OK ||
        (st = db_schema_check(db, err)) != SV_OK) {
        db_close(db);
        db = NULL;
        db_unmake(path);
        return st;
    }
    *out = db;
    db = NULL;
    return SV_OK;
}

enum sv_status db_open(struct db **out, const char *path, enum db_schema schema, bool read_only,
                       struct sv_err *err)
{
    DB_OWNED struct db *db = NULL;
    enum sv_status st;

    if ((st = db_look(path, schema, err)) != SV_OK ||
        (st = db_connect(&db, path, schema, err)) != SV_OK ||
        (st = db_schema_check(db, err)) != SV_OK) {
        return st;
    }
    if (read_only) {
        /* Not SQLITE_OPEN_READONLY: a reader must be able to undo what a killed
         * writer left. Where the file is read-only SQLite has fallen back itself. */
        st = db_exec(db, "PRAGMA query_only = ON", "open", err);
    } else if (sqlite3_db_readonly(db->sqlite, "main") != 0) {
        st = sv_fail(err, SV_IO, "%s is read-only: make it writable, or use it for reading only",
                     db->shown);
    } else {
        st = set_durable(db, err);
    }
    if (st != SV_OK) {
        return st;
    }
    *out = db;
    db = NULL;
    return SV_OK;
}

enum sv_status db_allow_writes(struct db *db, struct sv_err *err)
{
    enum sv_status st;

    if (sqlite3_db_readonly(db->sqlite, "main") != 0)
        return sv_fail(err, SV_DENIED, "%s is read-only", db->shown);
    if ((st = db_exec(db, "PRAGMA query_only = OFF", "open", err)) == SV_OK &&
        (st = set_durable(db, err)) != SV_OK)
        (void)!db_exec(db, "PRAGMA query_only = ON", "open", NULL);
    return st;
}

void db_close(struct db *db)
{
    if (!db) {
        return;
    }
    db_rollback(db);
    for (size_t t = 0; t < DB_TABLES; t++) {
        for (size_t o = 0; o < ROW_OPS; o++) {
            sqlite3_finalize(db->row[t][o]);
        }
    }
    for (size_t o = 0; o < TX_OPS; o++) {
        sqlite3_finalize(db->txn[o]);
    }
    sqlite3_close(db->sqlite);
    sv_free(db->resolved);
    sv_free(db->path);
    sv_free(db);
}

void db_close_cleanup(struct db **slot)
{
    db_close(*slot);
    *slot = NULL;
}

const char *db_path(const struct db *db)
{
    return db->path;
}

const char *db_shown(const struct db *db)
{
    return db->shown;
}
