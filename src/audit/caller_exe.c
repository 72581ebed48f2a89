/* SPDX-License-Identifier: ISC */
/*
 * caller: the file that a process runs, known by its inode, and read as it runs: through
 * the process's own link, so that a file put into its place meanwhile is not taken for it.
 *
 * Reading must not make us wait for others. Only files are read that lie where that is sure
 * (place_is_prompt), and none that is larger than PROGRAM_MAX; what the kernel
 * knows without asking (AT_STATX_DONT_SYNC) is enough to find that out. What was read once
 * is remembered for as long as the file is the same.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "audit/caller_impl.h"
#include "base/env.h"
#include "base/file.h"
#include "crypto/hash.h"

#define PROGRAM_MAX (64u << 20)
#define KNOWN_MAX 64
/* A file that was changed so shortly ago may be changed again without that its times tell. */
#define SETTLED_SECONDS 2

/* While these are the same it is the same file with the same bytes. */
struct identity {
    uint64_t device, inode, size;
    int64_t modified, changed; /* nanoseconds */
};

struct known {
    struct identity of; /* inode 0: free */
    bool prompt;        /* it can be read, and its name looked up, without waiting */
    bool hashed;
    uint8_t hash[HASH_LEN];
    char path[CALLER_TEXT_MAX]; /* where the package was looked for */
    char package[CALLER_PACKAGE_MAX];
    uint64_t package_age;
    uint64_t used;
};

/* One thread asks. */
static struct known known[KNOWN_MAX];
static uint64_t uses;

static int64_t nanoseconds(const struct statx_timestamp *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static struct identity identity_of(const struct statx *x)
{
    return (struct identity){makedev(x->stx_dev_major, x->stx_dev_minor), x->stx_ino, x->stx_size,
                             nanoseconds(&x->stx_mtime), nanoseconds(&x->stx_ctime)};
}

static bool look_at(struct statx *x, int dir, const char *path, int flags)
{
    return statx(dir, path, flags | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, x) == 0;
}

static bool is_same(const struct identity *a, const struct identity *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* ---- reading ---- */

/* The running file, or -1: it cannot be read, or runs no more. */
static int open_running(const struct process *p, const struct identity *of)
{
    FD_OWNED int fd = openat(p->dir, "exe", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct statx x;

    if (fd < 0 || !look_at(&x, fd, "", AT_EMPTY_PATH))
        return -1;
    struct identity opened = identity_of(&x);
    if (!is_same(&opened, of))
        return -1;
    int given = fd;
    fd = -1;
    return given;
}

static bool hash_running(struct known *k, int fd)
{
    struct statx x;

    if (fd < 0 || !hash_file(k->hash, fd, k->of.size) || !look_at(&x, fd, "", AT_EMPTY_PATH))
        return false;
    struct identity now = identity_of(&x);
    return is_same(&now, &k->of);
}

static bool is_prompt(const struct process *p, const struct statx *x)
{
    return S_ISREG(x->stx_mode) && x->stx_mask & STATX_MNT_ID && place_is_prompt(p, x->stx_mnt_id);
}

/* ---- what is remembered ---- */

static struct known *find(const struct identity *of)
{
    struct known *oldest = &known[0];

    for (size_t i = 0; i < KNOWN_MAX; i++) {
        if (is_same(&known[i].of, of))
            return &known[i];
        if (known[i].used < oldest->used)
            oldest = &known[i];
    }
    memset(oldest, 0, sizeof *oldest);
    return oldest;
}

/* The package whose file this is, and not another that another view has at the path. */
static void look_package(struct known *k, const struct process *p, const char *path)
{
    uint64_t age = package_age();
    struct statx x;

    if (age != 0 && k->package_age == age && strcmp(k->path, path) == 0)
        return;
    k->package[0] = '\0';
    k->package_age = 0;
    if (age == 0 || strlen(path) >= sizeof k->path || !package_has_place(path) ||
        !look_at(&x, AT_FDCWD, path, 0))
        return;
    struct identity there = identity_of(&x);
    FD_OWNED int fd = k->hashed ? open_running(p, &k->of) : -1;
    if (!is_same(&there, &k->of) || !package_of(k->package, path, fd))
        return;
    memcpy(k->path, path, strlen(path) + 1);
    k->package_age = age;
}

static struct known *know(const struct process *p, const struct statx *x)
{
    struct identity of = identity_of(x);
    struct known *k = find(&of);

    if (k->of.inode == 0) {
        k->of = of;
        k->prompt = is_prompt(p, x);
        FD_OWNED int fd = k->prompt && of.size <= PROGRAM_MAX ? open_running(p, &of) : -1;
        k->hashed = hash_running(k, fd);
    }
    k->used = ++uses;
    return k;
}

static void tell_closely(struct caller *out, struct known *k, const struct process *p,
                         const char *path)
{
    out->exe_hashed = k->hashed;
    if (k->hashed)
        memcpy(out->exe_hash, k->hash, sizeof out->exe_hash);
    if (!out->exe_gone && k->prompt && path[0] != '\0') {
        look_package(k, p, path);
        memcpy(out->package, k->package, sizeof out->package);
    }
    if (k->of.changed / 1000000000 > env_now() - SETTLED_SECONDS)
        memset(k, 0, sizeof *k);
}

/* ---- looking ---- */

/* The kernel puts a mark behind the path of a file that is no more there; a file may also be
 * called so. */
static bool is_gone(const char *path, size_t len, const struct statx *running, bool prompt)
{
    static const char mark[] = " (deleted)";
    struct statx there;

    if (len <= sizeof mark - 1 || strcmp(path + len - (sizeof mark - 1), mark) != 0)
        return false;
    return !prompt || !look_at(&there, AT_FDCWD, path, 0) || there.stx_ino != running->stx_ino ||
           there.stx_dev_major != running->stx_dev_major ||
           there.stx_dev_minor != running->stx_dev_minor;
}

void exe_look(struct caller *out, const struct process *p, bool closely)
{
    char path[PROC_TEXT_MAX];
    struct statx x;
    size_t len = process_link(p, "exe", path);

    /* A path that is too long for the kernel to tell stays empty; the file is known by itself. */
    caller_keep_end(out->exe, path, len);
    if (!look_at(&x, p->dir, "exe", 0))
        return;
    struct known *k = closely ? know(p, &x) : NULL;
    out->exe_device = makedev(x.stx_dev_major, x.stx_dev_minor);
    out->exe_inode = x.stx_ino;
    out->exe_gone = is_gone(path, len, &x, k == NULL || k->prompt);
    if (k != NULL)
        tell_closely(out, k, p, path);
}
