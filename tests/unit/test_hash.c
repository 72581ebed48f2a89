/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/hash.h"

static void test_rfc7693_appendix_a(void **state)
{
    (void)state;
    uint8_t out[64];
    (void)crypto_generichash(out, sizeof out, (const uint8_t *)"abc", 3, NULL, 0);
    assert_hex(out, sizeof out,
               "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
               "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

/* The BLAKE2 authors' keyed vectors (blake2b-test: key 00 .. 3f). */
static void test_keyed(void **state)
{
    (void)state;
    uint8_t key[64], in[255], out[64];
    count_up(key, sizeof key, 0);
    count_up(in, sizeof in, 0);
    (void)crypto_generichash(out, sizeof out, in, 0, key, sizeof key);
    assert_hex(out, sizeof out,
               "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
               "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568");
    (void)crypto_generichash(out, sizeof out, in, sizeof in, key, sizeof key);
    assert_hex(out, sizeof out,
               "142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e9248"
               "4be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461");
}

static void test_frozen_hash(void **state)
{
    (void)state;
    struct hash h;
    uint8_t key[KEY_LEN], out[64];
    count_up(key, sizeof key, 0);
    hash_begin(&h, NULL, 16, "label");
    hash_end(&h, out);
    assert_hex(out, 16, "97dad6a333baa53cbcc66c5cbb8e6440");
    hash_begin(&h, key, 64, "label");
    hash_field(&h, "ab", 2);
    hash_field(&h, NULL, 0);
    hash_field(&h, "\xff\xff\xff", 3);
    hash_u64(&h, 0x0102030405060708);
    hash_end(&h, out);
    assert_hex(out, 64,
               "99274fd02f1bd168910083f784ab337fc85f8ef108f14f1d0727afb2961c7913"
               "e6cc3b9b868a73d5990a5ea17a48c8bf1c610592f058a6fc3ca11787ca391ef1");
}

static void test_frozen_kdf(void **state)
{
    (void)state;
    uint8_t key[KEY_LEN], out[KEY_LEN];
    count_up(key, sizeof key, 0);
    kdf(out, key, "label", "detail", 6);
    assert_hex(out, sizeof out, "008e2782e47a0010f68a85f5da417667b59c0623330db1e18ed59baafe14a5cc");
    kdf(out, key, "label", NULL, 0);
    assert_hex(out, sizeof out, "01f2ed9c2336f8e7e91770970cc8985247abb1f8bd3e6be0af4a14e7f69b08ac");
}

/* The same bytes, cut elsewhere, are another input. */
static void test_framing(void **state)
{
    (void)state;
    static const struct {
        const char *label, *a, *b;
    } cuts[] = {{"x", "ab", "c"}, {"x", "a", "bc"}, {"x", "abc", ""},  {"x", "", "abc"},
                {"xa", "b", "c"}, {"", "xab", "c"}, {"x", "abc", NULL}};
    uint8_t out[COUNT(cuts)][HASH_LEN];
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct hash h;
        hash_begin(&h, NULL, HASH_LEN, cuts[i].label);
        hash_field(&h, cuts[i].a, strlen(cuts[i].a));
        if (cuts[i].b != NULL)
            hash_field(&h, cuts[i].b, strlen(cuts[i].b));
        hash_end(&h, out[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(out[i], out[j], HASH_LEN);
    }
}

static void test_state_is_wiped(void **state)
{
    (void)state;
    struct hash h;
    uint8_t key[KEY_LEN] = {1}, out[HASH_LEN];
    hash_begin(&h, key, HASH_LEN, "label");
    assert_false(sodium_is_zero((const uint8_t *)&h, sizeof h));
    hash_end(&h, out);
    assert_true(sodium_is_zero((const uint8_t *)&h, sizeof h));
}

/* key and out of kdf may be the same place: slot.c does that. */
static void test_kdf_in_place(void **state)
{
    (void)state;
    uint8_t key[KEY_LEN], out[KEY_LEN];
    count_up(key, sizeof key, 0);
    kdf(out, key, "label", "detail", 6);
    kdf(key, key, "label", "detail", 6);
    assert_memory_equal(key, out, KEY_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc7693_appendix_a),
        cmocka_unit_test(test_keyed),
        cmocka_unit_test(test_frozen_hash),
        cmocka_unit_test(test_frozen_kdf),
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_state_is_wiped),
        cmocka_unit_test(test_kdf_in_place),
        cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
