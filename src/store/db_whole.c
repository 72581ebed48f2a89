/* SPDX-License-Identifier: ISC */
/*
 * What is done with a file as a whole: moving the WAL into it, checking its
 * pages, copying it.
 */
#include "store/db_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define WAL_FRAME (4096 + 24) /* a page and its header */

static int count_pages(void *context, sqlite3 *sqlite, const char *name, int pages)
{
    struct db *db = context;

    (void)sqlite, (void)name;
    db->wal_pages = pages;
    return SQLITE_OK;
}

void db_wal_watch(struct db *db)
{
    sqlite3_wal_hook(db->sqlite, count_pages, db);
}

/* The caller's lock keeps other writers and checkpoints away (SQLite before
 * 3.51.3 could lose a commit there). A reader may still need the old pages: then
 * the rest waits for the next time, which is no fault.
 *
 * For who stays the WAL keeps its length and is written from its beginning by the next
 * commit: that one has only its own bytes to wait for, where a file that grows needs the file
 * system's journal as well. That it may be written from its beginning is known only as
 * long as somebody has it open: for who does not stay it is emptied, or the next one to
 * come would read all of it and append to it, for ever. */
enum sv_status db_checkpoint(struct db *db, int64_t min_bytes, bool stays, struct sv_err *err)
{
    if (db->schema != DB_AUDIT) {
        return sv_fail(err, SV_INTERNAL, "%s: a vault has no WAL", db->shown);
    }
    if ((int64_t)db->wal_pages * WAL_FRAME < min_bytes) {
        return SV_OK;
    }
    sqlite3_busy_timeout(db->sqlite, 0);
    int mode = stays ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
    int rc = sqlite3_wal_checkpoint_v2(db->sqlite, "main", mode, NULL, NULL);
    sqlite3_busy_timeout(db->sqlite, DB_BUSY_MS);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) {
        return db_fault(db, rc, "move the write-ahead log into the file", err);
    }
    return SV_OK;
}

static enum sv_status check_identity(struct db *db, struct db_identity *seen, const char *ending,
                                     struct sv_err *err)
{
    char name[PATH_MAX];
    struct stat sb;

    snprintf(name, sizeof(name), "%s%s", db->resolved, ending);
    bool there = lstat(name, &sb) == 0;
    if (seen->known && (!there || sb.st_dev != seen->device || sb.st_ino != seen->inode)) {
        return sv_fail(err, SV_DATA,
                       "%s%s was moved aside or deleted while this program was running: nothing "
                       "is released; start it again",
                       db->shown, ending);
    }
    if (!seen->known && there) {
        *seen = (struct db_identity){.known = true, .device = sb.st_dev, .inode = sb.st_ino};
    }
    return SV_OK;
}

enum sv_status db_check_beside(struct db *db, struct sv_err *err)
{
    enum sv_status st = check_identity(db, &db->wal, "-wal", err);

    return st != SV_OK ? st : check_identity(db, &db->shm, "-shm", err);
}

enum sv_status db_sync_name(struct db *db, struct sv_err *err)
{
    SV_AUTOFREE char *folder = sv_strdup(db->resolved);
    FD_OWNED int fd = -1;

    if (db->name_synced) {
        return SV_OK;
    }
    if (!folder) {
        return sv_fail_nomem(err);
    }
    *(strrchr(folder, '/') + 1) = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) {
        return sv_fail_errno(err, SV_IO, errno, "cannot sync the folder of %s", db->shown);
    }
    db->name_synced = true;
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
        /* A page that cannot be read is one of its findings too. */
        if ((st = db_fault(db, SQLITE_CORRUPT, "check its pages", err)) == SV_IO) {
            return st;
        }
        text_printable(words, sizeof(words), text, strlen(text));
        return sv_fail(err, SV_DATA, "%s: its pages are damaged (%s): restore a backup", db->shown,
                       words);
    }
    return SV_OK;
}

/* ---- copying ---- */

/* Between two looks at the watch: 4 MiB. */
#define PAGES_AT_ONCE 1024

static enum sv_status copy_steps(struct db *to, sqlite3_backup *backup,
                                 const struct progress *watch, struct sv_err *err)
{
    int rc;

    while ((rc = sqlite3_backup_step(backup, PAGES_AT_ONCE)) == SQLITE_OK) {
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(backup);
        uint64_t left = (uint64_t)sqlite3_backup_remaining(backup);
        enum sv_status st = progress_tell(watch, total - left, total, err);
        if (st != SV_OK) {
            return st;
        }
    }
    return rc == SQLITE_DONE ? SV_OK : db_fault(to, rc, "copy into it", err);
}

static enum sv_status copy_pages(struct db *to, struct db *from, const struct progress *watch,
                                 struct sv_err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->sqlite, "main", from->sqlite, "main");

    if (!backup) {
        return db_fault(to, sqlite3_extended_errcode(to->sqlite), "begin the copy", err);
    }
    enum sv_status st = copy_steps(to, backup, watch, err);
    int rc = sqlite3_backup_finish(backup);
    if (st == SV_OK && rc != SQLITE_OK) {
        st = db_fault(to, rc, "copy into it", err);
    }
    return st;
}

/* In a file that nobody knows yet no old page has to be kept. The log's copy gets the
 * rollback journal, so that it is one file, which read-only media can hold. */
static enum sv_status fill_copy(struct db *copy, struct db *db, const struct progress *watch,
                                struct sv_err *err)
{
    enum sv_status st =
        db_exec(copy, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = EXTRA", "open", err);

    if (st != SV_OK || (st = copy_pages(copy, db, watch, err)) != SV_OK) {
        return st;
    }
    if (db->schema == DB_AUDIT && (st = db_exec(copy, "PRAGMA journal_mode = DELETE",
                                                "set its journal mode", err)) != SV_OK) {
        return st;
    }
    return db_schema_check(copy, err);
}

static enum sv_status make_copy(struct db *db, const char *path, const struct progress *watch,
                                struct sv_err *err)
{
    DB_OWNED struct db *copy = NULL;
    enum sv_status st = db_connect(&copy, path, db->schema, err);

    return st == SV_OK ? fill_copy(copy, db, watch, err) : st;
}

enum sv_status db_backup(struct db *db, const char *path, const struct progress *watch,
                         struct sv_err *err)
{
    bool own = db->tx == TX_NONE;
    enum sv_status st = own ? db_begin_read(db, err) : SV_OK;

    if (st == SV_OK && (st = db_make(path, err)) == SV_OK &&
        (st = make_copy(db, path, watch, err)) != SV_OK) {
        db_unmake(path);
    }
    if (own) {
        db_rollback(db);
    }
    return st;
}
