/* SPDX-License-Identifier: ISC */
#include "scan/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define PATH_MOST 4096

/* statfs(2) */
#define PROC_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572

struct place {
    struct walk *w;
    struct secret *room;
    char path[PATH_MOST];
    size_t len; /* of path */
    bool ended;
};

static void unread(struct place *p, int error)
{
    p->w->unreadable++;
    if (p->w->unread)
        p->w->unread(p->w->context, p->path, error);
}

/* -1 with errno; else all of it is in the room. */
static int read_whole(struct place *p, int fd)
{
    size_t len = 0;
    secret_set_len(p->room, 0);
    uint8_t *bytes = secret_poke(p->room);
    for (;;) {
        ssize_t got = read(fd, bytes + len, secret_capacity(p->room) - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    secret_written(p->room, len);
    return 0;
}

static int open_file(int folder, const char *name)
{
    return openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* Takes fd. */
static void look_at_file(struct place *p, int fd)
{
    FD_OWNED int file = fd;
    struct stat st;
    if (file < 0 || fstat(file, &st) != 0) {
        unread(p, errno);
        return;
    }
    if (!S_ISREG(st.st_mode) || st.st_size == 0)
        return;
    p->w->files++;
    if ((uintmax_t)st.st_size > p->w->size_max) {
        p->w->large++;
        return;
    }
    if (read_whole(p, file) != 0) {
        unread(p, errno);
        return;
    }
    const struct walk_file f = {.path = p->path, .st = &st, .text = p->room};
    p->ended = !p->w->file(p->w->context, &f);
    secret_set_len(p->room, 0);
}

static bool is_kernels(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (fs.f_type == PROC_MAGIC || fs.f_type == SYSFS_MAGIC);
}

/* Appends a name; false: the path is too long. */
static bool push(struct place *p, const char *name)
{
    bool slash = p->len > 0 && p->path[p->len - 1] != '/';
    size_t n = strlen(name);
    if (p->len + slash + n >= sizeof p->path)
        return false;
    if (slash)
        p->path[p->len++] = '/';
    memcpy(p->path + p->len, name, n + 1);
    p->len += n;
    return true;
}

static bool is_folder(int folder, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static bool is_left_out(const struct dirent *e)
{
    return strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
           (e->d_type != DT_UNKNOWN && e->d_type != DT_DIR && e->d_type != DT_REG);
}

/* Manuals are full of examples, ours among them; whoever names the folder has it looked at. */
static bool is_manuals(const struct place *p)
{
    static const char manuals[] = "/share/man";
    size_t len = sizeof manuals - 1;
    return p->len > len && memcmp(p->path + p->len - len, manuals, len) == 0;
}

static void look_at_folder(struct place *p, int fd, unsigned depth);

static void look_at_entry(struct place *p, int folder, const struct dirent *e, bool in_git,
                          unsigned depth)
{
    size_t before = p->len;
    if (is_left_out(e) || (in_git && strcmp(e->d_name, "objects") == 0))
        return;
    if (!push(p, e->d_name)) {
        unread(p, ENAMETOOLONG);
        return;
    }
    if (!is_folder(folder, e)) {
        look_at_file(p, open_file(folder, e->d_name));
    } else if (!is_manuals(p)) {
        int fd =
            openat(folder, e->d_name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            unread(p, errno);
        else
            look_at_folder(p, fd, depth + 1);
    }
    p->len = before;
    p->path[before] = '\0';
}

static bool is_git(const struct place *p)
{
    return p->len >= 4 && strcmp(p->path + p->len - 4, ".git") == 0;
}

/* Takes fd. */
static void look_at_folder(struct place *p, int fd, unsigned depth)
{
    struct stat st;
    struct dirent *e;
    bool in_git = is_git(p);
    if (depth > WALK_DEPTH_MAX || fstat(fd, &st) != 0 || is_kernels(fd)) {
        if (depth > WALK_DEPTH_MAX)
            unread(p, WALK_TOO_DEEP);
        (void)close(fd);
        return;
    }
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        unread(p, errno);
        (void)close(fd);
        return;
    }
    if (in_git && p->w->repository)
        p->ended = !p->w->repository(p->w->context, p->path);
    for (errno = 0; !p->ended && (e = readdir(dir)) != NULL; errno = 0)
        look_at_entry(p, fd, e, in_git, depth);
    (void)closedir(dir);
}

/* What the user names may be a link. */
static enum sv_status open_place(const char *path, bool *is_file, int *fd, struct sv_err *err)
{
    char real[PATH_MAX];
    struct stat st;
    if (stat(path, &st) != 0)
        return sv_fail_errno(err, SV_MISSING, errno, "cannot look at the place");
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return sv_fail(err, SV_DATA, "it is a pipe, socket or device: name a file or a folder");
    *is_file = S_ISREG(st.st_mode);
    if (*is_file)
        *fd = open_file(AT_FDCWD, realpath(path, real) != NULL ? real : path);
    else
        *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 ? SV_OK : sv_fail_errno(err, SV_IO, errno, "cannot look at the place");
}

enum sv_status walk_check(const char *path, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    bool is_file;
    return open_place(path, &is_file, &fd, err);
}

enum sv_status walk_from(struct walk *w, const char *path, struct sv_err *err)
{
    SV_AUTOFREE struct place *p = sv_alloc(sizeof *p);
    SECRET_OWNED struct secret *room = NULL;
    bool is_file;
    int fd;
    if (p == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = secret_new(&room, w->size_max, err);
    if (s == SV_OK)
        s = open_place(path, &is_file, &fd, err);
    if (s != SV_OK)
        return s;
    *p = (struct place){.w = w, .room = room};
    (void)push(p, path); /* it fits: stat(2) took it */
    if (is_file)
        look_at_file(p, fd);
    else
        look_at_folder(p, fd, 0);
    return SV_OK;
}
