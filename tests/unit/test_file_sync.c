/* SPDX-License-Identifier: ISC */
/* file: a disk that takes the bytes and the name of a file, and does not say that it keeps the
 * name. Who hears of it has to know which text is in the file. */
#include "support.h"

#include <errno.h>

#include "base/file.h"

/* Linked in place of the real ones. */
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_unlinkat(int dir, const char *path, int flags);
int __wrap_unlinkat(int dir, const char *path, int flags);

static int fault; /* of a folder's sync */
static bool keeps_names;

int __wrap_fsync(int fd)
{
    struct stat st;
    if (fault == 0 || fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))
        return __real_fsync(fd);
    errno = fault;
    return -1;
}

int __wrap_unlinkat(int dir, const char *path, int flags)
{
    if (!keeps_names)
        return __real_unlinkat(dir, path, flags);
    errno = EIO;
    return -1;
}

static int enter(void **state)
{
    fault = EIO;
    keeps_names = false;
    return support_enter(state);
}

static int leave(void **state)
{
    fault = 0;
    keeps_names = false;
    return support_leave(state);
}

static void expect_text(const char *path, const char *text)
{
    char back[100] = "";
    assert_int_equal(support_read(path, back, sizeof back - 1), strlen(text));
    assert_string_equal(back, text);
}

#define UNDONE "was written, but a crash may undo it"

static void test_replace(void **state)
{
    (void)state;
    struct sv_err err = {""};
    support_write("f", "old", 3, 0600);
    assert_int_equal(file_replace("f", "new", 3, 0600, &err), SV_IO);
    assert_non_null(strstr(err.text, "f " UNDONE));
    assert_non_null(strstr(err.text, strerror(EIO)));
    expect_text("f", "new");
    /* Where nothing was there it is the same. */
    assert_int_equal(file_replace("g", "new", 3, 0600, &err), SV_IO);
    assert_non_null(strstr(err.text, "g " UNDONE));
    expect_text("g", "new");
    /* Nobody waits for the folder, or the file system has no such thing. */
    assert_int_equal(file_replace_soon("f", "soon", 4, 0600, &err), SV_OK);
    fault = EINVAL;
    assert_int_equal(file_replace("g", "kept", 4, 0600, &err), SV_OK);
    expect_text("g", "kept");
}

static void test_create(void **state)
{
    (void)state;
    struct sv_err err = {""};
    assert_int_equal(file_create("f", "new", 3, 0600, &err), SV_IO);
    assert_non_null(strstr(err.text, "cannot write f to the disk"));
    assert_int_equal(access("f", F_OK), -1);
    keeps_names = true;
    assert_int_equal(file_create("f", "new", 3, 0600, &err), SV_IO);
    assert_non_null(strstr(err.text, "f was made, but"));
    expect_text("f", "new");
}

/* Told to whoever keeps a record of what is where. */
static void test_put(void **state)
{
    (void)state;
    struct sv_err err = {""};
    struct file_as as = {.mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1};
    bool stands = false;
    support_write("f", "old", 3, 0600);
    assert_int_equal(file_put("f", "new", 3, &as, &stands, &err), SV_IO);
    assert_true(stands);
    assert_non_null(strstr(err.text, "f " UNDONE));
    expect_text("f", "new");
    as.fresh = true;
    assert_int_equal(file_put("g", "new", 3, &as, &stands, &err), SV_IO);
    assert_false(stands);
    assert_int_equal(access("g", F_OK), -1);
    keeps_names = true;
    assert_int_equal(file_put("g", "new", 3, &as, &stands, &err), SV_IO);
    assert_true(stands);
    expect_text("g", "new");
    /* What was refused before anything was written. */
    assert_int_equal(file_put("g", "more", 4, &as, &stands, &err), SV_EXISTS);
    assert_false(stands);
    as.fresh = false;
    assert_int_equal(file_put(".", "more", 4, &as, &stands, &err), SV_EXISTS);
    assert_false(stands);
    fault = 0;
    assert_int_equal(file_put("g", "more", 4, &as, &stands, &err), SV_OK);
    assert_true(stands);
    expect_text("g", "more");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_replace), TEST(test_create), TEST(test_put)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
