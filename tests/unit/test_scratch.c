/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <dirent.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/scratch.h"

static size_t names_here(void)
{
    DIR *dir = opendir(".");
    size_t n = 0;

    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void sweep_here(void)
{
    FD_OWNED int here = open(".", O_RDONLY | O_DIRECTORY);

    assert_true(here >= 0);
    scratch_sweep(here);
}

static void test_folder(void **state)
{
    (void)state;
    struct scratch a = {0}, b = {0};
    struct stat st;
    char below[128];

    assert_int_equal(scratch_new(&a, ".", NULL), SV_OK);
    assert_int_equal(lstat(a.path, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0700);
    snprintf(below, sizeof below, "%s/one/two", a.path);
    assert_int_equal(file_make_dirs(below, NULL), SV_OK);
    snprintf(below, sizeof below, "%s/one/two/file", a.path);
    support_write(below, "x", 1, 0400);

    /* Another one beside it, by the same process too, leaves it alone. */
    assert_int_equal(scratch_new(&b, ".", NULL), SV_OK);
    assert_string_not_equal(a.name, b.name);
    assert_int_equal(lstat(below, &st), 0);
    scratch_clear(&b);
    assert_int_equal(names_here(), 1);
    scratch_clear(&a);
    assert_int_equal(names_here(), 0);
    scratch_clear(&a); /* twice is no fault */
    assert_int_equal(fcntl(0, F_GETFD) >= 0, 1);
}

static int die_in_a_folder(void *context)
{
    struct scratch s = {0};
    char below[128];
    (void)context;

    if (scratch_new(&s, ".", NULL) != SV_OK)
        return 1;
    snprintf(below, sizeof below, "%s/one", s.path);
    if (mkdir(below, 0700) != 0)
        return 2;
    raise(SIGKILL);
    return 3;
}

static void test_what_the_dead_leave(void **state)
{
    (void)state;
    char name[SCRATCH_NAME];

    int status = support_child(die_in_a_folder, NULL);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(names_here(), 1);
    assert_true(scratch_name(name));
    support_write(name, "half", 4, 0600);
    assert_int_equal(names_here(), 2);
    sweep_here();
    assert_int_equal(names_here(), 0);

    /* Each way of writing a file here sweeps. */
    support_write(name, "half", 4, 0600);
    assert_int_equal(file_create("new", "x", 1, 0600, NULL), SV_OK);
    assert_int_equal(names_here(), 1);
    support_write(name, "half", 4, 0600);
    assert_int_equal(file_replace("new", "y", 1, 0600, NULL), SV_OK);
    assert_int_equal(names_here(), 1);
}

static void test_what_is_held(void **state)
{
    (void)state;
    char name[SCRATCH_NAME];

    assert_true(scratch_name(name));
    support_write(name, "half", 4, 0600);
    FD_OWNED int fd = open(name, O_RDONLY);
    assert_true(scratch_hold(fd));
    sweep_here();
    assert_int_equal(names_here(), 1);
    assert_int_equal(unlink(name), 0);
    assert_false(scratch_hold(fd)); /* its maker is told that it is gone */
}

/* Names that are only like ours, and things that we do not make. */
static void test_what_is_not_ours(void **state)
{
    (void)state;
    static const char *const others[] = {
        ".smtpvault-", ".smtpvault-0123456789abcdef0123456", ".smtpvault-0123456789abcdef01234567x",
        ".smtpvault-0123456789ABCDEF01234567", "smtpvault-0123456789abcdef01234567"};

    for (size_t i = 0; i < COUNT(others); i++)
        support_write(others[i], "", 0, 0600);
    assert_int_equal(mkfifo(".smtpvault-00000000000000000000000a", 0600), 0);
    assert_int_equal(mkdir("kept", 0700), 0);
    support_write("kept/file", "", 0, 0600);
    assert_int_equal(symlink("kept", ".smtpvault-00000000000000000000000b"), 0);
    alarm(10);
    sweep_here();
    alarm(0);
    assert_int_equal(names_here(), COUNT(others) + 3);

    /* A link inside of a dead folder goes, what it points to stays. */
    assert_int_equal(mkdir(".smtpvault-00000000000000000000000c", 0700), 0);
    assert_int_equal(symlink("../kept", ".smtpvault-00000000000000000000000c/link"), 0);
    sweep_here();
    assert_int_equal(names_here(), COUNT(others) + 3);
    assert_int_equal(access("kept/file", F_OK), 0);
}

static int refused(void *context)
{
    struct scratch s = {0};
    struct sv_err err = {""};
    (void)context;

    if (support_drop_rights() != 0)
        return 1;
    if (scratch_new(&s, "closed", &err) != SV_EXISTS || strstr(err.text, "closed") == NULL)
        return 2;
    return scratch_new(&s, "nowhere", &err) == SV_EXISTS ? 0 : 3;
}

static void test_refuses(void **state)
{
    (void)state;
    assert_int_equal(mkdir("closed", 0500), 0);
    assert_int_equal(chmod(".", 0755), 0);
    assert_child_ok(refused, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, support_enter, support_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_folder),       TEST(test_what_the_dead_leave),
        TEST(test_what_is_held), TEST(test_what_is_not_ours),
        TEST(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
