/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/slot.h"

static const char sample[] = "smtpvault-keyfile-1 "
                             "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\n";
#define SAMPLE_LEN (sizeof sample - 1)

static void test_frozen_hash(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *content = secret_of(sample, SAMPLE_LEN);
    SECRET_OWNED struct secret *digest = NULL;
    assert_int_equal(keyfile_hash(&digest, content, NULL), SV_OK);
    assert_int_equal(secret_len(digest), KEY_LEN);
    assert_hex(secret_peek(digest), KEY_LEN,
               "e80b2b4abce78f6a8fce24799766fbf71e9dcc26c571219fc370d0b3a711a3a6");
}

static void test_any_file_has_a_hash(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *nothing = secret_of("", 0);
    SECRET_OWNED struct secret *zero = secret_of("", 1);
    SECRET_OWNED struct secret *a = NULL, *b = NULL;
    assert_int_equal(keyfile_hash(&a, nothing, NULL), SV_OK);
    assert_int_equal(keyfile_hash(&b, zero, NULL), SV_OK);
    assert_false(secret_equal(a, b));
}

static void test_made_is_ours(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *a = NULL, *b = NULL;
    assert_int_equal(keyfile_make(&a, NULL), SV_OK);
    assert_int_equal(keyfile_make(&b, NULL), SV_OK);
    assert_int_equal(secret_len(a), SAMPLE_LEN);
    assert_memory_equal(secret_peek(a), sample, 20);
    assert_int_equal(secret_peek(a)[SAMPLE_LEN - 1], '\n');
    assert_true(keyfile_is_ours(a));
    assert_true(keyfile_is_ours(b));
    assert_false(secret_equal(a, b));
}

static bool is_ours(const char *bytes, size_t len)
{
    SECRET_OWNED struct secret *content = secret_of(bytes, len);
    return keyfile_is_ours(content);
}

static void test_others_are_not_ours(void **state)
{
    (void)state;
    char bytes[SAMPLE_LEN + 2];
    assert_true(is_ours(sample, SAMPLE_LEN));
    for (size_t len = 0; len < SAMPLE_LEN; len++)
        assert_false(is_ours(sample, len));
    memcpy(bytes, sample, SAMPLE_LEN);
    bytes[SAMPLE_LEN] = '\n';
    assert_false(is_ours(bytes, SAMPLE_LEN + 1));
    for (size_t i = 0; i < SAMPLE_LEN; i++) {
        memcpy(bytes, sample, SAMPLE_LEN);
        bytes[i] = '*';
        assert_false(is_ours(bytes, SAMPLE_LEN));
        bytes[i] = '\0';
        assert_false(is_ours(bytes, SAMPLE_LEN));
    }
    memcpy(bytes, sample, SAMPLE_LEN);
    bytes[SAMPLE_LEN - 2] = '=';
    assert_false(is_ours(bytes, SAMPLE_LEN));
    memcpy(bytes, sample, SAMPLE_LEN);
    bytes[SAMPLE_LEN - 3] = '-'; /* the alphabet of URLs */
    assert_false(is_ours(bytes, SAMPLE_LEN));
    /* libsodium's decoder takes some of these for letters. */
    for (size_t at = 20; at < SAMPLE_LEN - 1; at += 9)
        for (int byte = 0x80; byte <= 0xff; byte++) {
            memcpy(bytes, sample, SAMPLE_LEN);
            bytes[at] = (char)byte;
            assert_false(is_ours(bytes, SAMPLE_LEN));
        }
}

static enum sv_status make(struct secret **out, const struct secret *content)
{
    (void)content;
    return keyfile_make(out, NULL);
}

static enum sv_status hash(struct secret **out, const struct secret *content)
{
    return keyfile_hash(out, content, NULL);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    enum sv_status (*const tries[])(struct secret **, const struct secret *) = {make, hash};
    SECRET_OWNED struct secret *content = secret_of(sample, SAMPLE_LEN);
    for (size_t i = 0; i < COUNT(tries); i++) {
        unsigned long n = 1;
        for (;; n++) {
            struct secret *out = NULL;
            sv_alloc_fail_at(n);
            enum sv_status status = tries[i](&out, content);
            int failed = sv_alloc_failed();
            sv_alloc_fail_at(0);
            if (!failed) {
                assert_int_equal(status, SV_OK);
                secret_free(out);
                break;
            }
            assert_int_equal(status, SV_INTERNAL);
            assert_null(out);
            assert_int_equal(secret_live(), 1);
        }
        assert_true(n > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_hash),         cmocka_unit_test(test_any_file_has_a_hash),
        cmocka_unit_test(test_made_is_ours),        cmocka_unit_test(test_others_are_not_ours),
        cmocka_unit_test(test_allocation_failures), cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
