/* SPDX-License-Identifier: ISC */
/* Which addresses are asked, and frames that are refused. */
#include "support.h"

#include "smtp/https_wire.h"

static void addresses_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host;
        uint16_t port;
        bool plain;
    } good[] = {
        {"https://example.org", "example.org", 443, false},
        {"https://example.org/token?a=b", "example.org", 443, false},
        {"https://example.org:8443?x", "example.org", 8443, false},
        {"https://b\303\274cher.example/", "b\303\274cher.example", 443, false},
        {"https://[2001:db8::1]/", "2001:db8::1", 443, false},
        {"https://[2001:db8::1]:99/", "2001:db8::1", 99, false},
        {"http://127.0.0.1:80/x", "127.0.0.1", 80, true},
        {"http://localhost/", "localhost", 80, true},
        {"http://LOCALHOST:7/", "LOCALHOST", 7, true},
        {"http://[::1]:65535", "::1", 65535, true},
    };
    static const char *const bad[] = {
        "",
        "https://",
        "https:///x",
        "http://",
        "ftp://example.org/",
        "HTTPS//example.org",
        "file:///etc/passwd",
        "//example.org/",
        "http://example.org/",
        "http://127.0.0.2/",
        "http://127.0.0.1.example.org/",
        "http://localhost.example.org/",
        "http://127.0.0.1@example.org/",
        "https://me@example.org/",
        "https://me:pw@example.org/",
        "https://example.org#frag",
        "https://example.org/a b",
        "https://example.org/\r\nX: y",
        "https://exa\033mple.org/",
        "https://example.org\\@localhost/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:x/",
        "https://example.org:/x:1",
        "https://[::1",
        "https://[::1]x/",
        "https://[::1]:/",
        "https://-x/",
        "https://a b/",
        "https://%6cocalhost/",
        "https://example.org/\xff",
        "http://[::1]@example.org/",
        "http://localhost:80:90/",
    };
    struct https_place place;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(https_url_split(good[i].url, &place));
        assert_string_equal(place.host, good[i].host);
        assert_int_equal(place.port, good[i].port);
        assert_int_equal(place.plain, good[i].plain);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        if (https_url_split(bad[i], &place))
            fail_msg("%s would be asked", bad[i]);
    char longest[HTTPS_URL_MAX + 8] = "https://example.org/";
    memset(longest + 20, 'a', HTTPS_URL_MAX - 21);
    assert_true(https_url_split(longest, &place));
    longest[HTTPS_URL_MAX - 1] = 'a';
    assert_false(https_url_split(longest, &place));
}

static void limits_are_held(void **state)
{
    (void)state;
    struct https_request r = {.url = "https://example.org/"};
    SECRET_OWNED struct secret *frame = NULL, *body = NULL;
    struct sv_err err = {0};
    assert_int_equal(secret_new(&body, HTTPS_BODY_MAX + 1, NULL), SV_OK);
    secret_set_len(body, HTTPS_BODY_MAX + 1);
    r.body = body;
    r.content_type = "text/plain";
    assert_int_equal(https_put_request(&frame, &r, &err), SV_USAGE);
    assert_non_null(strstr(err.text, "example.org"));
    secret_set_len(body, HTTPS_BODY_MAX);
    assert_int_equal(https_put_request(&frame, &r, NULL), SV_OK);
    struct https_order order;
    assert_int_equal(https_get_request(secret_peek(frame), secret_len(frame), &order, NULL), SV_OK);
    assert_int_equal(order.request.total_ms, HTTPS_TOTAL_MS);
    assert_int_equal(order.request.max, HTTPS_ANSWER_MAX);
    assert_true(order.posts);
    assert_int_equal(order.body_len, HTTPS_BODY_MAX);
    r.content_type = NULL;
    secret_free(frame);
    frame = NULL;
    assert_int_equal(https_put_request(&frame, &r, NULL), SV_USAGE);
    r.body = NULL;
    r.max = HTTPS_ANSWER_MAX + 1;
    assert_int_equal(https_put_request(&frame, &r, NULL), SV_USAGE);
}

static void frames_of_nonsense_are_refused(void **state)
{
    (void)state;
    static const struct https_said bad[] = {
        {.outcome = SV_OK, .words = "fine", .answer = {.status = 200}},
        {.outcome = SV_OK, .answer = {.status = 99}},
        {.outcome = SV_OK, .answer = {.status = 600}},
        {.outcome = SV_DENIED, .words = "no"},
        {.outcome = SV_UNREACHABLE},
        {.outcome = SV_UNREACHABLE, .words = "no", .answer = {.status = 200}},
        {.outcome = SV_DATA, .words = "\033[31m"},
        {.outcome = SV_OK, .answer = {.status = 200, .content_type = "a\nb"}},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        SECRET_OWNED struct secret *frame = NULL;
        assert_int_equal(https_put_answer(&frame, &bad[i], NULL), SV_DATA);
        assert_null(frame);
    }
}

static void write_frame(const char *name, const struct secret *frame)
{
    support_write(name, secret_peek(frame), secret_len(frame), 0600);
}

static enum sv_status post(const char *script, struct https_answer *answer, struct sv_err *err)
{
    struct https_request r = {
        .url = "https://example.org/", .content_type = "text/plain", .total_ms = 500};
    SECRET_OWNED struct secret *body = NULL, *asked = NULL, *ready = NULL, *frame = NULL;
    char text[512];
    assert_int_equal(secret_copy(&body, "the-refresh-token", 17, NULL), SV_OK);
    r.body = body;
    assert_int_equal(https_put_request(&asked, &r, NULL), SV_OK);
    assert_int_equal(https_put_ready(&ready, NULL), SV_OK);
    struct https_said said = {.answer = {.status = 200, .body = body}};
    assert_int_equal(https_put_answer(&frame, &said, NULL), SV_OK);
    write_frame("ready", ready);
    write_frame("answer", frame);
    int len =
        snprintf(text, sizeof(text), "#!/bin/sh\nhead -c %zu <&3 >asked\n%s\ncat answer >&3\n",
                 secret_len(asked), script);
    support_write("helper", text, (size_t)len, 0700);
    return https_ask("./helper", &r, answer, err);
}

static size_t file_len(const char *name)
{
    uint8_t bytes[4096];
    return support_read(name, bytes, sizeof(bytes));
}

static void a_body_waits_for_the_connection(void **state)
{
    (void)state;
    HTTPS_ANSWER_OWNED struct https_answer answer = {.body = NULL};
    struct sv_err err = {0};
    /* The helper says that the connection stands: it is given the body. */
    assert_int_equal(post("cat ready >&3; cat <&3 >body", &answer, &err), SV_OK);
    assert_int_equal(answer.status, 200);
    assert_int_equal(file_len("body"), WIRE_HEAD + 4 + 17);
    https_answer_clear(&answer);
    /* It answers without: there was nothing to read, whatever it does. */
    assert_int_equal(post("timeout 0.2 cat <&3 >body", &answer, &err), SV_OK);
    assert_int_equal(file_len("body"), 0);
    https_answer_clear(&answer);
    /* It says so twice: that is no answer. */
    assert_int_equal(post("cat ready ready >&3; exit 0", &answer, &err), SV_INTERNAL);
    assert_null(strstr(err.text, "refresh-token"));
    /* It hangs. */
    assert_int_equal(post("exec sleep 60", &answer, &err), SV_UNREACHABLE);
    assert_non_null(strstr(err.text, "example.org"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_judged),
        cmocka_unit_test(limits_are_held),
        cmocka_unit_test(frames_of_nonsense_are_refused),
        cmocka_unit_test_setup_teardown(a_body_waits_for_the_connection, support_enter,
                                        support_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
