/* SPDX-License-Identifier: ISC */
/* What the allocator for foreign libraries gives back holds nothing any more. */
#include "support.h"

#include <stdbool.h>

#include "base/wiping.h"

static size_t given_back, left_over;
static bool watching;

void __real_free(void *block);
void __wrap_free(void *block);

/* Blocks of this test only: `watching` is on around one call. */
void __wrap_free(void *block)
{
    if (watching && block != NULL) {
        given_back++;
        for (size_t i = 0; i < 80; i++)
            left_over += ((const unsigned char *)block)[i] != 0;
    }
    __real_free(block);
}

static void assert_wiped(void *block, size_t blocks)
{
    given_back = left_over = 0;
    watching = true;
    wiping_free(block);
    watching = false;
    assert_int_equal(given_back, blocks);
    assert_int_equal(left_over, 0);
}

static void freed_blocks_are_wiped(void **state)
{
    (void)state;
    char *block = wiping_alloc(100);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 16, 0);
    memset(block, 'x', 100);
    assert_wiped(block, 1);
    assert_wiped(NULL, 0);
}

static void grown_blocks_are_wiped(void **state)
{
    (void)state;
    char *block = wiping_resize(NULL, 100);
    assert_non_null(block);
    memset(block, 'x', 100);
    given_back = left_over = 0;
    watching = true;
    char *grown = wiping_resize(block, 5000);
    watching = false;
    assert_non_null(grown);
    assert_int_equal(given_back, 1);
    assert_int_equal(left_over, 0);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(grown[i], 'x');
    grown = wiping_resize(grown, 70);
    assert_non_null(grown);
    assert_int_equal(grown[69], 'x');
    assert_null(wiping_resize(grown, 0));
}

static void other_calls_are_as_usual(void **state)
{
    (void)state;
    unsigned char *zeroed = wiping_zeroed(10, 10);
    assert_non_null(zeroed);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(zeroed[i], 0);
    wiping_free(zeroed);
    char *text = wiping_strdup("words");
    assert_string_equal(text, "words");
    wiping_free(text);
    void *none = wiping_alloc(0);
    assert_non_null(none);
    wiping_free(none);
    assert_null(wiping_zeroed(SIZE_MAX / 2, 3));
    assert_null(wiping_alloc(SIZE_MAX - 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freed_blocks_are_wiped),
        cmocka_unit_test(grown_blocks_are_wiped),
        cmocka_unit_test(other_calls_are_as_usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
