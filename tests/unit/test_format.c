/* SPDX-License-Identifier: ISC */
/*
 * What the formats write for an ordinary login, byte by byte, and what they tell
 * when something is missing.
 */
#include "format_fixture.h"

/* ---- what is written ---- */

static const struct {
    const char *format;
    const char *secret; /* NULL: the hook */
    enum profile_tls tls;
    enum profile_auth auth;
    const char *want;
} golden[] = {
    {"msmtp", NULL, TLS_STARTTLS, AUTH_AUTO,
     "account work\nhost smtp.example.com\nport 587\nfrom \"me@example.com\"\nauth on\n"
     "user \"me@example.com\"\npasswordeval \"smtpvault get work\"\ntls on\ntls_starttls on\n"
     "account default : work\n"},
    {"msmtp", "a\"b\\c", TLS_IMPLICIT, AUTH_SCRAM_SHA_256,
     "account work\nhost smtp.example.com\nport 587\nfrom \"me@example.com\"\n"
     "auth scram-sha-256\nuser \"me@example.com\"\npassword \"a\"b\\c\"\ntls on\n"
     "tls_starttls off\naccount default : work\n"},
    {"msmtp", "s", TLS_NONE, AUTH_PLAIN,
     "account work\nhost smtp.example.com\nport 587\nfrom \"me@example.com\"\nauth plain\n"
     "user \"me@example.com\"\npassword \"s\"\ntls off\naccount default : work\n"},
    {"mutt", NULL, TLS_STARTTLS, AUTH_LOGIN,
     "set smtp_url=\"smtp://me%40example.com@smtp.example.com:587/\"\n"
     "set smtp_pass=\"`smtpvault get work`\"\nset smtp_authenticators=\"login\"\n"
     "set ssl_starttls=yes\nset ssl_force_tls=yes\nset from='me@example.com'\n"},
    {"mutt", NULL, TLS_STARTTLS, AUTH_XOAUTH2,
     "set smtp_url=\"smtp://me%40example.com@smtp.example.com:587/\"\n"
     "set smtp_oauth_refresh_command='smtpvault get work'\nset smtp_authenticators=\"xoauth2\"\n"
     "set ssl_starttls=yes\nset ssl_force_tls=yes\nset from='me@example.com'\n"},
    {"mutt", "a'b`id`", TLS_IMPLICIT, AUTH_AUTO,
     "set smtp_url=\"smtps://me%40example.com@smtp.example.com:587/\"\n"
     "set smtp_pass='a'\\''b`id`'\nset ssl_starttls=no\nset ssl_force_tls=yes\n"
     "set from='me@example.com'\n"},
    {"mutt", "s", TLS_NONE, AUTH_AUTO,
     "set smtp_url=\"smtp://me%40example.com@smtp.example.com:587/\"\nset smtp_pass='s'\n"
     "set ssl_starttls=no\nset ssl_force_tls=no\nset from='me@example.com'\n"},
    {"git", NULL, TLS_STARTTLS, AUTH_PLAIN,
     "[sendemail]\n\tsmtpServer = \"smtp.example.com\"\n\tsmtpServerPort = 587\n"
     "\tsmtpEncryption = tls\n\tsmtpUser = \"me@example.com\"\n\tsmtpAuth = PLAIN\n"
     "\tfrom = \"me@example.com\"\n"
     "[credential \"smtp://me%40example.com@smtp.example.com:587\"]\n\thelper =\n"
     "\thelper = \"!smtpvault git-credential --profile work\"\n"},
    {"git", "a\"b\\c;#", TLS_IMPLICIT, AUTH_AUTO,
     "[sendemail]\n\tsmtpServer = \"smtp.example.com\"\n\tsmtpServerPort = 587\n"
     "\tsmtpEncryption = ssl\n\tsmtpUser = \"me@example.com\"\n\tfrom = \"me@example.com\"\n"
     "\tsmtpPass = \"a\\\"b\\\\c;#\"\n"},
    {"curl", "a\"b\\c\td", TLS_STARTTLS, AUTH_PLAIN,
     "url = \"smtp://smtp.example.com:587\"\nssl-reqd\n"
     "user = \"me@example.com:a\\\"b\\\\c\\td\"\nlogin-options = \"AUTH=PLAIN\"\n"
     "mail-from = \"me@example.com\"\n"},
    {"curl", "tok", TLS_IMPLICIT, AUTH_OAUTHBEARER,
     "url = \"smtps://smtp.example.com:587\"\nssl-reqd\nuser = \"me@example.com\"\n"
     "oauth2-bearer = \"tok\"\nlogin-options = \"AUTH=OAUTHBEARER\"\n"
     "mail-from = \"me@example.com\"\n"},
    {"curl", "s", TLS_NONE, AUTH_AUTO,
     "url = \"smtp://smtp.example.com:587\"\nno-ssl-reqd\nuser = \"me@example.com:s\"\n"
     "mail-from = \"me@example.com\"\n"},
    {"dotenv", "pa ss", TLS_IMPLICIT, AUTH_AUTO,
     "SMTP_HOST=smtp.example.com\nSMTP_PORT=587\nSMTP_TLS=implicit\n"
     "SMTP_USERNAME=me@example.com\nSMTP_FROM=me@example.com\nSMTP_PASSWORD='pa ss'\n"},
    {"shell", "a'b", TLS_STARTTLS, AUTH_AUTO,
     "SMTP_HOST='smtp.example.com'\nSMTP_PORT='587'\nSMTP_TLS='starttls'\n"
     "SMTP_USERNAME='me@example.com'\nSMTP_FROM='me@example.com'\nSMTP_PASSWORD='a'\\''b'\n"},
    {"shell", NULL, TLS_NONE, AUTH_AUTO,
     "SMTP_HOST='smtp.example.com'\nSMTP_PORT='587'\nSMTP_TLS='none'\n"
     "SMTP_USERNAME='me@example.com'\nSMTP_FROM='me@example.com'\n"
     "SMTP_PASSWORD=\"$(smtpvault get work)\"\n"},
    {"json", "a\"b", TLS_STARTTLS, AUTH_AUTO,
     "{\"schema\":1,\"profiles\":[{\"name\":\"work\",\"provider\":null,"
     "\"host\":\"smtp.example.com\",\"port\":587,"
     "\"tls\":\"starttls\",\"auth\":\"auto\",\"username\":\"me@example.com\","
     "\"from\":\"me@example.com\",\"kind\":\"password\",\"ca_file\":null,"
     "\"rotation\":{\"every_days\":null,\"last\":null},\"password\":\"a\\\"b\"}]}\n"},
    {"json", NULL, TLS_IMPLICIT, AUTH_LOGIN,
     "{\"schema\":1,\"profiles\":[{\"name\":\"work\",\"provider\":null,"
     "\"host\":\"smtp.example.com\",\"port\":587,"
     "\"tls\":\"implicit\",\"auth\":\"login\",\"username\":\"me@example.com\","
     "\"from\":\"me@example.com\",\"kind\":\"password\",\"ca_file\":null,"
     "\"rotation\":{\"every_days\":null,\"last\":null},"
     "\"password_command\":[\"smtpvault\",\"get\",\"--\",\"work\"]}]}\n"},
};

static void ordinary_logins_are_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
        struct profile p = ordinary();
        p.tls = golden[i].tls;
        p.auth = golden[i].auth;
        const char *s = golden[i].secret;
        struct answer *a = answer(golden[i].format, &p, s, s ? strlen(s) : 0);
        assert_int_equal(a->status, SV_OK);
        assert_string_equal(a->text, golden[i].want);
    }
}

static void several_logins(void **state)
{
    struct profile one = ordinary();
    struct profile two = ordinary();
    SECRET_OWNED struct secret *s = NULL;

    (void)state;
    two.name = (char *)"play \"x\"";
    two.host = (char *)"[2001:db8::25]";
    assert_int_equal(secret_copy(&s, "s", 1, NULL), SV_OK);
    struct format_input in[2] = {{.profile = &one, .secret = s, .program = "smtpvault"},
                                 {.profile = &two, .secret = s, .program = "smtpvault"}};
    for (size_t f = 0; f < format_count; f++) {
        struct answer *a = answer_many(formats[f]->name, in, 2);
        /* Some know no such name, or no address of IPv6. */
        bool refused = a->status == SV_DATA && (strstr(a->err.text, "this profile name: ") ||
                                                strstr(a->err.text, "this host: "));
        assert_true(a->status == (formats[f]->many ? SV_OK : SV_USAGE) ||
                    (formats[f]->many && refused));
    }
    struct answer *a = answer_many("msmtp", in, 2);
    assert_non_null(strstr(a->text, "tls_starttls on\n\naccount \"play \"x\"\"\n"));
    assert_non_null(strstr(a->text, "host 2001:db8::25\n"));
    assert_null(strstr(a->text, "account default"));
    a = answer_many("git", in, 2);
    assert_non_null(strstr(a->text, "[sendemail \"work\"]\n"));
    assert_non_null(strstr(a->text, "[sendemail \"play \\\"x\\\"\"]\n"));
    a = answer_many("curl", in, 2);
    assert_non_null(strstr(a->text, "\nnext\nurl = \"smtp://[2001:db8::25]:587\"\n"));
    a = answer_many("json", in, 2);
    assert_non_null(strstr(a->text, "\"password\":\"s\"},{\"name\":\"play \\\"x\\\"\""));
    a = answer_many("json", in, 0);
    assert_string_equal(a->text, "{\"schema\":1,\"profiles\":[]}\n");
}

static void the_sender_is_the_user(void **state)
{
    struct profile p = ordinary();

    (void)state;
    p.from = NULL;
    assert_non_null(strstr(answer("msmtp", &p, "s", 1)->text, "\nfrom \"me@example.com\"\n"));
    assert_non_null(strstr(answer("curl", &p, "s", 1)->text, "mail-from = \"me@example.com\"\n"));
    p.username = (char *)"apikey";
    assert_null(strstr(answer("msmtp", &p, "s", 1)->text, "from"));
    p.username = (char *)"me%U@example.com";
    struct answer *a = answer("msmtp", &p, "s", 1);
    assert_int_equal(a->status, SV_OK);
    assert_null(strstr(a->text, "\nfrom"));
}

/* The path has what each syntax must quote, and where there is no TLS there is none to say. */
static void the_ca_file_is_said(void **state)
{
    static const struct {
        const char *format, *want;
    } rows[] = {
        {"msmtp", "tls_starttls on\ntls_trust_file \"/our \"ca\".pem\"\n"},
        {"mutt", "\nset ssl_ca_certificates_file='/our \"ca\".pem'\n"},
        {"git", "\tsmtpEncryption = tls\n\tsmtpSSLCertPath = \"/our \\\"ca\\\".pem\"\n"},
        {"curl", "ssl-reqd\ncacert = \"/our \\\"ca\\\".pem\"\n"},
        {"dotenv", "SMTP_TLS=starttls\nSMTP_CA_FILE='/our \"ca\".pem'\n"},
        {"shell", "SMTP_TLS='starttls'\nSMTP_CA_FILE='/our \"ca\".pem'\n"},
        {"json", "\"kind\":\"password\",\"ca_file\":\"/our \\\"ca\\\".pem\","},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct profile p = ordinary();
        p.ca_file = (char *)"/our \"ca\".pem";
        struct answer *a = answer(rows[i].format, &p, "s", 1);
        assert_int_equal(a->status, SV_OK);
        if (!strstr(a->text, rows[i].want))
            fail_msg("%s", a->text);
        p.tls = TLS_NONE;
        a = answer(rows[i].format, &p, "s", 1);
        assert_int_equal(a->status, SV_OK);
        if (strcmp(rows[i].format, "json") != 0)
            assert_null(strstr(a->text, ".pem"));
    }
    struct profile p = ordinary();
    p.ca_file = (char *)"/a'b.pem";
    assert_int_equal(answer("dotenv", &p, "s", 1)->status, SV_DATA);
}

/* An ordinary login, on a way to the server that the format can say. */
static struct profile spoken(const struct format *f)
{
    struct profile p = ordinary();

    if (f->tls != 0 && !(f->tls & SAYS_STARTTLS)) {
        p.tls = TLS_IMPLICIT;
    }
    return p;
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    for (size_t f = 0; f < format_count; f++) {
        struct profile p = spoken(formats[f]);
        struct answer *a = answer(formats[f]->name, &p, NULL, 0);
        bool without = formats[f]->has_hook || formats[f]->secretless;
        const char *secret = formats[f]->secretless ? NULL : "s";
        assert_int_equal(a->status, without ? SV_OK : SV_USAGE);
        assert_true(without || strstr(a->err.text, "add --inline"));
        a = answer(formats[f]->name, &p, "s", 1);
        assert_int_equal(a->status, formats[f]->secretless ? SV_USAGE : SV_OK);
        p.tls = TLS_UNSET;
        a = answer(formats[f]->name, &p, secret, 1);
        assert_int_equal(a->status, SV_DATA);
        p = spoken(formats[f]);
        p.host = NULL;
        assert_int_equal(answer(formats[f]->name, &p, secret, 1)->status, SV_DATA);
        p = spoken(formats[f]);
        p.username = NULL;
        p.from = NULL;
        a = answer(formats[f]->name, &p, secret, 1);
        assert_true(a->status == SV_OK ||
                    (a->status == SV_DATA && strstr(a->err.text, "--username")));
    }
    struct profile p = ordinary();
    p.auth = AUTH_XOAUTH2;
    assert_int_equal(answer("mutt", &p, "tok", 3)->status, SV_DATA);
    p.from = (char *)"me%U@example.com"; /* msmtp would put the login name there */
    struct answer *a = answer("msmtp", &p, "s", 1);
    assert_int_equal(a->status, SV_DATA);
    assert_non_null(strstr(a->err.text, "percent sign (0x25) at byte 3"));
}

static void what_would_be_cut_is_refused(void **state)
{
    static const struct {
        const char *format;
        size_t password, user;
    } limits[] = {{"msmtp", 488, 492}, {"mutt", 255, 127}};
    char text[600];

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < 2; i++) {
        struct profile p = ordinary();
        size_t most = limits[i].password;

        assert_int_equal(answer(limits[i].format, &p, text, most)->status, SV_OK);
        struct answer *a = answer(limits[i].format, &p, text, most + 1);
        assert_int_equal(a->status, SV_DATA);
        assert_non_null(strstr(a->err.text, "is the limit"));
        p.username = text;
        text[limits[i].user] = '\0';
        assert_int_equal(answer(limits[i].format, &p, "s", 1)->status, SV_OK);
        text[limits[i].user] = 'x';
        text[limits[i].user + 1] = '\0';
        assert_int_equal(answer(limits[i].format, &p, "s", 1)->status, SV_DATA);
        text[limits[i].user + 1] = 'x';
    }
}

static void lack_of_memory_is_told(void **state)
{
    size_t before = secret_live();

    (void)state;
    for (size_t f = 0; f < format_count; f++) {
        int last = formats[f]->has_hook || formats[f]->secretless;
        for (int hook = formats[f]->secretless; hook <= last; hook++) {
            SECRET_OWNED struct secret *s = NULL;
            struct profile p = spoken(formats[f]);
            p.ca_file = (char *)"/etc/ca.pem";
            unsigned long n = 0;
            int came;

            assert_int_equal(secret_copy(&s, "s", 1, NULL), SV_OK);
            struct format_input in = {.profile = &p,
                                      .secret = hook ? NULL : s,
                                      .program = "smtpvault",
                                      .vault = "/srv/v.db"};
            do {
                SINK_OWNED struct sink *out = sink_new(false);
                struct sv_err err = {0};

                assert_non_null(out);
                sv_alloc_fail_at(++n);
                enum sv_status st = format_write(formats[f], out, &in, 1, &err);
                came = sv_alloc_failed();
                sv_alloc_fail_at(0);
                assert_true(came ? st != SV_OK && err.text[0] : st == SV_OK);
            } while (came);
            assert_true(n > 1);
        }
    }
    assert_int_equal(secret_live(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_logins_are_golden),
        cmocka_unit_test(several_logins),
        cmocka_unit_test(the_sender_is_the_user),
        cmocka_unit_test(the_ca_file_is_said),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(what_would_be_cut_is_refused),
        cmocka_unit_test(lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
