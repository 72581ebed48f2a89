/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/secret.h"

/* Reads what does not belong to us any more; sanitizers would rightly object. */
__attribute__((no_sanitize("address"))) static int byte_at(const uint8_t *at)
{
    return *(const volatile uint8_t *)at;
}

__attribute__((no_sanitize("address"))) static void byte_set(uint8_t *at)
{
    *(volatile uint8_t *)at ^= 0x5A;
}

static struct secret *make(const void *bytes, size_t len)
{
    struct secret *s = NULL;
    struct sv_err err = {0};
    assert_int_equal(secret_copy(&s, bytes, len, &err), SV_OK);
    return s;
}

static struct secret *make_empty(size_t capacity)
{
    struct secret *s = NULL;
    assert_int_equal(secret_new(&s, capacity, NULL), SV_OK);
    return s;
}

static void test_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 31, 32, 40, 41, 63, 64, 65, 4096, 49152, 49153, 64 << 20};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct secret *s = NULL;
        struct rlimit limit;
        assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
        bool may_not = geteuid() != 0 && sizes[i] > limit.rlim_cur;
        assert_int_equal(secret_new(&s, sizes[i], NULL), may_not ? SV_IO : SV_OK);
        if (may_not)
            continue;
        assert_int_equal(secret_len(s), 0);
        assert_int_equal(secret_capacity(s), sizes[i]);
        assert_int_equal((uintptr_t)secret_peek(s) % 16, 0);
        assert_ptr_equal(secret_peek(s), secret_poke(s));
        if (sizes[i] > 0) {
            assert_int_equal(secret_peek(s)[sizes[i] - 1], 0);
            secret_poke(s)[0] = 1;
            secret_poke(s)[sizes[i] - 1] = 1;
        }
        assert_int_equal(secret_live(), 1);
        secret_free(s);
        assert_int_equal(secret_live(), 0);
    }
    struct secret *none = NULL;
    struct sv_err err = {0};
    assert_int_equal(secret_new(&none, (64 << 20) + 1, &err), SV_DATA);
    assert_int_equal(secret_new(&none, SIZE_MAX, &err), SV_DATA);
    assert_null(none);
    assert_non_null(strstr(err.text, "too large"));
    secret_free(NULL);
}

static void test_append_and_length(void **state)
{
    (void)state;
    struct sv_err err = {0};
    SECRET_OWNED struct secret *s = make_empty(8);
    assert_int_equal(secret_append(s, "abcde", 5, &err), SV_OK);
    assert_int_equal(secret_append(s, "fghi", 4, &err), SV_DATA);
    assert_null(strstr(err.text, "fghi"));
    assert_int_equal(secret_len(s), 5);
    assert_int_equal(secret_peek(s)[5], 0);
    assert_int_equal(secret_append(s, "fgh", 3, &err), SV_OK);
    assert_int_equal(secret_append(s, NULL, 0, &err), SV_OK);
    assert_int_equal(secret_append(s, "x", 1, &err), SV_DATA);
    assert_int_equal(secret_append(s, "x", SIZE_MAX, &err), SV_DATA);
    assert_memory_equal(secret_peek(s), "abcdefgh", 8);

    /* Shorter wipes what is behind; longer again shows zeros, not the old bytes. */
    secret_set_len(s, 3);
    assert_memory_equal(secret_peek(s), "abc\0\0\0\0\0", 8);
    secret_set_len(s, 8);
    assert_memory_equal(secret_peek(s), "abc\0\0\0\0\0", 8);
}

/* What was written is wiped, by whichever way it came, and what comes behind it too. */
static void test_written(void **state)
{
    (void)state;
    static const uint8_t zeros[100];
    struct sv_err err = {""};
    SECRET_OWNED struct secret *s = make_empty(sizeof zeros);
    for (int round = 0; round < 2; round++) {
        memset(secret_poke(s), 0xA5, 40);
        secret_written(s, 40);
        assert_int_equal(secret_len(s), 40);
        assert_int_equal(secret_peek(s)[39], 0xA5);
        assert_int_equal(secret_append(s, "behind", 6, &err), SV_OK);
        secret_set_len(s, 0);
        assert_memory_equal(secret_peek(s), zeros, sizeof zeros);
        secret_set_len(s, sizeof zeros);
        memset(secret_poke(s), 0xA5, sizeof zeros);
        secret_set_len(s, 0);
        assert_memory_equal(secret_peek(s), zeros, sizeof zeros);
    }
}

static void test_equal(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *a = make("hello", 5);
    SECRET_OWNED struct secret *b = make("hello", 5);
    SECRET_OWNED struct secret *c = make("hellO", 5);
    SECRET_OWNED struct secret *d = make("hell", 4);
    SECRET_OWNED struct secret *e = make(NULL, 0);
    SECRET_OWNED struct secret *f = make_empty(100);
    assert_true(secret_equal(a, b));
    assert_true(secret_equal(a, a));
    assert_false(secret_equal(a, c));
    assert_false(secret_equal(a, d));
    assert_false(secret_equal(a, e));
    assert_true(secret_equal(e, f));
}

static void test_wiped_when_freed(void **state)
{
    (void)state;
    uint8_t marker[200];
    memset(marker, 0xC3, sizeof marker);
    struct secret *s = make(marker, sizeof marker);
    const uint8_t *at = secret_peek(s);
    assert_int_equal(byte_at(at + 199), 0xC3);
    secret_free(s);
    for (size_t i = 0; i < sizeof marker; i++)
        assert_int_equal(byte_at(at + i), 0);

    /* Bytes beyond the length were written by somebody too. */
    s = make_empty(100);
    memset(secret_poke(s), 0xC3, 100);
    at = secret_peek(s);
    secret_free(s);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(byte_at(at + i), 0);
    s = make_empty(100);
    assert_ptr_equal(secret_peek(s), at);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(secret_peek(s)[i], 0);
    secret_free(s);
}

/* The flags of the mapping that holds `at`, from smaps. */
static void mapping_flags(const void *at, char *flags, size_t capacity)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    assert_non_null(maps);
    char line[512];
    bool here = false;
    *flags = '\0';
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = (uintptr_t)at >= from && (uintptr_t)at < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(flags, capacity, "%s", line);
    }
    (void)fclose(maps);
}

static bool is_mapped(const uint8_t *at)
{
    char flags[512];
    mapping_flags(at, flags, sizeof flags);
    return flags[0] != '\0';
}

static void test_empty_extra_arena_is_given_back(void **state)
{
    (void)state;
    struct secret *large = make_empty(1 << 20);
    struct secret *small = make("x", 1);
    const uint8_t *large_at = secret_peek(large), *small_at = secret_peek(small);
    assert_true(is_mapped(large_at + (1 << 19)));
    secret_free(large);
    assert_false(is_mapped(large_at + (1 << 19)));
    secret_free(small);
    assert_true(is_mapped(small_at));
}

/* Many secrets of many sizes, made and freed in a wild order: none overlaps. */
static void test_many(void **state)
{
    (void)state;
    enum { SLOTS = 400, STEPS = 6000 };
    static struct secret *slots[SLOTS];
    static size_t sizes[SLOTS];
    uint32_t random = 12345;
    size_t alive = 0;
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        size_t at = random % SLOTS;
        if (slots[at] != NULL) {
            for (size_t i = 0; i < sizes[at]; i++)
                if (secret_peek(slots[at])[i] != (uint8_t)(at + i))
                    fail_msg("secret %zu is damaged at %zu", at, i);
            secret_free(slots[at]);
            slots[at] = NULL;
            alive--;
            continue;
        }
        random = random * 1664525 + 1013904223;
        sizes[at] = (random >> 8) % ((random >> 4) % 16 == 0 ? 20000 : 200);
        slots[at] = make_empty(sizes[at]);
        for (size_t i = 0; i < sizes[at]; i++) {
            assert_int_equal(secret_peek(slots[at])[i], 0);
            secret_poke(slots[at])[i] = (uint8_t)(at + i);
        }
        alive++;
        assert_int_equal(secret_live(), alive);
    }
    for (size_t at = 0; at < SLOTS; at++)
        secret_free(slots[at]);
    assert_int_equal(secret_live(), 0);
}

static void test_allocation_failure(void **state)
{
    (void)state;
    struct secret *s = NULL;
    struct sv_err err = {0};
    sv_alloc_fail_at(1);
    assert_int_equal(secret_copy(&s, "x", 1, &err), SV_INTERNAL);
    assert_true(sv_alloc_failed());
    assert_null(s);
    assert_int_equal(secret_live(), 0);
    assert_string_equal(err.text, "out of memory");
    sv_alloc_fail_at(0);
}

/* ---- what must kill ---- */

static int past_the_end(void *context)
{
    (void)context;
    struct secret *s = make_empty((256 << 10) - 24); /* with its header and tail: a whole arena */
    byte_set(secret_poke(s) + secret_capacity(s) + 8);
    return 0;
}

static int before_the_start(void *context)
{
    (void)context;
    struct secret *s = make_empty((256 << 10) - 24);
    byte_set(secret_poke(s) - 17);
    return 0;
}

static int inside_the_fence(void *context)
{
    (void)context;
    struct secret *s = make_empty((256 << 10) - 24);
    byte_set(secret_poke(s));
    byte_set(secret_poke(s) + secret_capacity(s) - 1);
    secret_free(s);
    return 0;
}

static void test_guard_pages(void **state)
{
    (void)state;
    assert_child_ok(inside_the_fence, NULL);
    int status = support_child(past_the_end, NULL);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    status = support_child(before_the_start, NULL);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static int overrun_by_one(void *context)
{
    size_t capacity = *(size_t *)context;
    struct secret *s = make_empty(capacity);
    secret_poke(s)[capacity] = 1; /* seen: it cannot be, but by the sanitizer or the tail */
    secret_free(s);
    return 0;
}

static int header_damaged(void *context)
{
    (void)context;
    struct secret *s = make_empty(10);
    byte_set(secret_poke(s) - 1);
    secret_free(s);
    return 0;
}

static int freed_twice(void *context)
{
    (void)context;
    struct secret *s = make_empty(10);
    secret_free(s);
    secret_free(s);
    return 0;
}

static int not_a_secret(void *context)
{
    (void)context;
    static uint64_t foreign[8];
    secret_free((struct secret *)(void *)foreign);
    return 0;
}

static int too_long(void *context)
{
    (void)context;
    struct secret *s = make_empty(10);
    secret_set_len(s, 11);
    return 0;
}

static int too_much_written(void *context)
{
    (void)context;
    struct secret *s = make_empty(10);
    secret_written(s, 11);
    return 0;
}

static void test_corruption_aborts(void **state)
{
    (void)state;
    static const size_t capacities[] = {0, 1, 40, 41, 104, 1000};
    for (size_t i = 0; i < COUNT(capacities); i++) {
        size_t capacity = capacities[i];
        assert_int_not_equal(support_child(overrun_by_one, &capacity), 0);
    }
    assert_int_not_equal(support_child(header_damaged, NULL), 0);
    assert_int_not_equal(support_child(freed_twice, NULL), 0);
    assert_int_not_equal(support_child(not_a_secret, NULL), 0);
    assert_int_not_equal(support_child(too_long, NULL), 0);
    assert_int_not_equal(support_child(too_much_written, NULL), 0);
}

/* ---- locked, not dumped, wiped on fork ---- */

static void test_memory_is_guarded(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *small = make_empty(10);
    SECRET_OWNED struct secret *large = make_empty(1 << 20);
    const struct secret *both[] = {small, large};
    for (size_t i = 0; i < COUNT(both); i++) {
        char flags[512];
        mapping_flags(secret_peek(both[i]), flags, sizeof flags);
        assert_non_null(strstr(flags, " lo ")); /* locked */
        assert_non_null(strstr(flags, " dd ")); /* not dumped */
        assert_non_null(strstr(flags, " wf ")); /* wiped on fork */
    }
}

struct inherited {
    struct secret *small, *large;
};

static int child_sees_nothing(void *context)
{
    struct inherited *in = context;
    if (secret_live() != 0 || secret_len(in->small) != 0 || secret_len(in->large) != 0)
        return 1;
    for (size_t i = 0; i < 9; i++)
        if (byte_at(secret_peek(in->small) + i) != 0 || byte_at(secret_peek(in->large) + i) != 0)
            return 2;
    struct secret *own = NULL;
    if (secret_copy(&own, "own", 3, NULL) != SV_OK || secret_live() != 1)
        return 3;
    secret_free(in->small);
    secret_free(in->large);
    if (secret_live() != 1 || memcmp(secret_peek(own), "own", 3) != 0)
        return 4;
    secret_free(own);
    return secret_live() == 0 ? 0 : 5;
}

static void test_child_inherits_no_secret(void **state)
{
    (void)state;
    uint8_t bytes[100000];
    memset(bytes, 'M', sizeof bytes);
    SECRET_OWNED struct secret *small = make("inherited", 9);
    SECRET_OWNED struct secret *large = make(bytes, sizeof bytes);
    struct inherited in = {small, large};
    assert_child_ok(child_sees_nothing, &in);
    assert_memory_equal(secret_peek(small), "inherited", 9);
    assert_memory_equal(secret_peek(large), bytes, sizeof bytes);
    assert_int_equal(secret_live(), 2);
}

/* No handler of ours runs in this child: only the kernel can have wiped. */
static void test_kernel_wipes(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *s = make("inherited", 9);
    const uint8_t *at = secret_peek(s);
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    assert_true(pid >= 0);
    if (pid == 0)
        syscall(SYS_exit_group, byte_at(at) == 0 && byte_at(at + 8) == 0 ? 0 : 1);
    int status;
    assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_memory_equal(secret_peek(s), "inherited", 9);
}

static int without_lock(void *context)
{
    (void)context;
    struct sv_err err = {0};
    struct secret *s = NULL;
    if (setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0}) != 0 || support_drop_rights() != 0)
        return 1;
    if (secret_new(&s, 32, &err) != SV_IO || s != NULL || secret_live() != 0)
        return 2;
    return strstr(err.text, "ulimit -l") != NULL ? 0 : 3;
}

/* The first arena is small enough for the limit of older systems, and beside it
 * there is room for a little more. */
static int under_a_low_limit(void *context)
{
    (void)context;
    struct secret *first = NULL, *second = NULL, *third = NULL;
    struct rlimit low = {64 << 10, 64 << 10};
    if (setrlimit(RLIMIT_MEMLOCK, &low) != 0 || support_drop_rights() != 0)
        return 1;
    if (secret_new(&first, 48000, NULL) != SV_OK || secret_new(&second, 10000, NULL) != SV_OK)
        return 2;
    if (secret_new(&third, 10000, NULL) != SV_IO || secret_live() != 2)
        return 3;
    secret_free(second);
    if (secret_new(&third, 10000, NULL) != SV_OK)
        return 4;
    secret_free(first);
    secret_free(third);
    return secret_live() == 0 ? 0 : 5;
}

static void test_lock_limit(void **state)
{
    (void)state;
    assert_child_ok(without_lock, NULL);
    assert_child_ok(under_a_low_limit, NULL);
}

static int harden(void *context)
{
    (void)context;
    struct sv_err err = {0};
    struct rlimit core = {1, 1};
    if (secret_process_harden(&err) != SV_OK || secret_process_harden(&err) != SV_OK)
        return 1;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 2;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 3;
}

static void test_harden(void **state)
{
    (void)state;
    assert_child_ok(harden, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_append_and_length),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_wiped_when_freed),
        cmocka_unit_test(test_empty_extra_arena_is_given_back),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_allocation_failure),
        cmocka_unit_test(test_guard_pages),
        cmocka_unit_test(test_corruption_aborts),
        cmocka_unit_test(test_memory_is_guarded),
        cmocka_unit_test(test_child_inherits_no_secret),
        cmocka_unit_test(test_kernel_wipes),
        cmocka_unit_test(test_lock_limit),
        cmocka_unit_test(test_harden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
