/* SPDX-License-Identifier: ISC */
/* The text of a token, and the base32 that it is written in. */
#include "crypto_support.h"

#include "crypto/base32.h"
#include "crypto/token.h"

/* ---- base32 ---- */

struct vector {
    const char *bytes, *text;
};

/* RFC 4648, section 10, in lower case and without padding. */
static const struct vector rfc4648[] = {
    {"", ""},
    {"f", "my"},
    {"fo", "mzxq"},
    {"foo", "mzxw6"},
    {"foob", "mzxw6yq"},
    {"fooba", "mzxw6ytb"},
    {"foobar", "mzxw6ytboi"},
};

static void test_base32_rfc4648(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rfc4648); i++) {
        size_t len = strlen(rfc4648[i].bytes);
        uint8_t text[16], bytes[8];
        assert_int_equal(BASE32_LEN(len), strlen(rfc4648[i].text));
        base32_encode(text, rfc4648[i].bytes, len);
        assert_memory_equal(text, rfc4648[i].text, BASE32_LEN(len));
        assert_true(base32_decode(bytes, len, text));
        assert_memory_equal(bytes, rfc4648[i].bytes, len);
    }
}

/* Of the 256 bytes a character may be, 32 are letters, and each means another value. */
static void test_base32_letters(void **state)
{
    (void)state;
    unsigned letters = 0, seen[256] = {0};
    for (unsigned c = 0; c < 256; c++) {
        uint8_t text[8] = "aaaaaaaa", bytes[5], again[8];
        text[7] = (uint8_t)c;
        if (!base32_decode(bytes, 5, text))
            continue;
        letters++;
        assert_int_equal(seen[bytes[4]]++, 0);
        base32_encode(again, bytes, 5);
        assert_memory_equal(again, text, 8);
    }
    assert_int_equal(letters, 32);
}

/* The bits of the last character that belong to no byte are 0, or it is refused. */
static void test_base32_has_one_text(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 5; len++) {
        unsigned accepted = 0;
        for (unsigned c = 0; c < 256; c++) {
            uint8_t text[8] = "aaaaaaaa", bytes[5];
            text[BASE32_LEN(len) - 1] = (uint8_t)c;
            accepted += base32_decode(bytes, len, text);
        }
        assert_int_equal(accepted, 1u << (5 - (BASE32_LEN(len) * 5 - len * 8)));
    }
}

/* ---- tokens ---- */

struct frozen {
    const char *text, *sk, *pk, *psk;
};

/* frozen: the secrets 00 01 02 ... 1f and ff ff ... ff */
static const struct frozen frozen[] = {
    {"smtpvault_t1_aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypycfbe",
     "33bf533a40bde12ac0065ec3b785eaee40c59257c4ee757c889701df9360bdca",
     "0ffcb83da71b6c8825fc0ac33b6544d49beab2c481d83426e5e79fc289ff885a",
     "19e2dfcc4d49c9133ca07c6bb53912ae21f1d6e174ada4fc7e3a6c026afe5e8e"},
    {"smtpvault_t1_777777777777777777777777777777777777777777777777777yrq5e",
     "79bdd7d8b4cfc87c9beb93115e92471cee7736c1996440b34f5eb1b8753c6dbf",
     "30ecc2e130b05faa9adf0b6b3b05efeb14df063c4af5be965134d42565a25333",
     "46981e7ddc911e121f662960b7caa1975235a13291d0339b7f28b059c2be0c05"},
};

static void test_frozen_tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(frozen); i++) {
        SECRET_OWNED struct secret *text = secret_of(frozen[i].text, strlen(frozen[i].text));
        SECRET_OWNED struct secret *keys = NULL;
        assert_int_equal(token_parse(&keys, text, NULL), SV_OK);
        assert_hex(token_keys_peek(keys)->sk, KEY_LEN, frozen[i].sk);
        assert_hex(token_keys_peek(keys)->pk, KEY_LEN, frozen[i].pk);
        assert_hex(token_keys_peek(keys)->psk, KEY_LEN, frozen[i].psk);
    }
}

static void test_made_parses(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        SECRET_OWNED struct secret *text = NULL, *other = NULL, *made = NULL, *keys = NULL;
        assert_int_equal(token_make(&text, &made, NULL), SV_OK);
        assert_int_equal(token_make(&other, NULL, NULL), SV_OK);
        assert_int_equal(secret_len(text), TOKEN_TEXT_LEN);
        assert_memory_equal(secret_peek(text), TOKEN_PREFIX, TOKEN_PREFIX_LEN);
        assert_false(secret_equal(text, other));
        assert_int_equal(token_parse(&keys, text, NULL), SV_OK);
        assert_true(secret_equal(keys, made));
    }
}

/* The status and the words of the refusal, which hold nothing of the token. */
static void expect_refused(const void *bytes, size_t len, const char *words)
{
    SECRET_OWNED struct secret *text = secret_of(bytes, len);
    struct secret *keys = NULL;
    struct sv_err err = {0};

    assert_int_equal(token_parse(&keys, text, &err), SV_DATA);
    assert_null(keys);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" in place of \"%s\"", err.text, words);
    if (len > TOKEN_PREFIX_LEN + 8)
        assert_null(strstr(err.text, "aaaqeaye"));
}

static void test_every_mistyped_character(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_LEN + 1];

    for (size_t i = TOKEN_PREFIX_LEN; i < TOKEN_TEXT_LEN; i++)
        for (unsigned c = 0; c < 256; c++) {
            memcpy(text, frozen[0].text, sizeof text);
            if (text[i] == (char)c)
                continue;
            text[i] = (char)c;
            expect_refused(text, TOKEN_TEXT_LEN, "mistyped");
        }
}

/* As people do: two neighbours in the wrong order. */
static void test_every_swap(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_LEN + 1];

    for (size_t i = TOKEN_PREFIX_LEN; i + 1 < TOKEN_TEXT_LEN; i++) {
        memcpy(text, frozen[0].text, sizeof text);
        if (text[i] == text[i + 1])
            continue;
        char first = text[i];
        text[i] = text[i + 1];
        text[i + 1] = first;
        expect_refused(text, TOKEN_TEXT_LEN, "mistyped");
    }
}

static void test_other_forms(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_LEN + 2];

    for (size_t len = 0; len < TOKEN_PREFIX_LEN; len++)
        expect_refused(frozen[0].text, len, "no token");
    for (size_t len = TOKEN_PREFIX_LEN; len < TOKEN_TEXT_LEN; len++)
        expect_refused(frozen[0].text, len, "characters in place of 69");
    for (size_t i = 0; i < TOKEN_PREFIX_LEN; i++) {
        memcpy(text, frozen[0].text, TOKEN_TEXT_LEN);
        text[i] = '*';
        expect_refused(text, TOKEN_TEXT_LEN, "no token");
    }
    memcpy(text, frozen[0].text, TOKEN_TEXT_LEN);
    text[TOKEN_TEXT_LEN] = '\n';
    expect_refused(text, TOKEN_TEXT_LEN + 1, "70 characters in place of 69");
    text[11] = '2';
    expect_refused(text, TOKEN_TEXT_LEN, "newer");
    memcpy(text, "smtpvault_t10_", 14);
    expect_refused(text, TOKEN_TEXT_LEN, "newer");
    for (size_t i = TOKEN_PREFIX_LEN; i < TOKEN_TEXT_LEN; i++)
        text[i] = (char)(frozen[0].text[i] >= 'a' ? frozen[0].text[i] - 32 : frozen[0].text[i]);
    memcpy(text, TOKEN_PREFIX, TOKEN_PREFIX_LEN);
    expect_refused(text, TOKEN_TEXT_LEN, "mistyped");
}

static void test_allocation_failures(void **state)
{
    (void)state;
    for (unsigned long n = 1;; n++) {
        struct secret *text = NULL, *made = NULL, *keys = NULL;
        sv_alloc_fail_at(n);
        enum sv_status st = token_make(&text, &made, NULL);
        if (st == SV_OK)
            st = token_parse(&keys, text, NULL);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        secret_free(text);
        secret_free(made);
        secret_free(keys);
        assert_int_equal(secret_live(), 0);
        if (!failed) {
            assert_int_equal(st, SV_OK);
            assert_true(n > 3);
            break;
        }
        assert_int_equal(st, SV_INTERNAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base32_rfc4648),      cmocka_unit_test(test_base32_letters),
        cmocka_unit_test(test_base32_has_one_text), cmocka_unit_test(test_frozen_tokens),
        cmocka_unit_test(test_made_parses),         cmocka_unit_test(test_every_mistyped_character),
        cmocka_unit_test(test_every_swap),          cmocka_unit_test(test_other_forms),
        cmocka_unit_test(test_allocation_failures), cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
