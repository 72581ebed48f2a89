/* SPDX-License-Identifier: ISC */
/*
 * db: the two SQLite files. The only room that calls sqlite3. It knows tables of
 * (integer key, blob), transactions and nothing of what the blobs mean.
 *
 * Opening is defensive: no symlink, no `file:` URI, private mode, the schema's
 * text compared with ours before anything is read, cell size checks on, mmap
 * off, temp store in memory, triggers, views and extensions refused.
 *
 * A struct db must not be carried across fork(), and while one is open no other
 * code of the process may open and close the same file: either would drop the
 * POSIX locks that SQLite holds.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/progress.h"

struct db;

enum db_schema {
    DB_VAULT, /* vault.db: meta, slot, obj, tree, hist; journal_mode=DELETE, synchronous=EXTRA */
    DB_AUDIT  /* audit.db: entry, head, gen, ckpt; WAL, checkpoints only by db_checkpoint */
};

enum db_table {
    TABLE_META,
    TABLE_SLOT,
    TABLE_OBJ,
    TABLE_TREE,
    TABLE_HIST,
    TABLE_ENTRY,
    TABLE_HEAD,
    TABLE_GEN,
    TABLE_CKPT
};

/* How long one statement waits for another process before SV_LOCKED. */
#define DB_BUSY_MS 10000

/* Creates path (0600) with its schema; SV_EXISTS when anything is there. */
enum sv_status db_create(struct db **out, const char *path, enum db_schema schema,
                         struct sv_err *err) SV_MUST_USE;
/* SV_MISSING: nothing there. SV_DATA: not our file, or damaged. SV_DENIED: wrong
 * owner or mode. read_only opens without any wish to write, on read-only media
 * too; all that it may write is to undo what a killed writer left half done. */
enum sv_status db_open(struct db **out, const char *path, enum db_schema schema, bool read_only,
                       struct sv_err *err) SV_MUST_USE;
/* One that was opened to read only is written to from here on. SV_DENIED: the file is read-only. */
enum sv_status db_allow_writes(struct db *db, struct sv_err *err) SV_MUST_USE;
void db_close(struct db *db);
void db_close_cleanup(struct db **slot);
#define DB_OWNED __attribute__((cleanup(db_close_cleanup)))

const char *db_path(const struct db *db);
/* The same as a message may hold it: printable and of bounded length. */
const char *db_shown(const struct db *db);
/* BLAKE2b-256 (crypto/hash.h, label "schema") over the schema's exact SQL. */
void db_schema_hash(enum db_schema schema, uint8_t out[32]);

/* Transactions do not nest. db_begin_write takes the write lock at once (BEGIN
 * IMMEDIATE); db_begin_read fixes one snapshot. Rows change only inside a write
 * transaction. A commit that fails has rolled everything back. db_rollback is a
 * no-op outside. SV_LOCKED also when another vault is at the path by now. */
enum sv_status db_begin_read(struct db *db, struct sv_err *err) SV_MUST_USE;
enum sv_status db_begin_write(struct db *db, struct sv_err *err) SV_MUST_USE;
enum sv_status db_commit(struct db *db, struct sv_err *err) SV_MUST_USE;
void db_rollback(struct db *db);
/* Within a write transaction, a part that can be undone alone; one at a time. keep false: the
 * tables are as they were before it. Where db_part_end fails nothing but db_rollback is left:
 * some faults undo the whole transaction. */
enum sv_status db_part_begin(struct db *db, struct sv_err *err) SV_MUST_USE;
enum sv_status db_part_end(struct db *db, bool keep, struct sv_err *err) SV_MUST_USE;

/* One row. SV_MISSING when there is none (err is left empty). The blob is the
 * caller's (blob_clear). */
enum sv_status db_get(struct db *db, enum db_table table, int64_t key, struct blob *out,
                      struct sv_err *err) SV_MUST_USE;
/* A key that is made of a hash: 63 bits of it, never 0. */
int64_t db_key_from(const uint8_t hash[32]);
/* Inserts or replaces. */
enum sv_status db_put(struct db *db, enum db_table table, int64_t key, const void *bytes,
                      size_t len, struct sv_err *err) SV_MUST_USE;
/* Absent is no fault; *was_there may be NULL. */
enum sv_status db_delete(struct db *db, enum db_table table, int64_t key, bool *was_there,
                         struct sv_err *err) SV_MUST_USE;
enum sv_status db_count(struct db *db, enum db_table table, uint64_t *count,
                        struct sv_err *err) SV_MUST_USE;
/* Largest key; *any false when the table is empty. */
enum sv_status db_max_key(struct db *db, enum db_table table, int64_t *key, bool *any,
                          struct sv_err *err) SV_MUST_USE;

/* Calls visit for each row with first <= key <= last, in key order (descending
 * when `descending`). The bytes are borrowed for the call. A status other than
 * SV_OK ends the walk and is returned. visit must not touch `db`. */
typedef enum sv_status db_visit(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                struct sv_err *err);
enum sv_status db_walk(struct db *db, enum db_table table, int64_t first, int64_t last,
                       bool descending, db_visit *visit, void *context,
                       struct sv_err *err) SV_MUST_USE;

/* DB_AUDIT only, under the log's own lock: moves the WAL into the file when there are
 * at least min_bytes bytes in it as of the last commit here. stays: this connection will
 * be there for many more commits. */
enum sv_status db_checkpoint(struct db *db, int64_t min_bytes, bool stays,
                             struct sv_err *err) SV_MUST_USE;

/* Inside a transaction, before a commit of many rows to a DB_AUDIT: makes sure, once, that
 * the names of its files are on disk. A commit of few rows sees to that itself. */
enum sv_status db_sync_name(struct db *db, struct sv_err *err) SV_MUST_USE;

/* For a process that stays: keeps few pages of the file in memory. */
enum sv_status db_stay_small(struct db *db, struct sv_err *err) SV_MUST_USE;

/* SQLite's own page check (PRAGMA quick_check); SV_DATA with its first words. */
enum sv_status db_check_pages(struct db *db, struct sv_err *err) SV_MUST_USE;

/* A consistent copy through SQLite's backup interface into a new file (0600), which
 * is on the disk when SV_OK is returned; its name is when the folder is. Inside a
 * transaction it copies what that one sees, else the present. Nothing is left
 * behind on failure. watch may be NULL. */
enum sv_status db_backup(struct db *db, const char *path, const struct progress *watch,
                         struct sv_err *err) SV_MUST_USE;

/* DB_AUDIT only: SV_DATA when the write-ahead log or the shared memory is not the one that was
 * beside the file at the first call. Nobody else moves them while it is open: what is
 * committed then is in a file without a name. */
enum sv_status db_check_beside(struct db *db, struct sv_err *err) SV_MUST_USE;

/* SV_LOCKED when another file, or none, is at the vault's path by now. Transactions ask
 * by themselves; this is for what is decided outside of one. */
enum sv_status db_check_place(struct db *db, struct sv_err *err) SV_MUST_USE;

#endif
