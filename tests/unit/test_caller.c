/* SPDX-License-Identifier: ISC */
/* Who asked: run under shells, renamed processes and hidden /proc. This program
 * is its own helper: with an argument it prints what it sees. */
#include "support.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "audit/caller.h"

static char self[4096]; /* this program's path */
/* What the kernel says that we are: under valgrind that is something else. */
static char own_exe[4096], own_name[64];

/* One line each: pid, exe, parent, unit, cwd. */
static int print_caller(void)
{
    struct caller c;

    caller_of_this_process(&c);
    printf("%lu\n%lu\n%s\n%s\n%s\n%s\n", (unsigned long)c.uid, (unsigned long)c.pid, c.exe,
           c.parent, c.unit, c.cwd);
    return 0;
}

struct seen {
    unsigned long uid, pid;
    char text[4][CALLER_TEXT_MAX + 2]; /* exe, parent, unit, cwd */
};

static void read_seen(struct seen *seen, FILE *from)
{
    char line[64];

    memset(seen, 0, sizeof *seen);
    assert_non_null(fgets(line, sizeof line, from));
    seen->uid = strtoul(line, NULL, 10);
    assert_non_null(fgets(line, sizeof line, from));
    seen->pid = strtoul(line, NULL, 10);
    for (int i = 0; i < 4; i++) {
        assert_non_null(fgets(seen->text[i], sizeof seen->text[i], from));
        seen->text[i][strcspn(seen->text[i], "\n")] = '\0';
    }
}

/* Runs argv with its output to be read. */
static void run(struct seen *seen, const char *const argv[])
{
    int ends[2], status;

    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], 1);
        (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(ends[1]);
    FILE *from = fdopen(ends[0], "r");
    assert_non_null(from);
    read_seen(seen, from);
    (void)fclose(from);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#define EXE 0
#define PARENT 1
#define UNIT 2
#define CWD 3

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

static void direct(void **state)
{
    struct seen seen;
    char here[4096];

    (void)state;
    run(&seen, (const char *[]){self, "print", NULL});
    assert_int_equal(seen.uid, getuid());
    assert_int_equal(seen.pid, getpid());
    assert_string_equal(seen.text[EXE], own_exe);
    assert_true(ends_with(seen.text[PARENT], own_name));
    assert_non_null(getcwd(here, sizeof here));
    assert_string_equal(seen.text[CWD], here);
}

static void assert_under_script(const char *chain)
{
    char end[128];

    (void)snprintf(end, sizeof end, "%s > backup.sh", own_name);
    assert_true(ends_with(chain, end));
}

/* The shell is there for this one call. `; true` keeps it from becoming the call. */
static void carriers_are_skipped(void **state)
{
    struct seen seen;
    char command[5000];

    (void)state;
    (void)snprintf(command, sizeof command, "'%s' print; true", self);
    run(&seen, (const char *[]){"/bin/sh", "-c", command, NULL});
    assert_int_equal(seen.pid, getpid());
    assert_true(ends_with(seen.text[PARENT], own_name));

    /* One in the middle as well; what else it does makes it no more of a caller. */
    (void)snprintf(command, sizeof command, "#!/bin/sh\n'%s' print\ntrue\n", self);
    support_write("backup.sh", command, strlen(command), 0700);
    run(&seen, (const char *[]){"/bin/sh", "-c", "./backup.sh; true", NULL});
    assert_under_script(seen.text[PARENT]);
    /* Nor does it hide who opened the session, and nobody above that is shown. */
    run(&seen, (const char *[]){"/bin/sh", "-c", "exec setsid -w sh -c './backup.sh; true'", NULL});
    char whole[128];
    (void)snprintf(whole, sizeof whole, "%s > backup.sh", own_name);
    assert_string_equal(seen.text[PARENT], whole);
    (void)snprintf(command, sizeof command, "'%s' print; true", self);

    char nested[10000];
    (void)snprintf(nested, sizeof nested, "sh -c \"%s\"; true", command);
    run(&seen, (const char *[]){"/bin/sh", "-c", nested, NULL});
    assert_int_equal(seen.pid, getpid());
}

/* A script is somebody: it has a name. */
static void scripts_are_callers(void **state)
{
    struct seen seen;
    char text[5000];

    (void)state;
    (void)snprintf(text, sizeof text, "#!/bin/sh\n'%s' print\ntrue\n", self);
    support_write("backup.sh", text, strlen(text), 0700);
    run(&seen, (const char *[]){"./backup.sh", NULL});
    assert_int_not_equal(seen.pid, getpid());
    assert_under_script(seen.text[PARENT]);
    (void)snprintf(text, sizeof text, "#!/bin/sh\nsh -c \"'%s' print; true\"\ntrue\n", self);
    support_write("backup.sh", text, strlen(text), 0700);
    run(&seen, (const char *[]){"./backup.sh", NULL});
    assert_under_script(seen.text[PARENT]);
}

/* What a child of a process with such a name says about its chain. */
static int odd_name(void *context)
{
    struct caller c;
    int status = 1;

    (void)context;
    if (prctl(PR_SET_NAME, ") \n> x\x1b) 1 2") != 0)
        return 3;
    pid_t pid = fork();
    if (pid == 0) {
        caller_of_this_process(&c);
        _exit(strstr(c.parent, ") ?? x?) 1 2") != NULL ? 0 : 1);
    }
    return waitpid(pid, &status, 0) == pid ? status : 2;
}

/* A name can hold parentheses, arrows and controls; it cannot forge a chain. */
static void names_do_not_lie(void **state)
{
    (void)state;
    assert_child_ok(odd_name, NULL);
}

/* Eight at the most; the nearest ones stay. */
static int deep(void *context)
{
    int *depth = context;
    struct caller c;
    int status;

    if (*depth == 0) {
        caller_of_this_process(&c);
        int arrows = 0;
        for (const char *at = c.parent; (at = strstr(at, " > ")) != NULL; at++)
            arrows++;
        return arrows <= 7 && strlen(c.parent) < sizeof c.parent ? 0 : 1;
    }
    --*depth;
    pid_t pid = fork();
    if (pid == 0)
        _exit(deep(depth));
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static void chains_are_short(void **state)
{
    int depth = 14;

    (void)state;
    assert_child_ok(deep, &depth);
}

/* /proc is not there: what the process knows itself is all there is. */
static int hidden(void *context)
{
    struct caller c;

    (void)context;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        mount("none", "/proc", "tmpfs", 0, "mode=0700") != 0)
        return geteuid() == 0 ? 1 : 0;
    caller_of_this_process(&c);
    return c.uid == getuid() && c.pid == (uint32_t)getppid() && c.exe[0] == '\0' &&
                   c.parent[0] == '\0' && c.unit[0] == '\0' && c.cwd[0] == '/'
               ? 0
               : 2;
}

/* A cgroup file of another machine in the place of ours. */
static int in_cgroup(const char *text, const char *unit, bool users)
{
    struct caller c;
    char path[64];

    support_write("cgroup", text, strlen(text), 0644);
    (void)snprintf(path, sizeof path, "/proc/%ld/cgroup", (long)getpid());
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        mount("cgroup", path, "", MS_BIND, "") != 0)
        return geteuid() == 0 ? 1 : 0;
    caller_of_this_process(&c);
    return strcmp(c.unit, unit) == 0 && c.users_unit == users ? 0 : 2;
}

static const struct {
    const char *text, *unit;
    bool users;
} cgroups[] = {
    {"0::/system.slice/cron.service\n", "cron.service", false},
    {"0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", false},
    {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-mutt-42.scope\n",
     "app-mutt-42.scope", true},
    {"0::/user.slice/user-1000.slice/user@1000.service/cron.service\n", "cron.service", true},
    {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service/cron.service\n",
     "a.service", true},
    {"0::/user.slice/user-1000.slice/user@1000.service/x/cron.service\n", "user@1000.service",
     false},
    {"0::/user.slice/user-1000.slice/user@1000.service\n", "user@1000.service", false},
    {"0::/system.slice/system-mail.slice/mail@a.service\n", "mail@a.service", false},
    {"0::/system.slice/docker.service/payload\n", "docker.service", false},
    /* What a unit makes below itself it may call as it likes. */
    {"0::/system.slice/docker.service/cron.service\n", "docker.service", false},
    {"0::/payload/cron.service\n", "", false},
    {"12:pids:/x.service\n1:name=systemd:/system.slice/a.service\n0::/\n", "a.service", false},
    {"0::/\n", "", false},
    {"0::/.service\n", "", false},
    {"garbage", "", false},
};

static int each_cgroup(void *context)
{
    const size_t *i = context;
    return in_cgroup(cgroups[*i].text, cgroups[*i].unit, cgroups[*i].users);
}

static void units_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cgroups); i++)
        assert_child_ok(each_cgroup, &i);
}

static void hidden_proc(void **state)
{
    (void)state;
    assert_child_ok(hidden, NULL);
}

/* A folder whose path is longer than there is room keeps its end. */
static int long_folder(void *context)
{
    struct caller c;
    char name[201];

    (void)context;
    memset(name, 'd', 200);
    name[200] = '\0';
    for (int i = 0; i < 2; i++)
        if (mkdir(name, 0700) != 0 || chdir(name) != 0)
            return 1;
    caller_of_this_process(&c);
    return strlen(c.cwd) == CALLER_TEXT_MAX - 1 && strncmp(c.cwd, "...", 3) == 0 ? 0 : 2;
}

static void long_texts_keep_their_end(void **state)
{
    (void)state;
    assert_child_ok(long_folder, NULL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, support_enter, support_leave)

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return print_caller();
    FILE *comm = fopen("/proc/self/comm", "r");
    if (comm == NULL || fgets(own_name, sizeof own_name, comm) == NULL || fclose(comm) != 0 ||
        readlink("/proc/self/exe", self, sizeof self - 1) < 0 ||
        readlink("/proc/thread-self/exe", own_exe, sizeof own_exe - 1) < 0)
        return 1;
    own_name[strcspn(own_name, "\n")] = '\0';
    const struct CMUnitTest tests[] = {
        CASE(direct),           CASE(carriers_are_skipped),      CASE(scripts_are_callers),
        CASE(names_do_not_lie), CASE(chains_are_short),          CASE(units_are_found),
        CASE(hidden_proc),      CASE(long_texts_keep_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
