/* SPDX-License-Identifier: ISC */
/* shape: wrong secrets are told, right ones never; no message repeats one. The
 * keys below are made up: right in form, known to nobody. */
#include "support.h"

#include "base/alloc.h"
#include "domain/provider.h"
#include "domain/shape_pattern.h"

#define SENDGRID_KEY "SG.aaaaBBBBcccc1111-_22.ddddEEEEffff3333gggg4444hhhh5555iiii6666jjj"

/* ---- patterns ---- */

static bool matches(const char *pattern, const char *text)
{
    return shape_matches(pattern, (const uint8_t *)text, strlen(text), SHAPE_EXACT);
}

static void test_patterns(void **state)
{
    (void)state;
    assert_true(matches("", ""));
    assert_false(matches("", "a"));
    assert_true(matches("abc", "abc"));
    assert_false(matches("abc", "ab"));
    assert_false(matches("abc", "abcd"));
    assert_true(matches("a.c", "a c"));
    assert_false(matches("a\\.c", "abc"));
    assert_true(matches("a\\.c", "a.c"));
    assert_true(matches("[a-z]{3}", "xyz"));
    assert_false(matches("[a-z]{3}", "xyZ"));
    assert_false(matches("[a-z]{3}", "xy"));
    assert_false(matches("[a-z]{3}", "wxyz"));
    assert_true(matches("[a-z]{2,}", "xyzzy"));
    assert_false(matches("[a-z]{2,}", "x"));
    assert_true(matches("[0-9]{1,3}", "123"));
    assert_false(matches("[0-9]{1,3}", "1234"));
    assert_true(matches("[a_-]+", "a-_"));
    assert_false(matches("[a_-]+", ""));
    assert_true(matches("x*", ""));
    assert_true(matches(".*key", "monkeykey"));
    assert_true(matches("a+ab", "aaaab"));
    assert_true(matches("ab|cd", "cd"));
    assert_false(matches("ab|cd", "abcd"));
    assert_true(matches("[|]|x", "|"));
    assert_true(matches("[[]x]", "[x]"));
    assert_false(shape_matches("abc", (const uint8_t *)"ABC", 3, SHAPE_EXACT));
    assert_true(shape_matches("a[b-d]c", (const uint8_t *)"ACc", 3, SHAPE_ANY_CASE));
    assert_true(shape_matches("a.b", (const uint8_t *)"a\0b", 3, SHAPE_EXACT));
}

/* ---- whole checks ---- */

struct look {
    const char *provider, *username, *secret;
};

static struct shape_finding check(const struct look *look, const char *becomes)
{
    const struct provider *p = look->provider ? provider_find(look->provider) : NULL;
    assert_true(p || !look->provider);
    SECRET_OWNED struct secret *s = NULL;
    struct sv_err err = {{0}};
    assert_int_equal(secret_copy(&s, look->secret, strlen(look->secret), &err), SV_OK);
    struct shape_finding finding;
    memset(&finding, 0xEE, sizeof finding);
    assert_int_equal(shape_check(p, look->username, &s, &finding, &err), SV_OK);
    assert_int_equal(secret_len(s), strlen(becomes));
    assert_memory_equal(secret_peek(s), becomes, strlen(becomes));
    assert_true(finding.changed == (strcmp(look->secret, becomes) != 0));
    assert_non_null(memchr(finding.text, '\0', sizeof finding.text));
    return finding;
}

static void fine(const char *provider, const char *username, const char *secret)
{
    struct shape_finding f = check(&(struct look){provider, username, secret}, secret);
    if (f.wrong || f.text[0])
        fail_msg("%s \"%s\": %s", provider ? provider : "-", secret, f.text);
}

static void wrong(const char *provider, const char *username, const char *secret, const char *words)
{
    struct shape_finding f = check(&(struct look){provider, username, secret}, secret);
    if (!f.wrong || !strstr(f.text, words))
        fail_msg("%s \"%s\": \"%s\" lacks \"%s\"", provider ? provider : "-", secret, f.text,
                 words);
    if (strlen(secret) > 12)
        assert_null(strstr(f.text, secret));
}

static void test_general(void **state)
{
    (void)state;
    static const char *const good[] = {"hunter2",  "correct horse battery staple",
                                       "\"quoted", "it's",
                                       "'",        "$dragon",
                                       "%41%",     "p<>ssword",
                                       "xyxyxy",   "your cat is fat",
                                       "http-ish", "bearer",
                                       "{curly}",  "\xC3\xA9\xFF"};
    for (size_t i = 0; i < COUNT(good); i++)
        fine(NULL, "ann@example.com", good[i]);
    fine(NULL, NULL, "hunter2");
    fine(NULL, "", "hunter2");
    wrong(NULL, NULL, " hunter2", "begins with a blank");
    wrong(NULL, NULL, "hunter2 ", "ends with a blank");
    wrong(NULL, NULL, "hunter2\t", "ends with a blank");
    wrong(NULL, NULL, "hunter2\xC2\xA0", "ends with a blank");
    wrong(NULL, NULL, "hun\nter2", "line break");
    wrong(NULL, NULL, "hunter2\r", "line break");
    static const char *const quoted[] = {"\"hunter2\"", "'hunter2'", "`hunter2`",
                                         "“hunter2”",   "«hunter2»", "\"\""};
    for (size_t i = 0; i < COUNT(quoted); i++)
        wrong(NULL, NULL, quoted[i], "quotes");
    wrong(NULL, "ann@example.com", "ann@example.com", "user name");
    static const char *const urls[] = {"https://example.com/x", "HTTP://example.com",
                                       "smtps://u:p@example.com", "mailto:ann@example.com"};
    for (size_t i = 0; i < COUNT(urls); i++)
        wrong(NULL, NULL, urls[i], "URL");
    wrong(NULL, NULL, "Bearer abcdefghijkl", "HTTP header");
    wrong(NULL, NULL, "authorization: x", "HTTP header");
}

static void test_placeholders(void **state)
{
    (void)state;
    static const char *const words[] = {"changeme",
                                        "ChangeMe!",
                                        "change-me",
                                        "password",
                                        "PASSWORD",
                                        "your-password",
                                        "your_api_key_here",
                                        "YOUR_SENDGRID_API_KEY",
                                        "yourpassword",
                                        "<password>",
                                        "<your key>",
                                        "xxxx",
                                        "XXXXXXXXXXXX",
                                        "xxxx-xxxx-xxxx-xxxx",
                                        "xxxx xxxx xxxx xxxx",
                                        "********",
                                        "...",
                                        "${SMTP_PASSWORD}",
                                        "{{ smtp_password }}",
                                        "$SMTP_PASSWORD",
                                        "%PASSWORD%",
                                        "[[key]]",
                                        "••••••••",
                                        "secret",
                                        "insert-key-here"};
    for (size_t i = 0; i < COUNT(words); i++)
        wrong(NULL, NULL, words[i], i == 22 ? "dots" : "placeholder");
    wrong("gmail", NULL, "changeme", "apppasswords");
}

static void test_gmail(void **state)
{
    (void)state;
    fine("gmail", "ann@gmail.com", "abcdefghijklmnop");
    struct shape_finding f =
        check(&(struct look){"gmail", "ann@gmail.com", "abcd efgh ijkl mnop"}, "abcdefghijklmnop");
    assert_false(f.wrong);
    assert_non_null(strstr(f.text, "blanks"));
    f = check(&(struct look){"google-workspace", NULL,
                             " abcd\xC2\xA0"
                             "efgh\xC2\xA0ijkl\xC2\xA0mnop "},
              "abcdefghijklmnop");
    assert_false(f.wrong);
    wrong("gmail", "ann@gmail.com", "hunter2", "app password");
    wrong("gmail", "ann@gmail.com", "hunter2", "https://myaccount.google.com/apppasswords");
    wrong("gmail", NULL, "abcdefghijklmno", "app password");
    wrong("gmail", NULL, "abcdefghijklmnopq", "app password");
    wrong("gmail", NULL, "ABCDefghijklmnop", "app password");
    f = check(&(struct look){"gmail", NULL, "my pass word"}, "mypassword");
    assert_true(f.wrong);
}

static void test_keys(void **state)
{
    (void)state;
    fine("sendgrid", "apikey", SENDGRID_KEY);
    fine("sendgrid", NULL, SENDGRID_KEY);
    wrong("sendgrid", "ann@example.com", SENDGRID_KEY, "\"apikey\"");
    wrong("sendgrid", "APIKEY", SENDGRID_KEY, "\"apikey\"");
    wrong("sendgrid", "apikey", "hunter2", "SG.");
    wrong("sendgrid", "apikey", "SG.short.key", "SG.");
    fine("resend", "resend", "re_abcDEF_123456789");
    wrong("resend", "resend", "abcDEF_123456789", "re_");
    wrong("resend", "ann", "re_abcDEF_123456789", "\"resend\"");
    fine("brevo", "1234@smtp-brevo.com", "xsmtpsib-0123456789abcdef-ABCdef");
    wrong("brevo", "1234@smtp-brevo.com", "xkeysib-0123456789abcdef-ABCdef", "REST API");
    wrong("brevo", NULL, "hunter2", "xsmtpsib-");
    fine("mailersend", "MS_abc123@example.com", "mssp.abc1234.def5678.ghi");
    fine("mailersend", "MS_abc123@example.com", "olderPassword1");
    wrong("mailersend", "MS_abc123@example.com", "mlsn.0123456789abcdef", "REST API");
    wrong("mailersend", "ann@example.com", "mssp.abc1234.def5678.ghi", "MS_");
    fine("mandrill", "anything", "md-0123456789abcdefghijkl");
    fine("mandrill", NULL, "0123456789abcdefghijkl");
    wrong("mandrill", NULL, "hunter2", "md-");
}

static void test_ses(void **state)
{
    (void)state;
    static const char user[] = "AKIAABCDEFGHIJKLMNOP";
    /* The password that AWS's own sample secret gives in us-east-1. */
    fine("amazon-ses", user, "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9");
    wrong("amazon-ses", user, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "derived");
    wrong("amazon-ses", user, user, "user name");
    wrong("amazon-ses", NULL, user, "access key id");
    wrong("amazon-ses", "ann@example.com", "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9",
          "user name");
    wrong("amazon-ses", user, "hunter2", "44");
}

/* A key of one provider that was pasted for another. */
static void test_foreign(void **state)
{
    (void)state;
    wrong("mailgun", "postmaster@mg.example.com", SENDGRID_KEY, "SendGrid");
    wrong("gmail", NULL, SENDGRID_KEY, "SendGrid");
    wrong("fastmail", NULL, "xsmtpsib-0123456789abcdef-ABCdef", "Brevo");
    wrong("postmark", NULL, "mssp.abc1234.def5678.ghi", "MailerSend");
    fine("fastmail", NULL, "re_short");
    fine(NULL, NULL, SENDGRID_KEY);
    fine("mailcow", NULL, "ordinary password");
}

static void test_microsoft(void **state)
{
    (void)state;
    wrong("outlook-com", "ann@outlook.com", "hunter2", "2024-09-16");
    struct shape_finding f =
        check(&(struct look){"microsoft-365", "ann@x.example", "hunter2"}, "hunter2");
    assert_false(f.wrong);
    assert_non_null(strstr(f.text, "December 2026"));
    char token[200];
    memset(token, 'e', sizeof token - 1);
    token[sizeof token - 1] = '\0';
    fine("outlook-com", NULL, token);
    fine("microsoft-365", NULL, token);
    fine("gmail", NULL, token);
}

static void test_local_part(void **state)
{
    (void)state;
    fine("web-de", "ann", "hunter2");
    struct shape_finding f = check(&(struct look){"web-de", "ann@web.de", "hunter2"}, "hunter2");
    assert_false(f.wrong);
    assert_non_null(strstr(f.text, "before the @"));
}

static void test_same_as_secret(void **state)
{
    (void)state;
    fine("postmark", "01234567-89ab-cdef-0123-456789abcdef",
         "01234567-89ab-cdef-0123-456789abcdef");
    fine("postmark", "access-key", "01234567-89ab-cdef-0123-456789abcdef");
}

/* Long advice ends at a character, and inside its room. */
static void test_advice_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < provider_count; i++) {
        SECRET_OWNED struct secret *s = NULL;
        assert_int_equal(secret_copy(&s, "hunter2", 7, NULL), SV_OK);
        struct shape_finding f;
        assert_int_equal(shape_check(&providers[i], "nobody", &s, &f, NULL), SV_OK);
        if (strlen(f.text) >= sizeof f.text - 1)
            fail_msg("%s: the advice is cut: %s", providers[i].id, f.text);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    size_t live = secret_live();
    SECRET_OWNED struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, "abcd efgh", 9, NULL), SV_OK);
    struct secret *before = s;
    struct shape_finding f;
    struct sv_err err = {{0}};
    sv_alloc_fail_at(1);
    assert_int_not_equal(shape_check(provider_find("gmail"), NULL, &s, &f, &err), SV_OK);
    assert_true(sv_alloc_failed());
    sv_alloc_fail_at(0);
    assert_ptr_equal(s, before);
    assert_int_equal(secret_len(s), 9);
    assert_int_equal(secret_live(), live + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),     cmocka_unit_test(test_general),
        cmocka_unit_test(test_placeholders), cmocka_unit_test(test_gmail),
        cmocka_unit_test(test_keys),         cmocka_unit_test(test_ses),
        cmocka_unit_test(test_foreign),      cmocka_unit_test(test_microsoft),
        cmocka_unit_test(test_local_part),   cmocka_unit_test(test_same_as_secret),
        cmocka_unit_test(test_advice_fits),  cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
