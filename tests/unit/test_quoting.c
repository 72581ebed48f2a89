/* SPDX-License-Identifier: ISC */
/* What each quoting makes of values that break careless ones; and what it refuses. */
#include "format_fixture.h"

#include "format/quoting.h"

static const struct {
    const char *quoting, *value;
    const char *want; /* NULL: refused */
} table[] = {
    {"raw", "a 'b\" $x\\", "a 'b\" $x\\"},
    {"raw", "a\nb", NULL},
    {"shell", "it's $HOME", "'it'\\''s $HOME'"},
    {"url", "a b@c/\xc3\xa4~", "a%20b%40c%2F%C3%A4~"},
    {"base64", "", ""},
    {"base64", "a", "YQ=="},
    {"base64", "abcd", "YWJjZA=="},
    {"c", "a\"b\\c\td", "\"a\\\"b\\\\c\\td\""},
    {"json", "\"\\\x01\x7f\xe2\x80\xa8\xc2\x85\xf0\x9f\x98\x80/",
     "\"\\\"\\\\\\u0001\\u007f\\u2028\\u0085\xf0\x9f\x98\x80/\""},
    {"json", "latin\xe9", NULL},
    {"yaml", "%a: #b\n", "\"%a: #b\\n\""},
    {"toml", "a\b\"", "\"a\\b\\\"\""},
    {"hcl", "${a} %{b} $c \"\b", "\"$${a} %%{b} $c \\\"\\u0008\""},
    {"php", "a\\'b$c\n", "'a\\\\\\'b$c\n'"},
    {"ruby", "a\\'#{b}", "'a\\\\\\'#{b}'"},
    {"ruby", "\xff", NULL},
    {"python", "a'b\\\n\x7f", "'a\\'b\\\\\\u000a\\u007f'"},
    {"properties", "  a:b=c#d!\\\t", "\\  a\\:b\\=c\\#d\\!\\\\\\u0009"},
    {"properties", "\xc3\xa4\xf0\x9f\x98\x80", "\\u00e4\\ud83d\\ude00"},
    {"xml", "<a b=\"c\">'&\t", "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#9;"},
    {"xml", "a\x01", NULL},
};

static void values_are_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        SINK_OWNED struct sink *out = sink_new(true);
        SECRET_OWNED struct secret *whole = NULL;
        const struct quoting *q = quoting_find(table[i].quoting);
        struct sv_err err;

        assert_non_null(q);
        enum sv_status st = q->write(out, "here", value_text("password", table[i].value), &err);
        assert_int_equal(st, table[i].want ? SV_OK : SV_DATA);
        if (st != SV_OK) {
            assert_non_null(strstr(err.text, "here cannot hold this password: "));
            continue;
        }
        assert_int_equal(sink_to_secret(out, &whole, NULL), SV_OK);
        assert_int_equal(secret_len(whole), strlen(table[i].want));
        assert_memory_equal(secret_peek(whole), table[i].want, secret_len(whole));
    }
}

static void every_quoting_is_tried(void **state)
{
    (void)state;
    assert_null(quoting_find("no-such"));
    for (size_t q = 0; q < quoting_count; q++) {
        bool tried = false;

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
            tried = tried || strcmp(table[i].quoting, quotings[q]->name) == 0;
        }
        if (!tried) {
            fail_msg("%s is not in the table", quotings[q]->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted),
        cmocka_unit_test(every_quoting_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
