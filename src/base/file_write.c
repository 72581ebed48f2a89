/* SPDX-License-Identifier: ISC */
/* Writing, folders and locks of base/file.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/scratch.h"
#include "base/text.h"

#define SHOWN 300
#define LOCK_PAUSE_MS 10

static char *shown(char dst[SHOWN], const char *path)
{
    return text_printable(dst, SHOWN, path, strlen(path));
}

int file_write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        } else if (n == 0) {
            errno = EIO;
            return -1;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            if (poll(&wait, 1, -1) < 0 && errno != EINTR)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

/* ---- a new file beside its goal ---- */

/* Where the file system can, it has no name until it is whole, so that a kill leaves
 * nothing; else a scratch name, which whoever writes here next takes away. */
struct draft {
    int dir, fd;
    char name[SCRATCH_NAME]; /* in dir; empty when it has none */
};
#define DRAFT_NONE          \
    {                       \
        .dir = -1, .fd = -1 \
    }
#define DRAFT_TRIES 16

static void draft_clear(struct draft *d)
{
    if (d->name[0] != '\0')
        (void)unlinkat(d->dir, d->name, 0);
    file_close_cleanup(&d->fd);
    file_close_cleanup(&d->dir);
}
#define DRAFT_OWNED __attribute__((cleanup(draft_clear)))

/* A file without a name gets one through this link to its descriptor. */
static char *fd_link(char dst[32], int fd)
{
    (void)snprintf(dst, 32, "/proc/self/fd/%d", fd);
    return dst;
}

static int open_nameless(int dir)
{
    char link[32];
    struct stat st;
    FD_OWNED int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0 || lstat(fd_link(link, fd), &st) != 0)
        return -1;
    int opened = fd;
    fd = -1;
    return opened;
}

static bool draft_open_named(struct draft *d)
{
    for (int i = 0; i < DRAFT_TRIES; i++) {
        char name[SCRATCH_NAME];
        if (!scratch_name(name))
            return false;
        d->fd = openat(d->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (d->fd < 0)
            return false;
        memcpy(d->name, name, sizeof name);
        if (scratch_hold(d->fd))
            return true;
        d->name[0] = '\0';
        file_close_cleanup(&d->fd);
    }
    errno = EBUSY;
    return false;
}

static bool draft_open(struct draft *d)
{
    d->fd = open_nameless(d->dir);
    return d->fd >= 0 || draft_open_named(d);
}

/* Everything up to the bytes being on the disk. */
static enum sv_status draft_write(struct draft *d, const char *path, const void *bytes, size_t len,
                                  const struct file_as *as, struct sv_err *err)
{
    char name[SHOWN];
    SV_AUTOFREE char *dir = path_dir(path);
    if (dir == NULL)
        return sv_fail_nomem(err);
    d->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->dir < 0)
        return sv_fail_errno(err, SV_EXISTS, errno, "cannot write to the folder %s",
                             shown(name, dir));
    scratch_sweep(d->dir);
    if (!draft_open(d))
        return sv_fail_errno(err, SV_EXISTS, errno, "cannot make a file in %s", shown(name, dir));
    bool own = as->uid == (uid_t)-1 && as->gid == (gid_t)-1;
    if (file_write_all(d->fd, bytes, len) != 0 || (!own && fchown(d->fd, as->uid, as->gid) != 0) ||
        fchmod(d->fd, as->mode) != 0 || fsync(d->fd) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot write %s", shown(name, path));
    return SV_OK;
}

static int link_nameless(const struct draft *d, const char *name)
{
    char link[32];

    return linkat(AT_FDCWD, fd_link(link, d->fd), d->dir, name, AT_SYMLINK_FOLLOW);
}

/* A name that another can be put over by rename(2). */
static bool draft_name(struct draft *d)
{
    char name[SCRATCH_NAME];

    if (d->name[0] != '\0')
        return true;
    (void)scratch_hold(d->fd); /* before anybody can see it */
    if (!scratch_name(name) || link_nameless(d, name) != 0)
        return false;
    memcpy(d->name, name, sizeof name);
    return true;
}

/* A rename is durable once the folder is; some file systems cannot sync one. */
static bool dir_synced(int dir)
{
    return fsync(dir) == 0 || errno == EINVAL;
}

static const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Until when the new bytes may be lost. */
enum settle { SETTLE_NOW, SETTLE_SOON };

static enum sv_status replace(const char *path, const void *bytes, size_t len,
                              const struct file_as *as, enum settle settle, bool *stands,
                              struct sv_err *err)
{
    char name[SHOWN];
    *stands = false;
    enum file_kind kind = FILE_ABSENT;
    enum sv_status status = file_look(path, &kind, err);
    if (status != SV_OK)
        return status;
    if (kind == FILE_SYMLINK)
        return sv_fail(err, SV_DENIED, "%s is a symbolic link: name the file it points to",
                       shown(name, path));
    if (kind != FILE_ABSENT && kind != FILE_REGULAR)
        return sv_fail(err, SV_EXISTS, "%s exists and is not a regular file", shown(name, path));
    DRAFT_OWNED struct draft d = DRAFT_NONE;
    status = draft_write(&d, path, bytes, len, as, err);
    if (status != SV_OK)
        return status;
    if (!draft_name(&d) || renameat(d.dir, d.name, d.dir, path_base(path)) != 0)
        return sv_fail_errno(err, SV_EXISTS, errno, "cannot replace %s", shown(name, path));
    d.name[0] = '\0';
    *stands = true;
    if (settle == SETTLE_SOON || dir_synced(d.dir))
        return SV_OK;
    return sv_fail_errno(err, SV_IO, errno,
                         "%s was written, but a crash may undo it, since its folder cannot be "
                         "written to the disk",
                         shown(name, path));
}

static struct file_as own_file(mode_t mode)
{
    return (struct file_as){.mode = mode, .uid = (uid_t)-1, .gid = (gid_t)-1};
}

enum sv_status file_replace(const char *path, const void *bytes, size_t len, mode_t mode,
                            struct sv_err *err)
{
    struct file_as own = own_file(mode);
    bool stands;

    return replace(path, bytes, len, &own, SETTLE_NOW, &stands, err);
}

enum sv_status file_replace_soon(const char *path, const void *bytes, size_t len, mode_t mode,
                                 struct sv_err *err)
{
    struct file_as own = own_file(mode);
    bool stands;

    return replace(path, bytes, len, &own, SETTLE_SOON, &stands, err);
}

/* A rename that never replaces. A file system without RENAME_NOREPLACE still has
 * hard links, which do not either. */
static int rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
    if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (linkat(from_dir, from, to_dir, to, 0) != 0)
        return -1;
    (void)unlinkat(from_dir, from, 0);
    return 0;
}

static enum sv_status fail_name_new(const char *path, int failed, struct sv_err *err)
{
    char name[SHOWN];
    if (failed == EEXIST)
        return sv_fail(err, SV_EXISTS, "%s exists already", shown(name, path));
    return sv_fail_errno(err, SV_EXISTS, failed, "cannot make %s", shown(name, path));
}

static enum sv_status create(const char *path, const void *bytes, size_t len,
                             const struct file_as *as, bool *stands, struct sv_err *err)
{
    char name[SHOWN];
    enum file_kind kind = FILE_ABSENT;
    *stands = false;
    enum sv_status status = file_look(path, &kind, err);
    if (status != SV_OK)
        return status;
    if (kind != FILE_ABSENT)
        return sv_fail(err, SV_EXISTS, "%s exists already", shown(name, path));
    DRAFT_OWNED struct draft d = DRAFT_NONE;
    status = draft_write(&d, path, bytes, len, as, err);
    if (status != SV_OK)
        return status;
    int failed = d.name[0] == '\0' ? link_nameless(&d, path_base(path))
                                   : rename_new(d.dir, d.name, d.dir, path_base(path));
    if (failed != 0)
        return fail_name_new(path, errno, err);
    d.name[0] = '\0';
    *stands = true;
    if (dir_synced(d.dir))
        return SV_OK;
    status = sv_fail_errno(err, SV_IO, errno, "cannot write %s to the disk", shown(name, path));
    /* Who hears of a failure does not look for a file, and it may hold a secret. */
    *stands = unlinkat(d.dir, path_base(path), 0) != 0;
    if (!*stands)
        return status;
    return sv_fail(err, SV_IO,
                   "%s was made, but the disk could not be told to keep it, and it cannot be "
                   "removed: remove it when the disk can be written again",
                   shown(name, path));
}

enum sv_status file_create(const char *path, const void *bytes, size_t len, mode_t mode,
                           struct sv_err *err)
{
    struct file_as own = own_file(mode);
    bool stands;

    return create(path, bytes, len, &own, &stands, err);
}

enum sv_status file_put(const char *path, const void *bytes, size_t len, const struct file_as *as,
                        bool *stands, struct sv_err *err)
{
    return as->fresh ? create(path, bytes, len, as, stands, err)
                     : replace(path, bytes, len, as, SETTLE_NOW, stands, err);
}

enum sv_status file_move_new(const char *from, const char *to, struct sv_err *err)
{
    SV_AUTOFREE char *folder = path_dir(to);
    if (folder == NULL)
        return sv_fail_nomem(err);
    FD_OWNED int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_name_new(to, errno, err);
    if (rename_new(AT_FDCWD, from, dir, path_base(to)) != 0)
        return fail_name_new(to, errno, err);
    if (dir_synced(dir))
        return SV_OK;
    int failed = errno;
    char name[SHOWN];
    bool stays = renameat(dir, path_base(to), AT_FDCWD, from) != 0;
    return sv_fail_errno(err, SV_IO, failed,
                         stays ? "%s was made, but a crash may undo it"
                               : "cannot write %s to the disk",
                         shown(name, to));
}

/* ---- folders ---- */

/* The name of a folder is durable once the one that it stands in is. */
static enum sv_status parent_sync(const char *path, struct sv_err *err)
{
    SV_AUTOFREE char *parent = path_dir(path);
    char name[SHOWN];
    if (parent == NULL)
        return sv_fail_nomem(err);
    FD_OWNED int dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot open the folder %s", shown(name, parent));
    if (dir_synced(dir))
        return SV_OK;
    return sv_fail_errno(err, SV_IO, errno, "cannot write %s to the disk", shown(name, path));
}

static enum sv_status make_dir(const char *path, struct sv_err *err)
{
    char name[SHOWN];
    struct stat st;
    if (mkdir(path, 0700) == 0)
        return parent_sync(path, err);
    int failed = errno;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return SV_OK;
        return sv_fail(err, SV_EXISTS, "%s exists and is not a folder", shown(name, path));
    }
    return sv_fail_errno(err, SV_EXISTS, failed, "cannot make the folder %s", shown(name, path));
}

enum sv_status file_make_dirs(const char *path, struct sv_err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return SV_OK;
    SV_AUTOFREE char *part = sv_strdup(path);
    if (part == NULL)
        return sv_fail_nomem(err);
    char *at = part;
    for (;;) {
        at += strspn(at, "/");
        at += strcspn(at, "/");
        char end = *at;
        *at = '\0';
        if (*part != '\0') {
            enum sv_status status = make_dir(part, err);
            if (status != SV_OK)
                return status;
        }
        if (end == '\0')
            return SV_OK;
        *at = end;
    }
}

/* ---- locks ---- */

static int lock_open(const char *path)
{
    FD_OWNED int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    int taken = fd;
    fd = -1;
    return taken;
}

/* A lock on a file that was removed meanwhile excludes nobody. */
static bool lock_is_of(int fd, const char *path)
{
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

enum sv_status file_lock(const char *path, int timeout_ms, int *fd_out, struct sv_err *err)
{
    char name[SHOWN];
    int64_t end = env_monotonic_ms() + timeout_ms;
    FD_OWNED int fd = -1;
    for (;;) {
        if (fd < 0)
            fd = lock_open(path);
        if (fd < 0)
            return sv_fail_errno(err, SV_EXISTS, errno, "cannot open the lock %s",
                                 shown(name, path));
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            if (lock_is_of(fd, path))
                break;
            file_close_cleanup(&fd);
            continue;
        }
        if (errno != EWOULDBLOCK && errno != EINTR)
            return sv_fail_errno(err, SV_IO, errno, "cannot lock %s", shown(name, path));
        if (env_monotonic_ms() >= end)
            return sv_fail(err, SV_LOCKED,
                           "%s is still locked by another process after %d seconds: try again when "
                           "it has finished",
                           shown(name, path), timeout_ms / 1000);
        (void)nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
    }
    *fd_out = fd;
    fd = -1;
    return SV_OK;
}
