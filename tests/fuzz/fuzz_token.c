/* SPDX-License-Identifier: ISC */
/*
 * A token's text. Input: mode u8, then
 *   0: a text;
 *   1: a secret and a check u24: written as a text it opens when the check is right,
 *      and with one character changed it does not.
 */
#include "crypto/base32.h"
#include "crypto/token.h"
#include "fuzz.h"

#define RAW_LEN (TOKEN_SECRET_LEN + TOKEN_CHECK_LEN)

static bool opens(const uint8_t *text, size_t len)
{
    SECRET_OWNED struct secret *given = fuzz_secret(text, len), *keys = NULL;
    struct sv_err err = {""};

    /* Messages say how a token begins. */
    static const char told[] = "one begins with " TOKEN_PREFIX;
    if (memmem(told, sizeof told - 1, text, len) == NULL)
        fuzz_hush(text, len);
    enum sv_status st = fuzz_told(token_parse(&keys, given, &err), &err);
    CHECK(st == SV_OK || st == SV_DATA);
    CHECK((keys != NULL) == (st == SV_OK));
    return st == SV_OK;
}

/* One text only: the bytes it stands for are written the same again. */
static void check_text(const uint8_t *text)
{
    uint8_t raw[RAW_LEN], again[BASE32_LEN(RAW_LEN)];

    CHECK(base32_decode(raw, sizeof raw, text + TOKEN_PREFIX_LEN));
    base32_encode(again, raw, sizeof raw);
    CHECK(memcmp(again, text + TOKEN_PREFIX_LEN, sizeof again) == 0);
}

static void take_raw(struct buf_reader *in)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t raw[RAW_LEN], check[KEY_LEN], text[TOKEN_TEXT_LEN];
    struct hash h;

    buf_get_bytes(in, raw, TOKEN_SECRET_LEN);
    hash_begin(&h, NULL, sizeof check, "token-check");
    hash_field(&h, raw, TOKEN_SECRET_LEN);
    hash_end(&h, check);
    for (size_t i = 0; i < TOKEN_CHECK_LEN; i++)
        raw[TOKEN_SECRET_LEN + i] = check[i] ^ buf_get_u8(in);
    memcpy(text, TOKEN_PREFIX, TOKEN_PREFIX_LEN);
    base32_encode(text + TOKEN_PREFIX_LEN, raw, sizeof raw);
    CHECK(opens(text, sizeof text) ==
          (memcmp(raw + TOKEN_SECRET_LEN, check, TOKEN_CHECK_LEN) == 0));
    /* A wrong character in the secret may by chance fit its check, 1 in 2^24; one in the
     * check never does. */
    size_t at = TOKEN_TEXT_LEN - 1 - buf_get_u8(in) % 4;
    uint8_t other = (uint8_t)digits[buf_get_u8(in) % 32];
    if (memcmp(raw + TOKEN_SECRET_LEN, check, TOKEN_CHECK_LEN) == 0 && text[at] != other) {
        text[at] = other;
        CHECK(!opens(text, sizeof text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    if (buf_get_u8(&in) % 2 == 1) {
        take_raw(&in);
    } else {
        FUZZ_OWNED uint8_t *text = fuzz_copy(in.at, in.left);
        if (opens(text, in.left)) {
            CHECK(in.left == TOKEN_TEXT_LEN);
            check_text(text);
        }
    }
    return fuzz_end();
}
