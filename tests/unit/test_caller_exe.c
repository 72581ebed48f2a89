/* SPDX-License-Identifier: ISC */
/* The program that asked: real processes that run copies, deleted and replaced files,
 * scripts, other users' programs, and files that nobody answers for. */
#include "support.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "audit/caller.h"
#include "crypto/hash.h"

#define TOOL "/usr/bin/sleep"
#define MiB (1024 * 1024)

/* ---- processes ---- */

struct running {
    pid_t pid;
    int pidfd;
};

/* Starts argv and returns when it is what runs. view: what is done before, or NULL. */
static struct running start_in(int (*view)(void), const char *const argv[])
{
    int ends[2];
    char nothing;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)setpgid(0, 0); /* with what it starts */
        if (view == NULL || view() == 0)
            (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(write(ends[1], "x", 1) == 1 ? 127 : 126);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &nothing, 1), 0);
    (void)close(ends[0]);
    return (struct running){pid, (int)syscall(SYS_pidfd_open, pid, 0)};
}

static struct running start(const char *const argv[])
{
    return start_in(NULL, argv);
}

static void stop(struct running *r)
{
    int status;

    assert_int_equal(kill(-r->pid, SIGKILL), 0);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    (void)close(r->pidfd);
}

static struct caller seen(const struct running *r)
{
    struct caller c;
    struct sv_err err = {""};

    if (caller_of_asker(&c, r->pidfd, r->pid, getuid(), getgid(), &err) != SV_OK)
        fail_msg("%s", err.text);
    assert_int_equal(c.pid, r->pid);
    return c;
}

static struct caller seen_once(const char *const argv[])
{
    struct running r = start(argv);
    struct caller c = seen(&r);

    stop(&r);
    return c;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

static void assert_hash_of(const struct caller *c, const char *path)
{
    uint8_t hash[HASH_LEN];
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0 && hash_file(hash, fd, UINT64_MAX));
    (void)close(fd);
    assert_true(c->exe_hashed);
    assert_memory_equal(c->exe_hash, hash, HASH_LEN);
}

/* A copy that is another file with other bytes, and runs like the first. */
static void copy(const char *from, const char *to, char mark)
{
    static char bytes[4 * MiB];
    size_t len = support_read(from, bytes, sizeof bytes - 1);

    assert_true(len < sizeof bytes - 1);
    bytes[len] = mark;
    support_write(to, bytes, len + 1, 0755);
}

/* ---- one file ---- */

static void a_program_is_known_by_its_bytes(void **state)
{
    struct stat st;

    (void)state;
    struct caller c = seen_once((const char *[]){TOOL, "100", NULL});
    assert_string_equal(c.exe, TOOL);
    assert_hash_of(&c, TOOL);
    assert_int_equal(stat(TOOL, &st), 0);
    assert_true(c.exe_device == st.st_dev && c.exe_inode == st.st_ino);
    assert_false(c.exe_gone);
    assert_string_equal(c.script, "");

    copy(TOOL, "sleep", 'a');
    c = seen_once((const char *[]){"./sleep", "100", NULL});
    assert_true(ends_with(c.exe, "/sleep"));
    assert_hash_of(&c, "sleep");
    assert_string_equal(c.package, "");
}

/* The same file with other bytes: what is remembered of it is not used. */
static void other_bytes_are_another_program(void **state)
{
    (void)state;
    for (unsigned wait = 0; wait < 4; wait += 3) {
        copy(TOOL, "tool", 'a');
        (void)sleep(wait); /* then it is remembered */
        struct caller c = seen_once((const char *[]){"./tool", "100", NULL});
        assert_hash_of(&c, "tool");
        copy(TOOL, "tool", 'b');
        c = seen_once((const char *[]){"./tool", "100", NULL});
        assert_hash_of(&c, "tool");
    }
}

static void what_runs_is_read(void **state)
{
    (void)state;
    copy(TOOL, "tool", 'a');
    copy(TOOL, "kept", 'a');
    copy(TOOL, "other", 'b');
    struct running r = start((const char *[]){"./tool", "100", NULL});
    assert_int_equal(rename("other", "tool"), 0);
    struct caller c = seen(&r);
    assert_true(c.exe_gone);
    assert_true(ends_with(c.exe, "/tool (deleted)"));
    assert_hash_of(&c, "kept");
    assert_int_equal(unlink("tool"), 0);
    c = seen(&r);
    assert_true(c.exe_gone);
    assert_hash_of(&c, "kept");
    stop(&r);
    /* A file may be called as if it were gone. */
    copy(TOOL, "tool (deleted)", 'a');
    c = seen_once((const char *[]){"./tool (deleted)", "100", NULL});
    assert_false(c.exe_gone);
    assert_true(ends_with(c.exe, "/tool (deleted)"));
    /* Even when the other of that name is there as well. */
    copy(TOOL, "tool", 'a');
    r = start((const char *[]){"./tool", "100", NULL});
    assert_int_equal(unlink("tool"), 0);
    c = seen(&r);
    assert_true(c.exe_gone);
    stop(&r);
}

static void large_programs_are_not_read(void **state)
{
    (void)state;
    copy(TOOL, "large", 'a');
    assert_int_equal(truncate("large", 64 * MiB), 0);
    struct caller c = seen_once((const char *[]){"./large", "100", NULL});
    assert_hash_of(&c, "large");
    assert_int_equal(truncate("large", 64 * MiB + 1), 0);
    c = seen_once((const char *[]){"./large", "100", NULL});
    assert_false(c.exe_hashed);
    assert_true(ends_with(c.exe, "/large") && c.exe_inode != 0);
}

static void long_paths_keep_their_end(void **state)
{
    char folder[201];

    (void)state;
    memset(folder, 'd', 200);
    folder[200] = '\0';
    for (int i = 0; i < 3; i++)
        assert_true(mkdir(folder, 0755) == 0 && chdir(folder) == 0);
    copy(TOOL, "tool", 'a');
    struct caller c = seen_once((const char *[]){"./tool", "100", NULL});
    assert_int_equal(strlen(c.exe), CALLER_TEXT_MAX - 1);
    assert_memory_equal(c.exe, "...ddd", 6);
    assert_true(ends_with(c.exe, "d/tool"));
    assert_hash_of(&c, "tool");
}

static void names_do_not_lie(void **state)
{
    static const char name[] = "a) R 1 \n> cron";

    (void)state;
    copy(TOOL, name, 'a');
    char path[64];
    (void)snprintf(path, sizeof path, "./%s", name);
    struct caller c = seen_once((const char *[]){path, "100", NULL});
    assert_true(ends_with(c.parent, " > a) R 1 ?? cron"));
    assert_true(ends_with(c.exe, name)); /* as it is: whoever shows it makes it printable */
    char summary[CALLER_SUMMARY_MAX];
    caller_summary(summary, sizeof summary, &c);
    assert_null(strchr(summary, '\n'));
    assert_non_null(strstr(summary, "a) R 1 ?? cron (/"));
}

/* ---- packages ---- */

static void run(char *out, size_t capacity, const char *command)
{
    FILE *from = popen(command, "r");
    size_t len = from != NULL ? fread(out, 1, capacity - 1, from) : 0;

    assert_non_null(from);
    assert_int_equal(pclose(from), 0);
    out[len] = '\0';
}

static void assert_package(const char *const argv[], const char *program)
{
    struct caller c = seen_once(argv);
    char expected[256] = "", command[512];

    if (access("/var/lib/dpkg/status", R_OK) == 0) {
        (void)snprintf(command, sizeof command,
                       "p=$(readlink -f %s); dpkg-query -W -f '${Package} ${Version}' "
                       "$(dpkg-query -S $p ${p#/usr} 2>/dev/null | cut -d: -f1 | head -n 1)",
                       program);
        run(expected, sizeof expected, command);
        assert_true(expected[0] != '\0');
    }
    assert_string_equal(c.package, expected);
}

/* As dpkg itself says, of lists of before and after /usr was merged. */
static void packages_are_dpkgs(void **state)
{
    (void)state;
    assert_package((const char *[]){TOOL, "100", NULL}, TOOL);
    assert_package((const char *[]){"/usr/bin/timeout", "100", "sleep", "100", NULL},
                   "/usr/bin/timeout");
    assert_package((const char *[]){"/bin/sh", "-c", "sleep 100; true", NULL}, "/bin/sh");
}

static void put(const char *path, const char *text)
{
    support_write(path, text, strlen(text), 0644);
}

static int own_view(void)
{
    return unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0;
}

static void put_packages(const char *version)
{
    char status[512];

    (void)snprintf(status, sizeof status,
                   "Package: two\nArchitecture: i386\nVersion: 9\n\n"
                   "Package: two\nArchitecture: amd64\nVersion: %s\n\n"
                   "Package: tool-extra\nVersion: 7\n\nPackage: tool\nVersion: 3:1~b\n",
                   version);
    put("dpkg/status", status);
}

/* Another machine's packages, with programs in /opt. */
static int other_packages(void *context)
{
    char here[512];

    (void)context;
    if (geteuid() != 0)
        return 0;
    if (own_view() || getcwd(here, sizeof here) == NULL || mkdir("dpkg", 0755) != 0 ||
        mkdir("dpkg/info", 0755) != 0 || mount("none", "/opt", "tmpfs", 0, "") != 0 ||
        mount("dpkg", "/var/lib/dpkg", "", MS_BIND, "") != 0)
        return 1;
    put("dpkg/info/tool.list", "/.\n/opt\n/opt/tool\n");
    put("dpkg/info/two:amd64.list", "/.\n/opt/second\n/opt/moved\n/opt/tool-not\n/bin/sleep\n");
    put("dpkg/info/three.list", "/opt/moved\n");
    put("dpkg/diversions", "/opt/moved\n/opt/moved.distrib\nthree\n");
    put_packages("2");
    static const char *const cases[][2] = {{"/opt/tool", "tool 3:1~b"},
                                           {"/opt/second", "two 2"},
                                           {"/opt/moved", ""},
                                           {"/opt/too", ""},
                                           {"/opt/not", ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        copy(TOOL, cases[i][0], 'a');
        struct caller c = seen_once((const char *[]){cases[i][0], "100", NULL});
        assert_string_equal(c.package, cases[i][1]);
    }
    /* An upgrade is seen, though the file stays. */
    struct caller c = seen_once((const char *[]){TOOL, "100", NULL});
    assert_string_equal(c.package, "two 2");
    put_packages("2+new");
    c = seen_once((const char *[]){TOOL, "100", NULL});
    assert_string_equal(c.package, "two 2+new");
    return 0;
}

static void packages_of_another_machine(void **state)
{
    (void)state;
    assert_child_ok(other_packages, NULL);
}

static int with_copy_in_place(void)
{
    return own_view() || mount("copy", TOOL, "", MS_BIND, "") != 0;
}

/* At a package's path in a view of its own anything can stand. */
static void another_view_has_no_package(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    copy(TOOL, "copy", 'a');
    struct running r = start_in(with_copy_in_place, (const char *[]){TOOL, "100", NULL});
    struct caller c = seen(&r);
    assert_string_equal(c.exe, TOOL);
    assert_string_equal(c.package, "");
    assert_hash_of(&c, "copy");
    stop(&r);
}

/* ---- scripts ---- */

static void assert_script(const char *const argv[], const char *script, const char *name)
{
    struct caller c = seen_once(argv);

    if (strcmp(c.script, script) != 0 || !ends_with(c.parent, name))
        fail_msg("%s %s: \"%s\" in \"%s\"", argv[0], argv[1], c.script, c.parent);
}

static void scripts_are_named(void **state)
{
    char folder[512], path[600];

    (void)state;
    assert_non_null(getcwd(folder, sizeof folder));
    support_write("job.sh", "#!/bin/sh -e\nsleep 100\ntrue\n", 28, 0755);
    put("job.py", "import time\ntime.sleep(100)\n");
    (void)snprintf(path, sizeof path, "%s/job.sh", folder);
    assert_script((const char *[]){path, NULL}, path, " > job.sh");
    assert_script((const char *[]){"/bin/sh", path, "-c", NULL}, path, " > job.sh");
    assert_script((const char *[]){"/bin/sh", "-eu", "job.sh", NULL}, "job.sh", " > job.sh");
    assert_script((const char *[]){"/bin/bash", "--norc", "--rcfile", "x", "-o", "errexit", "+x",
                                   "job.sh", NULL},
                  "job.sh", " > job.sh");
    assert_script((const char *[]){"/bin/bash", "--", "job.sh", NULL}, "job.sh", " > job.sh");
    assert_script((const char *[]){"/bin/sh", "-ec", "sleep 100; true", "job.sh", NULL}, "",
                  " > sh");
    assert_script((const char *[]){"/usr/bin/python3", "-uW", "ignore", "job.py", NULL}, "job.py",
                  " > job.py");
    assert_script(
        (const char *[]){"/usr/bin/python3", "-c", "import time; time.sleep(100)", "job.py", NULL},
        "", " > python3");
    assert_script((const char *[]){"/usr/bin/perl", "-Mstrict", "-we", "sleep 100", "job.pl", NULL},
                  "", " > perl");
    /* A script can no more forge a chain than a name can. */
    assert_int_equal(rename("job.sh", "cron > x\n"), 0);
    assert_script((const char *[]){"/bin/sh", "./cron > x\n", NULL}, "./cron > x\n",
                  " > cron ? x?");
}

/* ---- whose process ---- */

static void a_process_that_ended_is_nobody(void **state)
{
    struct sv_err err = {""};
    struct caller c;
    int status;

    (void)state;
    for (int with_handle = 0; with_handle < 2; with_handle++) {
        struct running r = start((const char *[]){TOOL, "100", NULL});
        int pidfd = with_handle ? r.pidfd : -1;
        assert_int_equal(caller_of_peer(&c, pidfd, r.pid, getuid(), getgid(), &err), SV_OK);
        assert_int_equal(kill(r.pid, SIGKILL), 0);
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)r.pid, &info, WEXITED | WNOWAIT), 0);
        assert_int_equal(caller_of_peer(&c, pidfd, r.pid, getuid(), getgid(), &err), SV_DENIED);
        assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
        assert_int_equal(caller_of_peer(&c, pidfd, r.pid, getuid(), getgid(), &err), SV_DENIED);
        assert_non_null(strstr(err.text, "has ended"));
        (void)close(r.pidfd);
    }
}

static int as_nobody(void)
{
    return support_drop_rights();
}

/* Who connected was this user; what has the number now is another's. */
static void another_users_number_is_nobody(void **state)
{
    struct sv_err err = {""};
    struct caller c;

    (void)state;
    if (geteuid() != 0)
        return;
    struct running r = start_in(as_nobody, (const char *[]){TOOL, "100", NULL});
    assert_int_equal(caller_of_peer(&c, r.pidfd, r.pid, NOBODY, NOBODY, &err), SV_OK);
    assert_int_equal(caller_of_peer(&c, r.pidfd, r.pid, NOBODY + 1, NOBODY, &err), SV_DENIED);
    assert_int_equal(caller_of_peer(&c, r.pidfd, r.pid, 0, 0, &err), SV_DENIED);
    stop(&r);
}

/* The agent of a service: others' processes have a name, and nothing else. */
static int of_another_user(void *context)
{
    struct running *r = context;
    struct sv_err err = {""};
    struct caller c;
    char summary[CALLER_SUMMARY_MAX];

    if (support_drop_rights() != 0)
        return 1;
    if (caller_of_asker(&c, r->pidfd, r->pid, 0, 0, &err) != SV_OK)
        return 2;
    caller_summary(summary, sizeof summary, &c);
    return c.exe[0] == '\0' && !c.exe_hashed && c.exe_inode == 0 && c.package[0] == '\0' &&
                   c.script[0] == '\0' && c.cwd[0] == '\0' && ends_with(c.parent, " > sh") &&
                   strncmp(summary, "sh (a program that is not for us to see), started by ", 53) ==
                       0
               ? 0
               : 3;
}

static void others_programs_are_not_guessed(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    support_write("job.sh", "sleep 100\ntrue\n", 15, 0755);
    struct running r = start((const char *[]){"/bin/sh", "job.sh", NULL});
    assert_child_ok(of_another_user, &r);
    stop(&r);
}

/* /proc shows only our own processes. */
static int behind_hidepid(void *context)
{
    struct running *r = context;
    struct sv_err err = {""};
    struct caller c;

    if (own_view() || mount("proc", "/proc", "proc", 0, "hidepid=2") != 0 ||
        support_drop_rights() != 0)
        return 1;
    /* Valgrind gives no handles. */
    if (r->pidfd >= 0 && caller_of_peer(&c, r->pidfd, r->pid, 0, 0, &err) != SV_OK)
        return 2;
    if (r->pidfd < 0)
        memset(&c, 0, sizeof c);
    if (c.uid != 0 || c.pid != 0 || c.parent[0] != '\0' || c.exe[0] != '\0' || c.unit[0] != '\0')
        return 3;
    /* Without a handle it may as well have ended. */
    return caller_of_peer(&c, -1, r->pid, 0, 0, &err) == SV_DENIED ? 0 : 4;
}

static void hidden_processes_are_somebody(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return;
    struct running r = start((const char *[]){TOOL, "100", NULL});
    assert_child_ok(behind_hidepid, &r);
    stop(&r);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, support_enter, support_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_program_is_known_by_its_bytes),
        CASE(other_bytes_are_another_program),
        CASE(what_runs_is_read),
        CASE(large_programs_are_not_read),
        CASE(long_paths_keep_their_end),
        CASE(names_do_not_lie),
        CASE(packages_are_dpkgs),
        CASE(packages_of_another_machine),
        CASE(another_view_has_no_package),
        CASE(scripts_are_named),
        CASE(a_process_that_ended_is_nobody),
        CASE(another_users_number_is_nobody),
        CASE(others_programs_are_not_guessed),
        CASE(hidden_processes_are_somebody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
