/* SPDX-License-Identifier: ISC */
/*
 * Attack 20, an agent that was taken over.
 * Without AGENT_CALLS: an agent that was taken over calls
 *
 * Code of an attacker's within the agent makes the system calls that it would make next:
 * a program, a process, a socket, somebody else's memory. All are refused, and the agent
 * goes on with those that it needs.
 */
#include "attack.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "agent/harden.h"

struct call {
    const char *name;
    long number;
};

/* What an intruder would do first. Arguments are all 0: refused is refused before they
 * are looked at, and a call that is let through fails in another way or succeeds. */
static const struct call calls[] = {
    {"socket", SYS_socket},
    {"connect", SYS_connect},
    {"execve", SYS_execve},
    {"execveat", SYS_execveat},
    {"clone", SYS_clone},
    {"ptrace", SYS_ptrace},
    {"process_vm_readv", SYS_process_vm_readv},
    {"kill", SYS_kill},
    {"mount", SYS_mount},
    {"bpf", SYS_bpf},
    {"add_key", SYS_add_key},
    {"prctl", SYS_prctl},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"setuid", SYS_setuid},
    {"io_uring_setup", SYS_io_uring_setup},
};

/* Calls of which it needs some ways, and some would have somebody else signalled. */
static const struct {
    const char *name;
    long number;
    unsigned long arguments[3];
} ways[] = {
    {"fcntl with F_SETOWN", SYS_fcntl, {0, F_SETOWN, 1}},
    {"fcntl with F_SETSIG", SYS_fcntl, {0, F_SETSIG, SIGTERM}},
    {"fcntl with O_ASYNC", SYS_fcntl, {0, F_SETFL, O_ASYNC}},
    {"ioctl with FIOASYNC", SYS_ioctl, {0, FIOASYNC, 0}},
    {"ioctl with FIOSETOWN", SYS_ioctl, {0, FIOSETOWN, 0}},
    {"tgkill of another process", SYS_tgkill, {1, 1, 0}},
};

static bool needed_ways_go(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_SETLK, &lock) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && syscall(SYS_tgkill, getpid(), gettid(), 0) == 0;
}

/* In a child: 0, or 1 + the place of a call that was let through, 255: it cannot be tried. */
static int child(void)
{
    char path[] = "/tmp/smtpvault-attack.XXXXXX";
    if (agent_harden(NULL) != SV_OK)
        return 255;
    /* What it needs still goes. */
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0 || unlink(path) != 0 ||
        !needed_ways_go(fd))
        return 254;
    for (size_t i = 0; i < COUNT(calls); i++) {
        long got = syscall(calls[i].number, 0, 0, 0, 0, 0, 0);
        if (got == 0 && calls[i].number == SYS_clone && getpid() != getppid())
            return (int)(1 + i);
        if (got != -1 || errno != EPERM)
            return (int)(1 + i);
    }
    for (size_t i = 0; i < COUNT(ways); i++) {
        const unsigned long *a = ways[i].arguments;
        if (syscall(ways[i].number, a[0], a[1], a[2]) != -1 || errno != EPERM)
            return (int)(1 + COUNT(calls) + i);
    }
    return 0;
}

static void calls_of_an_intruder_are_refused(void **state)
{
    int status;
    (void)state;
    if (ATTACK_SANITIZED)
        return; /* base/call_filter.h: no filter there */
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(child());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    int at = WEXITSTATUS(status);
    if (at > 0 && at <= (int)COUNT(calls))
        broken("an agent that was taken over calls %s", calls[at - 1].name);
    at -= (int)COUNT(calls);
    if (at > 0 && at <= (int)COUNT(ways))
        broken("an agent that was taken over calls %s", ways[at - 1].name);
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_an_intruder_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
