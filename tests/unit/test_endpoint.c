/* SPDX-License-Identifier: ISC */
/* endpoint: where else a login is known to be used, and what is said of it. */
#include "support.h"

#include "domain/endpoint.h"
#include "domain/provider_own.h"

static int leave(void **state)
{
    provider_own_read(NULL);
    return support_leave(state);
}

/* "587 starttls, 465 implicit" */
static void ends_are(const struct profile *p, const char *wanted)
{
    struct endpoint ends[ENDPOINTS_MAX];
    char text[128] = "";
    size_t count = endpoints_of(ends, p);
    assert_in_range(count, 1, ENDPOINTS_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(text);
        assert_false(ends[i].tried);
        snprintf(text + len, sizeof text - len, "%s%u %s", i == 0 ? "" : ", ",
                 (unsigned)ends[i].port, profile_tls_word(ends[i].tls));
    }
    assert_string_equal(text, wanted);
}

static void test_rows(void **state)
{
    static char gmail[] = "gmail", smtp_gmail[] = "SMTP.gmail.com", own[] = "mail.example.test",
                ms[] = "smtp.office365.com", go[] = "mail.smtp2go.com", ionos[] = "smtp.ionos.fr",
                yandex[] = "smtp.yandex.ru";
    (void)state;
    struct profile p = {.host = own, .port = 587, .tls = TLS_STARTTLS};
    ends_are(&p, "587 starttls");
    p.provider = gmail;
    ends_are(&p, "587 starttls");
    p.host = smtp_gmail;
    ends_are(&p, "587 starttls, 465 implicit");
    p.provider = NULL;
    ends_are(&p, "587 starttls, 465 implicit");
    p.port = 465;
    p.tls = TLS_IMPLICIT;
    ends_are(&p, "465 implicit, 587 starttls");
    p.port = 2525;
    ends_are(&p, "2525 implicit, 465 implicit, 587 starttls");
    p = (struct profile){.host = ms, .port = 587, .tls = TLS_STARTTLS};
    ends_are(&p, "587 starttls");
    p.host = go; /* has more than are asked */
    ends_are(&p, "587 starttls, 2525 starttls, 465 implicit");
    p = (struct profile){.host = ionos, .port = 465, .tls = TLS_IMPLICIT};
    ends_are(&p, "465 implicit"); /* its other hosts are of other countries */
    p.host = yandex;              /* 587 is not sure */
    ends_are(&p, "465 implicit");
}

static void test_rows_of_ones_own(void **state)
{
    static const char row[] =
        "{\"schema\": 1, \"providers\": [{\"id\": \"corp\", \"servers\": ["
        "{\"host\": \"<mail.example.com>\", \"placeholder\": true, \"port\": 587, \"tls\": "
        "\"starttls\"},"
        "{\"host\": \"<mail.example.com>\", \"placeholder\": true, \"port\": 465, \"tls\": "
        "\"implicit\"},"
        "{\"host\": \"<mail.example.com>\", \"placeholder\": true, \"port\": 25, \"tls\": "
        "\"starttls\"},"
        "{\"host\": \"relay.corp.example\", \"port\": 2587, \"tls\": \"starttls\"},"
        "{\"host\": \"relay.corp.example\", \"port\": 2525, \"tls\": \"none\"}]}]}";
    static char corp[] = "corp", host[] = "mail.corp.example", relay[] = "relay.corp.example";
    (void)state;
    assert_int_equal(mkdir("rows", 0700), 0);
    support_write("rows/corp.json", row, sizeof row - 1, 0644);
    provider_own_read("rows");
    struct sv_err err = {""};
    if (provider_own_check(&err) != SV_OK)
        fail_msg("%s", err.text);
    struct profile p = {.host = host, .port = 587, .tls = TLS_STARTTLS};
    ends_are(&p, "587 starttls"); /* nobody says whose it is */
    p.provider = corp;
    ends_are(&p, "587 starttls, 465 implicit");
    p.host = relay;
    ends_are(&p, "587 starttls, 2587 starttls");
    p.host = NULL;
    ends_are(&p, "587 starttls");
}

static void says(const struct endpoint *ends, size_t count, const char *wanted)
{
    char dst[ENDPOINTS_SAID_MAX];
    assert_string_equal(endpoints_say(dst, ends, count), wanted);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(endpoints_told(dst, ends[i].port), count > 1 && ends[i].tried);
    assert_false(endpoints_told(dst, 1));
    assert_false(endpoints_told(dst, 2));
}

static void test_words(void **state)
{
    struct endpoint ends[ENDPOINTS_MAX] = {
        {.port = 50587, .tried = true}, {.port = 50465}, {.port = 50525}};
    char dst[ENDPOINTS_SAID_MAX];
    (void)state;
    says(ends, 1, "1 login");
    says(ends, 2, "1 login, port 50587; 50465 untried");
    says(ends, 3, "1 login, port 50587; 50465 and 50525 untried");
    ends[2].tried = true;
    says(ends, 3, "2 logins, ports 50587 and 50525; 50465 untried");
    assert_string_equal(endpoints_list(dst, ends, 3), "ports 50587 and 50525");
    assert_string_equal(endpoints_list(dst, ends, 2), "port 50587");
    ends[1].tried = true;
    says(ends, 3, "3 logins, ports 50587, 50465 and 50525");
    ends[0].port = 587;
    ends[1].port = 465;
    says(ends, 2, "2 logins, ports 587 and 465");
    assert_false(endpoints_told("", 587));
    assert_false(endpoints_told("not tried", 587));
    assert_false(endpoints_told("2 logins, ports", 587));
    assert_false(endpoints_told("2 logins, ports 58", 587));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, support_enter, leave),
        cmocka_unit_test_setup_teardown(test_rows_of_ones_own, support_enter, leave),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
