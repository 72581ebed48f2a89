/* SPDX-License-Identifier: ISC */
/*
 * SQLite's results in our words, and SQLite's memory from our allocator.
 *
 * A message says what could not be done, to which file, why, and what helps. The
 * codes fall into five kinds: no memory, somebody else is at work (SV_LOCKED),
 * the system refused (SV_IO, SV_DENIED), the file is not what we wrote (SV_DATA),
 * and our own mistake (SV_INTERNAL).
 */
#include "store/db_impl.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

/* SQLite calls a page that the disk does not give back corrupt, as it calls one that was
 * altered. What tells them apart is the last error of the file itself. */
static int unreadable(struct db *db)
{
    sqlite3_file *beside = NULL; /* the journal or the WAL; one in memory answers nothing */
    int os = 0;

    if (!db->sqlite) {
        return 0;
    }
    (void)sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_LAST_ERRNO, &os);
    if (os == 0 &&
        sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &beside) ==
            SQLITE_OK &&
        beside && beside->pMethods && beside->pMethods->xFileControl) {
        (void)beside->pMethods->xFileControl(beside, SQLITE_FCNTL_LAST_ERRNO, &os);
    }
    return os == EIO || os == ENXIO || os == ERANGE ? os : 0;
}

static enum sv_status fault_io(struct db *db, int rc, int os, const char *doing, struct sv_err *err)
{
    if (os == 0) {
        os = db->sqlite ? sqlite3_system_errno(db->sqlite) : 0;
    }

    if (rc == SQLITE_IOERR_DIR_FSYNC) {
        return sv_fail(err, SV_IO, "%s: cannot %s: its folder cannot be written to the disk",
                       db->shown, doing);
    }
    if (rc == SQLITE_FULL || os == ENOSPC || os == EDQUOT) {
        return sv_fail(err, SV_IO,
                       "%s: cannot %s: the disk is full; nothing was changed: free some space and "
                       "try again",
                       db->shown, doing);
    }
    if ((rc & 0xff) == SQLITE_READONLY || os == EROFS) {
        return sv_fail(err, SV_IO,
                       "%s: cannot %s: the file, its folder or the file system is read-only%s",
                       db->shown, doing,
                       rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_CANTOPEN
                           ? "; an unfinished write must be undone first: open it once where it "
                             "can be written"
                           : "");
    }
    if ((rc & 0xff) == SQLITE_PERM || os == EACCES || os == EPERM) {
        return sv_fail(err, SV_DENIED,
                       "%s: cannot %s: permission denied: check the owner and mode of the file and "
                       "of its folder",
                       db->shown, doing);
    }
    if (os) {
        return sv_fail_errno(err, SV_IO, os, "%s: cannot %s", db->shown, doing);
    }
    return sv_fail(err, SV_IO, "%s: cannot %s: %s (%d)", db->shown, doing, sqlite3_errstr(rc), rc);
}

/* SQLite was refused a block. Version 3.40 says SQLITE_ERROR, not SQLITE_NOMEM, of a statement
 * that it could not parse anew for want of one, and that is no damage. */
static bool memory_lacked;

enum sv_status db_fault(struct db *db, int rc, const char *doing, struct sv_err *err)
{
    if (rc == SQLITE_IOERR_NOMEM || (rc == SQLITE_ERROR && memory_lacked)) {
        memory_lacked = false;
        return sv_fail_nomem(err);
    }
    int os = rc == SQLITE_IOERR_CORRUPTFS || rc == SQLITE_CORRUPT ? unreadable(db) : 0;
    if (os != 0) {
        rc = SQLITE_IOERR_READ;
    }
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return sv_fail_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sv_fail(err, SV_LOCKED,
                       "%s: cannot %s: another program has kept the %s busy for %d seconds: try "
                       "again when it is done",
                       db->shown, doing, db_schema_title(db->schema), DB_BUSY_MS / 1000);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
        return fault_io(db, rc, os, doing, err);
    case SQLITE_NOTADB:
        return sv_fail(err, SV_DATA, "%s is not a smtpvault %s: name another file", db->shown,
                       db_schema_title(db->schema));
    case SQLITE_ERROR: /* what a rewritten schema gives while it is parsed */
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_AUTH:
        return sv_fail(err, SV_DATA,
                       "%s: cannot %s: the %s is damaged or was altered (%s): restore a backup",
                       db->shown, doing, db_schema_title(db->schema), sqlite3_errstr(rc));
    default:
        return sv_fail(err, SV_INTERNAL, "%s: cannot %s: SQLite says %s (%d): please report it",
                       db->shown, doing, sqlite3_errstr(rc), rc);
    }
}

/* SQLite asks for a block's size; it stands in front, and 16 bytes keep what
 * follows aligned for anything. */
#define HEAD 16

static void *mem_alloc(int size)
{
    uint8_t *block = sv_resize(NULL, (size_t)size + HEAD); /* SQLite wants it as it comes */

    if (!block) {
        memory_lacked = true;
        return NULL;
    }
    memcpy(block, &size, sizeof(size));
    return block + HEAD;
}

static void mem_free(void *at)
{
    if (at) {
        sv_free((uint8_t *)at - HEAD);
    }
}

static void *mem_resize(void *at, int size)
{
    uint8_t *block = sv_resize((uint8_t *)at - HEAD, (size_t)size + HEAD);

    if (!block) {
        memory_lacked = true;
        return NULL;
    }
    memcpy(block, &size, sizeof(size));
    return block + HEAD;
}

static int mem_size(void *at)
{
    int size = 0;

    if (at) {
        memcpy(&size, (uint8_t *)at - HEAD, sizeof(size));
    }
    return size;
}

static int mem_round(int size)
{
    return (size + 7) & ~7;
}

static int mem_init(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void mem_shutdown(void *unused)
{
    (void)unused;
}

enum sv_status db_library_init(struct sv_err *err)
{
    static const sqlite3_mem_methods methods = {mem_alloc, mem_free, mem_resize,   mem_size,
                                                mem_round, mem_init, mem_shutdown, NULL};
    static bool configured;
    int rc;

    if (!configured) {
        if ((rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods)) != SQLITE_OK ||
            (rc = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0)) != SQLITE_OK ||
            (rc = sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, (sqlite3_int64)0, (sqlite3_int64)0)) !=
                SQLITE_OK) {
            return sv_fail(err, SV_INTERNAL, "SQLite was started before it was set up: %s",
                           sqlite3_errstr(rc));
        }
        configured = true;
    }
    rc = sqlite3_initialize();
    if (rc == SQLITE_NOMEM) {
        return sv_fail_nomem(err);
    }
    if (rc != SQLITE_OK) {
        return sv_fail(err, SV_INTERNAL, "SQLite does not start: %s", sqlite3_errstr(rc));
    }
    return db_vfs_init(err);
}
