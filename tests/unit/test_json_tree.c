/* SPDX-License-Identifier: ISC */
/* json_tree: what is JSON and what is not, what is found in it, limits. */
#include "support.h"

#include "base/alloc.h"
#include "base/json_tree.h"

static enum sv_status parse(struct json_tree *t, const char *text, struct sv_err *err)
{
    return json_tree_parse(t, text, strlen(text), "the file x.json", err);
}

static void test_values(void **state)
{
    (void)state;
    JSON_TREE_OWNED struct json_tree t = {0};
    struct sv_err err = {""};
    char text[64];
    int64_t n = 0;
    assert_int_equal(
        parse(&t,
              " {\"a\": [1, -2, {\"b\": null}, []], \"name\": \"x\\n\\u00e9\\ud83d\\ude00\\/\",\n"
              "\"t\": true, \"f\": false, \"big\": 1e3, \"max\": 900000000000000000}\r\n",
              &err),
        SV_OK);
    assert_int_equal(json_tree_type(&t, 0), JSON_TREE_NONE);
    assert_int_equal(json_tree_type(&t, 1), JSON_TREE_OBJECT);
    assert_int_equal(json_tree_size(&t, 1), 6);
    uint32_t a = json_tree_find(&t, 1, "a");
    assert_int_equal(json_tree_type(&t, a), JSON_TREE_ARRAY);
    assert_int_equal(json_tree_size(&t, a), 4);
    uint32_t v = json_tree_next(&t, a, 0);
    assert_true(json_tree_int(&t, v, 0, 9, &n) && n == 1);
    v = json_tree_next(&t, a, v);
    assert_true(json_tree_int(&t, v, -9, 9, &n) && n == -2);
    assert_false(json_tree_int(&t, v, 0, 9, &n));
    v = json_tree_next(&t, a, v);
    assert_int_equal(json_tree_type(&t, json_tree_find(&t, v, "b")), JSON_TREE_NULL);
    v = json_tree_next(&t, a, v);
    assert_int_equal(json_tree_size(&t, v), 0);
    assert_int_equal(json_tree_next(&t, a, v), 0);
    assert_true(json_tree_text(&t, json_tree_find(&t, 1, "name"), text, sizeof text));
    assert_string_equal(text, "x\n\xC3\xA9\xF0\x9F\x98\x80/");
    assert_int_equal(json_tree_line(&t, json_tree_find(&t, 1, "t")), 2);
    assert_int_equal(json_tree_type(&t, json_tree_find(&t, 1, "f")), JSON_TREE_FALSE);
    assert_false(json_tree_int(&t, json_tree_find(&t, 1, "big"), 0, 9999, &n));
    assert_true(json_tree_int(&t, json_tree_find(&t, 1, "max"), 0, INT64_MAX, &n));
    assert_true(n == INT64_C(900000000000000000));
    /* What is not there, is of another type, or does not fit. */
    assert_int_equal(json_tree_find(&t, 1, "A"), 0);
    assert_int_equal(json_tree_find(&t, a, "b"), 0);
    assert_false(json_tree_text(&t, a, text, sizeof text));
    assert_false(json_tree_text(&t, json_tree_find(&t, 1, "name"), text, 9));
    assert_true(json_tree_text(&t, json_tree_find(&t, 1, "name"), text, 10));
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[",
        "\"",
        "\"a",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "[,1]",
        "{a:1}",
        "{'a':1}",
        "01",
        "1.",
        ".5",
        "1e",
        "-",
        "+1",
        "0x1",
        "NaN",
        "Infinity",
        "nul",
        "truE",
        "1 2",
        "{} x",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"a\nb\"",
        "\"\x80\"",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "[1]]",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "\xEF\xBB\xBF{}",
        "[1}",
        "{\"a\":1]",
        "// x\n1",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        JSON_TREE_OWNED struct json_tree t = {0};
        struct sv_err err = {""};
        enum sv_status s = parse(&t, bad[i], &err);
        if (s != SV_DATA || strstr(err.text, "the file x.json") == NULL || t.nodes != NULL)
            fail_msg("\"%s\": status %d, \"%s\"", bad[i], s, err.text);
    }
    JSON_TREE_OWNED struct json_tree t = {0};
    struct sv_err err = {""};
    assert_int_equal(json_tree_parse(&t, "\"a\0b\"", 5, "x", &err), SV_DATA);
    assert_int_equal(json_tree_parse(&t, "[1]\0", 4, "x", &err), SV_DATA);
}

static char *repeated(const char *before, const char *word, size_t times, const char *after)
{
    char *text = malloc(strlen(before) + strlen(word) * times + strlen(after) + 1);
    assert_non_null(text);
    char *at = stpcpy(text, before);
    while (times-- > 0)
        at = stpcpy(at, word);
    (void)stpcpy(at, after);
    return text;
}

static void limit(enum sv_status wanted, const char *before, const char *word, size_t times,
                  const char *after)
{
    JSON_TREE_OWNED struct json_tree t = {0};
    struct sv_err err = {""};
    char *text = repeated(before, word, times, after);
    enum sv_status s = parse(&t, text, &err);
    free(text);
    if (s != wanted)
        fail_msg("%zu times \"%s\": status %d, \"%s\"", times, word, s, err.text);
}

static void test_limits(void **state)
{
    (void)state;
    limit(SV_OK, "[[[[[[[[[[[[[[[", "[]", 1, "]]]]]]]]]]]]]]]");
    limit(SV_DATA, "[[[[[[[[[[[[[[[[", "[]", 1, "]]]]]]]]]]]]]]]]");
    limit(SV_DATA, "", "[", 100000, "");
    limit(SV_OK, "[0", ",1", 16000, "]");
    limit(SV_DATA, "[0", ",1", 17000, "]");
    limit(SV_OK, "\"", "x", 200000, "\"");
    limit(SV_DATA, "\"", "x", 300000, "\"");
    char object[16384], *at = stpcpy(object, "{\"0\":0");
    for (int i = 1; i < 256; i++)
        at += sprintf(at, ",\"%d\":0", i);
    JSON_TREE_OWNED struct json_tree t = {0};
    struct sv_err err = {""};
    (void)stpcpy(at, "}");
    assert_int_equal(parse(&t, object, &err), SV_OK);
    assert_int_equal(json_tree_size(&t, 1), 256);
    JSON_TREE_OWNED struct json_tree more = {0};
    (void)stpcpy(at, ",\"256\":0}");
    assert_int_equal(parse(&more, object, &err), SV_DATA);
}

/* Whoever reads larger texts says how large. */
static void test_limits_given(void **state)
{
    (void)state;
    static const struct json_tree_limits few = {64, 3, 6};
    static const struct {
        const char *text;
        enum sv_status status;
    } rows[] = {
        {"[[[]]]", SV_OK},
        {"[[[[]]]]", SV_DATA},
        {"[1,2,3,4]", SV_OK},
        {"[1,2,3,4,5]", SV_DATA},
        {"\""
         "0123456789012345678901234567890123456789012345678901234567890123"
         "\"",
         SV_DATA},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        JSON_TREE_OWNED struct json_tree t = {0};
        struct sv_err err = {""};
        assert_int_equal(
            json_tree_parse_within(&t, rows[i].text, strlen(rows[i].text), "x", &few, &err),
            rows[i].status);
    }
}

static void test_without_memory(void **state)
{
    (void)state;
    bool failed = true;
    char *text = repeated("[0", ",1", 300, "]");
    for (unsigned long n = 1; failed; n++) {
        JSON_TREE_OWNED struct json_tree t = {0};
        struct sv_err err = {""};
        sv_alloc_fail_at(n);
        enum sv_status s = parse(&t, text, &err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(failed == (s != SV_OK) && (s == SV_OK) == (t.nodes != NULL));
        assert_true(n < 10);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),         cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_limits_given),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
