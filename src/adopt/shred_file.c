/* SPDX-License-Identifier: ISC */
#include "adopt/shred_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/session.h"

#define SHOWN 300

void shred_file_clear(struct shred_file *f)
{
    if (f->path != NULL)
        file_close_cleanup(&f->fd);
    sv_free(f->path);
    *f = (struct shred_file){.path = NULL, .fd = -1};
}

static enum sv_status check(const char *shown, const struct stat *st, struct sv_err *err)
{
    if (!S_ISREG(st->st_mode))
        return sv_fail(err, SV_DATA, "%s is not a regular file", shown);
    if (st->st_uid != geteuid())
        return sv_fail(err, SV_DENIED, "%s belongs to another user (uid %u): it is left alone",
                       shown, (unsigned)st->st_uid);
    if (st->st_nlink > 1)
        return sv_fail(err, SV_DENIED,
                       "%s has %u names (hard links): it would be empty under the others; remove "
                       "them first",
                       shown, (unsigned)st->st_nlink);
    return SV_OK;
}

enum sv_status shred_file_open(struct shred_file *f, const char *path, struct sv_err *err)
{
    char shown[SHOWN];
    enum sv_status s = SV_OK;
    *f = (struct shred_file){.path = NULL, .fd = -1};
    if ((s = session_absolute(path, &f->path, err)) != SV_OK)
        return s;
    (void)session_show_path(shown, sizeof shown, f->path);
    if (lstat(f->path, &f->was) == 0 && S_ISLNK(f->was.st_mode))
        return sv_fail(err, SV_DENIED, "%s is a symbolic link: name the file it leads to", shown);
    if (lstat(f->path, &f->was) == 0 && (s = check(shown, &f->was, err)) != SV_OK)
        return s;
    f->fd = open(f->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (f->fd < 0)
        return sv_fail_errno(err, errno == ENOENT ? SV_MISSING : SV_DENIED, errno,
                             "cannot write to %s, which is to be overwritten", shown);
    if (fstat(f->fd, &f->was) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", shown);
    return check(shown, &f->was, err);
}

enum sv_status shred_file_read(const struct shred_file *f, size_t limit, struct secret **out,
                               struct sv_err *err)
{
    char shown[SHOWN];
    (void)session_show_path(shown, sizeof shown, f->path);
    if (lseek(f->fd, 0, SEEK_SET) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot read %s", shown);
    return file_drain_secret(f->fd, limit, shown, out, err);
}

/* ---- the end of it ---- */

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_as_it_was(const struct shred_file *f)
{
    struct stat named, now;
    return lstat(f->path, &named) == 0 && fstat(f->fd, &now) == 0 && same_file(&named, &now) &&
           now.st_nlink == 1 && now.st_size == f->was.st_size &&
           same_time(&now.st_mtim, &f->was.st_mtim) && same_time(&now.st_ctim, &f->was.st_ctim);
}

int shred_bytes(int fd, off_t len)
{
    static const char zeros[4096];
    if (lseek(fd, 0, SEEK_SET) != 0)
        return -1;
    for (off_t at = 0; at < len;) {
        size_t part = len - at < (off_t)sizeof zeros ? (size_t)(len - at) : sizeof zeros;
        if (file_write_all(fd, zeros, part) != 0)
            return -1;
        at += (off_t)part;
    }
    return fsync(fd);
}

/* The name goes only while it is this file's. */
static enum sv_status remove_name(const struct shred_file *f, const char *shown, struct sv_err *err)
{
    struct stat named;
    SV_AUTOFREE char *folder = path_dir(f->path);
    if (folder == NULL)
        return sv_fail_nomem(err);
    FD_OWNED int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (DEFENDED(LOOK_AGAIN) && (lstat(f->path, &named) != 0 || !same_file(&named, &f->was)))
        return sv_fail(err, SV_LOCKED, "%s was overwritten, and is another file meanwhile", shown);
    if (unlink(f->path) != 0)
        return sv_fail_errno(err, SV_IO, errno, "%s was overwritten, but cannot be removed", shown);
    if (dir < 0 || (fsync(dir) != 0 && errno != EINVAL))
        return sv_fail_errno(err, SV_IO, errno,
                             "%s was removed, but the disk does not say that it is gone", shown);
    return SV_OK;
}

enum sv_status shred_file_destroy(struct shred_file *f, struct sv_err *err)
{
    char shown[SHOWN];
    (void)session_show_path(shown, sizeof shown, f->path);
    if (DEFENDED(LOOK_AGAIN) && !is_as_it_was(f))
        return sv_fail(err, SV_LOCKED,
                       "%s was changed meanwhile, and was left alone: run the command again",
                       shown);
    if (shred_bytes(f->fd, f->was.st_size) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot overwrite %s, which is still there", shown);
    return remove_name(f, shown, err);
}
