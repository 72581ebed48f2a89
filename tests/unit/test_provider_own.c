/* SPDX-License-Identifier: ISC */
/* provider_own: rows of the user's own: what they change, what is refused. */
#include "support.h"

#include "base/alloc.h"
#include "domain/provider_own.h"

#define FILE_OF(rows) "{\"schema\": 1, \"providers\": [" rows "]}"
#define SERVER "{\"host\": \"mail.acme.example\", \"port\": 465, \"tls\": \"implicit\"}"

static void write_rows(const char *name, const char *text)
{
    support_write(name, text, strlen(text), 0644);
}

static int enter(void **state)
{
    return support_enter(state) == 0 && mkdir("rows", 0700) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    provider_own_read(NULL);
    return support_leave(state);
}

static void good(void)
{
    struct sv_err err = {""};
    provider_own_read("rows");
    if (provider_own_check(&err) != SV_OK)
        fail_msg("%s", err.text);
}

static void test_none(void **state)
{
    (void)state;
    provider_own_read("nowhere");
    assert_int_equal(provider_own_check(NULL), SV_OK);
    assert_int_equal(provider_total(), provider_count);
    good();
    assert_ptr_equal(provider_at(0), &providers[0]);
    write_rows("rows/notes.txt", "not ours");
    write_rows("rows/.hidden.json", "not ours");
    good();
    assert_int_equal(provider_total(), provider_count);
}

static void test_adds(void **state)
{
    (void)state;
    write_rows("rows/a.json",
               FILE_OF("{\"id\": \"acme\", \"like\": \"gmail\", \"domains\": [\"acme.example\"]},"
                       "{\"id\": \"our-relay\", \"servers\": [" SERVER "], \"secret\": \"api-key\","
                       " \"username\": \"fixed:acme\", \"domains\": [\"relay.example\"]}"));
    good();
    assert_int_equal(provider_total(), provider_count + 2);
    const struct provider *acme = provider_of_address("ann@ACME.example");
    assert_string_equal(acme->id, "acme");
    assert_string_equal(acme->hosts[0].host, "smtp.gmail.com");
    assert_ptr_equal(acme->shape, provider_find("gmail")->shape);
    assert_string_equal(acme->origin, "rows/a.json");
    assert_string_equal(provider_of_address("ann@gmail.com")->id, "gmail");
    assert_string_equal(provider_find("google")->id, "gmail");
    assert_string_equal(provider_nearest("our-realy"), "our-relay");
    PROFILE_OWNED struct profile p = {.name = NULL};
    assert_int_equal(profile_set(&p, profile_field("from"), "a@relay.example", NULL), SV_OK);
    assert_int_equal(provider_fill(provider_find("our-relay"), &p, NULL), SV_OK);
    assert_string_equal(p.username, "acme");
    assert_string_equal(p.host, "mail.acme.example");
    assert_true(p.port == 465 && p.tls == TLS_IMPLICIT && p.kind == KIND_API_KEY);
    for (size_t i = 1; i < provider_total(); i++)
        assert_true(strcmp(provider_at(i - 1)->id, provider_at(i)->id) < 0);
}

static void test_overrides(void **state)
{
    (void)state;
    write_rows("rows/b.json", FILE_OF("{\"id\": \"gmail\", \"servers\": [" SERVER "],"
                                      " \"notes\": null, \"verified\": \"2026-01-31\"}"));
    good();
    const struct provider *gmail = provider_find("gmail");
    assert_int_equal(provider_total(), provider_count);
    assert_string_equal(gmail->hosts[0].host, "mail.acme.example");
    assert_int_equal(gmail->host_count, 1);
    assert_string_equal(gmail->verified, "2026-01-31");
    assert_non_null(gmail->notes);
    assert_ptr_equal(provider_of_address("x@googlemail.com"), gmail);
    PROFILE_OWNED struct profile p = {.name = NULL};
    assert_int_equal(profile_set(&p, profile_field("host"), "Mail.acme.example", NULL), SV_OK);
    assert_ptr_equal(provider_of_profile(&p), gmail);
    /* A domain of one's own comes before the built-in row that has it too. */
    write_rows("rows/b.json", FILE_OF("{\"id\": \"zz\", \"like\": \"fastmail\","
                                      " \"domains\": [\"gmail.com\"]}"));
    good();
    assert_string_equal(provider_of_address("x@gmail.com")->id, "zz");
}

/* How long one that nobody uses lasts is asked of these rows by `due`. */
static void test_idle_days(void **state)
{
    (void)state;
    write_rows("rows/a.json",
               FILE_OF("{\"id\": \"acme\", \"servers\": [" SERVER "], \"oauth\": {\"auth_url\":"
                       " \"https://a.example\", \"token_url\": \"https://a.example/t\","
                       " \"scopes\": \"x\", \"idle_days\": 3650}},"
                       "{\"id\": \"none\", \"servers\": [" SERVER "], \"oauth\": {\"auth_url\":"
                       " \"https://a.example\", \"token_url\": \"https://a.example/t\","
                       " \"scopes\": \"x\", \"idle_days\": null}},"
                       "{\"id\": \"like\", \"like\": \"gmail\"}"));
    good();
    assert_int_equal(provider_find("acme")->oauth->idle_days, 3650);
    assert_int_equal(provider_find("none")->oauth->idle_days, 0);
    assert_int_equal(provider_find("like")->oauth->idle_days, 180);
}

static void refused(const char *text, const char *words)
{
    struct sv_err err = {""};
    write_rows("rows/a.json", text);
    provider_own_read("rows");
    enum sv_status s = provider_own_check(&err);
    if (s != SV_CONFIG || strstr(err.text, words) == NULL || strstr(err.text, "a.json") == NULL)
        fail_msg("%s: status %d, \"%s\" lacks \"%s\"", text, s, err.text, words);
    assert_int_equal(provider_total(), provider_count);
    assert_non_null(provider_find("gmail"));
}

static void row_refused(const char *members, const char *words)
{
    char text[1024];
    snprintf(text, sizeof text, FILE_OF("{\"id\": \"acme\", \"servers\": [" SERVER "], %s}"),
             members);
    refused(text, words);
}

static void test_refused(void **state)
{
    (void)state;
    refused("", "empty");
    refused("[", "line 1");
    refused("[]", "schema");
    refused("{\"schema\": 2, \"providers\": []}", "schema");
    refused("{\"schema\": 1, \"providers\": [], \"more\": 1}", "schema");
    refused(FILE_OF("1"), "\"id\"");
    refused(FILE_OF("{\"id\": \"Acme\"}"), "\"id\"");
    refused(FILE_OF("{\"id\": \"acme\"}"), "\"servers\" is missing");
    refused(FILE_OF("{\"id\": \"acme\", \"like\": \"nobody\"}"), "\"like\"");
    refused(FILE_OF("{\"id\": \"gmail\"},\n{\"id\": \"gmail\"}"), "line 2: \"id\" is another");
    refused(
        FILE_OF(
            "{\"id\": \"a\", \"like\": \"gmail\", \"domains\": [\"x.example\"]},"
            "{\"id\": \"b\", \"like\": \"gmail\", \"domains\": [\"y.example\", \"X.example\"]}"),
        "another row's too");
    row_refused("\"hots\": []", "\"hots\" is not known");
    row_refused("\"\\u001b[2J\": []", "\\x1b[2J");
    row_refused("\"name\": \"a\\u001b[2J\"", "control character");
    row_refused("\"name\": \"\"", "empty");
    row_refused("\"name\": 1", "\"name\" is no text");
    row_refused("\"category\": \"spam\"", "\"category\"");
    row_refused("\"domains\": \"acme.example\"", "list");
    row_refused("\"domains\": [\"a b\"]", "\"domains\" is no domain");
    row_refused("\"domains\": [\"[::1]\"]", "\"domains\" is no domain");
    row_refused("\"secret_url\": \"http://acme.example/\"", "\"secret_url\"");
    row_refused("\"docs_url\": \"javascript:alert(1)\"", "\"docs_url\"");
    row_refused("\"kind\": \"token\"", "\"kind\"");
    row_refused("\"kind\": \"oauth2\"", "\"oauth\" is missing");
    row_refused("\"verified\": \"yesterday\"", "\"verified\"");
    row_refused("\"verified\": \"2026-13-01\"", "\"verified\"");
    row_refused("\"verified\": \"2222222222\"", "\"verified\"");
    row_refused("\"mechanisms\": \"plain\"", "\"mechanisms\"");
    row_refused("\"oauth\": {\"auth_url\": \"https://a.example\"}", "\"oauth\" needs");
    row_refused("\"oauth\": {\"token_url\": \"http://a.example:1/\"}", "\"token_url\"");
    row_refused("\"oauth\": {\"token_url\": \"http://127.0.0.1.example/\"}", "\"token_url\"");
    row_refused("\"oauth\": {\"idle_days\": 0}", "\"idle_days\" is a number of days from 1");
    row_refused("\"oauth\": {\"idle_days\": -1}", "\"idle_days\"");
    row_refused("\"oauth\": {\"idle_days\": 65536}", "\"idle_days\"");
    row_refused("\"oauth\": {\"idle_days\": 1.5}", "\"idle_days\"");
    row_refused("\"oauth\": {\"idle_days\": \"90\"}", "\"idle_days\"");
    row_refused("\"deadlines\": [{\"date\": \"2026-12-31\"}]", "\"deadlines\" needs");
    row_refused("\"deadlines\": [{\"kinds\": []}]", "\"kinds\"");
}

static void host_refused(const char *server, const char *words)
{
    char text[1024];
    snprintf(text, sizeof text, FILE_OF("{\"id\": \"acme\", \"servers\": [%s]}"), server);
    refused(text, words);
}

static void test_servers_refused(void **state)
{
    (void)state;
    host_refused("1", "\"servers\"");
    host_refused("{\"host\": \"a.example\"}", "\"servers\" needs");
    host_refused("{\"host\": \"a.example\", \"port\": 0, \"tls\": \"implicit\"}", "\"port\"");
    host_refused("{\"host\": \"a.example\", \"port\": 65536, \"tls\": \"implicit\"}", "\"port\"");
    host_refused("{\"host\": \"a.example\", \"port\": \"25\", \"tls\": \"implicit\"}", "\"port\"");
    host_refused("{\"host\": \"a.example\", \"port\": 25, \"tls\": \"maybe\"}", "\"tls\"");
    host_refused("{\"host\": \"a b\", \"port\": 25, \"tls\": \"implicit\"}", "\"host\"");
    host_refused("{\"host\": \"<you>.example\", \"port\": 25, \"tls\": \"implicit\"}", "\"host\"");
    host_refused("{\"host\": \"a.example\", \"port\": 25, \"tls\": \"implicit\","
                 " \"placeholder\": true}",
                 "\"host\"");
}

/* Who can write there can send a secret anywhere. */
static void test_writers(void **state)
{
    (void)state;
    struct sv_err err = {""};
    write_rows("rows/a.json", FILE_OF(""));
    good();
    assert_int_equal(chmod("rows/a.json", 0664), 0);
    provider_own_read("rows");
    assert_int_equal(provider_own_check(&err), SV_CONFIG);
    assert_non_null(strstr(err.text, "chmod 644"));
    assert_int_equal(chmod("rows/a.json", 0644), 0);
    assert_int_equal(chmod("rows", 0777), 0);
    provider_own_read("rows");
    assert_int_equal(provider_own_check(&err), SV_CONFIG);
    assert_int_equal(chmod("rows", 0700), 0);
    assert_int_equal(rename("rows/a.json", "elsewhere"), 0);
    assert_int_equal(symlink("../elsewhere", "rows/a.json"), 0);
    provider_own_read("rows");
    assert_int_equal(provider_own_check(&err), SV_CONFIG);
    assert_int_equal(unlink("rows/a.json"), 0);
    assert_int_equal(mkfifo("rows/a.json", 0600), 0);
    provider_own_read("rows");
    assert_int_equal(provider_own_check(&err), SV_CONFIG);
}

static void test_told_once(void **state)
{
    (void)state;
    write_rows("rows/a.json", "x");
    provider_own_read("rows");
    assert_non_null(strstr(provider_own_fault(), "rows/a.json"));
    assert_null(provider_own_fault());
    write_rows("rows/a.json", FILE_OF(""));
    provider_own_read("rows");
    assert_null(provider_own_fault());
}

static void test_without_memory(void **state)
{
    (void)state;
    bool failed = true;
    static const char text[] =
        FILE_OF("{\"id\": \"acme\", \"aliases\": [\"a\", \"b\"], \"servers\": [" SERVER "],"
                "\"oauth\": {\"auth_url\": \"https://a.example\", \"token_url\": "
                "\"http://127.0.0.1:1/\", \"scopes\": \"x\"},"
                "\"deadlines\": [{\"date\": \"2026-12-31\", \"kinds\": [\"password\"], \"what\": "
                "\"w\", \"advice\": \"a\", \"final\": true}]}");
    for (unsigned long n = 1; failed; n++) {
        PROVIDER_ROWS_OWNED struct provider_rows rows = {.items = NULL};
        struct sv_err err = {""};
        sv_alloc_fail_at(n);
        enum sv_status s = provider_rows_parse(&rows, text, strlen(text), "x", &err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (failed != (s != SV_OK))
            fail_msg("%lu: %s", n, err.text);
        assert_true(n < 60);
    }
    write_rows("rows/a.json", text);
    for (unsigned long n = 1, failures = 1; failures; n++) {
        struct sv_err err = {""};
        sv_alloc_fail_at(n);
        provider_own_read("rows");
        failures = (unsigned long)sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true((failures != 0) == (provider_own_check(&err) != SV_OK));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none, enter, leave),
        cmocka_unit_test_setup_teardown(test_adds, enter, leave),
        cmocka_unit_test_setup_teardown(test_overrides, enter, leave),
        cmocka_unit_test_setup_teardown(test_idle_days, enter, leave),
        cmocka_unit_test_setup_teardown(test_refused, enter, leave),
        cmocka_unit_test_setup_teardown(test_servers_refused, enter, leave),
        cmocka_unit_test_setup_teardown(test_writers, enter, leave),
        cmocka_unit_test_setup_teardown(test_told_once, enter, leave),
        cmocka_unit_test_setup_teardown(test_without_memory, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
