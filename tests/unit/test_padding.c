/* SPDX-License-Identifier: ISC */
/* The end of a padding, beside libsodium's answer to the same bytes. */
#include "crypto_support.h"

#include "crypto/padding.h"

/* Wherever the mark stands, and whatever stands where zeros should: as libsodium judges. */
static void assert_found_as_by_sodium(const uint8_t *bytes, size_t padded, size_t block)
{
    size_t want = 0, len = 0;
    bool good = sodium_unpad(&want, bytes, padded, block) == 0;
    assert_int_equal(padding_find(&len, bytes, padded, block), good);
    if (good)
        assert_int_equal(len, want);
}

static void test_padding_is_found(void **state)
{
    (void)state;
    static const uint8_t others[] = {0x01, 0x7f, 0x81, 0xff};
    static const uint8_t before[] = {0x00, 0x80, 0xff};
    static const size_t blocks[] = {1, 7, 8, 9, 15, 16, 61, 256};
    uint8_t bytes[600];
    for (size_t b = 0; b < COUNT(blocks); b++) {
        size_t padded = blocks[b] + 3;
        for (size_t i = 0; i < padded; i++) {
            memset(bytes, before[i % COUNT(before)], i);
            memset(bytes + i, 0, sizeof bytes - i);
            assert_found_as_by_sodium(bytes, padded, blocks[b]);
            bytes[i] = 0x80;
            assert_found_as_by_sodium(bytes, padded, blocks[b]);
            bytes[padded - 1] ^= others[i % COUNT(others)];
            assert_found_as_by_sodium(bytes, padded, blocks[b]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padding_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
