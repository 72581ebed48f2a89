/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/shamir.h"

#define LEN 32

/* frozen: secret 80 ... 9f, coefficients 01 ... 20 and 41 ... 60, x = 1 ... 5 */
static const char *const frozen[] = {
    "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
    "9d969380818a8faca5aeabb8b9b2b7f4ede6e3f0f1faffdcd5dedbc8c9c2c744",
    "ddd6d3c0c1cacfece5eeebf8f9f2f7b4ada6a3b0b1babf9c959e9b8889828704",
    "f8c5d2bfac91864b506d7a1704392eb8b38e99f4e7dacd001b26315c4f726545",
    "b88592ffecd1c60b102d3a5744796ef8f3ced9b4a79a8d405b66711c0f322505",
};

static struct secret *sample(void)
{
    uint8_t bytes[LEN];
    count_up(bytes, sizeof bytes, 0x80);
    return secret_of(bytes, sizeof bytes);
}

static void free_all(struct secret **pieces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        secret_free(pieces[i]);
}

static void test_frozen(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample();
    struct shamir_piece all[COUNT(frozen)];
    struct secret *pieces[COUNT(frozen)];
    for (size_t i = 0; i < COUNT(frozen); i++) {
        uint8_t bytes[LEN];
        (void)unhex(bytes, sizeof bytes, frozen[i]);
        pieces[i] = secret_of(bytes, sizeof bytes);
        all[i] = (struct shamir_piece){.x = (uint8_t)(i + 1), .bytes = pieces[i]};
    }
    for (size_t a = 0; a < COUNT(frozen); a++)
        for (size_t b = 0; b < COUNT(frozen); b++)
            for (size_t c = 0; c < COUNT(frozen); c++) {
                if (a == b || b == c || a == c)
                    continue;
                SECRET_OWNED struct secret *joined = NULL;
                struct shamir_piece three[] = {all[a], all[b], all[c]};
                assert_int_equal(shamir_join(&joined, three, 3, NULL), SV_OK);
                assert_true(secret_equal(joined, whole));
            }
    free_all(pieces, COUNT(pieces));
}

/* Every subset of n pieces: k or more of them give the secret back, fewer do not. */
static void check_subsets(unsigned k, unsigned n)
{
    SECRET_OWNED struct secret *whole = sample();
    struct secret *pieces[SHAMIR_MAX];
    assert_int_equal(shamir_split(pieces, k, n, whole, NULL), SV_OK);
    for (unsigned subset = 1; subset < 1u << n; subset++) {
        struct shamir_piece some[SHAMIR_MAX];
        size_t count = 0;
        for (unsigned i = 0; i < n; i++)
            if (subset >> i & 1)
                some[count++] = (struct shamir_piece){(uint8_t)(i + 1), pieces[i]};
        if (count < 2)
            continue;
        SECRET_OWNED struct secret *joined = NULL;
        assert_int_equal(shamir_join(&joined, some, count, NULL), SV_OK);
        assert_int_equal(secret_equal(joined, whole), count >= k);
    }
    free_all(pieces, n);
}

static void test_every_subset(void **state)
{
    (void)state;
    for (unsigned n = 2; n <= 8; n++)
        for (unsigned k = 2; k <= n; k++)
            check_subsets(k, n);
    check_subsets(2, SHAMIR_MAX);
    check_subsets(7, 11);
    check_subsets(SHAMIR_MAX, SHAMIR_MAX);
}

/* k - 1 pieces in hand: as the missing one goes through all values, the secret's byte
 * goes through all values too, so each stays as likely as any other. */
static void test_fewer_tell_nothing(void **state)
{
    (void)state;
    for (unsigned k = 2; k <= 4; k++) {
        SECRET_OWNED struct secret *whole = secret_of("\x2a", 1);
        struct secret *pieces[SHAMIR_MAX];
        bool seen[256] = {false};
        assert_int_equal(shamir_split(pieces, k, k, whole, NULL), SV_OK);
        for (unsigned guess = 0; guess < 256; guess++) {
            struct shamir_piece some[SHAMIR_MAX];
            uint8_t byte = (uint8_t)guess;
            SECRET_OWNED struct secret *missing = secret_of(&byte, 1), *joined = NULL;
            for (unsigned i = 0; i < k; i++)
                some[i] = (struct shamir_piece){(uint8_t)(i + 1), i + 1 < k ? pieces[i] : missing};
            assert_int_equal(shamir_join(&joined, some, k, NULL), SV_OK);
            assert_false(seen[secret_peek(joined)[0]]);
            seen[secret_peek(joined)[0]] = true;
        }
        free_all(pieces, k);
    }
}

/* The coefficients are new each time: a piece of one splitting fits no other. */
static void test_all_is_new(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample();
    struct secret *a[3], *b[3];
    SECRET_OWNED struct secret *joined = NULL;
    assert_int_equal(shamir_split(a, 2, 3, whole, NULL), SV_OK);
    assert_int_equal(shamir_split(b, 2, 3, whole, NULL), SV_OK);
    for (size_t i = 0; i < 3; i++)
        assert_false(secret_equal(a[i], b[i]));
    struct shamir_piece mixed[] = {{1, a[0]}, {2, b[1]}};
    assert_int_equal(shamir_join(&joined, mixed, 2, NULL), SV_OK);
    assert_false(secret_equal(joined, whole));
    free_all(a, 3);
    free_all(b, 3);
}

static void test_refused(void **state)
{
    (void)state;
    static const unsigned wishes[][2] = {{0, 0}, {0, 3}, {1, 3}, {4, 3}, {2, 17}, {17, 17}, {2, 1}};
    SECRET_OWNED struct secret *whole = sample(), *shorter = secret_of("short", 5), *joined = NULL;
    struct secret *pieces[SHAMIR_MAX];
    for (size_t i = 0; i < COUNT(wishes); i++)
        assert_int_equal(shamir_split(pieces, wishes[i][0], wishes[i][1], whole, NULL),
                         SV_INTERNAL);
    const struct shamir_piece twice[] = {{1, whole}, {1, whole}}, zero[] = {{0, whole}, {1, whole}},
                              uneven[] = {{1, whole}, {2, shorter}};
    assert_int_equal(shamir_join(&joined, twice, 2, NULL), SV_INTERNAL);
    assert_int_equal(shamir_join(&joined, twice, 1, NULL), SV_INTERNAL);
    assert_int_equal(shamir_join(&joined, zero, 2, NULL), SV_INTERNAL);
    assert_int_equal(shamir_join(&joined, uneven, 2, NULL), SV_INTERNAL);
    assert_null(joined);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *whole = sample();
    size_t live = secret_live();
    unsigned long n = 1;
    for (bool failed = true; failed; n++) {
        struct secret *pieces[5], *joined = NULL;
        sv_alloc_fail_at(n);
        enum sv_status status = shamir_split(pieces, 3, 5, whole, NULL);
        if (status == SV_OK) {
            struct shamir_piece some[] = {{1, pieces[0]}, {2, pieces[1]}, {3, pieces[2]}};
            status = shamir_join(&joined, some, 3, NULL);
            free_all(pieces, 5);
        }
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(status, failed ? SV_INTERNAL : SV_OK);
        assert_int_equal(joined != NULL, !failed);
        secret_free(joined);
        assert_int_equal(secret_live(), live);
    }
    assert_true(n > 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_every_subset),
        cmocka_unit_test(test_fewer_tell_nothing),
        cmocka_unit_test(test_all_is_new),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
