/* SPDX-License-Identifier: ISC */
/* copies_here: by which number this machine is known, and what is made of a disk that does not
 * give it. */
#include "support.h"

#include <errno.h>
#include <stdarg.h>

#include "domain/copies.h"

/* Linked in place of the real one. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

#define MACHINE_ID "/etc/machine-id"
static const char *instead; /* is opened; NULL: the real one, or the fault */
static int fault, times;    /* how often it comes */

int __wrap_open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (strcmp(path, MACHINE_ID) != 0)
        return __real_open(path, flags, mode);
    if (times > 0) {
        times--;
        errno = fault;
        return -1;
    }
    return __real_open(instead, flags, mode);
}

#define ID "0123456789abcdef0123456789abcdef\n"

static void expect_here(uint8_t machine[16])
{
    struct sv_err err = {""};
    assert_int_equal(copies_here(machine, &err), SV_OK);
    assert_string_equal(err.text, "");
}

static void test_number(void **state)
{
    (void)state;
    uint8_t mine[16], named[16], other[16];
    support_write("id", ID, strlen(ID), 0644);
    support_write("short", "uninitialized\n", 14, 0644);
    instead = "id";
    times = 0;
    expect_here(mine);
    instead = "short";
    expect_here(named);
    assert_memory_not_equal(mine, named, 16);
    /* Without one, or kept from it, the machine is known by its name, and stays so. */
    static const int lasting[] = {ENOENT, EACCES, ENOTDIR};
    for (size_t i = 0; i < COUNT(lasting); i++) {
        fault = lasting[i];
        times = 100;
        expect_here(other);
        assert_memory_equal(other, named, 16);
    }
}

static void test_disk(void **state)
{
    (void)state;
    uint8_t mine[16], again[16], none[16] = {7}, kept[16] = {7};
    struct sv_err err = {""};
    struct copy c;
    support_write("id", ID, strlen(ID), 0644);
    instead = "id";
    times = 0;
    expect_here(mine);
    errno = EACCES; /* of something else */
    fault = EIO;
    times = 2; /* it is asked again */
    expect_here(again);
    assert_memory_equal(mine, again, 16);
    times = 100;
    errno = EACCES;
    assert_int_equal(copies_here(none, &err), SV_IO);
    assert_memory_equal(none, kept, 16);
    assert_non_null(strstr(err.text, "which machine this is cannot be read"));
    assert_non_null(strstr(err.text, strerror(EIO)));
    assert_int_equal(copy_here(&c, "/x", "msmtp", &err), SV_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, support_enter, support_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_number), TEST(test_disk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
