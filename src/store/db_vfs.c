/* SPDX-License-Identifier: ISC */
/*
 * The log's files are opened through SQLite's own "unix" VFS, with one difference.
 *
 * SQLite opens a WAL with O_CREAT. It cannot tell whether it has made the file, so
 * that each process syncs the folder as well with its first commit: a second wait
 * for the disk in a program that commits once. A WAL with more in it than one
 * commit writes was committed to before; for its name not to be on disk, each of
 * those who wrote to it must have been killed within its commit. It is opened
 * without O_CREAT, and the folder is left alone. Who commits more at once syncs the
 * folder first (db_sync_name).
 */
#include "store/db_impl.h"

#include <sys/stat.h>

/* The commit of an entry writes a dozen pages at the most, on the day a page splits. */
#define WAL_KNOWN (64 << 10)

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *flags_out)
{
    sqlite3_vfs *base = vfs->pAppData;
    struct stat sb;

    if ((flags & SQLITE_OPEN_WAL) != 0 && stat(name, &sb) == 0 && sb.st_size > WAL_KNOWN) {
        flags &= ~SQLITE_OPEN_CREATE;
    }
    return base->xOpen(base, name, file, flags, flags_out);
}

enum sv_status db_vfs_init(struct sv_err *err)
{
    static sqlite3_vfs vfs;
    sqlite3_vfs *base = sqlite3_vfs_find("unix");

    if (vfs.zName) {
        return SV_OK;
    }
    if (!base) {
        return sv_fail(err, SV_INTERNAL, "this SQLite has no VFS \"unix\"");
    }
    vfs = *base;
    vfs.zName = DB_VFS_LOG;
    vfs.pAppData = base;
    vfs.xOpen = open_file;
    int rc = sqlite3_vfs_register(&vfs, 0);
    if (rc == SQLITE_OK) {
        return SV_OK;
    }
    vfs.zName = NULL;
    return rc == SQLITE_NOMEM
               ? sv_fail_nomem(err)
               : sv_fail(err, SV_INTERNAL, "SQLite takes no VFS: %s", sqlite3_errstr(rc));
}
