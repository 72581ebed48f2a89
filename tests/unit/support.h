/* SPDX-License-Identifier: ISC */
/*
 * support: what the tests of base share: a temporary folder, and code that runs
 * in a child because it may die or gives up its rights.
 */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline int support_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

/* The working folder of the test is a fresh one, so that names are relative. */
static inline int support_enter(void **state)
{
    char *dir = strdup("/tmp/smtpvault-test-XXXXXX");
    *state = dir;
    return dir != NULL && mkdtemp(dir) != NULL && chdir(dir) == 0 ? 0 : -1;
}

static inline int support_leave(void **state)
{
    char *dir = *state;
    int failed = chdir("/") != 0 || nftw(dir, support_remove, 8, FTW_DEPTH | FTW_PHYS) != 0;
    free(dir);
    return failed ? -1 : 0;
}

static inline void support_write(const char *path, const void *bytes, size_t len, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static inline size_t support_read(const char *path, void *dst, size_t capacity)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, dst, capacity);
    assert_true(n >= 0);
    assert_int_equal(close(fd), 0);
    return (size_t)n;
}

/* Runs `body` in a child: its answer is the exit status. Returns the wait
 * status. Sanitizers must not catch the signals that the test waits for. */
static inline int support_child(int (*body)(void *), void *context)
{
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        int null = open("/dev/null", O_WRONLY);
        (void)dup2(null, 2);
        _exit(body(context));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#define assert_child_ok(body, context) assert_int_equal(support_child(body, context), 0)

/* root is above the limits that these tests are about. */
static inline int support_drop_rights(void)
{
    if (geteuid() != 0)
        return 0;
    return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
                   setresuid(NOBODY, NOBODY, NOBODY) == 0
               ? 0
               : -1;
}

#endif
