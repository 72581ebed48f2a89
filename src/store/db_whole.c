/* SPDX-License-Identifier: ISC */
/*
 * What is done with a file as a whole: moving the WAL into it, checking its
 * pages, copying it.
 */
#include "store/db_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/text.h"

/* A checkpoint of ours leaves the WAL empty, so its size is what has been appended
 * since. */
static enum sv_status wal_size(struct db *db, int64_t *size, struct sv_err *err)
{
    size_t room = strlen(db->resolved) + sizeof("-wal");
    SV_AUTOFREE char *name = sv_alloc(room);
    struct stat sb;

    if (!name) {
        return sv_fail_nomem(err);
    }
    snprintf(name, room, "%s-wal", db->resolved);
    if (lstat(name, &sb) == 0) {
        *size = sb.st_size;
        return SV_OK;
    }
    if (errno != ENOENT) {
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", name);
    }
    *size = 0;
    return SV_OK;
}

/* The caller's lock keeps other writers and checkpoints away (SQLite before
 * 3.51.3 could lose a commit there). A reader may still need the old pages: then
 * the rest waits for the next time, which is no fault. */
enum sv_status db_checkpoint(struct db *db, int64_t min_bytes, struct sv_err *err)
{
    int64_t size = 0;
    enum sv_status st;

    if (db->schema != DB_AUDIT) {
        return sv_fail(err, SV_INTERNAL, "%s: a vault has no WAL", db->shown);
    }
    if ((st = wal_size(db, &size, err)) != SV_OK || size < min_bytes) {
        return st;
    }
    sqlite3_busy_timeout(db->sqlite, 0);
    int rc = sqlite3_wal_checkpoint_v2(db->sqlite, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db->sqlite, DB_BUSY_MS);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) {
        return db_fault(db, rc, "move the write-ahead log into the file", err);
    }
    return SV_OK;
}

enum sv_status db_check_pages(struct db *db, struct sv_err *err)
{
    STMT_OWNED sqlite3_stmt *stmt = NULL;
    enum sv_status st = db_prepare(db, &stmt, "PRAGMA quick_check(1)", err);
    char words[160];

    if (st != SV_OK) {
        return st;
    }
    int rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        return db_fault(db, rc, "check its pages", err);
    }
    const char *text = (const char *)sqlite3_column_text(stmt, 0);
    if (!text) {
        return sv_fail_nomem(err);
    }
    if (strcmp(text, "ok") != 0) {
        text_printable(words, sizeof(words), text, strlen(text));
        return sv_fail(err, SV_DATA, "%s: its pages are damaged (%s): restore a backup", db->shown,
                       words);
    }
    return SV_OK;
}

static enum sv_status copy_pages(struct db *to, struct db *from, struct sv_err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->sqlite, "main", from->sqlite, "main");

    if (!backup) {
        return db_fault(to, sqlite3_extended_errcode(to->sqlite), "begin the copy", err);
    }
    int rc = sqlite3_backup_step(backup, -1);
    int end = sqlite3_backup_finish(backup);
    if (rc == SQLITE_DONE) {
        rc = end;
    }
    return rc == SQLITE_OK ? SV_OK : db_fault(to, rc, "copy into it", err);
}

enum sv_status db_backup(struct db *db, const char *path, struct sv_err *err)
{
    DB_OWNED struct db *copy = NULL;
    enum sv_status st = db_make(path, err);

    if (st != SV_OK) {
        return st;
    }
    if ((st = db_connect(&copy, path, db->schema, err)) == SV_OK &&
        (st = db_exec(copy, "PRAGMA synchronous = EXTRA", "open", err)) == SV_OK) {
        st = copy_pages(copy, db, err);
    }
    if (st == SV_OK) {
        st = db_schema_check(copy, err);
    }
    if (st != SV_OK) {
        db_close(copy);
        copy = NULL;
        db_unmake(path);
    }
    return st;
}
