/* SPDX-License-Identifier: ISC */
#include "agent/harden.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/call_filter.h"
#include "base/defence.h"

/* What the loop, SQLite, the log, /proc and the C library do. */
static const uint32_t allowed[] = {
    /* sockets that are there */
    SYS_accept4,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_sendto,
    SYS_sendmsg,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_getsockname,
    SYS_getpeername,
    SYS_shutdown,
    SYS_ppoll,
    /* files */
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_openat,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_fsync,
    SYS_fdatasync,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_flock,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_umask,
    SYS_renameat,
    SYS_renameat2,
    SYS_unlinkat,
    SYS_linkat,
    SYS_mkdirat,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_getdents64,
    SYS_getcwd,
    SYS_chdir,
    SYS_dup,
    SYS_dup3,
    SYS_utimensat,
    /* memory */
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_mlock,
    SYS_mlock2,
    SYS_munlock,
    SYS_msync,
    SYS_brk,
    SYS_futex,
    /* itself, time, signals */
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_prlimit64,
    SYS_sysinfo,
    SYS_uname,
    SYS_sched_getaffinity,
    SYS_sched_yield,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_signalfd4,
    SYS_restart_syscall,
    SYS_setsid,
    SYS_pidfd_open,
    SYS_rseq,
    SYS_set_robust_list,
    SYS_exit,
    SYS_exit_group,
#ifdef SYS_open
    /* older spellings of the same */
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_poll,
    SYS_rename,
    SYS_unlink,
    SYS_link,
    SYS_mkdir,
    SYS_readlink,
    SYS_chmod,
    SYS_dup2,
    SYS_time,
#endif
};
#define ALLOWED (sizeof allowed / sizeof allowed[0])

#define WHERE(name, n, is)                                                                     \
    {                                                                                          \
        .call = SYS_##name, .kind = CALL_WHERE, .argument = n, .mask = UINT32_MAX, .value = is \
    }

/* Of these, what cannot have a signal sent to somebody else. */
static const struct call_rule limited[] = {
    CALLS_OF_FCNTL,
    CALL_FCNTL_WITH(F_GETLK, 0), /* SQLite's locks */
    CALL_FCNTL_WITH(F_SETLK, 0),
    CALL_FCNTL_WITH(F_SETLKW, 0),
    WHERE(ioctl, 1, TCGETS), /* is it a terminal? */
    WHERE(ioctl, 1, TIOCGWINSZ),
    WHERE(ioctl, 1, FIONREAD),
};
#define LIMITED (sizeof limited / sizeof limited[0])

enum sv_status agent_harden(struct sv_err *err)
{
    struct call_rule rules[ALLOWED + LIMITED + 1];
    if (!DEFENDED(AGENT_CALLS))
        return SV_OK;
    for (size_t i = 0; i < ALLOWED; i++)
        rules[i] = (struct call_rule){.call = allowed[i], .kind = CALL_ALLOWED};
    memcpy(rules + ALLOWED, limited, sizeof limited);
    rules[ALLOWED + LIMITED] = (struct call_rule)WHERE(tgkill, 0, (uint32_t)getpid()); /* abort */
    return call_filter_enter(rules, ALLOWED + LIMITED + 1, err);
}
