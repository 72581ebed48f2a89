/* SPDX-License-Identifier: ISC */
/*
 * calls: a library to preload. It stands between a program and the calls by which it
 * reaches the disk and its memory (SQLite's too), and does one of two things:
 *
 *   FAULTS=KIND:MODE:N   the Nth call that KIND speaks of goes wrong; MODE "once" or
 *                        "ever" (and each one after it), or "none": none goes wrong, and
 *                        FAULTS_TOLD has a line for each
 *   FAULTS_TRACE=FILE    each change of a file is written down in the order in which it
 *                        was made (struct record), for power.py
 *
 *   enospc eio erofs   the call fails so, where it can
 *   short              half of a write is made; with "ever" there is no room after it
 *   nomem              malloc, calloc, realloc and anonymous mmap give nothing
 *   kill               the process gets SIGKILL before its Nth change
 *   full               the disk behind FAULTS_BALLAST is filled, truly
 *   romount            the file system FAULTS_MOUNT is made read-only, truly, as soon as
 *                      nobody has a file open there for writing
 *
 * FAULTS_TOLD names a file that says which call it was; it is not made when the program
 * came to its end before. FAULTS_IN is the name of the only program that is meant.
 */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PATH_ROOM 512
#define SECTOR 512
#define MESSAGES 2 /* standard error: somebody must tell what happened */

enum call {
    READS,   /* read, pread */
    WRITES,  /* write, pwrite */
    SYNCS,   /* fsync, fdatasync */
    OPENS,   /* for reading */
    CHANGES, /* open for writing */
    MAKES,   /* open that makes a file, mkdir, link */
    MOVES,   /* rename, unlink, rmdir */
    CUTS,    /* ftruncate, fallocate */
    LOCKS,   /* flock */
    MAPS,    /* mmap of a file */
    MEMORY   /* malloc and the like, anonymous mmap */
};
#define BIT(call) (1u << (call))
#define ALL_CHANGES (BIT(WRITES) | BIT(SYNCS) | BIT(MAKES) | BIT(MOVES) | BIT(CUTS))

static const struct kind {
    const char *name;
    unsigned calls;
    int error;
} kinds[] = {
    {"enospc", BIT(WRITES) | BIT(MAKES) | BIT(CUTS) | BIT(SYNCS), ENOSPC},
    {"eio", ~BIT(MEMORY), EIO},
    {"erofs", BIT(WRITES) | BIT(CHANGES) | BIT(MAKES) | BIT(MOVES) | BIT(CUTS), EROFS},
    {"short", BIT(WRITES), ENOSPC},
    {"nomem", BIT(MEMORY), ENOMEM},
    {"kill", ALL_CHANGES, 0},
    {"full", ALL_CHANGES, 0},
    {"romount", ALL_CHANGES | BIT(CHANGES), 0},
};

static const struct kind *kind; /* NULL: nothing goes wrong */
static bool for_ever, listing, happened, busy, naming;
static unsigned long left;
static int trace = -1;

/* ---- what is asked of us ---- */

static bool is(const char *name)
{
    return strcmp(kind->name, name) == 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *in = getenv("FAULTS_IN"), *what = getenv("FAULTS"), *to = getenv("FAULTS_TRACE");

    if (!in || strcmp(in, program_invocation_short_name) != 0)
        return;
    if (to)
        trace = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    for (size_t i = 0; what && i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i].name);
        if (strncmp(what, kinds[i].name, len) != 0 || what[len] != ':')
            continue;
        for_ever = strncmp(what + len + 1, "ever:", 5) == 0;
        listing = strncmp(what + len + 1, "none:", 5) == 0;
        left = strtoul(what + len + 6, NULL, 10);
        kind = &kinds[i];
    }
}

/* Without stdio: that one allocates and writes. */
static void tell(const char *call, const char *path)
{
    const char *to = getenv("FAULTS_TOLD");
    char line[PATH_ROOM + 32];

    if (!to)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, to,
                          O_WRONLY | O_CREAT | (listing ? O_APPEND : O_TRUNC), 0600);
    size_t n = strlen(call);
    memcpy(line, call, n);
    line[n++] = ' ';
    size_t len = strnlen(path, PATH_ROOM);
    memcpy(line + n, path, len);
    n += len;
    if (listing)
        line[n++] = '\n';
    (void)!syscall(SYS_write, fd, line, n);
    (void)syscall(SYS_close, fd);
}

/* ---- faults that are no mere answer ---- */

static void fill_disk(void)
{
    struct statfs fs;
    const char *path = getenv("FAULTS_BALLAST");
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0600);

    for (int i = 0; i < 8 && syscall(SYS_fstatfs, fd, &fs) == 0 && fs.f_bavail > 0; i++)
        if (syscall(SYS_fallocate, fd, 0, syscall(SYS_lseek, fd, 0, SEEK_END),
                    (off_t)fs.f_bavail * fs.f_bsize) != 0)
            break;
    (void)syscall(SYS_close, fd);
}

static bool make_read_only(void)
{
    return syscall(SYS_mount, NULL, getenv("FAULTS_MOUNT"), NULL, MS_REMOUNT | MS_RDONLY, NULL) ==
           0;
}

/* ---- the Nth call ---- */

static const char *path_of(int fd, char room[PATH_ROOM])
{
    char name[32] = "/proc/self/fd/";
    char digits[12];
    size_t n = sizeof digits;

    digits[--n] = 0;
    for (unsigned u = (unsigned)fd; n > 0 && (u > 0 || digits[n] == 0); u /= 10)
        digits[--n] = (char)('0' + u % 10);
    strcat(name, digits + n);
    ssize_t len = syscall(SYS_readlink, name, room, PATH_ROOM - 1);
    room[len > 0 ? len : 0] = 0;
    return room;
}

/* Is it this call that goes wrong? Then errno says how. path NULL: fd tells. */
static bool goes_wrong(enum call call, const char *name, const char *path, int fd)
{
    char room[PATH_ROOM];

    if (!kind || busy || (naming && call == MEMORY) || (kind->calls & BIT(call)) == 0 ||
        (happened && !for_ever))
        return false;
    if (left > 0 && --left > 0)
        return false;
    int kept = errno;
    busy = true;
    if (listing) {
        tell(name, path ? path : call == MEMORY ? "" : path_of(fd, room));
        busy = false;
        errno = kept;
        return false;
    }
    if (!happened && (!is("romount") || make_read_only())) {
        tell(name, path ? path : call == MEMORY ? "" : path_of(fd, room));
        happened = true;
        if (is("kill"))
            (void)kill(getpid(), SIGKILL);
        if (is("full"))
            fill_disk();
    }
    busy = false;
    errno = kind->error ? kind->error : kept;
    return kind->error != 0;
}

/* ---- what was changed ---- */

struct record {
    char op; /* Create Write Truncate Sync Rename Link Unlink Mkdir rmDir; O: output */
    uint8_t reserved[3];
    uint32_t path, other, data; /* lengths of what follows */
    uint64_t inode, at;
};

static uint64_t inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void note(char op, uint64_t inode, uint64_t at, const char *path, const char *other,
                 const void *data, size_t len)
{
    struct record r = {.op = op, .inode = inode, .at = at, .data = (uint32_t)len};
    uint8_t bytes[sizeof r + 2 * PATH_ROOM];
    size_t n = sizeof r;

    if (trace < 0)
        return;
    int kept = errno;
    r.path = path ? (uint32_t)strnlen(path, PATH_ROOM) : 0;
    r.other = other ? (uint32_t)strnlen(other, PATH_ROOM) : 0;
    memcpy(bytes, &r, sizeof r);
    if (path)
        memcpy(bytes + n, path, r.path);
    n += r.path;
    if (other)
        memcpy(bytes + n, other, r.other);
    n += r.other;
    if (syscall(SYS_write, trace, bytes, n) != (ssize_t)n ||
        (len > 0 && syscall(SYS_write, trace, data, len) != (ssize_t)len))
        abort(); /* half a trace would prove nothing */
    errno = kept;
}

static const char *whole_path(int dir, const char *path, char room[2 * PATH_ROOM])
{
    char folder[PATH_ROOM];

    if (path[0] == '/')
        return path;
    if (dir == AT_FDCWD)
        folder[syscall(SYS_getcwd, folder, sizeof folder) > 0 ? strlen(folder) : 0] = 0;
    else
        (void)path_of(dir, folder);
    size_t n = strnlen(folder, PATH_ROOM), len = strnlen(path, PATH_ROOM - 1);
    memcpy(room, folder, n);
    room[n] = '/';
    memcpy(room + n + 1, path, len);
    room[n + 1 + len] = 0;
    return room;
}

/* ---- the calls: data ---- */

#define WRONG(call, fd) goes_wrong(call, __func__, NULL, fd)
#define WRONG_AT(call, path) goes_wrong(call, __func__, path, -1)

static ssize_t written(int fd, off_t at, const void *bytes, ssize_t n)
{
    if (n <= 0 || trace < 0)
        return n;
    if (fd == STDOUT_FILENO)
        note('O', 0, 0, NULL, NULL, bytes, (size_t)n);
    else
        note('W', inode_of(fd), (uint64_t)(at >= 0 ? at : syscall(SYS_lseek, fd, 0, SEEK_CUR) - n),
             NULL, NULL, bytes, (size_t)n);
    return n;
}

/* How much of n bytes is to be written: -1 for none, errno is set. */
static ssize_t allowed(const char *name, int fd, size_t n)
{
    bool first = !happened;

    if (fd == MESSAGES || !goes_wrong(WRITES, name, NULL, fd))
        return (ssize_t)n;
    if (!is("short") || !first || n < 2)
        return -1;
    /* Where the rest fails for good a disk has taken whole sectors. */
    return for_ever ? (ssize_t)(n / 2 / SECTOR * SECTOR) : (ssize_t)(n / 2);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    ssize_t part = allowed(__func__, fd, n);

    return part < 0 ? -1 : written(fd, -1, bytes, syscall(SYS_write, fd, bytes, part));
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    ssize_t part = allowed(__func__, fd, n);

    return part < 0 ? -1 : written(fd, at, bytes, syscall(SYS_pwrite64, fd, bytes, part, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    return pwrite(fd, bytes, n, at);
}

ssize_t read(int fd, void *bytes, size_t n)
{
    return WRONG(READS, fd) ? -1 : syscall(SYS_read, fd, bytes, n);
}

ssize_t __read_chk(int fd, void *bytes, size_t n, size_t room);
ssize_t __read_chk(int fd, void *bytes, size_t n, size_t room)
{
    return n > room ? -1 : read(fd, bytes, n);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
    return WRONG(READS, fd) ? -1 : syscall(SYS_pread64, fd, bytes, n, at);
}

ssize_t pread64(int fd, void *bytes, size_t n, off64_t at)
{
    return pread(fd, bytes, n, at);
}

ssize_t __pread_chk(int fd, void *bytes, size_t n, off_t at, size_t room);
ssize_t __pread_chk(int fd, void *bytes, size_t n, off_t at, size_t room)
{
    return n > room ? -1 : pread(fd, bytes, n, at);
}

ssize_t __pread64_chk(int fd, void *bytes, size_t n, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *bytes, size_t n, off_t at, size_t room)
{
    return n > room ? -1 : pread(fd, bytes, n, at);
}

/* Nothing outlives these processes but the kernel, which keeps what it was given: to
 * wait for a disk would prove nothing. What a sync must do power.py knows. */
int fsync(int fd)
{
    if (WRONG(SYNCS, fd))
        return -1;
    note('S', inode_of(fd), 0, NULL, NULL, NULL, 0);
    return 0;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

int ftruncate(int fd, off_t length)
{
    if (WRONG(CUTS, fd))
        return -1;
    int rc = (int)syscall(SYS_ftruncate, fd, length);
    if (rc == 0)
        note('T', inode_of(fd), (uint64_t)length, NULL, NULL, NULL, 0);
    return rc;
}

int ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, length);
}

int flock(int fd, int operation)
{
    return WRONG(LOCKS, fd) ? -1 : (int)syscall(SYS_flock, fd, operation);
}

/* ---- the calls: names ---- */

static int open_at(const char *name, int dir, const char *path, int flags, mode_t mode)
{
    char room[2 * PATH_ROOM];
    struct stat st;
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
    bool makes =
        nameless || ((flags & O_CREAT) != 0 && fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0);

    if (goes_wrong(makes ? MAKES : writes ? CHANGES : OPENS, name, path, -1))
        return -1;
    int fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    if (fd >= 0 && makes)
        note('C', inode_of(fd), 0, nameless ? NULL : whole_path(dir, path, room), NULL, NULL, 0);
    if (fd >= 0 && !makes && (flags & O_TRUNC) != 0)
        note('T', inode_of(fd), 0, NULL, NULL, NULL, 0);
    return fd;
}

static bool has_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

#define OPEN(name)                                                                              \
    int name(const char *path, int flags, ...)                                                  \
    {                                                                                           \
        va_list list;                                                                           \
        va_start(list, flags);                                                                  \
        int fd =                                                                                \
            open_at("open", AT_FDCWD, path, flags, has_mode(flags) ? va_arg(list, mode_t) : 0); \
        va_end(list);                                                                           \
        return fd;                                                                              \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                              \
    int name(int dir, const char *path, int flags, ...)                                           \
    {                                                                                             \
        va_list list;                                                                             \
        va_start(list, flags);                                                                    \
        int fd = open_at("openat", dir, path, flags, has_mode(flags) ? va_arg(list, mode_t) : 0); \
        va_end(list);                                                                             \
        return fd;                                                                                \
    }
OPENAT(openat)
OPENAT(openat64)

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_at("open", AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open_at("open", AT_FDCWD, path, flags, 0);
}

int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
    return open_at("openat", dir, path, flags, 0);
}

int unlinkat(int dir, const char *path, int flags)
{
    char room[2 * PATH_ROOM];

    if (WRONG_AT(MOVES, path))
        return -1;
    int rc = (int)syscall(SYS_unlinkat, dir, path, flags);
    if (rc == 0)
        note((flags & AT_REMOVEDIR) != 0 ? 'D' : 'U', 0, 0, whole_path(dir, path, room), NULL, NULL,
             0);
    return rc;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    char room[2 * PATH_ROOM], other[2 * PATH_ROOM];

    if (WRONG_AT(MOVES, to))
        return -1;
    int rc = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    if (rc == 0)
        note('R', 0, 0, whole_path(from_dir, from, room), whole_path(to_dir, to, other), NULL, 0);
    return rc;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return renameat2(from_dir, from, to_dir, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    char room[2 * PATH_ROOM];
    struct stat st;

    if (WRONG_AT(MAKES, to))
        return -1;
    int rc = (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
    if (rc == 0 && fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
        note('L', st.st_ino, 0, whole_path(to_dir, to, room), NULL, NULL, 0);
    return rc;
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
    char room[2 * PATH_ROOM];
    struct stat st;

    /* Of a folder that is there the kernel says so before it looks for room. */
    if (fstatat(dir, path, &st, 0) != 0 && WRONG_AT(MAKES, path))
        return -1;
    int rc = (int)syscall(SYS_mkdirat, dir, path, mode);
    if (rc == 0 && fstatat(dir, path, &st, 0) == 0)
        note('M', st.st_ino, 0, whole_path(dir, path, room), NULL, NULL, 0);
    return rc;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

/* ---- the calls: memory ---- */

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (WRONG((flags & MAP_ANONYMOUS) != 0 ? MEMORY : MAPS, fd))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    return mmap(at, size, protection, flags, fd, offset);
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
    return WRONG(MEMORY, -1) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return WRONG(MEMORY, -1) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return WRONG(MEMORY, -1) ? NULL : __libc_realloc(block, size);
}

/* ---- the calls: names of users ----
 *
 * glibc 2.36 dies in them when its memory ends (nss_database_check_reload_and_get, without
 * its state): that is no fault of the program's, which holds no half-made change then. */

struct passwd *getpwnam(const char *name)
{
    struct passwd *(*next)(const char *) =
        (struct passwd * (*)(const char *))(uintptr_t)dlsym(RTLD_NEXT, "getpwnam");

    naming = true;
    struct passwd *user = next(name);
    naming = false;
    return user;
}

struct passwd *getpwuid(uid_t uid)
{
    struct passwd *(*next)(uid_t) =
        (struct passwd * (*)(uid_t))(uintptr_t)dlsym(RTLD_NEXT, "getpwuid");

    naming = true;
    struct passwd *user = next(uid);
    naming = false;
    return user;
}
