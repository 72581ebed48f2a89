/* SPDX-License-Identifier: ISC */
/*
 * What is looked at before SQLite opens a file, and how an empty one is made.
 *
 * The file is looked at with lstat only: whoever opens and closes a database file
 * behind SQLite's back drops all POSIX locks that the process holds on it. SQLite
 * itself opens with O_NOFOLLOW and takes neither the database nor its journal
 * through a symbolic link, but it looks at no owner and no mode: that is done
 * here, for the file and for the journal, WAL and shared memory beside it. What
 * guards the moment between the look and the opening is the folder's own mode.
 *
 * SQLITE_OPEN_NOFOLLOW refuses links anywhere in the path; a home folder behind a
 * link is common and harmless, so the folder is resolved first. The result begins
 * with '/', hence is no `file:` URI either.
 */
#include "store/db_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/file.h"
#include "base/text.h"

static const char *const companions[] = {"-journal", "-wal", "-shm"};
#define COMPANIONS (sizeof(companions) / sizeof(companions[0]))

char *db_show(char dst[DB_SHOWN], const char *path)
{
    return text_printable(dst, DB_SHOWN, path, strlen(path));
}

enum sv_status db_resolve(const char *path, char **out, struct sv_err *err)
{
    SV_AUTOFREE char *dir = path_dir(path);
    char real[PATH_MAX];
    char shown[DB_SHOWN];
    const char *slash = strrchr(path, '/');

    if (!dir) {
        return sv_fail_nomem(err);
    }
    if (!realpath(dir, real)) {
        return sv_fail_errno(err, SV_IO, errno, "cannot use the folder %s", db_show(shown, dir));
    }
    char *joined = path_join(real, slash ? slash + 1 : path);
    if (!joined) {
        return sv_fail_nomem(err);
    }
    *out = joined;
    return SV_OK;
}

enum sv_status db_look(const char *path, enum db_schema schema, struct sv_err *err)
{
    const char *title = db_schema_title(schema);
    char shown[DB_SHOWN];
    enum file_kind kind = FILE_ABSENT;
    enum sv_status st = file_look(path, &kind, err);

    if (st != SV_OK) {
        return st;
    }
    db_show(shown, path);
    switch (kind) {
    case FILE_ABSENT:
        return sv_fail(err, SV_MISSING, "there is no %s at %s", title, shown);
    case FILE_DIRECTORY:
        return sv_fail(err, SV_DATA, "%s is a folder, not a %s: name the file in it", shown, title);
    case FILE_SYMLINK:
        return sv_fail(err, SV_DENIED,
                       "%s is a symbolic link, which a %s must not be: name the file it points to",
                       shown, title);
    case FILE_OTHER:
        return sv_fail(err, SV_DATA, "%s is not a regular file, so it is no %s: name another file",
                       shown, title);
    case FILE_REGULAR:
        break;
    }
    return file_check_private(path, err);
}

static char *beside(const char *path, const char *ending)
{
    size_t room = strlen(path) + strlen(ending) + 1;
    char *name = sv_alloc(room);

    if (name) {
        snprintf(name, room, "%s%s", path, ending);
    }
    return name;
}

static enum sv_status look_one(const char *name, struct sv_err *err)
{
    char shown[DB_SHOWN];
    enum file_kind kind = FILE_ABSENT;
    enum sv_status st = file_look(name, &kind, err);

    if (!DEFENDED(BESIDE) || st != SV_OK || kind == FILE_ABSENT) {
        return st;
    }
    if (kind != FILE_REGULAR) {
        return sv_fail(err, SV_DENIED,
                       "%s is not a regular file, so smtpvault did not put it there: remove it",
                       db_show(shown, name));
    }
    if ((st = file_check_private(name, err)) == SV_OK) {
        return SV_OK;
    }
    /* Another process may just have finished with it. */
    if (file_look(name, &kind, NULL) == SV_OK && kind == FILE_ABSENT) {
        return SV_OK;
    }
    return st;
}

/* A journal is replayed into the file unasked, so it gets the same look. */
enum sv_status db_look_beside(const char *resolved, struct sv_err *err)
{
    for (size_t i = 0; i < COMPANIONS; i++) {
        SV_AUTOFREE char *name = beside(resolved, companions[i]);
        enum sv_status st = name ? look_one(name, err) : sv_fail_nomem(err);
        if (st != SV_OK) {
            return st;
        }
    }
    return SV_OK;
}

/* Nothing may be at path, nor beside it: an old journal would be replayed into
 * the new file. */
static enum sv_status refuse_present(const char *path, struct sv_err *err)
{
    char shown[DB_SHOWN];
    enum file_kind kind = FILE_ABSENT;
    enum sv_status st = file_look(path, &kind, err);

    if (st == SV_OK && kind != FILE_ABSENT) {
        return sv_fail(err, SV_EXISTS, "%s exists already: name another file",
                       db_show(shown, path));
    }
    for (size_t i = 0; i < COMPANIONS && st == SV_OK; i++) {
        SV_AUTOFREE char *name = beside(path, companions[i]);

        st = name ? file_look(name, &kind, err) : sv_fail_nomem(err);
        if (st == SV_OK && kind != FILE_ABSENT) {
            return sv_fail(err, SV_EXISTS,
                           "%s is left over from another file: move it away and try again",
                           db_show(shown, name));
        }
    }
    return st;
}

enum sv_status db_make(const char *path, struct sv_err *err)
{
    char shown[DB_SHOWN];
    enum sv_status st = refuse_present(path, err);

    if (st != SV_OK) {
        return st;
    }
    db_show(shown, path);
    /* No connection to this file can exist yet, so closing drops no lock. */
    FD_OWNED int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        return sv_fail(err, SV_EXISTS, "%s exists already: name another file", shown);
    }
    if (fd < 0) {
        return sv_fail_errno(err, SV_IO, errno, "cannot create %s", shown);
    }
    if (fchmod(fd, 0600) != 0) { /* a umask may have taken our own bits */
        int saved = errno;
        unlink(path);
        return sv_fail_errno(err, SV_IO, saved, "cannot make %s private", shown);
    }
    return SV_OK;
}

/* Without memory of its own: it is called for the lack of it. */
void db_unmake(const char *path)
{
    char name[PATH_MAX + 16];

    for (size_t i = 0; i < COMPANIONS; i++) {
        int len = snprintf(name, sizeof(name), "%s%s", path, companions[i]);
        if (len > 0 && (size_t)len < sizeof(name)) {
            unlink(name);
        }
    }
    unlink(path);
}
