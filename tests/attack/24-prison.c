/* SPDX-License-Identifier: ISC */
/*
 * Attack 24, a network helper that was taken over.
 * Without NET_FILES: a file of the user's, or a port that was not asked for
 * Without NET_CALLS: a program, a process, or the agent's socket
 * Without NET_CLOSED: somewhere else to send the secret to
 *
 * A server, or a name server, has found a hole in the helper and runs its own code there.
 * That code reads the vault, starts a program, asks the agent as the user's programs do,
 * and, once the secret is there, sends it to a place of its own. What the helper itself
 * needs still goes: name lookup, certificates, the session with its server.
 */
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "smtp/prison.h"

/* What the intruder has before it: made anew for each test. */
static struct lab {
    char folder[64], vault[96], socket[96];
    int mail, other, agent; /* listening */
    bool knows_ports;       /* this kernel's Landlock */
    pid_t server;           /* behind `mail`: takes four bytes and gives four */
    struct sockaddr_in mail_at, other_at;
} lab;

static int listen_on_loopback(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof *at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
    return fd;
}

static pid_t serve(int mail)
{
    char got[4];
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    for (;;) {
        int fd = accept(mail, NULL, NULL);
        if (fd >= 0 && read(fd, got, sizeof got) == sizeof got)
            (void)!write(fd, "250 ", 4);
        close(fd);
    }
}

static struct sockaddr_un agent_at(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", lab.socket);
    return at;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(lab.folder, sizeof lab.folder, "%s/smtpvault-attack.XXXXXX", attack_root());
    assert_non_null(mkdtemp(lab.folder));
    snprintf(lab.vault, sizeof lab.vault, "%s/vault.db", lab.folder);
    snprintf(lab.socket, sizeof lab.socket, "%s/agent", lab.folder);
    int fd = open(lab.vault, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    lab.mail = listen_on_loopback(&lab.mail_at);
    lab.other = listen_on_loopback(&lab.other_at);
    lab.agent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un at = agent_at();
    assert_int_equal(bind(lab.agent, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(lab.agent, 8), 0);
    lab.server = serve(lab.mail);
    lab.knows_ports = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 4;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kill(lab.server, SIGKILL);
    waitpid(lab.server, NULL, 0);
    close(lab.mail);
    close(lab.other);
    close(lab.agent);
    unlink(lab.vault);
    unlink(lab.socket);
    return rmdir(lab.folder);
}

/* ---- what is tried: true when it went ---- */

static bool opens(const char *path, int how)
{
    int fd = open(path, how | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool connects(const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool went = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) == 0;
    if (fd >= 0)
        close(fd);
    return went;
}

static bool reads_vault(void)
{
    return opens(lab.vault, O_RDONLY);
}

static bool reads_homes(void)
{
    return opens("/root", O_RDONLY) || opens("/home", O_RDONLY) ||
           opens("/proc/self/maps", O_RDONLY);
}

static bool writes_file(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/new", lab.folder);
    bool went = opens(path, O_CREAT | O_WRONLY) || opens("/tmp/smtpvault-new", O_CREAT | O_WRONLY);
    unlink(path);
    return went || unlink(lab.vault) == 0;
}

/* Landlock knows ports from its fourth version on, Linux 6.7. */
static bool connects_elsewhere(void)
{
    return lab.knows_ports && connects(&lab.other_at);
}

static bool listens(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool went = fd >= 0 && listen(fd, 1) == 0;
    if (fd >= 0)
        close(fd);
    return went;
}

static bool asks_agent(void)
{
    struct sockaddr_un at = agent_at();
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

/* In a process of its own, so that there is one to say that it went. */
static bool starts_program(void)
{
    static char name[] = "true";
    char *const argv[] = {name, NULL};
    pid_t pid = fork();
    if (pid < 0) {
        execve("/bin/true", argv, argv + 1);
        return false;
    }
    if (pid == 0) {
        execve("/bin/true", argv, argv + 1);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    return true;
}

/* Where it is refused, an error; without rights or sense, another. */
static bool calls_kernel(void)
{
    static const long numbers[] = {
        SYS_ptrace, SYS_process_vm_readv, SYS_kill,        SYS_bpf,         SYS_io_uring_setup,
        SYS_mount,  SYS_memfd_create,     SYS_pidfd_getfd, SYS_userfaultfd, SYS_perf_event_open,
        SYS_keyctl, SYS_unshare};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        if (syscall(numbers[i], 0, 0, 0, 0, 0, 0) != -1 || errno != EPERM)
            return true;
    }
    return false;
}

/* The kernel signals for whoever asks: the owner of what becomes readable. */
static bool has_others_signalled(void)
{
    static const struct f_owner_ex owner = {.type = F_OWNER_PID, .pid = 1};
    int fd = lab.mail, flags = fcntl(fd, F_GETFL);
    bool works = flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
                 fcntl(fd, F_SETFL, flags) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
                 (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(copy);
    return !works || copy < 0 || fcntl(fd, F_SETOWN, getppid()) == 0 ||
           fcntl(fd, F_SETOWN_EX, &owner) == 0 || fcntl(fd, F_SETSIG, SIGTERM) == 0 ||
           fcntl(fd, F_SETFL, flags | O_ASYNC) == 0 || ioctl(fd, FIOASYNC, &(int){1}) == 0 ||
           ioctl(fd, FIOSETOWN, &(int){1}) == 0;
}

static bool makes_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool opens_anything(void)
{
    return opens("/etc/hosts", O_RDONLY);
}

static bool makes_sockets(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 || socket(AF_INET6, SOCK_STREAM, 0) >= 0 ||
           socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

/* A datagram to a name server would carry a secret out. */
static int datagrams = -1;
static bool sends_datagram(void)
{
    return sendto(datagrams, "secret", 6, 0, (struct sockaddr *)&lab.other_at,
                  sizeof lab.other_at) == 6;
}

/* ---- what the helper needs ---- */

static void *nothing(void *unused)
{
    return unused;
}

static bool still_works(void)
{
    struct addrinfo *found = NULL;
    pthread_t thread;
    bool works = getaddrinfo("localhost", "587", NULL, &found) == 0;
    if (found != NULL)
        freeaddrinfo(found);
    return works && opens("/etc/ssl/certs", O_RDONLY) &&
           pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool session_goes(int fd)
{
    char got[4];
    return send(fd, "EHLO", 4, MSG_NOSIGNAL) == 4 && recv(fd, got, 4, MSG_WAITALL) == 4;
}

/* ---- trying ---- */

enum { CANNOT = 200, NEEDS_MORE };
static bool (*const on_files[])(void) = {reads_vault, reads_homes, writes_file, connects_elsewhere};
static bool (*const on_calls[])(void) = {listens, asks_agent, calls_kernel, starts_program,
                                         has_others_signalled};
static bool (*const on_secret[])(void) = {opens_anything, makes_sockets, sends_datagram, makes_code,
                                          has_others_signalled};

static int try_all(bool (*const tries[])(void), size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tries[i]())
            return (int)(1 + i);
    return 0;
}

static int enter(void)
{
    const uint16_t port = ntohs(lab.mail_at.sin_port);
    const struct prison_needs needs = {.ports = &port, .port_count = 1};
    if (prison_enter(&needs, NULL) != SV_OK)
        return CANNOT;
    return still_works() && connects(&lab.mail_at) ? 0 : NEEDS_MORE;
}

static int file_child(void)
{
    int failed = enter();
    return failed != 0 ? failed : try_all(on_files, COUNT(on_files));
}

static int call_child(void)
{
    int failed = enter();
    return failed != 0 ? failed : try_all(on_calls, COUNT(on_calls));
}

static int secret_child(void)
{
    int failed = enter();
    if (failed != 0)
        return failed;
    datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&lab.mail_at, sizeof lab.mail_at) != 0)
        return NEEDS_MORE;
    if (prison_close(NULL) != SV_OK)
        return CANNOT;
    failed = try_all(on_secret, COUNT(on_secret));
    return failed != 0 || session_goes(fd) ? failed : NEEDS_MORE;
}

/* The helper that waits for a browser: whoever connects to it is heard, and no more. */
static int waiting_child(void)
{
    datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    int browser = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(browser, (struct sockaddr *)&lab.other_at, sizeof lab.other_at) != 0)
        return NEEDS_MORE;
    if (prison_listen(NULL) != SV_OK)
        return CANNOT;
    int failed = try_all(on_calls, COUNT(on_calls));
    if (failed == 0)
        failed = try_all(on_secret, COUNT(on_secret));
    int fd = accept4(lab.other, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return failed != 0 || (write(browser, "GET ", 4) == 4 && fd >= 0) ? failed : NEEDS_MORE;
}

/* 0, or the place of what went. */
static int in_child(int (*what)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(what());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), CANNOT);
    assert_int_not_equal(WEXITSTATUS(status), NEEDS_MORE);
    return WEXITSTATUS(status);
}

static void files_and_ports_are_out_of_reach(void **state)
{
    (void)state;
    int went = in_child(file_child);
    if (went != 0)
        broken("a file of the user's, or a port that was not asked for (%d)", went);
}

static void programs_and_sockets_are_refused(void **state)
{
    (void)state;
    if (ATTACK_SANITIZED)
        return; /* base/call_filter.h: no filter there */
    int went = in_child(call_child);
    if (went != 0)
        broken("a program, a process, or the agent's socket (%d)", went);
}

static void a_secret_has_one_way_out(void **state)
{
    (void)state;
    if (ATTACK_SANITIZED)
        return;
    int went = in_child(secret_child);
    if (went != 0)
        broken("somewhere else to send the secret to (%d)", went);
}

static void a_browser_is_all_that_is_waited_for(void **state)
{
    (void)state;
    if (ATTACK_SANITIZED)
        return;
    int went = in_child(waiting_child);
    if (went != 0)
        broken("somewhere else to send the secret to, while a browser is waited for (%d)", went);
}

ATTACK_MAIN(cmocka_unit_test_setup_teardown(files_and_ports_are_out_of_reach, set_up, tear_down),
            cmocka_unit_test_setup_teardown(programs_and_sockets_are_refused, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_secret_has_one_way_out, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_browser_is_all_that_is_waited_for, set_up, tear_down))
