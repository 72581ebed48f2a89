/* SPDX-License-Identifier: ISC */
/* Who is behind another process: the file that it runs, whatever lies at its path by now.
 * This program is its own helper: a copy of it is the program that asks ("ask"), which starts
 * the client ("wait"). */
#include "support.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <termios.h>

#include "audit/caller_impl.h"
#include "crypto/hash.h"

static char self[4096];

/* ---- somebody who asks ---- */

struct asker {
    pid_t program, client;
    int pidfd, until;
};

static int tell_and_wait(void)
{
    char byte;
    pid_t pid = getpid();

    if (write(1, &pid, sizeof pid) != sizeof pid)
        return 1;
    return read(0, &byte, 1) == 0 ? 0 : 1;
}

static int start_client(void)
{
    pid_t pid = fork();
    int status = 1;

    if (pid == 0)
        _exit(tell_and_wait());
    return waitpid(pid, &status, 0) == pid ? status : 1;
}

/* before: what happens in the process before it becomes the program. */
static struct asker start(const char *const argv[], void (*before)(void))
{
    int in[2], out[2];
    struct asker a;

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    a.program = fork();
    assert_true(a.program >= 0);
    if (a.program == 0) {
        (void)dup2(in[0], 0), (void)dup2(out[1], 1);
        if (before != NULL)
            before();
        (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(in[0]), (void)close(out[1]);
    assert_int_equal(read(out[0], &a.client, sizeof a.client), sizeof a.client);
    (void)close(out[0]);
    a.pidfd = (int)syscall(SYS_pidfd_open, a.client, 0);
    assert_true(a.pidfd >= 0);
    a.until = in[1];
    return a;
}

#define START(path) start((const char *[]){path, "ask", NULL}, NULL)

static void stop(struct asker *a)
{
    int status;

    (void)close(a->until);
    assert_int_equal(waitpid(a->program, &status, 0), a->program);
    assert_int_equal(status, 0);
    (void)close(a->pidfd);
}

static struct caller who_of(const struct asker *a, uint32_t uid)
{
    struct caller c;
    struct sv_err err = {""};

    if (caller_of_peer(&c, a->pidfd, a->client, uid, uid, &err) != SV_OK)
        fail_msg("%s", err.text);
    assert_int_equal(c.pid, a->program);
    return c;
}

static struct caller who(const struct asker *a)
{
    return who_of(a, geteuid());
}

static void copy(const char *from, const char *to, const char *tail)
{
    char bytes[65536];
    ssize_t got;
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700);

    assert_true(in >= 0 && out >= 0);
    while ((got = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)got), got);
    assert_int_equal(write(out, tail, strlen(tail)), strlen(tail));
    assert_int_equal(fchmod(out, 0755), 0);
    (void)close(in), (void)close(out);
}

/* Not changed just now, as far as its times tell: such a file is remembered. */
static void settle(void)
{
    (void)sleep(3);
}

static void hash_of(uint8_t hash[HASH_LEN], const char *path)
{
    int fd = open(path, O_RDONLY);

    assert_true(hash_file(hash, fd, UINT64_MAX));
    (void)close(fd);
}

static void assert_is(const struct caller *c, const char *path)
{
    uint8_t hash[HASH_LEN];
    struct stat st;

    hash_of(hash, path);
    assert_int_equal(stat(path, &st), 0);
    assert_true(c->exe_hashed);
    assert_memory_equal(c->exe_hash, hash, sizeof hash);
    assert_true(c->exe_inode == st.st_ino && c->exe_device == st.st_dev);
}

/* ---- the file that runs ---- */

static void a_copy_is_known_by_its_file(void **state)
{
    char path[PATH_MAX];

    (void)state;
    copy(self, "tool", "");
    struct asker a = START("./tool");
    struct caller c = who(&a);
    assert_is(&c, "tool");
    assert_non_null(realpath("tool", path));
    assert_string_equal(c.exe, path);
    assert_true(strlen(c.parent) > 4);
    assert_string_equal(c.parent + strlen(c.parent) - 4, "tool");
    assert_string_equal(c.package, "");
    assert_string_equal(c.script, "");
    assert_non_null(realpath(".", path));
    assert_string_equal(c.cwd, path);
    stop(&a);
}

static void a_deleted_program_is_told_and_hashed(void **state)
{
    uint8_t hash[HASH_LEN];

    (void)state;
    copy(self, "tool", "");
    hash_of(hash, "tool");
    struct asker a = START("./tool");
    assert_int_equal(unlink("tool"), 0);
    struct caller c = who(&a);
    assert_non_null(strstr(c.exe, "/tool (deleted)"));
    assert_true(c.exe_hashed && c.exe_gone);
    assert_memory_equal(c.exe_hash, hash, sizeof hash);
    stop(&a);
}

/* What runs is hashed, and not what took its name. */
static void a_replaced_program_is_hashed_as_it_runs(void **state)
{
    uint8_t first[HASH_LEN];

    (void)state;
    copy(self, "tool", "");
    hash_of(first, "tool");
    copy(self, "next", "another");
    struct asker old = START("./tool");
    assert_int_equal(rename("next", "tool"), 0);
    struct asker new = START("./tool");
    struct caller c = who(&old), d = who(&new);
    assert_memory_equal(c.exe_hash, first, sizeof first);
    assert_non_null(strstr(c.exe, "(deleted)"));
    assert_is(&d, "tool");
    assert_memory_not_equal(c.exe_hash, d.exe_hash, sizeof first);
    stop(&old), stop(&new);
}

/* The same file, size and time of change, other bytes: the inode's own time tells. */
static void what_is_remembered_is_of_this_content(void **state)
{
    struct stat st;

    (void)state;
    copy(self, "tool", "one");
    settle();
    for (int i = 0; i < 2; i++) {
        struct asker a = START("./tool");
        struct caller c = who(&a), again = who(&a);
        assert_is(&c, "tool");
        assert_memory_equal(&c, &again, sizeof c);
        stop(&a);
        assert_int_equal(stat("tool", &st), 0);
        copy(self, "tool", "two");
        assert_int_equal(
            utimensat(AT_FDCWD, "tool", (struct timespec[]){st.st_atim, st.st_mtim}, 0), 0);
    }
}

static void a_huge_program_is_not_hashed(void **state)
{
    (void)state;
    copy(self, "tool", "");
    assert_int_equal(truncate("tool", (off_t)(64 << 20) + 1), 0);
    struct asker a = START("./tool");
    struct caller c = who(&a);
    assert_false(c.exe_hashed);
    assert_true(c.exe_inode != 0);
    stop(&a);
}

/* A path that is longer than the kernel tells: the file is known all the same. */
static void a_path_of_4096_bytes(void **state)
{
    char name[201], here[PATH_MAX];

    (void)state;
    assert_non_null(realpath(".", here));
    memset(name, 'd', 200);
    name[200] = '\0';
    for (int i = 0; i < 21; i++) {
        assert_int_equal(mkdir(name, 0700), 0);
        assert_int_equal(chdir(name), 0);
    }
    copy(self, "tool", "");
    struct asker a = START("./tool");
    struct caller c = who(&a);
    assert_is(&c, "tool");
    assert_string_equal(c.exe, "");
    stop(&a);
    assert_int_equal(unlink("tool"), 0);
    for (int i = 0; i < 21; i++) {
        assert_int_equal(chdir(".."), 0);
        assert_int_equal(rmdir(name), 0);
    }
    assert_int_equal(chdir(here), 0);
}

/* ---- packages, interpreters ---- */

/* What dpkg itself says of perl-base, "" where there is none. */
static void dpkg_says(char out[CALLER_PACKAGE_MAX])
{
    FILE *from = popen("dpkg-query -W -f='${Package} ${Version}' perl-base", "r");

    assert_non_null(from);
    out[fread(out, 1, CALLER_PACKAGE_MAX - 1, from)] = '\0';
    assert_int_equal(pclose(from), 0);
    assert_true(out[0] != '\0');
}

#define JOB                                                                        \
    "$| = 1; my $pid = fork(); if ($pid == 0) { syswrite(STDOUT, pack('i', $$)); " \
    "my $b; sysread(STDIN, $b, 1); exit 0 } waitpid($pid, 0);\n"

static void a_script_is_shown_and_its_interpreter_s_package(void **state)
{
    char package[CALLER_PACKAGE_MAX];

    (void)state;
    dpkg_says(package);
    support_write("job.pl", JOB, strlen(JOB), 0600);
    struct asker a = start((const char *[]){"/usr/bin/perl", "-w", "job.pl", "x", NULL}, NULL);
    struct caller c = who(&a);
    assert_string_equal(c.package, package);
    assert_string_equal(c.script, "job.pl");
    assert_non_null(strstr(c.parent, " > job.pl"));
    assert_is(&c, "/usr/bin/perl");
    stop(&a);

    support_write("job", "#!/usr/bin/perl\n" JOB, strlen("#!/usr/bin/perl\n" JOB), 0700);
    a = START("./job");
    c = who(&a);
    assert_string_equal(c.script, "./job");
    assert_string_equal(c.parent + strlen(c.parent) - 6, " > job");
    stop(&a);

    a = start((const char *[]){"/usr/bin/perl", "-e", JOB, NULL}, NULL);
    c = who(&a);
    assert_string_equal(c.script, "");
    stop(&a);
}

/* In a name space of its own another file can lie at a package's path; it is told apart. */
static void enter_with_another_perl(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        mount("perl", "/usr/bin/perl", "", MS_BIND, "") != 0)
        _exit(2);
}

static int in_another_view(void *context)
{
    struct caller c;

    (void)context;
    struct asker a =
        start((const char *[]){"/usr/bin/perl", "-e", JOB, NULL}, enter_with_another_perl);
    c = who(&a);
    assert_string_equal(c.exe, "/usr/bin/perl");
    assert_string_equal(c.package, "");
    assert_is(&c, "perl");
    stop(&a);
    return 0;
}

static int changed_for_all(void *context)
{
    struct caller c;

    enter_with_another_perl();
    struct asker a = start((const char *[]){"/usr/bin/perl", "-e", JOB, NULL}, NULL);
    c = who(&a);
    assert_string_equal(c.package, (const char *)context);
    assert_is(&c, "perl");
    stop(&a);
    return 0;
}

static void a_program_that_is_not_as_installed(void **state)
{
    char package[CALLER_PACKAGE_MAX + 16];

    (void)state;
    if (geteuid() != 0)
        return;
    dpkg_says(package);
    strcat(package, " (changed)");
    copy("/usr/bin/perl", "perl", "x");
    assert_child_ok(in_another_view, NULL);
    assert_child_ok(changed_for_all, package);
}

/* What only its own view has may be served by anybody. */
static void enter_with_a_file_system(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        mount("none", "own", "tmpfs", 0, "mode=0755") != 0)
        _exit(2);
    copy(self, "own/tool", "");
}

static void a_file_system_of_its_own_is_not_read(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    assert_int_equal(mkdir("own", 0755), 0);
    struct asker a = start((const char *[]){"own/tool", "ask", NULL}, enter_with_a_file_system);
    struct caller c = who(&a);
    assert_false(c.exe_hashed);
    assert_true(c.exe_inode != 0);
    stop(&a);
}

/* ---- who cannot be looked at ---- */

static void become_nobody(void)
{
    if (support_drop_rights() != 0)
        _exit(3);
}

/* Seen by somebody who is not root: what is missing is not there, and nothing is guessed. */
static int seen_by_another(void *context)
{
    const struct asker *a = context;
    struct caller c;
    struct sv_err err = {""};

    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(4242, 4242, 4242) != 0 ||
                           setresuid(4242, 4242, 4242) != 0))
        return 2;
    if (caller_of_peer(&c, a->pidfd, a->client, NOBODY, NOBODY, &err) != SV_OK)
        return 3;
    if (c.exe_hashed || c.exe[0] != '\0' || c.exe_inode != 0 || c.package[0] != '\0')
        return 4;
    return c.uid == NOBODY && c.pid == (uint32_t)a->program && strstr(c.parent, " > tool") ? 0 : 5;
}

static void another_user_s_program_is_hidden(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    copy(self, "tool", "");
    assert_int_equal(chmod(".", 0755), 0);
    struct asker a = start((const char *[]){"./tool", "ask", NULL}, become_nobody);
    assert_child_ok(seen_by_another, &a);
    struct caller c = who_of(&a, NOBODY);
    assert_is(&c, "tool");
    stop(&a);
}

static int seen_by_its_user(void *context)
{
    const struct asker *a = context;
    struct caller c;
    struct sv_err err = {""};

    become_nobody();
    if (caller_of_peer(&c, a->pidfd, a->client, NOBODY, NOBODY, &err) != SV_OK)
        return 3;
    return !c.exe_hashed && c.exe_inode == 0 && c.exe[0] == '\0' && strstr(c.parent, " > tool") ? 0
                                                                                                : 4;
}

static void a_setuid_program_is_hidden(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    copy(self, "tool", "");
    assert_int_equal(chmod("tool", 04755), 0);
    assert_int_equal(chmod(".", 0755), 0);
    struct asker a = start((const char *[]){"./tool", "ask", NULL}, become_nobody);
    assert_child_ok(seen_by_its_user, &a);
    stop(&a);
}

/* /proc shows nothing of others: the handle says that it is there, and no more is known. */
static int seen_without_proc(void *context)
{
    const struct asker *a = context;
    struct caller c;
    struct sv_err err = {""};

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        mount("proc", "/proc", "proc", 0, "hidepid=2") != 0)
        return 2;
    become_nobody();
    if (caller_of_peer(&c, a->pidfd, a->client, 7, 7, &err) != SV_OK)
        return 3;
    if (c.uid != 7 || c.exe_inode != 0 || c.exe[0] != '\0' || c.parent[0] != '\0' ||
        c.unit[0] != '\0')
        return 4;
    /* Without a handle nothing says that it was not another. */
    return caller_of_peer(&c, -1, a->client, 7, 7, &err) == SV_DENIED ? 0 : 5;
}

static void a_hidden_proc(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    struct asker a = START(self);
    assert_child_ok(seen_without_proc, &a);
    stop(&a);
}

/* ---- numbers that are used twice ---- */

static void assert_gone(int pidfd, pid_t pid)
{
    struct caller c;
    struct sv_err err = {""};

    assert_int_equal(caller_of_peer(&c, pidfd, pid, 0, 0, &err), SV_DENIED);
    assert_non_null(strstr(err.text, "has ended"));
    assert_string_equal(c.exe, "");
}

static void a_number_that_another_has_now(void **state)
{
    PROCESS_OWNED struct process p = PROCESS_NONE;

    (void)state;
    struct asker first = START(self), second = START(self);
    pid_t gone = first.client;
    int pidfd = dup(first.pidfd);
    assert_true(process_open(&p, first.client));
    assert_true(process_lives(&p));
    stop(&first);
    assert_false(process_lives(&p));
    /* The client has ended, and its number is the second one's. */
    assert_gone(pidfd, second.client);
    assert_gone(pidfd, gone);
    assert_gone(-1, gone);
    assert_gone(-1, 0);
    (void)close(pidfd);
    stop(&second);
}

/* It has ended and its number is not free yet. */
static void a_process_that_was_not_reaped(void **state)
{
    siginfo_t info;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(0);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_gone(pidfd, pid);
    assert_gone(-1, pid);
    (void)close(pidfd);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* ---- the terminal ---- */

static const char *terminal;

static void enter_terminal(void)
{
    int fd;

    if (setsid() < 0 || (fd = open(terminal, O_RDWR)) < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
        _exit(2);
}

static void the_terminal_is_named(void **state)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    (void)state;
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    terminal = ptsname(master);
    assert_non_null(terminal);
    struct asker a = start((const char *[]){self, "ask", NULL}, enter_terminal);
    struct caller c = who(&a);
    assert_string_equal(c.tty, terminal + strlen("/dev/"));
    stop(&a);
    (void)close(master);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, support_enter, support_leave)

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return start_client();
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        CASE(a_copy_is_known_by_its_file),
        CASE(a_deleted_program_is_told_and_hashed),
        CASE(a_replaced_program_is_hashed_as_it_runs),
        CASE(what_is_remembered_is_of_this_content),
        CASE(a_huge_program_is_not_hashed),
        CASE(a_path_of_4096_bytes),
        CASE(a_script_is_shown_and_its_interpreter_s_package),
        CASE(a_program_that_is_not_as_installed),
        CASE(a_file_system_of_its_own_is_not_read),
        CASE(another_user_s_program_is_hidden),
        CASE(a_setuid_program_is_hidden),
        CASE(a_hidden_proc),
        CASE(a_number_that_another_has_now),
        CASE(a_process_that_was_not_reaped),
        CASE(the_terminal_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
