/* SPDX-License-Identifier: ISC */
/*
 * intruder: system calls made within another process, as code that has taken it over would
 * make them. By ptrace(2), so it needs root where the process is not dumpable.
 *
 *     intruder PID CALL...
 *
 * CALL is NUMBER,ARGUMENT,... with up to six arguments: a number, @TEXT for the address of
 * a string, or %HEX for that of bytes. Prints the answer of each, a line each, as the
 * kernel gives it: -1 is EPERM, -13 EACCES. The process must be asleep in a system call; it
 * is left as it was. Ends with 77 on processors whose registers are not known here.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#ifndef __x86_64__
int main(void)
{
    fprintf(stderr, "intruder: this processor's registers are not known here\n");
    return 77;
}
#else

#define SYSCALL_LEN 2   /* bytes of the instruction */
#define BELOW_STACK 256 /* past the red zone */
#define ROOM 256        /* for each argument's bytes */

static void fail(const char *what)
{
    fprintf(stderr, "intruder: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void poke(pid_t pid, unsigned long long at, const void *bytes, size_t len)
{
    struct iovec here = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    struct iovec there = {.iov_base = (void *)(uintptr_t)at, .iov_len = len};
    if (process_vm_writev(pid, &here, 1, &there, 1, 0) != (ssize_t)len)
        fail("cannot write into its memory");
}

static size_t bytes_of(const char *text, unsigned char out[ROOM])
{
    size_t len = 0;
    unsigned byte;
    if (text[0] == '@') {
        len = strlen(text + 1) + 1;
        if (len > ROOM)
            exit(64);
        memcpy(out, text + 1, len);
        return len;
    }
    for (text++; len < ROOM && sscanf(text, "%2x", &byte) == 1; text += 2)
        out[len++] = (unsigned char)byte;
    return len;
}

static unsigned long long argument(pid_t pid, const char *text, unsigned long long room)
{
    unsigned char bytes[ROOM];
    if (text[0] != '@' && text[0] != '%')
        return (unsigned long long)strtoll(text, NULL, 0);
    poke(pid, room, bytes, bytes_of(text, bytes));
    return room;
}

/* Steps over the instruction that the process sleeps in, with other registers. */
static long long make_call(pid_t pid, const struct user_regs_struct *asleep, char *call)
{
    struct user_regs_struct r = *asleep;
    unsigned long long values[7] = {0}, room = asleep->rsp - BELOW_STACK;
    size_t n = 0;
    int status;
    for (char *word = strsep(&call, ","); word != NULL && n < 7; word = strsep(&call, ",")) {
        room -= ROOM;
        values[n++] = argument(pid, word, room);
    }
    r.rip -= SYSCALL_LEN;
    r.rax = values[0];
    r.orig_rax = ~0ULL; /* nothing to be resumed */
    r.rdi = values[1];
    r.rsi = values[2];
    r.rdx = values[3];
    r.r10 = values[4];
    r.r8 = values[5];
    r.r9 = values[6];
    if (ptrace(PTRACE_SETREGS, pid, NULL, &r) != 0 ||
        ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid ||
        !WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, pid, NULL, &r) != 0)
        fail("cannot step");
    return (long long)r.rax;
}

int main(int argc, char **argv)
{
    struct user_regs_struct asleep;
    int status;
    if (argc < 3)
        return 64;
    pid_t pid = (pid_t)strtol(argv[1], NULL, 10);
    if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid ||
        ptrace(PTRACE_GETREGS, pid, NULL, &asleep) != 0)
        fail("cannot take hold of it");
    for (int i = 2; i < argc; i++)
        printf("%lld\n", make_call(pid, &asleep, argv[i]));
    /* The call that it slept in begins anew. */
    if (ptrace(PTRACE_SETREGS, pid, NULL, &asleep) != 0 ||
        ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
        fail("cannot let go of it");
    return 0;
}
#endif
