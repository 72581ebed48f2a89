/* SPDX-License-Identifier: ISC */
/*
 * doors: a process that is killed at the door of its nth change of a file. The doors
 * stand in place of libc's functions, inline ones too, so this is the first header of a
 * test and stands in one file of a program only.
 */
#ifndef TESTS_DOORS_H
#define TESTS_DOORS_H

#undef _FORTIFY_SOURCE
#include "vault_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static unsigned doors_left; /* 0: nobody is to be killed */

static inline void door(void)
{
    if (doors_left > 0 && --doors_left == 0)
        (void)kill(getpid(), SIGKILL);
}

/* Defined in the program, these stand before libc's for SQLite's library as well. */
ssize_t write(int fd, const void *bytes, size_t n)
{
    door();
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    door();
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    return pwrite(fd, bytes, n, at);
}

int ftruncate(int fd, off_t length)
{
    door();
    return (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, length);
}

static inline int open_door(int dir, const char *path, int flags, va_list list)
{
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;

    if ((flags & O_CREAT) != 0)
        door();
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

#define OPEN(name)                                       \
    int name(const char *path, int flags, ...)           \
    {                                                    \
        va_list list;                                    \
        va_start(list, flags);                           \
        int fd = open_door(AT_FDCWD, path, flags, list); \
        va_end(list);                                    \
        return fd;                                       \
    }
OPEN(open)
OPEN(open64)

int openat(int dir, const char *path, int flags, ...)
{
    va_list list;

    va_start(list, flags);
    int fd = open_door(dir, path, flags, list);
    va_end(list);
    return fd;
}

int unlinkat(int dir, const char *path, int flags)
{
    door();
    return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    door();
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return renameat2(from_dir, from, to_dir, to, 0);
}

int mkdir(const char *path, mode_t mode)
{
    door();
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

/* What a killed process has written the kernel has: to wait for the disk would prove
 * nothing here, and take most of the time. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

typedef int operation(const struct vault_place *place);

/* Runs op in a child up to the nth change; false: it came to its end before, and
 * well. */
static inline bool killed_at(operation *op, const struct vault_place *place, unsigned n)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        doors_left = n;
        _exit(op(place));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return true;
    assert_int_equal(status, 0);
    return false;
}

/* Of the changes, under valgrind only some. */
static inline unsigned pace(void)
{
    return getenv("SMTPVAULT_TEST_SLOW") ? 23 : 1;
}

/* Shell commands in the fixture's folder. */
static inline void run(const struct fixture *f, const char *commands)
{
    char command[512];

    snprintf(command, sizeof command, "cd '%.63s' && %s", f->dir, commands);
    assert_int_equal(system(command), 0);
}

#endif
