/* SPDX-License-Identifier: ISC */
/*
 * The small facts about text. Input: capacity u8, width u8, a word, then a text: the
 * same text goes through all functions of base/text.h, which must agree.
 */
#include "base/text.h"
#include "fuzz.h"
#include "smtp/replies.h"

static void check_characters(const uint8_t *bytes, size_t len)
{
    bool whole = true;

    for (size_t at = 0; at < len;) {
        uint32_t c = 0;
        size_t n = text_decode(bytes + at, len - at, &c);
        CHECK(n <= 4 && n <= len - at);
        CHECK(n == 0 || (c <= 0x10ffff && (c < 0xd800 || c > 0xdfff)));
        whole = whole && n > 0;
        at += n > 0 ? n : 1;
    }
    CHECK(text_is_utf8(bytes, len) == whole);
}

static void check_printable(const uint8_t *bytes, size_t len, size_t capacity)
{
    FUZZ_OWNED char *dst = malloc(capacity + 1);

    CHECK(dst != NULL);
    if (capacity == 0)
        return;
    text_printable(dst, capacity, (const char *)bytes, len);
    size_t got = strlen(dst);
    CHECK(got < capacity);
    CHECK(text_is_utf8(dst, got) && !text_has_control(dst, got));
    CHECK(text_columns(dst, got) <= got);
    /* What is printable already stays as it is. */
    if (len < capacity && text_is_utf8(bytes, len) && !text_has_control((const char *)bytes, len))
        CHECK(got == len && memcmp(dst, bytes, len) == 0);
}

static void check_numbers(const char *text)
{
    char again[32];
    uint64_t n = 0;
    int64_t seconds = 0, when = 0;

    if (text_parse_u64(text, 0, UINT64_MAX, &n) && (text[0] != '0' || text[1] == '\0')) {
        (void)snprintf(again, sizeof again, "%llu", (unsigned long long)n);
        CHECK(strcmp(again, text) == 0);
    }
    if (text_parse_duration(text, &seconds))
        CHECK(seconds >= 0);
    if (text_parse_time(text, 1800000000, &when)) {
        char utc[TEXT_TIME_MAX], other[TEXT_TIME_MAX];
        int64_t back = 0;
        text_time_utc(utc, when);
        (void)text_time_local(other, when);
        (void)text_time_relative(other, when, 1800000000);
        if (strlen(utc) == 20 && utc[19] == 'Z')
            CHECK(text_parse_time(utc, 1800000000, &back) && back == when);
    }
}

static void check_words(const char *text, const char *word, size_t width)
{
    static const char *const known[] = {"host", "port", "username", "password-from",
                                        "rotate-every"};
    char folded[512], code[16];

    const char *nearest = text_nearest(word, known, 5);
    (void)nearest;
    if (strlen(text) < sizeof folded / 2)
        CHECK(memchr(text_fold(folded, sizeof folded, text, width / 2, width % 8, width), '\0',
                     sizeof folded) != NULL);
    CHECK(strlen(reply_enhanced(code, text)) < sizeof code);
    if (strpbrk(word, "*?[") == NULL)
        CHECK(text_matches(word, text) == (strstr(text, word) != NULL));
    CHECK(text_equal_nocase(text, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    size_t capacity = buf_get_u8(&in), width = buf_get_u8(&in), len;
    FUZZ_OWNED char *word = fuzz_word(&in);
    const uint8_t *bytes = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *exact = fuzz_copy(bytes, len);
    FUZZ_OWNED char *text = fuzz_string(bytes, len);
    check_characters(exact, len);
    check_printable(exact, len, capacity);
    check_numbers(text);
    check_words(text, word, width);
    return fuzz_end();
}
