/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <time.h>

#include "base/text.h"

static size_t encode(uint8_t dst[4], uint32_t c)
{
    if (c < 0x80) {
        dst[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        dst[i] = (uint8_t)(0x80 | (c & 0x3F));
    dst[0] = (uint8_t)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | c);
    return n;
}

static void test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        uint8_t bytes[4];
        uint32_t back = 0;
        size_t n = encode(bytes, c);
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (text_decode(bytes, n, &back) != (surrogate ? 0 : n) || (!surrogate && back != c))
            fail_msg("U+%04X", (unsigned)c);
        if (n > 1 && text_decode(bytes, n - 1, &back) != 0)
            fail_msg("cut U+%04X", (unsigned)c);
    }
}

/* The well-formed byte sequences of The Unicode Standard, table 3-7, as the
 * judge over all sequences of three bytes, with a fourth that continues. */
static size_t judge(const uint8_t *b)
{
    static const uint8_t rows[][4] = {/* lead from, lead to, second from, second to */
                                      {0xC2, 0xDF, 0x80, 0xBF}, {0xE0, 0xE0, 0xA0, 0xBF},
                                      {0xE1, 0xEC, 0x80, 0xBF}, {0xED, 0xED, 0x80, 0x9F},
                                      {0xEE, 0xEF, 0x80, 0xBF}, {0xF0, 0xF0, 0x90, 0xBF},
                                      {0xF1, 0xF3, 0x80, 0xBF}, {0xF4, 0xF4, 0x80, 0x8F}};
    if (b[0] < 0x80)
        return 1;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (b[0] >= rows[i][0] && b[0] <= rows[i][1]) {
            if (b[1] < rows[i][2] || b[1] > rows[i][3])
                return 0;
            if (b[0] < 0xE0)
                return 2;
            if (b[2] < 0x80 || b[2] > 0xBF)
                return 0;
            return b[0] < 0xF0 ? 3 : 4;
        }
    return 0;
}

static void test_every_sequence(void **state)
{
    (void)state;
    for (uint32_t v = 0; v < 0x1000000; v += (v & 0xFF) == 0xC0 ? 0x40 : 1) {
        uint8_t b[4] = {(uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v, 0xBF};
        uint32_t c;
        if (text_decode(b, 4, &c) != judge(b))
            fail_msg("%02x %02x %02x", b[0], b[1], b[2]);
        if (b[0] < 0xC0 && (v & 0xFFFF) == 0)
            v |= 0xFFFF; /* one byte decides */
    }
}

static void test_is_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"", "abc", "gr\xC3\xBC\xC3\x9F", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\x80",         "a\xC3",         "\xC0\xAF",
                                      "\xE0\x80\xAF", "\xED\xA0\x80",  "\xF4\x90\x80\x80",
                                      "\xFF",         "\xF0\x9F\x98x", "\xC3\xBC\xC3"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
    assert_true(text_is_utf8("a\0b", 3));
    assert_true(text_is_utf8(NULL, 0));
}

static void test_controls(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x3000; c++) {
        char bytes[5] = "x";
        size_t n = encode((uint8_t *)bytes + 1, c);
        bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
                       (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (text_has_control(bytes, n + 1) != control)
            fail_msg("U+%04X", (unsigned)c);
    }
    assert_true(text_has_control("a\x9B", 2)); /* CSI of an 8-bit terminal */
    assert_false(text_has_control("a\xFF", 2));
    assert_false(text_has_control("", 0));
}

static void expect_shown(size_t capacity, const char *text, size_t len, const char *want)
{
    char dst[64];
    memset(dst, 'Z', sizeof dst);
    assert_ptr_equal(text_printable(dst, capacity, text, len), dst);
    assert_string_equal(dst, want);
    for (size_t i = capacity; i < sizeof dst; i++)
        assert_int_equal(dst[i], 'Z');
}

static void test_printable(void **state)
{
    (void)state;
    expect_shown(20, "hello", 5, "hello");
    expect_shown(20, "a\033[2Jb", 6, "a\\x1b[2Jb");
    expect_shown(20, "a\0b\n\177", 5, "a\\x00b\\x0a\\x7f");
    expect_shown(30, "x\xE2\x80\xAEy", 5, "x\\xe2\\x80\\xaey");
    expect_shown(30, "\xC2\x9B\x9B\xFF", 4, "\\xc2\\x9b\\x9b\\xff");
    expect_shown(20, "\xC3\xBC\xC3", 3, "\xC3\xBC\\xc3");
    expect_shown(6, "hello", 5, "hello");
    expect_shown(6, "hello!", 6, "he...");
    expect_shown(6, "h\xC3\xBC\xC3\xBC", 5, "h\xC3\xBC\xC3\xBC");
    expect_shown(6, "h\xC3\xBC\xC3\xBCx", 6, "h...");
    expect_shown(8, "ab\033xy", 5, "ab...");
    expect_shown(5, "hello", 5, "h...");
    expect_shown(4, "hello", 5, "...");
    expect_shown(3, "hello", 5, "..");
    expect_shown(2, "hello", 5, ".");
    expect_shown(1, "hello", 5, "");
    expect_shown(1, "", 0, "");
}

/* For every capacity: terminated, printable UTF-8, never over the end. */
static void test_printable_at_every_size(void **state)
{
    (void)state;
    static const char text[] = "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\033\xFF\xE2\x80\xAEzzz";
    char *exact;
    for (size_t capacity = 1; capacity < 50; capacity++) {
        exact = malloc(capacity);
        assert_non_null(exact);
        text_printable(exact, capacity, text, sizeof text - 1);
        size_t len = strlen(exact);
        assert_true(len < capacity);
        assert_true(text_is_utf8(exact, len));
        assert_false(text_has_control(exact, len));
        free(exact);
    }
}

static void test_small_facts(void **state)
{
    (void)state;
    assert_true(text_equal_nocase("GMail", "gmAIL"));
    assert_true(text_equal_nocase("", ""));
    assert_false(text_equal_nocase("a", "ab"));
    assert_false(text_equal_nocase("ab", "a"));
    assert_false(text_equal_nocase("\xC3\x84", "\xC3\xA4")); /* ASCII only */
    assert_false(text_equal_nocase("[", "{"));
    assert_true(text_starts_with("file:x", "file:"));
    assert_true(text_starts_with("x", ""));
    assert_false(text_starts_with("fil", "file:"));
    char hex[7];
    assert_string_equal(text_hex(hex, "\x00\xAB\xF0", 3), "00abf0");
    assert_string_equal(text_hex(hex, NULL, 0), "");
    assert_int_equal(text_hex_value('0'), 0);
    assert_int_equal(text_hex_value('9'), 9);
    assert_int_equal(text_hex_value('a'), 10);
    assert_int_equal(text_hex_value('F'), 15);
    for (const char *bad = "/:@G`g \xE1"; *bad != '\0'; bad++)
        assert_int_equal(text_hex_value(*bad), -1);
    assert_int_equal(text_hex_value('\0'), -1);
}

static void test_parse_u64(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "-1",
                                      "0x1",
                                      "1.0",
                                      "1e3",
                                      "a",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    uint64_t v = 77;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_parse_u64(bad[i], 0, UINT64_MAX, &v));
    assert_true(v == 77);
    assert_true(text_parse_u64("18446744073709551615", 0, UINT64_MAX, &v) && v == UINT64_MAX);
    assert_true(text_parse_u64("007", 0, 7, &v) && v == 7);
    assert_true(text_parse_u64("1", 1, 65535, &v) && v == 1);
    assert_true(text_parse_u64("65535", 1, 65535, &v) && v == 65535);
    assert_false(text_parse_u64("0", 1, 65535, &v));
    assert_false(text_parse_u64("65536", 1, 65535, &v));
}

static void test_parse_duration(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"90d", 90 * 86400},
                {"12h", 43200},
                {"30m", 1800},
                {"2w", 14 * 86400},
                {"1y", 365 * 86400},
                {"45", 45 * 86400},
                {"0", 0},
                {"0d", 0},
                {"10000y", INT64_C(10000) * 365 * 86400}};
    static const char *const bad[] = {"",
                                      "d",
                                      "-1d",
                                      "1.5d",
                                      "1 d",
                                      "1dd",
                                      "1s",
                                      "1D",
                                      "d1",
                                      "10001y",
                                      "99999999999999999999d",
                                      "9223372036854775807",
                                      "000000000000000000000000001d"};
    int64_t v = 5;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (text_parse_duration(bad[i], &v))
            fail_msg("%s", bad[i]);
    assert_true(v == 5);
    for (size_t i = 0; i < COUNT(good); i++)
        if (!text_parse_duration(good[i].text, &v) || v != good[i].seconds)
            fail_msg("%s", good[i].text);
}

static void test_times(void **state)
{
    (void)state;
    char text[TEXT_TIME_MAX];
    setenv("TZ", "TST-1:30", 1); /* an hour and a half east */
    assert_string_equal(text_time_utc(text, 1795428000), "2026-11-23T10:00:00Z");
    assert_string_equal(text_time_utc(text, 0), "1970-01-01T00:00:00Z");
    assert_string_equal(text_time_utc(text, -1), "1969-12-31T23:59:59Z");
    assert_string_equal(text_time_utc(text, 253402300799), "9999-12-31T23:59:59Z");
    assert_string_equal(text_time_utc(text, 253402300800), "253402300800");
    assert_string_equal(text_time_utc(text, INT64_MIN), "-9223372036854775808");
    assert_string_equal(text_time_local(text, 1795428000), "2026-11-23 11:30");
    assert_string_equal(text_time_local(text, INT64_MAX), "9223372036854775807");
}

static void expect_relative(int64_t when, int64_t now, const char *want)
{
    char text[TEXT_TIME_MAX];
    assert_string_equal(text_time_relative(text, when, now), want);
}

static void test_relative(void **state)
{
    (void)state;
    const int64_t now = 1795428000, hour = 3600, day = 86400;
    expect_relative(now, now, "just now");
    expect_relative(now + 59, now, "just now");
    expect_relative(now - 59, now, "just now");
    expect_relative(now + 60, now, "in 1 minute");
    expect_relative(now - 60, now, "1 minute ago");
    expect_relative(now - 59 * 60 - 29, now, "59 minutes ago");
    expect_relative(now - 59 * 60 - 30, now, "1 hour ago");
    expect_relative(now - 2 * hour, now, "2 hours ago");
    expect_relative(now + 23 * hour + 1799, now, "in 23 hours");
    expect_relative(now + 23 * hour + 1800, now, "in 1 day");
    expect_relative(now + 3 * day, now, "in 3 days");
    expect_relative(now + 90 * day - 60, now, "in 90 days");
    expect_relative(now - 365 * day, now, "365 days ago");
    expect_relative(now + 730 * day, now, "in 2 years");
    expect_relative(INT64_MIN, INT64_MAX, "584942417355 years ago");
    expect_relative(INT64_MAX, INT64_MIN, "in 584942417355 years");
}

static void test_parse_time(void **state)
{
    (void)state;
    const int64_t now = 1795428000;
    static const struct {
        const char *text;
        int64_t when;
    } good[] = {{"2026-11-23T10:00:00Z", 1795428000},
                {"2026-11-23t10:00:00z", 1795428000},
                {"2026-11-23 10:00:00Z", 1795428000},
                {"2026-11-23T11:00:00+01:00", 1795428000},
                {"2026-11-23T04:30:00-05:30", 1795428000},
                {"2026-11-23T10:00:00.123456Z", 1795428000},
                {"2026-11-23", 1795386600},
                {"7d", 1795428000 - 7 * 86400},
                {"1970-01-01T00:00:00Z", 0},
                {"2024-02-29T00:00:00Z", 1709164800},
                {"1969-12-31T23:59:59Z", -1},
                {"2016-12-31T23:59:60Z", 1483228800}};
    static const char *const bad[] = {"",
                                      "now",
                                      "2026-11-23T10:00:00",
                                      "2026-11-23T10:00Z",
                                      "2026-1-23",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-02-29",
                                      "2100-02-29",
                                      "2026-04-31",
                                      "2026-11-00",
                                      "26-11-23",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T10:60:00Z",
                                      "2026-11-23T10:00:61Z",
                                      "2026-11-23T10:00:00Zx",
                                      "2026-11-23T10:00:00.Z",
                                      "2026-11-23T10:00:00+0100",
                                      "2026-11-23T10:00:00+24:00",
                                      "2026-11-23x",
                                      " 2026-11-23",
                                      "2026-11-23 ",
                                      "2026/11/23"};
    setenv("TZ", "TST-1:30", 1);
    int64_t v = 5;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (text_parse_time(bad[i], now, &v))
            fail_msg("%s", bad[i]);
    assert_true(v == 5);
    for (size_t i = 0; i < COUNT(good); i++)
        if (!text_parse_time(good[i].text, now, &v) || v != good[i].when)
            fail_msg("%s: %lld", good[i].text, (long long)v);
}

static int64_t moment(const char *text)
{
    int64_t when;
    assert_true(text_parse_time(text, 0, &when));
    return when;
}

/* A day of 23 hours is one, and so is one of 25. */
static void test_days_apart(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
    int64_t spring = moment("2028-03-12"), autumn = moment("2028-11-05");
    assert_int_equal(text_days_apart(spring, spring + 23 * 3600 - 1), 0);
    assert_int_equal(text_days_apart(spring, spring + 23 * 3600), -1);
    assert_int_equal(text_days_apart(spring + 23 * 3600, spring - 1), 2);
    assert_int_equal(text_days_apart(autumn, autumn + 25 * 3600 - 1), 0);
    assert_int_equal(text_days_apart(autumn + 25 * 3600, autumn), 1);
    assert_int_equal(text_days_apart(moment("2028-03-01"), moment("2028-02-28") + 80000), 2);
    assert_int_equal(text_days_apart(moment("2027-03-01"), moment("2027-02-28")), 1);
    assert_int_equal(text_days_apart(moment("1969-12-31"), moment("1970-01-02")), -2);
    assert_int_equal(text_days_apart(INT64_MAX, INT64_MAX), 0);
    assert_true(text_days_apart(INT64_MAX, 0) > 0 && text_days_apart(INT64_MIN, 0) < 0);
    assert_int_equal(unsetenv("TZ"), 0);
}

static void test_visible(void **state)
{
    (void)state;
    assert_true(text_is_visible("", '!'));
    assert_true(text_is_visible("!az~", '!'));
    assert_true(text_is_visible(" a b ", ' '));
    assert_false(text_is_visible("a b", '!'));
    assert_false(text_is_visible("a\tb", ' '));
    assert_false(text_is_visible("a\x7F", ' '));
    assert_false(text_is_visible("\xC3\xA4", ' '));
}

static void test_words(void **state)
{
    (void)state;
    assert_true(text_has_word("PLAIN login", "Login", 5));
    assert_true(text_has_word("  PLAIN  LOGIN ", "PLAIN", 5));
    assert_true(text_has_word("a b", "bc", 1));
    assert_false(text_has_word("PLAIN-X XPLAIN", "PLAIN", 5));
    assert_false(text_has_word("PLAIN LOGIN", "PLAIN LOGIN", 11));
    assert_false(text_has_word(" a ", "", 0));
    assert_false(text_has_word("", "a", 1));
}

static void test_matches(void **state)
{
    (void)state;
    assert_true(text_matches("mail", "work/gmail"));
    assert_true(text_matches("", "anything"));
    assert_false(text_matches("Mail", "gmail"));
    assert_true(text_matches("*mail", "work/gmail"));
    assert_false(text_matches("mail*", "work/gmail"));
    assert_true(text_matches("work*", "work/gmail"));
    assert_true(text_matches("w?rk/*", "work/.hidden"));
    assert_true(text_matches("[wx]ork*", "xork"));
    assert_true(text_matches("a\\*b*", "a*bc"));
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"list", "get", "show", "unlock", "lock", "test"};
#define NEAREST(word) text_nearest(word, words, COUNT(words))
    assert_string_equal(NEAREST("lsit"), "list");
    assert_string_equal(NEAREST("lits"), "list");
    assert_string_equal(NEAREST("lis"), "list");
    assert_string_equal(NEAREST("unlok"), "unlock");
    assert_string_equal(NEAREST("SHOW"), "show");
    assert_string_equal(NEAREST("HSWO"), "show");
    assert_string_equal(NEAREST("ge"), "get");
    assert_string_equal(NEAREST("gte"), "get");
    assert_null(NEAREST("zz"));
    assert_null(NEAREST(""));
    assert_null(NEAREST("completely-else"));
    assert_null(NEAREST("listabc"));
    assert_null(NEAREST("a-word-that-is-much-longer-than-any-command-is"));
    assert_null(text_nearest("x", NULL, 0));
    assert_int_equal(text_distance("GMIAL", "gmail"), 1);
    assert_int_equal(text_distance("", "com"), 3);
    assert_true(text_distance("a-word-that-is-much-longer-than-any-command-is", "a") == SIZE_MAX);
#undef NEAREST
}

static void expect_fold(const char *text, size_t at, size_t indent, size_t width, const char *want)
{
    char dst[200];
    assert_string_equal(text_fold(dst, sizeof dst, text, at, indent, width), want);
}

static void test_fold(void **state)
{
    (void)state;
    expect_fold("", 0, 2, 10, "");
    expect_fold("one two", 0, 2, 0, "one two");
    expect_fold("one two", 0, 2, 7, "one two");
    expect_fold("one two", 0, 2, 6, "one\n  two");
    expect_fold("one two", 1, 0, 7, "one\ntwo");
    expect_fold("one two three\n", 0, 2, 8, "one two\n  three\n");
    expect_fold("one two three\n", 0, 2, 7, "one two\n  three\n");
    expect_fold("one two three four", 0, 2, 11, "one two\n  three\n  four");
    expect_fold("longer-than-a-line is", 0, 2, 10, "longer-than-a-line\n  is");
    expect_fold("a longer-than-a-line", 0, 2, 10, "a\n  longer-than-a-line");
    expect_fold("say \"a b c\" now", 0, 0, 6, "say\n\"a b c\"\nnow");
    expect_fold("12\" is a foot", 0, 0, 6, "12\" is\na foot");
    expect_fold("one\ntwo three", 0, 1, 8, "one\n two\n three");
    expect_fold("\xC3\xBC\xC3\xBC \xC3\xBC", 0, 0, 4, "\xC3\xBC\xC3\xBC \xC3\xBC");
    char small[12];
    const char *text = "one two three";
    assert_ptr_equal(text_fold(small, sizeof small, text, 0, 0, 5), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_every_sequence),
        cmocka_unit_test(test_is_utf8),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_printable_at_every_size),
        cmocka_unit_test(test_small_facts),
        cmocka_unit_test(test_parse_u64),
        cmocka_unit_test(test_parse_duration),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_relative),
        cmocka_unit_test(test_parse_time),
        cmocka_unit_test(test_days_apart),
        cmocka_unit_test(test_visible),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
