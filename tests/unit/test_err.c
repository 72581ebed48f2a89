/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/err.h"
#include "base/text.h"

static void test_message_and_status(void **state)
{
    (void)state;
    struct sv_err err = {0};
    assert_int_equal(sv_fail(&err, SV_MISSING, "no profile '%s'", "x"), SV_MISSING);
    assert_string_equal(err.text, "no profile 'x'");
    assert_int_equal(sv_fail(NULL, SV_DATA, "unheard %d", 1), SV_DATA);
    assert_int_equal(sv_fail_errno(NULL, SV_DATA, ENOENT, "unheard"), SV_DATA);
    assert_int_equal(sv_fail_nomem(&err), SV_INTERNAL);
    assert_string_equal(err.text, "out of memory");
    assert_int_equal(sv_fail_nomem(NULL), SV_INTERNAL);
}

static void test_message_may_quote_its_forerunner(void **state)
{
    (void)state;
    struct sv_err err = {"inner"};
    (void)sv_fail(&err, SV_DATA, "outer: %s", err.text);
    assert_string_equal(err.text, "outer: inner");
    (void)sv_fail_errno(&err, SV_DATA, ENOENT, "more: %s", err.text);
    assert_string_equal(err.text, "more: outer: inner: No such file or directory");
}

static void test_errno_decides_io(void **state)
{
    (void)state;
    static const int io[] = {ENOSPC, EDQUOT, EIO, EROFS, EFBIG};
    struct sv_err err = {0};
    for (size_t i = 0; i < COUNT(io); i++)
        assert_int_equal(sv_fail_errno(&err, SV_EXISTS, io[i], "x"), SV_IO);
    assert_int_equal(sv_fail_errno(&err, SV_EXISTS, EACCES, "cannot make %s", "f"), SV_EXISTS);
    assert_string_equal(err.text, "cannot make f: Permission denied");
    (void)sv_fail_errno(&err, SV_EXISTS, 99999, "x");
    assert_string_equal(err.text, "x: unknown error");
}

/* Long texts of 1 to 4-byte characters at every alignment of the cut. */
static void test_cut_at_a_character(void **state)
{
    (void)state;
    static const char *const chars[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t c = 0; c < COUNT(chars); c++) {
        size_t unit = strlen(chars[c]);
        for (size_t shift = 0; shift < 4; shift++) {
            char text[2 * SV_ERR_TEXT_MAX] = "xxxx";
            size_t at = shift;
            for (; at < SV_ERR_TEXT_MAX + 40; at += unit)
                memcpy(text + at, chars[c], unit);
            text[at] = '\0';
            struct sv_err err;
            (void)sv_fail(&err, SV_DATA, "%s", text);
            size_t len = strlen(err.text);
            assert_true(len > SV_ERR_TEXT_MAX - 1 - unit && len < SV_ERR_TEXT_MAX);
            assert_true(text_is_utf8(err.text, len));
            assert_memory_equal(err.text, text, len);

            (void)sv_fail_errno(&err, SV_DATA, EIO, "%s", text);
            len = strlen(err.text);
            assert_true(len < SV_ERR_TEXT_MAX);
            assert_true(text_is_utf8(err.text, len));
            assert_string_equal(err.text + len - strlen(": Input/output error"),
                                ": Input/output error");
        }
    }
}

static void test_exact_fit_is_not_cut(void **state)
{
    (void)state;
    char text[SV_ERR_TEXT_MAX];
    memset(text, 'a', sizeof text);
    memcpy(text + SV_ERR_TEXT_MAX - 4, "\xE2\x82\xAC", 4);
    struct sv_err err;
    (void)sv_fail(&err, SV_DATA, "%s", text);
    assert_string_equal(err.text, text);
    (void)sv_fail(&err, SV_DATA, "%s", "");
    assert_string_equal(err.text, "");
}

static void test_status_texts(void **state)
{
    (void)state;
#define CHECK(name, exit, meaning)     \
    assert_int_equal(SV_##name, exit); \
    assert_string_equal(sv_status_text(SV_##name), meaning);
    SMTPVAULT_STATUS_LIST(CHECK)
#undef CHECK
    assert_string_equal(sv_status_text((enum sv_status)200), "unknown status");
}

static void test_clear(void **state)
{
    struct sv_err err = {"what went wrong"};

    (void)state;
    sv_err_clear(&err);
    assert_string_equal(err.text, "");
    sv_err_clear(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_message_and_status),
        cmocka_unit_test(test_message_may_quote_its_forerunner),
        cmocka_unit_test(test_errno_decides_io),
        cmocka_unit_test(test_cut_at_a_character),
        cmocka_unit_test(test_exact_fit_is_not_cut),
        cmocka_unit_test(test_status_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
