/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "crypto/headroom.h"

#define MIB_IN_KIB ((uint64_t)1024)
#define RAM_KIB (8192 * MIB_IN_KIB) /* a quarter: 2048 MiB */

/* Writes below the working folder, with the folders that the path needs. */
static void lay(const char *path, const char *text)
{
    char dir[256];
    (void)snprintf(dir, sizeof dir, "%s", path);
    *strrchr(dir, '/') = '\0';
    assert_int_equal(file_make_dirs(dir, NULL), SV_OK);
    support_write(path, text, strlen(text), 0600);
}

static uint64_t headroom_mib(const char *root)
{
    return headroom_kib_below(root, RAM_KIB) / MIB_IN_KIB;
}

static void test_ram_alone(void **state)
{
    (void)state;
    assert_int_equal(headroom_mib("nowhere"), 2048);
    assert_int_equal(headroom_kib_below("nowhere", 0), 0);
}

static void test_version_2(void **state)
{
    (void)state;
    lay("v2/proc/self/cgroup", "0::/user.slice/app.scope\n");
    assert_int_equal(headroom_mib("v2"), 2048);
    lay("v2/sys/fs/cgroup/user.slice/app.scope/memory.max", "max\n");
    assert_int_equal(headroom_mib("v2"), 2048);
    lay("v2/sys/fs/cgroup/user.slice/app.scope/memory.max", "1073741824\n");
    assert_int_equal(headroom_mib("v2"), 512);
    /* A parent's limit counts as well, be it tighter or not. */
    lay("v2/sys/fs/cgroup/user.slice/memory.max", "536870912\n");
    assert_int_equal(headroom_mib("v2"), 256);
    lay("v2/sys/fs/cgroup/user.slice/memory.max", "4294967296\n");
    assert_int_equal(headroom_mib("v2"), 512);
    lay("v2/sys/fs/cgroup/memory.max", "268435456\n");
    assert_int_equal(headroom_mib("v2"), 128);
}

static void test_version_1(void **state)
{
    (void)state;
    lay("v1/proc/self/cgroup", "9:name=systemd:/\n5:cpu,memory:/docker/abc\n2:cpuset:/x\n0::/\n");
    lay("v1/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
    assert_int_equal(headroom_mib("v1"), 2048);
    /* In a container the path of the host is not there, only the mount's top. */
    lay("v1/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
    assert_int_equal(headroom_mib("v1"), 512);
    lay("v1/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "536870912\n");
    assert_int_equal(headroom_mib("v1"), 256);
    /* Version 2's file of another hierarchy is no limit of this one. */
    lay("v1/sys/fs/cgroup/memory.max", "max\n");
    assert_int_equal(headroom_mib("v1"), 256);
}

static void test_nonsense_is_no_limit(void **state)
{
    (void)state;
    static const char *const groups[] = {"",
                                         "\n\n",
                                         "0",
                                         "0:",
                                         "0::",
                                         "::/\n",
                                         "1:memoryx:/\n",
                                         "1:xmemory,cpu:/\n",
                                         "no newline at all"};
    lay("bad/sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n");
    lay("bad/sys/fs/cgroup/memory.max", "twelve\n");
    for (size_t i = 0; i < COUNT(groups); i++) {
        lay("bad/proc/self/cgroup", groups[i]);
        assert_int_equal(headroom_mib("bad"), 2048);
    }
    lay("bad/proc/self/cgroup", "0::/\n");
    static const char *const limits[] = {"", "-1\n", "1x\n", "99999999999999999999999999\n", "\n"};
    for (size_t i = 0; i < COUNT(limits); i++) {
        lay("bad/sys/fs/cgroup/memory.max", limits[i]);
        assert_int_equal(headroom_mib("bad"), 2048);
    }
    lay("bad/sys/fs/cgroup/memory.max", "0");
    assert_int_equal(headroom_mib("bad"), 0);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    unsigned long n = 1;
    lay("poor/proc/self/cgroup", "0::/a\n");
    lay("poor/sys/fs/cgroup/a/memory.max", "1073741824\n");
    for (;; n++) {
        sv_alloc_fail_at(n);
        uint64_t mib = headroom_mib("poor");
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_int_equal(mib, 512);
            break;
        }
        assert_true(mib == 512 || mib == 2048);
    }
    assert_true(n > 1);
}

static void test_this_machine(void **state)
{
    (void)state;
    assert_true(headroom_kib() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ram_alone),           cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_version_1),           cmocka_unit_test(test_nonsense_is_no_limit),
        cmocka_unit_test(test_allocation_failures), cmocka_unit_test(test_this_machine),
    };
    return cmocka_run_group_tests(tests, support_enter, support_leave);
}
