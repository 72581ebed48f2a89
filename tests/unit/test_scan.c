/* SPDX-License-Identifier: ISC */
/* What of a text is a credential in clear, what is none, and what is shown of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/hint.h"
#include "scan/look.h"

struct seen {
    size_t count;
    struct scan_finding last;
};

static bool see(void *context, const struct scan_finding *f)
{
    struct seen *s = context;
    s->count++;
    s->last = *f;
    return true;
}

static struct seen look(const char *path, const char *text, size_t len)
{
    static struct filter words;
    struct seen s = {.count = 0};
    const struct scan_found found = {see, &s};
    SECRET_OWNED struct secret *bytes = NULL;

    scan_words(&words);
    assert_int_equal(secret_copy(&bytes, text, len, NULL), SV_OK);
    if (scan_is_worth_it(&words, path, text, len)) {
        assert_true(scan_look(&words, path, bytes, &found));
    }
    return s;
}

static void credentials_are_found(void **state)
{
    static const struct {
        const char *path, *text, *kind, *whose, *hint;
        unsigned line;
    } rows[] = {
        {"x", "A=1\nSMTP_PASSWORD=hunter22\n", "a setting", "SMTP_PASSWORD", "8 characters", 2},
        {"x", "export MAIL_PASSWORD='a b c d'", "a setting", "MAIL_PASSWORD", "7 characters", 1},
        {"x", "EMAIL_HOST_PASSWORD = \"p\xc3\xa4ss\"", "a setting", "EMAIL_HOST_PASSWORD",
         "4 characters", 1},
        {"x", "spring.mail.password: geheim", "a setting", "spring.mail.password", "6 characters",
         1},
        {"x", "define('WPMS_SMTP_PASS', 'pw123456');", "a setting", "WPMS_SMTP_PASS",
         "8 characters", 1},
        {"x", "  'mail_smtppassword' => 'next\\'pw',", "a setting", "mail_smtppassword",
         "8 characters", 1},
        {"x", "{\"smtpPass\": \"abc\\\"def\", \"x\": 1}", "a setting", "smtpPass", "8 characters",
         1},
        {"x", "SENDGRID_API_KEY=SG.0123456789abcdefghij", "a setting", "SENDGRID_API_KEY",
         "23 characters, SG....", 1},
        {"x", "Environment=SMTP_TOKEN=abcd1234", "a setting", "SMTP_TOKEN", "8 characters", 1},
        {"x", "MAILER_DSN=smtp://ann:p%40ss@mail.example.org:25", ".env file",
         "ann at mail.example.org", "4 characters", 1},
        {"x", "DSN=\"smtps://a@b:geheim@h/?x\"", "a URL", "h", "6 characters", 1},
        {".bash_history", "ls\nswaks --to x --auth-password geheim9 -s y", "a command line",
         "swaks", "7 characters", 2},
        {"x", "swaks -ap geheim9", "a command line", "swaks", "7 characters", 1},
        {"x", "curl smtps://h -u ann:geheim", "a command line", "curl", "6 characters", 1},
        {"x", "git send-email --smtp-pass=geheim x", "a command line", "send-email", "6 characters",
         1},
        {"x/.netrc", "machine smtp.gmail.com\nlogin ann password nrpw1234\n",
         "netrc of curl, s-nail, msmtp", "ann at smtp.gmail.com", "8 characters", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen s = look(rows[i].path, rows[i].text, strlen(rows[i].text));
        if (s.count != 1) {
            fail_msg("%s: %zu", rows[i].text, s.count);
        }
        assert_string_equal(s.last.kind, rows[i].kind);
        assert_string_equal(s.last.whose, rows[i].whose);
        assert_string_equal(s.last.hint, rows[i].hint);
        assert_int_equal(s.last.line, rows[i].line);
    }
}

/* What the reader of a file does not know, its lines tell; nothing is told twice. */
static void lines_tell_the_rest(void **state)
{
    static const char text[] = "SMTP_HOST=h.example\nSMTP_USER=ann\nSMTP_PASSWORD=hunter22\n"
                               "#SMTP_PASSWORD=hunter21\nSENDGRID_API_KEY=SG.0123456789abcdef\n"
                               "MAILER_DSN=smtps://a:hunter23@i.example";
    (void)state;
    assert_int_equal(look(".env", text, strlen(text)).count, 4);
}

static void the_rest_is_not(void **state)
{
    static const char *const texts[] = {
        "SMTP_PASSWORD=",
        "SMTP_PASSWORD=$PW",
        "set smtp_pass=\"`pass show mail`\"",
        "set smtp_pass=`pass show mail`",
        "SMTP_PASSWORD=\"${PW}\"",
        "SMTP_PASSWORD=changeme",
        "SMTP_PASSWORD={{ smtpvault://work/password }}",
        "SMTP_PASSWORD=smtpvault://work/password",
        "SMTP_PASSWORD=********",
        "smtp_password: null",
        "smtp_password = get_password(x)",
        "smtp_password = config[\"x\"]",
        "smtp.password = this->password;",
        "call(SMTP_PASSWORD, value)",
        "passwordeval \"smtpvault get work\"",
        "mail_password_file=/run/secrets/mail",
        "PASSWORD=hunter22",
        "MAIL_HOST=mail.example.org",
        "mail_password_reset: true",
        "smtp://mail.example.org:25",
        "smtp://ann@mail.example.org",
        "smtp://ann:$PW@mail.example.org",
        "https://ann:geheim@mail.example.org/",
        "curl https://mail.example.org -u ann:geheim",
        "swaks --auth-password",
        "swaks --auth-password --tls",
        "swaks --auth-passwords geheim",
        "SMTP_PASSWORD hunter22",
        "machine www.example.org login ann password geheim1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct seen s = look(i % 2 ? "x" : ".netrc", texts[i], strlen(texts[i]));
        if (s.count != 0) {
            fail_msg("%s: %s", texts[i], s.last.kind);
        }
    }
    assert_int_equal(look("x", "SMTP_PASSWORD=hunter22\0", 23).count, 0);
}

static void long_lines_are_passed_over(void **state)
{
    static char text[20000];
    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "SMTP_PASSWORD=hunter22 ", 23);
    assert_int_equal(look("x", text, sizeof(text)).count, 0);
    text[30] = '\n';
    assert_int_equal(look("x", text, sizeof(text)).count, 1);
}

/* The same as a plain search, for texts of few letters. */
static void the_filter_misses_nothing(void **state)
{
    static const char *const words[] = {"smtp", "mail", "amai", "ssss", NULL};
    static const char letters[] = "smtpail";
    static struct filter f;
    char text[24];
    unsigned seed = 1;

    (void)state;
    filter_make(&f, words);
    for (int round = 0; round < 200000; round++) {
        size_t len = (size_t)(rand_r(&seed) % (int)sizeof(text));
        bool there = false;
        for (size_t i = 0; i < len; i++) {
            text[i] = letters[rand_r(&seed) % (int)(sizeof(letters) - 1)];
        }
        for (size_t w = 0; words[w]; w++) {
            there = there || memmem(text, len, words[w], FILTER_WORD);
        }
        assert_int_equal(filter_finds(&f, text, len), there);
    }
}

static void hints_tell_no_secret(void **state)
{
    char hint[SCAN_HINT_MAX];
    (void)state;
    assert_string_equal(scan_hint(hint, sizeof(hint), "x", 1), "1 character");
    assert_string_equal(scan_hint(hint, sizeof(hint), "SG.short", 8), "8 characters");
    assert_string_equal(scan_hint(hint, sizeof(hint), "AKIA0123456789ABCDEF", 20),
                        "20 characters, AKIA...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_are_found),      cmocka_unit_test(the_rest_is_not),
        cmocka_unit_test(long_lines_are_passed_over), cmocka_unit_test(the_filter_misses_nothing),
        cmocka_unit_test(hints_tell_no_secret),       cmocka_unit_test(lines_tell_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
