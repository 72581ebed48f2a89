/* SPDX-License-Identifier: ISC */
/* Postfix's lookups: what is a request, which profile answers, what is said. */
#include "support.h"

#include "agent/socketmap.h"

static enum socketmap_scan scan(const char *bytes, size_t *used, struct socketmap_request *out)
{
    memset(out, 0, sizeof *out);
    return socketmap_scan((const uint8_t *)bytes, strlen(bytes), used, out);
}

static void test_requests(void **state)
{
    (void)state;
    static const struct {
        const char *body, *profile, *host;
        unsigned port;
        bool by_sender;
    } rows[] = {
        {"sasl [mail.example.org]:587", "", "mail.example.org", 587, false},
        {"sasl [mail.example.org]:submission", "", "mail.example.org", 587, false},
        {"sasl [mail.example.org]", "", "mail.example.org", 0, false},
        {"sasl mail.example.org", "", "mail.example.org", 0, false},
        {"sasl mail.example.org:SMTPS", "", "mail.example.org", 465, false},
        {"sasl ann@example.org", "", "ann@example.org", 0, true},
        {"sasl/work ann@example.org", "work", "ann@example.org", 0, true},
        {"sasl/my work host:25", "my work", "host", 25, false},
        {"sasl [::1]:587", "", "::1", 587, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct socketmap_request r;
        size_t used;
        char bytes[64];
        (void)snprintf(bytes, sizeof bytes, "%zu:%s,", strlen(rows[i].body), rows[i].body);
        assert_int_equal(scan(bytes, &used, &r), SOCKETMAP_LOOKUP);
        assert_int_equal(used, strlen(bytes));
        assert_string_equal(r.profile, rows[i].profile);
        assert_string_equal(r.host, rows[i].host);
        assert_int_equal(r.port, rows[i].port);
        assert_int_equal(r.by_sender, rows[i].by_sender);
    }
}

static void test_requests_that_nobody_answers(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "sasl",           "sasl ",           "aliases root",     "sasl2 host",
        "SASL host",      "sasl/ host",      "sasl [host",       "sasl [host]x",
        "sasl [host]:",   "sasl host:0",     "sasl host:65536",  "sasl host:+5",
        "sasl host:587x", "sasl []:25",      "sasl :25",         "sasl ho\tst",
        "sasl ho\xffst",  "sasl/a\x01 host", "sasl \xe2\x80\xae"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct socketmap_request r;
        size_t used;
        char bytes[128];
        (void)snprintf(bytes, sizeof bytes, "%zu:%s,", strlen(bodies[i]), bodies[i]);
        assert_int_equal(scan(bytes, &used, &r), SOCKETMAP_UNKNOWN);
        assert_int_equal(used, strlen(bytes));
    }
    /* A NUL within. */
    struct socketmap_request r;
    size_t used;
    assert_int_equal(socketmap_scan((const uint8_t *)"9:sasl h\0st,", 12, &used, &r),
                     SOCKETMAP_UNKNOWN);
}

static void test_halves_and_nonsense(void **state)
{
    (void)state;
    static const char *const broken[] = {":",   "x",     "01:a,",  "00:,", "1025:", "99999999999",
                                         "-1:", "3;abc", "3:abcd", "12 :", "1",     NULL};
    static const char whole[] = "15:sasl host:25xyz,";
    struct socketmap_request r;
    size_t used;

    for (size_t i = 0; broken[i + 1] != NULL; i++)
        assert_int_equal(scan(broken[i], &used, &r), SOCKETMAP_BROKEN);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        assert_int_equal(socketmap_scan((const uint8_t *)whole, len, &used, &r), SOCKETMAP_MORE);
        assert_int_equal(used, 0);
    }
    /* The second of two is left alone. */
    assert_int_equal(scan("11:sasl host:1,11:sasl host:2,", &used, &r), SOCKETMAP_LOOKUP);
    assert_int_equal(used, 15);
    assert_int_equal(scan("10:sasl host:1,11:sasl host:2,", &used, &r), SOCKETMAP_BROKEN);
    assert_int_equal(scan("12:sasl host:1,11:sasl host:2,", &used, &r), SOCKETMAP_BROKEN);
}

/* The fields are not written to. */
#define WRITABLE(text) ((char *)(uintptr_t)(text))

static struct profile profile(const char *name, const char *host, uint16_t port, const char *user,
                              const char *from)
{
    return (struct profile){.name = WRITABLE(name),
                            .host = WRITABLE(host),
                            .port = port,
                            .version = strlen(name),
                            .username = WRITABLE(user),
                            .from = WRITABLE(from)};
}

static enum sv_status choose(const char *key, const struct profile *list, size_t count,
                             struct socketmap_choice *choice, bool backwards, struct sv_err *err)
{
    struct socketmap_request r;
    size_t used;
    char bytes[256];

    (void)snprintf(bytes, sizeof bytes, "%zu:%s,", strlen(key), key);
    assert_int_equal(scan(bytes, &used, &r), SOCKETMAP_LOOKUP);
    *choice = (struct socketmap_choice){.request = r};
    for (size_t i = 0; i < count; i++)
        socketmap_consider(choice, &list[backwards ? count - 1 - i : i]);
    return socketmap_chosen(choice, err);
}

static void test_which_profile(void **state)
{
    (void)state;
    const struct profile list[] = {
        profile("bulk", "smtp.bulk.example", 587, "key", "news@example.org"),
        profile("starttls", "mail.example.org", 587, "ann", "ann@example.org"),
        profile("tls", "Mail.Example.org", 465, "ann", "ann@example.org"),
        profile("six", "2001:db8::1", 25, "ann", NULL),
        profile("one", "two.example", 25, "one@two.example", NULL),
        profile("other", "two.example", 25, "other@two.example", NULL),
    };
    static const struct {
        const char *key, *want;
        enum sv_status status;
    } rows[] = {
        {"sasl [mail.example.org]:587", "starttls", SV_OK},
        {"sasl MAIL.example.org:smtps", "tls", SV_OK},
        {"sasl mail.example.org", NULL, SV_MISSING},
        {"sasl/tls mail.example.org", "tls", SV_OK},
        {"sasl [mail.example.org]:2525", NULL, SV_MISSING},
        {"sasl smtp.bulk.example", "bulk", SV_OK},
        {"sasl evil.example", NULL, SV_MISSING},
        {"sasl/bulk evil.example", NULL, SV_MISSING},
        {"sasl mail.example.org.evil.example:587", NULL, SV_MISSING},
        {"sasl [ipv6:2001:db8::1]:25", "six", SV_OK},
        {"sasl [2001:db8::1]", "six", SV_OK},
        {"sasl news@example.org", "bulk", SV_OK},
        {"sasl other@two.example", "other", SV_OK},
        {"sasl ann@example.org", NULL, SV_CONFIG},
        {"sasl/starttls ann@example.org", "starttls", SV_OK},
        {"sasl [two.example]:25", NULL, SV_CONFIG},
        {"sasl/other [two.example]:25", "other", SV_OK},
        {"sasl ann", NULL, SV_MISSING},
    };
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        struct sv_err err = {""}, told = {""};
        struct socketmap_choice c, again;
        const char *want = rows[i / 2].want;
        assert_int_equal(choose(rows[i / 2].key, list, COUNT(list), &c, i % 2 == 1, &err),
                         rows[i / 2].status);
        if (want != NULL)
            assert_string_equal(c.name, want);
        assert_true((want != NULL) == (err.text[0] == '\0'));
        (void)choose(rows[i / 2].key, list, COUNT(list), &again, false, &told);
        assert_string_equal(err.text, told.text);
    }
    struct sv_err err = {""};
    struct socketmap_choice c;
    assert_int_equal(choose("sasl two.example:25", list, COUNT(list), &c, false, &err), SV_CONFIG);
    assert_non_null(strstr(err.text, "both one and other"));
    assert_int_equal(choose("sasl two.example:25", list, 0, &c, false, &err), SV_MISSING);
    assert_int_equal(choose("sasl/tls mail.example.org", list, COUNT(list), &c, true, &err), SV_OK);
    assert_int_equal(c.version, 3);
}

static void assert_login(const char *user, const char *password, const char *want)
{
    struct profile p = profile("work", "h", 25, user, NULL);
    struct sv_err err = {""};
    SECRET_OWNED struct secret *secret = NULL;
    SECRET_OWNED struct secret *answer = NULL;

    assert_int_equal(secret_copy(&secret, password, strlen(password), &err), SV_OK);
    enum sv_status status = socketmap_put_login(&answer, &p, secret, &err);
    if (want == NULL) {
        assert_int_equal(status, SV_DATA);
        assert_null(answer);
        assert_null(strstr(err.text, password));
        return;
    }
    assert_int_equal(status, SV_OK);
    assert_int_equal(secret_len(answer), strlen(want));
    assert_memory_equal(secret_peek(answer), want, strlen(want));
}

static void test_answers(void **state)
{
    (void)state;
    assert_login("ann", "pw", "9:OK ann:pw,");
    assert_login("ann@example.org", " a:b,c ", "26:OK ann@example.org: a:b,c ,");
    assert_login("\xc3\xa4", "\xe2\x82\xac", "9:OK \xc3\xa4:\xe2\x82\xac,");
    assert_login("a:nn", "hunter2", NULL);
    assert_login("", "hunter2", NULL);
    assert_login(NULL, "hunter2", NULL);
    assert_login("ann", "hunter\xff", NULL);
    assert_login("ann", "hunter\ntwo", NULL);

    /* The longest that a profile can have. */
    static char user[513], password[PROFILE_SECRET_MAX + 1], want[PROFILE_SECRET_MAX + 1024];
    memset(user, 'u', sizeof user - 1);
    memset(password, 'p', sizeof password - 1);
    (void)snprintf(want, sizeof want, "%zu:OK %s:%s,", 4 + sizeof user + sizeof password - 2, user,
                   password);
    assert_login(user, password, want);
    assert_int_equal(secret_live(), 0);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        enum sv_status status;
        const char *want;
    } rows[] = {
        {SV_MISSING, "9:NOTFOUND ,"}, {SV_LOCKED, "8:TEMP why,"}, {SV_DENIED, "8:TEMP why,"},
        {SV_IO, "8:TEMP why,"},       {SV_DATA, "8:PERM why,"},   {SV_CONFIG, "8:PERM why,"},
        {SV_INTERNAL, "8:PERM why,"},
    };
    const struct sv_err why = {"why"};
    uint8_t dst[64];
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = socketmap_put_fault(dst, sizeof dst, rows[i].status, &why);
        assert_int_equal(len, strlen(rows[i].want));
        assert_memory_equal(dst, rows[i].want, len);
    }
    assert_int_equal(socketmap_put_fault(dst, 8, SV_LOCKED, &why), 0);
    struct sv_err longest;
    memset(longest.text, 'x', sizeof longest.text - 1);
    longest.text[sizeof longest.text - 1] = '\0';
    uint8_t big[SOCKETMAP_ANSWER_MAX];
    assert_int_equal(socketmap_put_fault(big, sizeof big, SV_LOCKED, &longest),
                     strlen("772:TEMP ,") + SV_ERR_TEXT_MAX - 1);
}

int main(void)
{
    struct sv_err err;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_requests_that_nobody_answers),
        cmocka_unit_test(test_halves_and_nonsense),
        cmocka_unit_test(test_which_profile),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_faults),
    };
    if (secret_process_harden(&err) != SV_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
