/* SPDX-License-Identifier: ISC */
/* Looking and reading; file_write.c has the rest of base/file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/text.h"

#define SHOWN 300 /* bytes of a path in a message */
#define FIRST_READ ((size_t)4000)

void file_close_cleanup(int *fd)
{
    if (*fd < 0)
        return;
    int kept = errno;
    (void)close(*fd);
    errno = kept;
    *fd = -1;
}

char *path_join(const char *dir, const char *name)
{
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    while (*name == '/')
        name++;
    bool slash = len > 0 && dir[len - 1] != '/';
    size_t name_len = strlen(name);
    char *joined = sv_alloc(len + slash + name_len + 1);
    if (joined == NULL)
        return NULL;
    memcpy(joined, dir, len);
    if (slash)
        joined[len] = '/';
    memcpy(joined + len + slash, name, name_len);
    return joined;
}

char *path_dir(const char *path)
{
    size_t len = strlen(path);
    while (len > 0 && path[len - 1] == '/')
        len--;
    if (len == 0)
        return sv_strdup(*path == '/' ? "/" : ".");
    while (len > 0 && path[len - 1] != '/')
        len--;
    if (len == 0)
        return sv_strdup(".");
    while (len > 1 && path[len - 1] == '/')
        len--;
    return sv_strndup(path, len);
}

static char *shown(char dst[SHOWN], const char *path)
{
    return text_printable(dst, SHOWN, path, strlen(path));
}

static enum file_kind kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return FILE_REGULAR;
    if (S_ISDIR(mode))
        return FILE_DIRECTORY;
    return S_ISLNK(mode) ? FILE_SYMLINK : FILE_OTHER;
}

enum sv_status file_look(const char *path, enum file_kind *kind, struct sv_err *err)
{
    struct stat st;
    char name[SHOWN];
    if (lstat(path, &st) == 0)
        *kind = kind_of(st.st_mode);
    else if (errno == ENOENT || errno == ENOTDIR)
        *kind = FILE_ABSENT;
    else
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", shown(name, path));
    return SV_OK;
}

bool file_is_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static enum sv_status fail_not_regular(const char *path, enum file_kind kind, struct sv_err *err)
{
    char name[SHOWN];
    if (kind == FILE_SYMLINK)
        return sv_fail(err, SV_DENIED, "%s is a symbolic link: name the file it points to",
                       shown(name, path));
    return sv_fail(err, SV_DATA, "%s is %s, not a regular file", shown(name, path),
                   kind == FILE_DIRECTORY ? "a folder" : "a pipe, socket or device");
}

static enum sv_status check_owner(const char *path, const struct stat *st, struct sv_err *err)
{
    char name[SHOWN];
    if (!DEFENDED(FILE_OWNER) || st->st_uid == geteuid() || st->st_uid == 0)
        return SV_OK;
    return sv_fail(err, SV_DENIED, "%s belongs to another user (uid %lu): \"chown %lu\" it",
                   shown(name, path), (unsigned long)st->st_uid, (unsigned long)geteuid());
}

enum sv_status file_check_folder(const char *path, struct sv_err *err)
{
    struct stat st;
    char name[SHOWN];
    if (stat(path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return sv_fail(err, SV_MISSING, "there is no folder %s", shown(name, path));
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", shown(name, path));
    }
    if (!S_ISDIR(st.st_mode))
        return sv_fail(err, SV_DENIED, "%s is not a folder: move it away", shown(name, path));
    enum sv_status status = check_owner(path, &st, err);
    if (status != SV_OK)
        return status;
    if (DEFENDED(FOLDER_MODE) && (st.st_mode & 022) != 0)
        return sv_fail(err, SV_DENIED,
                       "other users can write to %s (mode %03o): run \"chmod 700\" on it",
                       shown(name, path), (unsigned)(st.st_mode & 0777));
    return SV_OK;
}

/* A regular file of this user's or root's, without these bits of the mode. */
static enum sv_status check_file(const char *path, mode_t forbidden, const char *open_how,
                                 const char *mode, struct sv_err *err)
{
    struct stat st;
    char name[SHOWN];
    if (lstat(path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return sv_fail(err, SV_MISSING, "there is no file %s", shown(name, path));
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", shown(name, path));
    }
    if (!S_ISREG(st.st_mode)) {
        (void)fail_not_regular(path, kind_of(st.st_mode), err);
        return SV_DENIED;
    }
    enum sv_status status = check_owner(path, &st, err);
    if (status != SV_OK)
        return status;
    if (DEFENDED(FILE_MODE) && (st.st_mode & forbidden) != 0)
        return sv_fail(err, SV_DENIED, "%s %s other users (mode %03o): run \"chmod %s\" on it",
                       shown(name, path), open_how, (unsigned)(st.st_mode & 0777), mode);
    return SV_OK;
}

enum sv_status file_check_private(const char *path, struct sv_err *err)
{
    return check_file(path, 066, "is open to", "600", err);
}

enum sv_status file_check_written(const char *path, struct sv_err *err)
{
    return check_file(path, 022, "can be written by", "644", err);
}

/* Without O_NONBLOCK, open would wait for the writer of a FIFO. */
static enum sv_status open_regular(const char *path, int *fd_out, size_t *size, struct sv_err *err)
{
    char name[SHOWN];
    FD_OWNED int fd = open(path, O_RDONLY | (DEFENDED(LINKS) ? O_NOFOLLOW : 0) | O_NONBLOCK |
                                     O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        enum file_kind kind = FILE_ABSENT;
        int failed = errno;
        if (failed == ENOENT || failed == ENOTDIR)
            return sv_fail(err, SV_MISSING, "there is no file %s", shown(name, path));
        if ((failed == ELOOP || failed == ENXIO) && file_look(path, &kind, NULL) == SV_OK &&
            kind != FILE_REGULAR && kind != FILE_ABSENT)
            return fail_not_regular(path, kind, err);
        return sv_fail_errno(err, SV_IO, failed, "cannot open %s", shown(name, path));
    }
    struct stat st;
    if (fstat(fd, &st) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", shown(name, path));
    if (!S_ISREG(st.st_mode))
        return fail_not_regular(path, kind_of(st.st_mode), err);
    *size = (size_t)st.st_size;
    *fd_out = fd;
    fd = -1;
    return SV_OK;
}

int file_wait(int fd, short events, int64_t deadline)
{
    struct pollfd wait = {.fd = fd, .events = events};
    for (;;) {
        int64_t now = env_monotonic_ms();
        int got = poll(&wait, 1, deadline < 0 ? -1 : deadline > now ? (int)(deadline - now) : 0);
        if (got >= 0 || errno != EINTR)
            return got;
    }
}

/* read(2) that waits where the descriptor would not. */
static ssize_t read_some(int fd, void *dst, size_t n)
{
    for (;;) {
        ssize_t got = read(fd, dst, n);
        if (got >= 0)
            return got;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (file_wait(fd, POLLIN, -1) < 0)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
}

/* After `limit` bytes there must be nothing more. */
static enum sv_status expect_end(int fd, size_t limit, const char *what, struct sv_err *err)
{
    uint8_t beyond;
    ssize_t got = read_some(fd, &beyond, 1);
    sodium_memzero(&beyond, sizeof beyond);
    if (got < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot read %s", what);
    if (got > 0)
        return sv_fail(err, SV_DATA, "%s is too large: it has more than %zu bytes", what, limit);
    return SV_OK;
}

static size_t grow(size_t now, size_t limit)
{
    size_t next = now < FIRST_READ ? FIRST_READ : now > SIZE_MAX / 2 ? SIZE_MAX : 2 * now;
    return next < limit ? next : limit;
}

static enum sv_status secret_grow(struct secret **s, size_t len, size_t capacity,
                                  struct sv_err *err)
{
    struct secret *larger = NULL;
    enum sv_status status = secret_new(&larger, capacity, err);
    if (status != SV_OK)
        return status;
    memcpy(secret_poke(larger), secret_peek(*s), len);
    secret_free(*s);
    *s = larger;
    return SV_OK;
}

/* hint: how many bytes are expected; with room for one more its end is seen without growing,
 * which would take three times the locked memory. */
static enum sv_status drain(int fd, size_t limit, size_t hint, const char *what,
                            struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    size_t len = 0;
    enum sv_status status = secret_new(&s, hint < limit ? hint + 1 : limit, err);
    while (status == SV_OK) {
        size_t room = secret_capacity(s) - len;
        if (room == 0) {
            if (len == limit)
                break;
            status = secret_grow(&s, len, grow(len, limit), err);
            continue;
        }
        ssize_t got = read_some(fd, secret_poke(s) + len, room);
        if (got < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot read %s", what);
        if (got == 0)
            break;
        len += (size_t)got;
    }
    if (status == SV_OK && len == limit)
        status = expect_end(fd, limit, what, err);
    if (status != SV_OK)
        return status;
    secret_set_len(s, len);
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status file_drain_secret(int fd, size_t limit, const char *what, struct secret **out,
                                 struct sv_err *err)
{
    return drain(fd, limit, FIRST_READ, what, out, err);
}

static enum sv_status check_size(const char *name, size_t size, size_t limit, struct sv_err *err)
{
    if (size > limit)
        return sv_fail(err, SV_DATA, "%s is too large: it has %zu bytes, at most %zu are read",
                       name, size, limit);
    return SV_OK;
}

enum sv_status file_read_secret(const char *path, size_t limit, struct secret **out,
                                struct sv_err *err)
{
    FD_OWNED int fd = -1;
    size_t size = 0;
    char name[SHOWN];
    enum sv_status status = open_regular(path, &fd, &size, err);
    if (status == SV_OK)
        status = check_size(shown(name, path), size, limit, err);
    if (status != SV_OK)
        return status;
    return drain(fd, limit, size, name, out, err);
}

enum sv_status file_read_blob(const char *path, size_t limit, struct blob *out, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    BLOB_OWNED struct blob b = {0};
    size_t size = 0;
    char name[SHOWN];
    enum sv_status status = open_regular(path, &fd, &size, err);
    if (status == SV_OK)
        status = check_size(shown(name, path), size, limit, err);
    if (status != SV_OK)
        return status;
    while (b.len < limit) {
        if (b.len == b.capacity && !blob_reserve(&b, b.len == 0 && size > 0 ? size : FIRST_READ))
            return sv_fail_nomem(err);
        size_t room = b.capacity - b.len;
        ssize_t got = read_some(fd, b.bytes + b.len, room < limit - b.len ? room : limit - b.len);
        if (got < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot read %s", name);
        if (got == 0)
            break;
        b.len += (size_t)got;
    }
    if (b.len == limit) {
        status = expect_end(fd, limit, name, err);
        if (status != SV_OK)
            return status;
    }
    blob_clear(out);
    *out = b;
    b = (struct blob){0};
    return SV_OK;
}
