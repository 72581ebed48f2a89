/* SPDX-License-Identifier: ISC */
/*
 * db_impl: what the db_*.c files share and nobody else includes.
 */
#ifndef STORE_DB_IMPL_H
#define STORE_DB_IMPL_H

#include <sqlite3.h>
#include <sys/types.h>

#include "store/db.h"

enum {
#define TABLE(name, schema, sql, key) +1
    DB_TABLES = 0
#include "store/tables.def"
#undef TABLE
};

/* What can be asked of one table; a prepared statement is kept for each. */
enum row_op { ROW_GET, ROW_PUT, ROW_DELETE, ROW_COUNT, ROW_MAX, ROW_WALK_UP, ROW_WALK_DOWN };
#define ROW_OPS (ROW_WALK_DOWN + 1)

enum tx_op {
    TX_READ,
    TX_WRITE,
    TX_COMMIT,
    TX_ROLLBACK,
    TX_COOKIE,
    TX_PART,
    TX_PART_UNDO,
    TX_PART_END
};
#define TX_OPS (TX_PART_END + 1)

enum tx_state { TX_NONE, TX_READING, TX_WRITING };

/* A path in a message: printable, and short enough to leave room for the rest. */
#define DB_SHOWN 300
char *db_show(char dst[DB_SHOWN], const char *path);

/* A file as it was first seen. */
struct db_identity {
    bool known;
    dev_t device;
    ino_t inode;
};

struct db {
    sqlite3 *sqlite;
    char *path;           /* as the caller named it */
    char *resolved;       /* absolute, its folder free of symbolic links: for SQLite */
    char shown[DB_SHOWN]; /* path as a message may hold it */
    enum db_schema schema;
    enum tx_state tx;
    int cookie; /* SQLite's schema cookie when the schema was compared */
    bool name_synced;
    struct db_identity wal, shm;
    int wal_pages; /* in the WAL after the last commit here, others' too */
    sqlite3_stmt *row[DB_TABLES][ROW_OPS];
    sqlite3_stmt *txn[TX_OPS];
};

/* "vault" or "audit log". */
const char *db_schema_title(enum db_schema schema);
const char *db_table_name(enum db_table table);
enum db_schema db_table_schema(enum db_table table);

/* Gives an empty database its identity and tables, in one transaction. */
enum sv_status db_schema_create(struct db *db, struct sv_err *err) SV_MUST_USE;
/* Compares identity and schema text, in one snapshot; keeps the cookie. */
enum sv_status db_schema_check(struct db *db, struct sv_err *err) SV_MUST_USE;

/* Routes SQLite's memory through base/alloc and turns mmap off, once a process. */
enum sv_status db_library_init(struct sv_err *err) SV_MUST_USE;

/* Counts from here on what is in the WAL, for db_checkpoint (db_whole.c). */
void db_wal_watch(struct db *db);

/* The log's way of opening files (db_vfs.c), once a process. */
#define DB_VFS_LOG "smtpvault-log"
enum sv_status db_vfs_init(struct sv_err *err) SV_MUST_USE;

/* Turns an SQLite result into status and message: "PATH: cannot DOING: ...". */
enum sv_status db_fault(struct db *db, int rc, const char *doing, struct sv_err *err);

/* Prepares sql into *slot unless it is there. */
enum sv_status db_prepare(struct db *db, sqlite3_stmt **slot, const char *sql,
                          struct sv_err *err) SV_MUST_USE;
/* Runs a statement that gives no row, and resets it. */
enum sv_status db_run(struct db *db, sqlite3_stmt *stmt, const char *doing,
                      struct sv_err *err) SV_MUST_USE;
/* Runs SQL text that gives rows nobody wants. */
enum sv_status db_exec(struct db *db, const char *sql, const char *doing,
                       struct sv_err *err) SV_MUST_USE;
void db_stmt_cleanup(sqlite3_stmt **slot);
#define STMT_OWNED __attribute__((cleanup(db_stmt_cleanup)))

/* The absolute name behind path, its folder free of symbolic links. */
enum sv_status db_resolve(const char *path, char **out, struct sv_err *err) SV_MUST_USE;
/* SV_OK when a private regular file of ours is at path. */
enum sv_status db_look(const char *path, enum db_schema schema, struct sv_err *err) SV_MUST_USE;
/* The same for journal, WAL and shared memory, where they are. */
enum sv_status db_look_beside(const char *resolved, struct sv_err *err) SV_MUST_USE;

/* A bare connection to a file that exists, with every guard set and no schema
 * looked at yet (db_open and db_backup build on it). */
enum sv_status db_connect(struct db **out, const char *path, enum db_schema schema,
                          struct sv_err *err) SV_MUST_USE;
/* Makes an empty private file where nothing was; db_unmake takes it away again
 * together with what SQLite may have put beside it. */
enum sv_status db_make(const char *path, struct sv_err *err) SV_MUST_USE;
void db_unmake(const char *path);

#endif
