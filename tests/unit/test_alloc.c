/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/alloc.h"
#include "base/secret.h"

static void test_zeroed(void **state)
{
    (void)state;
    for (size_t size = 0; size < 300; size++) {
        unsigned char *block = sv_alloc(size);
        assert_non_null(block);
        for (size_t i = 0; i < (size > 0 ? size : 1); i++)
            assert_int_equal(block[i], 0);
        memset(block, 0xAA, size);
        sv_free(block);
    }
    sv_free(NULL);
}

static void test_overflow(void **state)
{
    (void)state;
    /* volatile: the compiler would warn of what is tested here. */
    volatile size_t half = SIZE_MAX / 2;
    assert_null(sv_alloc_array(half, 3));
    assert_null(sv_alloc_array(3, half));
    void *none = sv_alloc_array(0, half);
    assert_non_null(none);
    sv_free(none);
}

static void test_resize_keeps_bytes(void **state)
{
    (void)state;
    char *block = sv_strdup("hello");
    assert_non_null(block);
    block = sv_resize(block, 10000);
    assert_string_equal(block, "hello");
    block = sv_resize(block, 3);
    assert_memory_equal(block, "hel", 3);
    sv_alloc_fail_at(1);
    assert_null(sv_resize(block, 100));
    assert_memory_equal(block, "hel", 3);
    sv_alloc_fail_at(0);
    block = sv_resize(block, 0);
    assert_non_null(block);
    sv_free(block);
}

static void test_strings(void **state)
{
    (void)state;
    SV_AUTOFREE char *whole = sv_strdup("");
    assert_string_equal(whole, "");
    SV_AUTOFREE char *cut = sv_strndup("hello", 2);
    assert_string_equal(cut, "he");
    SV_AUTOFREE char *shorter = sv_strndup("he\0lo", 5);
    assert_string_equal(shorter, "he");
}

/* Exactly the nth call fails, whatever kind it is of, and once. */
static void test_nth_call_fails_once(void **state)
{
    (void)state;
    for (unsigned long nth = 1; nth <= 5; nth++) {
        void *blocks[4] = {0};
        struct secret *secret = NULL;
        sv_alloc_fail_at(nth);
        blocks[0] = sv_alloc(8);
        blocks[1] = sv_alloc_array(2, 4);
        blocks[2] = sv_resize(NULL, 8);
        enum sv_status status = secret_new(&secret, 8, NULL);
        assert_int_equal(sv_alloc_failed(), nth <= 4);
        blocks[3] = sv_strdup("x");
        assert_int_equal(sv_alloc_failed(), 1);
        for (unsigned long i = 0; i < 4; i++) {
            unsigned long call = i == 3 ? 5 : i + 1;
            assert_int_equal(blocks[i] == NULL, call == nth);
            sv_free(blocks[i]);
        }
        assert_int_equal(status == SV_OK, nth != 4);
        assert_int_equal(secret == NULL, nth == 4);
        secret_free(secret);
        sv_alloc_fail_at(0);
        assert_int_equal(sv_alloc_failed(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_resize_keeps_bytes),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_nth_call_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
