/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/alloc.h"
#include "base/text.h"
#include "domain/profile.h"
#include "format/json.h"

struct doc {
    struct sink *sink;
    struct json json;
};

static void doc_begin(struct doc *d)
{
    d->sink = sink_new(true);
    assert_non_null(d->sink);
    json_begin(&d->json, d->sink);
}

static void doc_end(struct doc *d, const char *want)
{
    SECRET_OWNED struct secret *text = NULL;
    assert_int_equal(json_end(&d->json, NULL), SV_OK);
    assert_int_equal(sink_to_secret(d->sink, &text, NULL), SV_OK);
    assert_int_equal(secret_len(text), strlen(want));
    assert_memory_equal(secret_peek(text), want, strlen(want));
    sink_free(d->sink);
}

static void test_commas(void **state)
{
    (void)state;
    struct doc d;
    struct json *j = &d.json;
    doc_begin(&d);
    json_object(j);
    json_key(j, "a");
    json_array(j);
    json_array_end(j);
    json_key(j, "b");
    json_array(j);
    json_int(j, INT64_MIN);
    json_object(j);
    json_object_end(j);
    json_bool(j, true);
    json_array(j);
    json_null(j);
    json_array_end(j);
    json_string(j, NULL);
    json_array_end(j);
    json_key(j, "c");
    json_time(j, 0);
    json_key(j, "d");
    json_time(j, 1795428000);
    json_object_end(j);
    doc_end(&d, "{\"a\":[],\"b\":[-9223372036854775808,{},true,[null],null],\"c\":null,"
                "\"d\":\"2026-11-23T10:00:00Z\"}");
}

static void test_escapes(void **state)
{
    (void)state;
    struct doc d;
    doc_begin(&d);
    json_string_n(&d.json, "a\"\\/\b\f\n\r\t\0\x1f\x7f\xC3\xBC", 14);
    doc_end(&d, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\xC3\xBC\"");
    doc_begin(&d);
    json_string(&d.json, "");
    doc_end(&d, "\"\"");
    /* What a terminal obeys: C1 as well, ends of lines, and what turns the direction. */
    doc_begin(&d);
    json_string(&d.json, "\xC2\x9Bm\xC2\xA0\xE2\x80\xA8\xE2\x80\xAE\xE2\x81\xA6\xE2\x82\xAC");
    doc_end(&d, "\"\\u009bm\xC2\xA0\\u2028\\u202e\\u2066\xE2\x82\xAC\"");
}

static void test_seen(void **state)
{
    (void)state;
    struct doc d;
    doc_begin(&d);
    json_object(&d.json);
    json_seen(&d.json, "a", "/bin/ev\xFF\x1B[m\xC3\xBC");
    json_seen(&d.json, "b", "/bin/\xC3\xBC\x1B");
    json_seen(&d.json, "c", "");
    json_seen(&d.json, "d", NULL);
    json_object_end(&d.json);
    doc_end(&d,
            "{\"a\":\"/bin/ev\\\\xff\\\\x1b[m\xC3\xBC\",\"b\":\"/bin/\xC3\xBC\\u001b\",\"c\":null,"
            "\"d\":null}");
}

static void test_depth(void **state)
{
    (void)state;
    struct doc d;
    struct sv_err err = {0};
    for (int depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 3; depth++) {
        doc_begin(&d);
        for (int i = 0; i < depth; i++)
            json_array(&d.json);
        for (int i = 0; i < depth; i++)
            json_array_end(&d.json);
        enum sv_status want = depth < JSON_DEPTH_MAX ? SV_OK : SV_DATA;
        assert_int_equal(json_end(&d.json, &err), want);
        sink_free(d.sink);
    }
}

static void test_not_utf8(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80", "tEsT\xFF", "\xED\xA0\x80", "\xC0\x80",
                                      "\xF0\x9F\x98"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct doc d;
        struct sv_err err = {0};
        SECRET_OWNED struct secret *s = NULL;
        assert_int_equal(secret_copy(&s, bad[i], strlen(bad[i]), NULL), SV_OK);
        doc_begin(&d);
        json_secret(&d.json, s);
        assert_int_equal(json_end(&d.json, &err), SV_DATA);
        assert_null(strstr(err.text, "tEsT"));
        sink_free(d.sink);
    }
}

/* A fault of the sink is the document's fault. */
static void test_secret_and_sink(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, "p\"w", 3, NULL), SV_OK);
    struct doc d;
    doc_begin(&d);
    json_secret(&d.json, s);
    doc_end(&d, "\"p\\\"w\"");
    doc_begin(&d);
    sink_fail(d.sink, SV_IO, "fault");
    json_null(&d.json);
    assert_int_equal(json_end(&d.json, NULL), SV_IO);
    sink_free(d.sink);
}

/* The strings of a profile are not const. */
#define TEXT(literal) ((char[]){literal})

static void test_profile(void **state)
{
    (void)state;
    char *tags[] = {TEXT("a"), TEXT("b\"c")};
    struct profile full = {.name = TEXT("work/x"),
                           .provider = TEXT("gmail"),
                           .host = TEXT("smtp.example.com"),
                           .port = 587,
                           .tls = TLS_STARTTLS,
                           .auth = AUTH_SCRAM_SHA_256,
                           .username = TEXT("u@example.com"),
                           .from = TEXT("f@example.com"),
                           .kind = KIND_APP_PASSWORD,
                           .tags = tags,
                           .tag_count = 2,
                           .note = TEXT("line\nline"),
                           .ca_file = TEXT("/etc/\"ca\".pem"),
                           .rotate_days = 90,
                           .created = 1,
                           .updated = 2,
                           .rotated = 86400,
                           .version = 3,
                           .last_used = 4,
                           .last_worked = 5,
                           .last_rejected = 6};
    struct doc d;
    doc_begin(&d);
    json_object(&d.json);
    json_profile_members(&d.json, &full, 86400 * 80);
    json_object_end(&d.json);
    doc_end(
        &d,
        "{\"name\":\"work/x\",\"provider\":\"gmail\",\"host\":\"smtp.example.com\",\"port\":587,"
        "\"tls\":\"starttls\",\"auth\":\"scram-sha-256\",\"username\":\"u@example.com\","
        "\"from\":\"f@example.com\",\"kind\":\"app-password\",\"tags\":[\"a\",\"b\\\"c\"],"
        "\"note\":\"line\\nline\",\"ca_file\":\"/etc/"
        "\\\"ca\\\".pem\",\"created\":\"1970-01-01T00:00:01Z\","
        "\"updated\":\"1970-01-01T00:00:02Z\",\"version\":3,\"rotation\":{\"every_days\":90,"
        "\"last\":\"1970-01-02T00:00:00Z\",\"due\":\"1970-04-02T00:00:00Z\",\"state\":\"soon\","
        "\"exposed\":null},"
        "\"last_used\":\"1970-01-01T00:00:04Z\",\"last_worked\":\"1970-01-01T00:00:05Z\","
        "\"last_rejected\":\"1970-01-01T00:00:06Z\"}");

    struct profile bare = {.name = TEXT("n")};
    doc_begin(&d);
    json_object(&d.json);
    json_profile_members(&d.json, &bare, 1000);
    json_object_end(&d.json);
    doc_end(&d,
            "{\"name\":\"n\",\"provider\":null,\"host\":null,\"port\":0,\"tls\":null,"
            "\"auth\":\"auto\",\"username\":null,\"from\":null,\"kind\":\"password\",\"tags\":[],"
            "\"note\":null,\"ca_file\":null,\"created\":null,\"updated\":null,\"version\":0,"
            "\"rotation\":{\"every_days\":null,\"last\":null,\"due\":null,\"state\":\"none\","
            "\"exposed\":null},"
            "\"last_used\":null,\"last_worked\":null,\"last_rejected\":null}");
    struct profile kept = {.name = TEXT("n"), .protocol = TEXT("https"), .host = TEXT("h")};
    doc_begin(&d);
    json_object(&d.json);
    json_profile_members(&d.json, &kept, 1000);
    json_object_end(&d.json);
    doc_end(&d,
            "{\"name\":\"n\",\"provider\":null,\"host\":\"h\",\"port\":0,\"tls\":null,"
            "\"auth\":\"auto\",\"username\":null,\"from\":null,\"kind\":\"password\",\"tags\":[],"
            "\"note\":null,\"ca_file\":null,\"created\":null,\"updated\":null,\"version\":0,"
            "\"rotation\":{\"every_days\":null,\"last\":null,\"due\":null,\"state\":\"none\","
            "\"exposed\":null},"
            "\"last_used\":null,\"last_worked\":null,\"last_rejected\":null,"
            "\"protocol\":\"https\",\"path\":null,\"retired\":null}");
}

/* Another reader of JSON is the judge: it must get back the very bytes, which go
 * beside each string in hex. */
static void put_pair(struct json *j, const char *text, size_t len)
{
    char hex[200];
    assert_true(2 * len < sizeof hex);
    json_array(j);
    json_string_n(j, text, len);
    json_string(j, text_hex(hex, text, len));
    json_array_end(j);
}

static void test_python_reads_the_same(void **state)
{
    (void)state;
    static const char judge[] = "import json\n"
                                "pairs = json.load(open('doc.json', encoding='utf-8'))\n"
                                "assert len(pairs) == 128 + 8 + 300, len(pairs)\n"
                                "for text, want in pairs:\n"
                                "    assert text.encode('utf-8').hex() == want, want\n";
    static const char *const hostile[] = {"\"",
                                          "\\",
                                          "\\u0041",
                                          "</script><!--",
                                          "\xE2\x80\xA8",
                                          "\xEF\xBB\xBF",
                                          "\xF0\x9F\x98\x80\xEF\xBF\xBF",
                                          "'$(x)`"};
    struct doc d;
    doc_begin(&d);
    json_array(&d.json);
    for (int c = 0; c < 128; c++)
        put_pair(&d.json, (char[]){(char)c}, 1);
    for (size_t i = 0; i < COUNT(hostile); i++)
        put_pair(&d.json, hostile[i], strlen(hostile[i]));
    uint32_t random = 1;
    for (int i = 0; i < 300; i++) {
        char text[40];
        for (size_t k = 0; k < sizeof text; k++) {
            random = random * 1664525 + 1013904223;
            text[k] = (char)((random >> 16) % 128);
        }
        put_pair(&d.json, text, sizeof text);
    }
    json_array_end(&d.json);
    assert_int_equal(json_end(&d.json, NULL), SV_OK);
    int fd = open("doc.json", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(sink_release(d.sink, fd, "doc.json", NULL), SV_OK);
    close(fd);
    sink_free(d.sink);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execlp("python3", "python3", "-c", judge, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_allocation_failure(void **state)
{
    (void)state;
    struct profile p = {.name = TEXT("n"), .rotate_days = 1};
    int failed = 1;
    for (unsigned long nth = 1; failed; nth++) {
        sv_alloc_fail_at(nth);
        SINK_OWNED struct sink *sink = sink_new(true);
        enum sv_status status = SV_INTERNAL;
        if (sink != NULL) {
            struct json j;
            json_begin(&j, sink);
            json_object(&j);
            json_profile_members(&j, &p, 5);
            json_object_end(&j);
            status = json_end(&j, NULL);
        }
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(status, failed ? SV_INTERNAL : SV_OK);
        assert_true(nth < 50);
    }
    assert_int_equal(secret_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commas),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_not_utf8),
        cmocka_unit_test(test_secret_and_sink),
        cmocka_unit_test(test_profile),
        cmocka_unit_test(test_python_reads_the_same),
        cmocka_unit_test(test_allocation_failure),
    };
    return cmocka_run_group_tests(tests, support_enter, support_leave);
}
