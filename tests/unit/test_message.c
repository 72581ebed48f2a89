/* SPDX-License-Identifier: ISC */
/* message: one RFC 5322 text, whatever it has to say. */
#include "support.h"

#include "smtp/message.h"

static char out[MESSAGE_MAX + 1];

static struct smtp_target target(const char *subject, const char *text)
{
    struct smtp_target t = {
        .host = "mail.example.org", .from = "ann@example.org", .send_to = "bob@example.net"};
    snprintf(t.subject, sizeof t.subject, "%s", subject);
    snprintf(t.text, sizeof t.text, "%s", text);
    return t;
}

static const char *body_of(const struct smtp_target *t)
{
    size_t len = message_write(out, t, "0123", 1764406800);
    out[len] = '\0';
    char *body = strstr(out, "\r\n\r\n");
    assert_true(len > 0 && body != NULL);
    return body + 4;
}

static void is_within_limits(void)
{
    size_t column = 0;
    for (const char *at = out; *at != '\0'; at++) {
        assert_true((unsigned char)*at < 0x80);
        assert_true(*at != '\n' || at[-1] == '\r');
        column = *at == '\n' ? 0 : column + 1;
        assert_true(column <= 998 + 1);
    }
    assert_string_equal(out + strlen(out) - 5, "\r\n.\r\n");
}

static void a_test_is_as_it_was(void **state)
{
    (void)state;
    struct smtp_target t = target("", "");
    const char *body = body_of(&t);
    assert_string_equal(body, "This is a test. The login at mail.example.org works,\r\n"
                              "and mail sent with it arrives. Nothing needs to be done.\r\n.\r\n");
    assert_non_null(strstr(out, "Date: Sat, 29 Nov 2025 09:00:00 +0000\r\n"));
    assert_non_null(strstr(out, "Subject: Test of a mail login\r\n"));
    assert_non_null(strstr(out, "Message-ID: <0123@example.org>\r\n"));
    assert_non_null(strstr(out, "Content-Transfer-Encoding: 7bit\r\n"));
    is_within_limits();
}

static void plain_text_stays(void **state)
{
    (void)state;
    struct smtp_target t = target("smtpvault: 2 things", "first\n\n.dot\n..\nlast = 1");
    assert_string_equal(body_of(&t), "first\r\n\r\n..dot\r\n...\r\nlast = 1\r\n.\r\n");
    assert_non_null(strstr(out, "Subject: smtpvault: 2 things\r\n"));
    is_within_limits();
}

static void other_text_is_quoted(void **state)
{
    (void)state;
    struct smtp_target t = target("x", "gr\xc3\xbc\xc3\x9f"
                                       "e = \n.\nend");
    assert_string_equal(body_of(&t), "gr=C3=BC=C3=9Fe =3D=20\r\n=2E\r\nend\r\n.\r\n");
    assert_non_null(strstr(out, "Content-Transfer-Encoding: quoted-printable\r\n"));
    is_within_limits();
}

/* Of the largest text every byte may be three, and every line is short. */
static void largest_fits(void **state)
{
    (void)state;
    struct smtp_target t = target("x", "x");
    for (size_t i = 0; i + 2 < sizeof t.text; i += 2)
        memcpy(t.text + i, "\xc3\xbc", 2);
    t.text[sizeof t.text - 2] = '\0';
    const char *body = body_of(&t);
    for (size_t column = 0; *body != '\0'; body++) {
        column = *body == '\n' ? 0 : column + 1;
        assert_true(column <= 76 + 1);
    }
    is_within_limits();
    memset(t.text, 'a', sizeof t.text - 1);
    body_of(&t);
    assert_non_null(strstr(out, "quoted-printable"));
    is_within_limits();
}

static void what_is_said(void **state)
{
    (void)state;
    assert_true(message_is_said("", ""));
    assert_true(message_is_said("a b", "a\nb\n\n"));
    assert_false(message_is_said("a", ""));
    assert_false(message_is_said("", "a"));
    assert_false(message_is_said("a\r\nBcc: x@y", "a"));
    assert_false(message_is_said("gr\xc3\xbc"
                                 "n",
                                 "a"));
    assert_false(message_is_said("a", "a\rb"));
    assert_false(message_is_said("a", "a\x1b[31m"));
    assert_false(message_is_said("a", "a\xff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_is_as_it_was),  cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(other_text_is_quoted), cmocka_unit_test(largest_fits),
        cmocka_unit_test(what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
