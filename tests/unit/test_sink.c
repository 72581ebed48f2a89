/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/alloc.h"
#include "base/sink.h"

static struct secret *make(const void *bytes, size_t len)
{
    struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, bytes, len, NULL), SV_OK);
    return s;
}

static void test_gather_and_release(void **state)
{
    (void)state;
    for (int guarded = 0; guarded <= 1; guarded++) {
        SINK_OWNED struct sink *s = sink_new(guarded);
        struct sv_err err = {0};
        assert_int_equal(sink_len(s), 0);
        sink_puts(s, "a=");
        sink_printf(s, "%d;", 42);
        sink_put(s, "\0\xFF", 2);
        sink_put(s, NULL, 0);
        assert_int_equal(sink_len(s), 7);
        assert_int_equal(sink_status(s, &err), SV_OK);

        SECRET_OWNED struct secret *whole = NULL;
        assert_int_equal(sink_to_secret(s, &whole, &err), SV_OK);
        assert_int_equal(secret_len(whole), 7);
        assert_memory_equal(secret_peek(whole), "a=42;\0\xFF", 7);

        int fd = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(sink_release(s, fd, "the file", &err), SV_OK);
        assert_int_equal(sink_len(s), 0);
        assert_int_equal(sink_release(s, fd, "the file", &err), SV_OK);
        close(fd);
        char bytes[16];
        assert_int_equal(support_read("out", bytes, sizeof bytes), 7);
        assert_memory_equal(bytes, "a=42;\0\xFF", 7);
    }
    assert_int_equal(secret_live(), 0);
}

/* Across many chunks of every size; an odd step meets each border differently. */
static void test_long_answer(void **state)
{
    (void)state;
    enum { TOTAL = 700000, STEP = 977 };
    static uint8_t bytes[TOTAL], back[TOTAL + 1];
    for (size_t i = 0; i < TOTAL; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 251);
    for (int guarded = 0; guarded <= 1; guarded++) {
        SINK_OWNED struct sink *s = sink_new(guarded);
        for (size_t at = 0; at < TOTAL; at += STEP)
            sink_put(s, bytes + at, TOTAL - at < STEP ? TOTAL - at : STEP);
        assert_int_equal(sink_len(s), TOTAL);
        SECRET_OWNED struct secret *whole = NULL;
        assert_int_equal(sink_to_secret(s, &whole, NULL), SV_OK);
        assert_memory_equal(secret_peek(whole), bytes, TOTAL);
        int fd = open("long", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(sink_release(s, fd, "x", NULL), SV_OK);
        close(fd);
        assert_int_equal(support_read("long", back, sizeof back), TOTAL);
        assert_memory_equal(back, bytes, TOTAL);
    }
}

static void test_long_printf(void **state)
{
    (void)state;
    char text[2000];
    for (size_t len = 250; len < 262; len++) {
        memset(text, 'x', sizeof text);
        text[len] = '\0';
        SINK_OWNED struct sink *s = sink_new(false);
        sink_printf(s, "%s", text);
        assert_int_equal(sink_len(s), len);
    }
}

static void test_secret_goes_into_guarded_only(void **state)
{
    (void)state;
    struct sv_err err = {0};
    SECRET_OWNED struct secret *secret = make("tEsTsEcReT", 10);
    SINK_OWNED struct sink *guarded = sink_new(true);
    sink_put_secret(guarded, secret);
    assert_int_equal(sink_status(guarded, &err), SV_OK);
    assert_int_equal(sink_len(guarded), 10);
    SINK_OWNED struct sink *plain = sink_new(false);
    sink_put_secret(plain, secret);
    assert_int_equal(sink_status(plain, &err), SV_INTERNAL);
    assert_null(strstr(err.text, "tEsT"));
    assert_int_equal(sink_len(plain), 0);
}

static void test_fault_stops_everything(void **state)
{
    (void)state;
    struct sv_err err = {0};
    SECRET_OWNED struct secret *whole = NULL;
    SINK_OWNED struct sink *s = sink_new(false);
    sink_puts(s, "before");
    sink_fail(s, SV_DATA, "cannot say %c", 'x');
    sink_fail(s, SV_IO, "a second fault is not heard");
    sink_puts(s, "after");
    assert_int_equal(sink_status(s, &err), SV_DATA);
    assert_string_equal(err.text, "cannot say x");
    assert_int_equal(sink_len(s), 6);
    assert_int_equal(sink_to_secret(s, &whole, &err), SV_DATA);
    assert_null(whole);
    int fd = open("nothing", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(sink_release(s, fd, "x", &err), SV_DATA);
    close(fd);
    char byte;
    assert_int_equal(support_read("nothing", &byte, 1), 0);
    assert_int_equal(sink_len(s), 0);
}

static void test_release_faults(void **state)
{
    (void)state;
    struct sv_err err = {0};
    signal(SIGPIPE, SIG_IGN);
    for (int guarded = 0; guarded <= 1; guarded++) {
        int ends[2];
        SINK_OWNED struct sink *s = sink_new(guarded);
        sink_puts(s, "x");
        assert_int_equal(pipe(ends), 0);
        close(ends[0]);
        assert_int_equal(sink_release(s, ends[1], "standard output", &err), SV_IO);
        assert_string_equal(err.text, "cannot write to standard output: Broken pipe");
        assert_int_equal(sink_len(s), 0);
        close(ends[1]);

        sink_puts(s, "x");
        int full = open("/dev/full", O_WRONLY);
        assert_true(full >= 0);
        assert_int_equal(sink_release(s, full, "standard output", &err), SV_IO);
        assert_non_null(strstr(err.text, "No space left"));
        close(full);
        sink_puts(s, "x");
        assert_int_equal(sink_release(s, -1, "standard output", &err), SV_IO);
    }
    signal(SIGPIPE, SIG_DFL);
}

static enum sv_status everything(bool guarded)
{
    static const char long_text[400] = {[0 ... 398] = 'x'};
    struct sv_err err = {0};
    SINK_OWNED struct sink *s = sink_new(guarded);
    if (s == NULL)
        return SV_INTERNAL;
    SECRET_OWNED struct secret *whole = NULL;
    for (int i = 0; i < 30; i++)
        sink_printf(s, "%d %s", i, long_text);
    return sink_to_secret(s, &whole, &err);
}

static void test_allocation_failure(void **state)
{
    (void)state;
    for (int guarded = 0; guarded <= 1; guarded++) {
        int failed = 1;
        for (unsigned long nth = 1; failed; nth++) {
            sv_alloc_fail_at(nth);
            enum sv_status status = everything(guarded);
            failed = sv_alloc_failed();
            sv_alloc_fail_at(0);
            assert_int_equal(status, failed ? SV_INTERNAL : SV_OK);
            assert_int_equal(secret_live(), 0);
            assert_true(nth < 1000);
        }
    }
    sink_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather_and_release),
        cmocka_unit_test(test_long_answer),
        cmocka_unit_test(test_long_printf),
        cmocka_unit_test(test_secret_goes_into_guarded_only),
        cmocka_unit_test(test_fault_stops_everything),
        cmocka_unit_test(test_release_faults),
        cmocka_unit_test(test_allocation_failure),
    };
    return cmocka_run_group_tests(tests, support_enter, support_leave);
}
