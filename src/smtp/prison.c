/* SPDX-License-Identifier: ISC */
#include "smtp/prison.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/call_filter.h"
#include "base/defence.h"
#include "base/landlock.h"

/* ---- files and ports ---- */

static const char *const readable[] = {
    /* name lookup */
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/services", "/etc/protocols",
    /* authorities, and how OpenSSL is to be */
    "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/crypto-policies",
    "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
    /* libraries that are loaded when they are needed, locales, time zones */
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/locale",
    "/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/urandom"};

static enum sv_status close_files(const struct prison_needs *needs, struct sv_err *err)
{
    LANDLOCK_OWNED struct landlock l = {.rules = -1};
    enum sv_status status = landlock_begin(&l, needs->port_count == 0, err);
    if (status != SV_OK)
        return status;
    for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
        landlock_read(&l, readable[i]);
    if (needs->ca_file != NULL && needs->ca_file[0] != '\0')
        landlock_read(&l, needs->ca_file);
    for (size_t i = 0; i < needs->port_count; i++)
        landlock_connect(&l, needs->ports[i]);
    if (needs->port_count > 0)
        landlock_connect(&l, 53); /* a name server's long answers */
    return landlock_enter(&l, err);
}

/* ---- system calls ---- */

#define ANY(name)                                \
    {                                            \
        .call = SYS_##name, .kind = CALL_ALLOWED \
    }
#define WHERE(name, n, bits, is)                                                         \
    {                                                                                    \
        .call = SYS_##name, .kind = CALL_WHERE, .argument = n, .mask = bits, .value = is \
    }
#define WHOLE UINT32_MAX

/* What goes on for the whole life: talking on what is open, memory, time, an end. */
#define CALLS_OF_A_SESSION                                                                      \
    ANY(read), ANY(write), ANY(readv), ANY(writev), ANY(close), ANY(recvfrom), ANY(recvmsg),    \
        ANY(shutdown), ANY(getsockopt), ANY(setsockopt), ANY(getsockname), ANY(getpeername),    \
        ANY(ppoll), ANY(pselect6), CALLS_OF_FCNTL, ANY(fstat), ANY(lseek), ANY(munmap),         \
        ANY(mremap), ANY(madvise), ANY(mlock), ANY(mlock2), ANY(munlock), ANY(brk), ANY(futex), \
        ANY(clock_gettime), ANY(clock_getres), ANY(clock_nanosleep), ANY(nanosleep),            \
        ANY(gettimeofday), ANY(getrandom), ANY(getpid), ANY(gettid), ANY(rt_sigaction),         \
        ANY(rt_sigprocmask), ANY(rt_sigreturn), ANY(sigaltstack), ANY(sched_yield),             \
        ANY(setitimer), ANY(restart_syscall), ANY(rseq), ANY(set_robust_list), ANY(exit),       \
        ANY(exit_group)

static const struct call_rule entered[] = {
    CALLS_OF_A_SESSION,
    /* connecting; a netlink socket tells getaddrinfo(3) of this machine's addresses */
    WHERE(socket, 0, WHOLE, AF_INET),
    WHERE(socket, 0, WHOLE, AF_INET6),
    WHERE(socket, 0, WHOLE, AF_NETLINK),
    ANY(socketpair),
    ANY(connect),
    ANY(bind),
    ANY(sendto),
    ANY(sendmsg),
    ANY(sendmmsg),
    WHERE(ioctl, 1, WHOLE, FIONREAD),
    WHERE(ioctl, 1, WHOLE, FIONBIO),
    ANY(pipe2),
    ANY(eventfd2),
    /* files, of which Landlock leaves few */
    ANY(openat),
    ANY(newfstatat),
    ANY(statx),
    ANY(pread64),
    ANY(readlinkat),
    ANY(faccessat),
    ANY(faccessat2),
    ANY(getdents64),
    ANY(getcwd),
    /* libraries, and threads that look up a name */
    ANY(mmap),
    ANY(mprotect),
    WHERE(clone, 0, CLONE_THREAD, CLONE_THREAD),
    {.call = SYS_clone3, .kind = CALL_MISSING}, /* its flags are out of a filter's sight */
    ANY(prctl),
    ANY(getuid),
    ANY(geteuid),
    ANY(getgid),
    ANY(getegid),
    ANY(uname),
    ANY(sysinfo),
    WHERE(prlimit64, 0, WHOLE, 0),
    ANY(sched_getaffinity),
    ANY(membarrier),
    ANY(seccomp), /* the next step: a filter only ever takes away */
#ifdef SYS_open
    /* older spellings of the same */
    ANY(open),
    ANY(stat),
    ANY(lstat),
    ANY(access),
    ANY(readlink),
    ANY(alarm),
    ANY(poll),
    ANY(select),
    ANY(pipe),
    ANY(time),
#endif
};

static const struct call_rule closed[] = {
    CALLS_OF_A_SESSION,
    {.call = SYS_sendto, .kind = CALL_NULL, .argument = 4}, /* without an address */
    WHERE(mmap, 2, PROT_EXEC, 0),
    WHERE(mprotect, 2, PROT_EXEC, 0),
#ifdef SYS_open
    ANY(alarm),
    ANY(poll),
    ANY(select),
    ANY(time),
#endif
};

/* Taking connections on what listens already. */
static const struct call_rule listening[] = {
    CALLS_OF_A_SESSION,
    ANY(accept4),
    WHERE(mmap, 2, PROT_EXEC, 0),
    WHERE(mprotect, 2, PROT_EXEC, 0),
#ifdef SYS_open
    ANY(poll),
    ANY(time),
#endif
};

#define COUNT(rules) (sizeof(rules) / sizeof((rules)[0]))

enum sv_status prison_enter(const struct prison_needs *needs, struct sv_err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "smtpvault-net cannot give up privileges");
    enum sv_status status = DEFENDED(NET_FILES) ? close_files(needs, err) : SV_OK;
    if (status == SV_OK && DEFENDED(NET_CALLS))
        status = call_filter_enter(entered, COUNT(entered), err);
    return status;
}

enum sv_status prison_close(struct sv_err *err)
{
    return DEFENDED(NET_CLOSED) ? call_filter_enter(closed, COUNT(closed), err) : SV_OK;
}

enum sv_status prison_listen(struct sv_err *err)
{
    return DEFENDED(NET_CLOSED) ? call_filter_enter(listening, COUNT(listening), err) : SV_OK;
}

const char *prison_lacks(void)
{
    int version = landlock_version();
    bool calls = call_filter_possible();
    if (!calls && version == 0)
        return "this kernel has neither seccomp nor Landlock: the network helper can reach files "
               "and start programs";
    if (!calls)
        return "this kernel or processor has no seccomp filter for the network helper: it can "
               "connect elsewhere";
    if (version == 0)
        return "this kernel has no Landlock: until the session with the server stands the network "
               "helper can read files";
    return "";
}
