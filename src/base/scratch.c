/* SPDX-License-Identifier: ISC */
#include "base/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define PREFIX ".smtpvault-"
#define RANDOM_LEN 12
/* Deeper than anything that is made in one. */
#define DEPTH_MAX 8
#define TRIES 16

bool scratch_name(char name[SCRATCH_NAME])
{
    uint8_t random[RANDOM_LEN];
    char hex[2 * sizeof random + 1];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    (void)snprintf(name, SCRATCH_NAME, PREFIX "%s", text_hex(hex, random, sizeof random));
    return true;
}

static bool is_scratch_name(const char *name)
{
    return strlen(name) == SCRATCH_NAME - 1 && text_starts_with(name, PREFIX) &&
           strspn(name + strlen(PREFIX), "0123456789abcdef") == 2 * RANDOM_LEN;
}

/* A file system without locks leaves it unheld, and unswept. */
bool scratch_hold(int fd)
{
    struct stat st;

    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            break;
    return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* ---- taking away ---- */

static void empty(int folder, int depth);

static void remove_entry(int folder, const char *name, int depth)
{
    if (unlinkat(folder, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
        return;
    FD_OWNED int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0 && depth < DEPTH_MAX)
        empty(below, depth + 1);
    (void)unlinkat(folder, name, AT_REMOVEDIR);
}

static void empty(int folder, int depth)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = again >= 0 ? fdopendir(again) : NULL;
    struct dirent *e;

    if (d == NULL) {
        file_close_cleanup(&again);
        return;
    }
    while ((e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            remove_entry(folder, e->d_name, depth);
    (void)closedir(d);
}

void scratch_empty(int folder)
{
    empty(folder, 0);
}

/* Only what is ours, and only while nobody holds it. */
static void sweep_one(int folder, const char *name)
{
    struct stat held, named;
    FD_OWNED int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &held) != 0 || held.st_uid != geteuid() ||
        (!S_ISREG(held.st_mode) && !S_ISDIR(held.st_mode)) || flock(fd, LOCK_EX | LOCK_NB) != 0)
        return;
    if (S_ISDIR(held.st_mode))
        empty(fd, 0);
    if (fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_dev == held.st_dev &&
        named.st_ino == held.st_ino)
        (void)unlinkat(folder, name, S_ISDIR(held.st_mode) ? AT_REMOVEDIR : 0);
}

void scratch_sweep(int folder)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = again >= 0 ? fdopendir(again) : NULL;
    struct dirent *e;

    if (d == NULL) {
        file_close_cleanup(&again);
        return;
    }
    while ((e = readdir(d)) != NULL)
        if (is_scratch_name(e->d_name))
            sweep_one(folder, e->d_name);
    (void)closedir(d);
}

/* ---- a folder ---- */

/* Between its making and its being held it may be taken for dead. */
static int folder_make(int parent, char name[SCRATCH_NAME])
{
    for (int i = 0; i < TRIES; i++) {
        if (!scratch_name(name) || mkdirat(parent, name, 0700) != 0)
            return -1;
        FD_OWNED int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 && scratch_hold(fd)) {
            int held = fd;
            fd = -1;
            return held;
        }
    }
    errno = EBUSY;
    return -1;
}

enum sv_status scratch_new(struct scratch *s, const char *parent, struct sv_err *err)
{
    char shown[300], name[SCRATCH_NAME];

    text_printable(shown, sizeof shown, parent, strlen(parent));
    FD_OWNED int folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return sv_fail_errno(err, SV_EXISTS, errno, "cannot write to the folder %s", shown);
    scratch_sweep(folder);
    int held = folder_make(folder, name);
    if (held < 0)
        return sv_fail_errno(err, SV_EXISTS, errno, "cannot make a file in %s", shown);
    *s = (struct scratch){.parent = folder, .held = held};
    folder = -1;
    memcpy(s->name, name, sizeof name);
    s->path = path_join(parent, name);
    if (s->path == NULL) {
        scratch_clear(s);
        return sv_fail_nomem(err);
    }
    return SV_OK;
}

void scratch_clear(struct scratch *s)
{
    if (s->name[0] != '\0') {
        empty(s->held, 0);
        (void)unlinkat(s->parent, s->name, AT_REMOVEDIR);
        file_close_cleanup(&s->held);
        file_close_cleanup(&s->parent);
    }
    sv_free(s->path);
    *s = (struct scratch){0};
}
