/* SPDX-License-Identifier: ISC */
#include "nss/fence.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/call_filter.h"
#include "base/landlock.h"

/* The libraries, and what the C library, NSPR and freebl ask about the machine. */
static const char *const readable[] = {"/lib",
                                       "/lib64",
                                       "/usr/lib",
                                       "/usr/lib64",
                                       "/etc/ld.so.cache",
                                       "/etc/ssl",
                                       "/etc/crypto-policies",
                                       "/dev/urandom",
                                       "/dev/null",
                                       "/proc/sys/crypto",
                                       "/sys/devices/system/cpu"};

#define ANY(name)                                \
    {                                            \
        .call = SYS_##name, .kind = CALL_ALLOWED \
    }
#define WHERE(name, n, bits, is)                                                         \
    {                                                                                    \
        .call = SYS_##name, .kind = CALL_WHERE, .argument = n, .mask = bits, .value = is \
    }

#ifdef SYS_open
#define OLDER_CALLS ANY(open), ANY(stat), ANY(lstat), ANY(access), ANY(readlink), ANY(time),
#else
#define OLDER_CALLS
#endif

/* Talking through the pipes, files of which Landlock leaves few, locks as SQLite takes them for
 * reading, memory, time, an end. */
#define CALLS_OF_NSS                                                                               \
    OLDER_CALLS ANY(read), ANY(write), ANY(readv), ANY(writev), ANY(close), ANY(openat),           \
        ANY(pread64), ANY(lseek), ANY(fstat), ANY(newfstatat), ANY(statx), ANY(statfs),            \
        ANY(fstatfs), ANY(faccessat), ANY(faccessat2), ANY(readlinkat), ANY(getcwd),               \
        ANY(getdents64), CALLS_OF_FCNTL, CALL_FCNTL_WITH(F_SETLK, 0), CALL_FCNTL_WITH(F_GETLK, 0), \
        ANY(munmap), ANY(mremap), ANY(madvise), ANY(mlock), ANY(mlock2), ANY(munlock), ANY(brk),   \
        ANY(futex), ANY(clock_gettime), ANY(clock_getres), ANY(clock_nanosleep), ANY(nanosleep),   \
        ANY(gettimeofday), ANY(getrandom), ANY(getpid), ANY(getppid), ANY(gettid), ANY(getuid),    \
        ANY(geteuid), ANY(getgid), ANY(getegid), ANY(uname), ANY(sysinfo), ANY(getrusage),         \
        ANY(times), WHERE(prlimit64, 0, UINT32_MAX, 0), ANY(sched_getaffinity), ANY(sched_yield),  \
        ANY(rt_sigaction), ANY(rt_sigprocmask), ANY(rt_sigreturn), ANY(sigaltstack), ANY(ppoll),   \
        ANY(restart_syscall), ANY(rseq), ANY(set_robust_list), ANY(membarrier), ANY(exit),         \
        ANY(exit_group)

static const struct call_rule entered[] = {CALLS_OF_NSS, ANY(mmap), ANY(mprotect), ANY(prctl),
                                           ANY(seccomp)};

static const struct call_rule closed[] = {CALLS_OF_NSS, WHERE(mmap, 2, PROT_EXEC, 0),
                                          WHERE(mprotect, 2, PROT_EXEC, 0)};

enum sv_status fence_enter(const char *folder, const char *library, struct sv_err *err)
{
    LANDLOCK_OWNED struct landlock l = {.rules = -1};
    enum sv_status status = landlock_begin(&l, false, err);
    if (status != SV_OK)
        return status;
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++)
        landlock_read(&l, readable[i]);
    landlock_read(&l, folder);
    if (library[0] != '\0')
        landlock_read(&l, library);
    status = landlock_enter(&l, err);
    if (status == SV_OK)
        status = call_filter_enter(entered, sizeof entered / sizeof entered[0], err);
    return status;
}

enum sv_status fence_close(struct sv_err *err)
{
    return call_filter_enter(closed, sizeof closed / sizeof closed[0], err);
}
