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
    {"utf8-url", "\xc3\xa4 ", "%C3%A4%20"},
    {"utf8-url", "\xe4", NULL},
    {"ascii-url", "a b@%", "a%20b%40%25"},
    {"ascii-url", "p\xc3\xa4ss", NULL},
    {"base64", "", ""},
    {"base64", "a", "YQ=="},
    {"base64", "abcd", "YWJjZA=="},
    {"base64-text", "a\n", "YQo="},
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
    {"sql", "it's \"\xc3\xa4\" %_\n", "'it''s \"\xc3\xa4\" %_\n'"},
    {"sql", "a\\'", "X'615c27'"},
    {"sql", "", "''"},
    {"sql", "\xff", NULL},
    {"properties", "  a:b=c#d!\\\t", "\\  a\\:b\\=c\\#d\\!\\\\\\u0009"},
    {"properties", "\xc3\xa4\xf0\x9f\x98\x80", "\\u00e4\\ud83d\\ude00"},
    {"xml", "<a b=\"c\">'&\t", "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#9;"},
    {"xml", "a\x01", NULL},
    {"bare", "a :\"'#\xff", "a :\"'#\xff"},
    {"bare", "a ", NULL},
    {"bare", "\ta", NULL},
    {"field", "a b", "a b"},
    {"field", "a:b", NULL},
    {"field", " a", NULL},
    {"utf8-bare", "\xc3\xa4:b", "\xc3\xa4:b"},
    {"utf8-bare", "\xe4", NULL},
    {"utf8-bare", "a\t", NULL},
    {"utf8-field", "\xc3\xa4 b", "\xc3\xa4 b"},
    {"utf8-field", "a:b", NULL},
    {"utf8-field", "\xe4", NULL},
    {"main-cf", "/a $b", "/a $$b"},
    {"main-cf", " a", NULL},
    {"option", " a-", " a-"},
    {"option", "-a", NULL},
    {"option", "a\n", NULL},
    {"token", "\"a'\\:", "\"a'\\:"},
    {"token", "a#b", NULL},
    {"token", "a=b", NULL},
    {"token", "a b", NULL},
    {"token", "", NULL},
    {"word", "aZ09._~!%^*()+=:,/@-", "aZ09._~!%^*()+=:,/@-"},
    {"word", "a#b", NULL},
    {"word", "a'b", NULL},
    {"word", "\xc3\xa4", NULL},
    {"word", "", NULL},
    {"id", "aZ09._@-", "aZ09._@-"},
    {"id", "a/b", NULL},
    {"netrc", "a \"b\\ #'", "\"a \\\"b\\\\ #'\""},
    {"netrc", "a\tb", NULL},
    {"netrc", "a\x7f", NULL},
    {"authinfo", "a'b #\\", "\"a'b #\\\""},
    {"authinfo", "a\"b", "'a\"b'"},
    {"authinfo", "a\"'b", NULL},
    {"authinfo", "\xc3\xa4", NULL},
    {"authinfo", "gpg:x", NULL},
    {"dovecot", "a\"b\\'#$", "\"a\\\"b\\\\\\'#$\""},
    {"dovecot", "a\n", NULL},
    {"python-ascii", "it's \\", "'it\\'s \\\\'"},
    {"python-ascii", "p\xc3\xa4ss", NULL},
    {"either", "a'b\\", "\"a'b\\\\\""},
    {"either", "a\"\xff", "'a\"\xff'"},
    {"either", "'a\"", NULL},
    {"octal", "a\"b\\'", "\"a\\042b\\\\'\""},
    {"octal", "a\r", NULL},
    {"apart", "it's \\ \"", "'it'\"'\"'s \\ \"'"},
    {"apart", "a\n", NULL},
    {"ini-go", "a`b # ;", "`a`b # ;`"},
    {"ini-go", "%(a", "`%(a`"},
    {"ini-go", "x%(a)s", NULL},
    /* .env files: what one reader takes for something else is refused, not changed. */
    {"dotenv", "plain@x", "plain@x"},
    {"dotenv", "a #b \"c\" $d", "'a #b \"c\" $d'"},
    {"dotenv", "it's", NULL},
    {"dotenv", "${a}", NULL},
    {"dotenv", "a\\\\b", NULL},
    {"dotenv", "a\\", NULL},
    {"dotenv", "latin\xe9", NULL},
    {"npm-dotenv", "a #b", "'a #b'"},
    {"npm-dotenv", "it's\n", "`it's\n`"},
    {"npm-dotenv", "it's a `b`", "\"it's a `b`\""},
    {"npm-dotenv", "it's a `b` \\n", NULL},
    {"npm-dotenv", "'`\"", NULL},
    {"npm-dotenv", "a b\\", "a b\\"},
    {"npm-dotenv", "a #b\\", NULL},
    {"npm-dotenv", "\r", NULL},
    {"python-dotenv", "it's \\n $a", "'it\\'s \\\\n $a'"},
    {"python-dotenv", "${a}", NULL},
    {"python-dotenv", "a\\", NULL},
    {"laravel", "a \"b\" \\ $c\n", "\"a \\\"b\\\" \\\\ \\$c\\n\""},
    {"laravel", "Null", "\"'Null'\""},
    {"laravel", "'a'", "\"''a''\""},
    {"laravel", "\"a\"", "\"'\\\"a\\\"'\""},
    {"laravel", "'a\n'", "\"'a\\n'\""},
    {"systemd", "a \"b\" $c\\", "'a \"b\" $c\\'"},
    {"systemd", "it's \"a\" `b` $c \\", "\"it's \\\"a\\\" \\`b\\` \\$c \\\\\""},
    {"systemd", "a\x1b", NULL},
    {"systemd", "\xff", NULL},
    {"docker", " 'a' \\", " 'a' \\"},
    {"docker", "a\n", NULL},
    {"docker", "\xff", NULL},
    {"bytes", "a\n\xff", "a\n\xff"},
    /* applications */
    {"php-parameter", "50% \\ it's", "'50%% \\\\ it\\'s'"},
    {"url-parameter", "a b%~", "a%%20b%%25~"},
    {"roundcube", "50% it's", "'50% it\\'s'"},
    {"roundcube", "a%u", NULL},
    {"roundcube", "%p", NULL},
    {"yaml-erb", "<%= 1 %>\n", "\"\\u003c%= 1 %>\\n\""},
    {"discourse", "a \"b\"", "\"a \\\"b\\\"\""},
    {"discourse", "a\\b", NULL},
    {"discourse", "a#", NULL},
    {"discourse", " a", NULL},
    {"discourse", "a\xe2\x80\x83", NULL},
    {"discourse", "{{config}}", NULL},
    {"spring", "$a:b", "$a\\:b"},
    {"spring", "${a}", NULL},
    {"grafana", "a;#`b$", "`a;#`b$`"},
    {"grafana", "${HOME}", NULL},
    {"grafana", "$__env{HOME}", NULL},
    {"grafana", "%(a)s", NULL},
    {"configparser", "50% #a;b", "50%% #a;b"},
    {"configparser", "a\xc2\xa0", NULL},
    {"configparser", "\ta", NULL},
    {"php-ini", "a\"b\\${c}", "\"a\\\"b\\\\\\${c}\""},
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
        if (st != (table[i].want ? SV_OK : SV_DATA))
            fail_msg("%s: %s", table[i].quoting, table[i].value);
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
