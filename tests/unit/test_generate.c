/* SPDX-License-Identifier: ISC */
/* generate: the alphabets, evenness, limits. */
#include "support.h"

#include "base/alloc.h"
#include "domain/generate.h"

/* Fills counts of each byte over `rounds` secrets of the largest length. */
static void tally(enum generate_alphabet alphabet, size_t rounds, size_t counts[256])
{
    memset(counts, 0, 256 * sizeof counts[0]);
    for (size_t round = 0; round < rounds; round++) {
        SECRET_OWNED struct secret *s = NULL;
        assert_int_equal(generate_secret(&s, GENERATE_LENGTH_MAX, alphabet, NULL), SV_OK);
        assert_int_equal(secret_len(s), GENERATE_LENGTH_MAX);
        for (size_t i = 0; i < GENERATE_LENGTH_MAX; i++)
            counts[secret_peek(s)[i]]++;
    }
}

/* Exactly `letters` come, each about as often as any other. Chi-square has the
 * mean k - 1 and the deviation sqrt(2(k - 1)); 8 deviations and more are allowed,
 * which chance exceeds about once in 10^12 runs. */
static void check_even(enum generate_alphabet alphabet, const char *letters)
{
    enum { ROUNDS = 400 };
    size_t counts[256];
    tally(alphabet, ROUNDS, counts);
    size_t k = strlen(letters);
    double expected = (double)ROUNDS * GENERATE_LENGTH_MAX / (double)k;
    double chi = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        if (byte == 0 || !strchr(letters, (int)byte)) {
            assert_int_equal(counts[byte], 0);
            continue;
        }
        double off = (double)counts[byte] - expected;
        chi += off * off / expected;
    }
    assert_true(chi < (double)(k - 1) + 8 * 14 + 40);
    assert_true(chi > 10);
}

static void test_portable(void **state)
{
    (void)state;
    check_even(GENERATE_PORTABLE, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
                                  "._~!^*()+=:,@-");
}

static void test_alnum(void **state)
{
    (void)state;
    check_even(GENERATE_ALNUM, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
}

static void test_symbols(void **state)
{
    (void)state;
    char all[95] = "";
    for (int i = 0; i < 94; i++)
        all[i] = (char)(0x21 + i);
    check_even(GENERATE_SYMBOLS, all);
}

static void test_limits(void **state)
{
    (void)state;
    struct secret *s = NULL;
    struct sv_err err = {{0}};
    static const size_t bad[] = {0, GENERATE_LENGTH_MIN - 1, GENERATE_LENGTH_MAX + 1, SIZE_MAX};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(generate_secret(&s, bad[i], GENERATE_PORTABLE, &err), SV_USAGE);
        assert_non_null(strstr(err.text, "12 to 256"));
        assert_null(s);
    }
    static const size_t good[] = {GENERATE_LENGTH_MIN, GENERATE_LENGTH_DEFAULT,
                                  GENERATE_LENGTH_MAX};
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(generate_secret(&s, good[i], GENERATE_ALNUM, &err), SV_OK);
        assert_int_equal(secret_len(s), good[i]);
        secret_free(s);
        s = NULL;
    }
}

static void test_never_the_same(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *a = NULL;
    SECRET_OWNED struct secret *b = NULL;
    assert_int_equal(generate_secret(&a, 32, GENERATE_PORTABLE, NULL), SV_OK);
    assert_int_equal(generate_secret(&b, 32, GENERATE_PORTABLE, NULL), SV_OK);
    assert_false(secret_equal(a, b));
}

static void test_no_memory(void **state)
{
    (void)state;
    size_t live = secret_live();
    struct secret *s = NULL;
    struct sv_err err = {{0}};
    sv_alloc_fail_at(1);
    assert_int_not_equal(generate_secret(&s, 32, GENERATE_PORTABLE, &err), SV_OK);
    assert_true(sv_alloc_failed());
    sv_alloc_fail_at(0);
    assert_null(s);
    assert_true(err.text[0] != '\0');
    assert_int_equal(secret_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portable),       cmocka_unit_test(test_alnum),
        cmocka_unit_test(test_symbols),        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_never_the_same), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
