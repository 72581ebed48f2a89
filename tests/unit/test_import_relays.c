/* SPDX-License-Identifier: ISC */
/* import: files of mail servers and of small senders as people have them. */
#include "import_support.h"

#include "base/alloc.h"

struct want {
    const char *name, *host, *user, *secret, *from;
    unsigned port;
    enum profile_tls tls;
    unsigned line;
};

static bool same_text(const char *have, const char *want)
{
    return have && want ? strcmp(have, want) == 0 : have == want;
}

/* Name, and what a provider fills in, only where it is asked for. */
static void check(const char *source, const char *text, const struct want *wants, size_t count,
                  size_t passed)
{
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read(source, text, &l);
    if (l.count != count || l.passed != passed)
        fail_msg("%s: %zu logins, %zu passed over", source, l.count, l.passed);
    for (size_t i = 0; i < count; i++) {
        const struct found *f = &l.items[i];
        const struct want *w = &wants[i];
        if (!same_text(f->card.host, w->host) || !same_text(f->card.username, w->user) ||
            !same_text(f->card.from, w->from) || (w->name && strcmp(f->card.name, w->name) != 0) ||
            (w->port && f->card.port != w->port) || (w->tls && f->card.tls != w->tls) ||
            (w->line && f->line != w->line) || !f->mail || f->fault)
            fail_msg("%s, %zu: %s %s:%u tls %d user %s from %s line %u fault %s", source, i,
                     f->card.name, f->card.host, f->card.port, f->card.tls, f->card.username,
                     f->card.from, f->line, f->fault);
        assert_secret(f->secret, w->secret);
        assert_true(f->len > 0 && f->at + f->len <= strlen(text));
    }
}
#define CHECK(source, text, passed, ...)                                       \
    do {                                                                       \
        const struct want wants_[] = {__VA_ARGS__};                            \
        check(source, text, wants_, sizeof wants_ / sizeof wants_[0], passed); \
    } while (0)

static void test_postfix(void **state)
{
    (void)state;
    CHECK("postfix",
          "# comment\n\n   # another\n"
          "[smtp.acme.example]:587\tann@acme.example:pa ss#1:2 \n"
          "mail.acme.example:submissions bob:b\r\n"
          "[relay.acme.example]   carol:c\n"
          "dave@acme.example dave:d\n"
          "[cont.acme.example]:2525\n    erin:e\n"
          "[none.acme.example] nocolon\n"
          "@acme.example  frank:f",
          1,
          {.host = "smtp.acme.example",
           .port = 587,
           .user = "ann@acme.example",
           .secret = "pa ss#1:2",
           .tls = TLS_STARTTLS,
           .line = 4},
          {.host = "mail.acme.example",
           .port = 465,
           .user = "bob",
           .secret = "b",
           .tls = TLS_IMPLICIT},
          {.host = "relay.acme.example", .user = "carol", .secret = "c"},
          {.from = "dave@acme.example", .user = "dave", .secret = "d"},
          {.host = "cont.acme.example", .port = 2525, .user = "erin", .secret = "e", .line = 8},
          {.user = "frank", .secret = "f"});
}

static void test_servers(void **state)
{
    (void)state;
    CHECK("exim4",
          "# password file used when the local exim is authenticating to a remote\n"
          "smtp.acme.example:ann:p:w^x  \n*.acme.example:bob:b\n*:carol:c\nbroken\n\n",
          1, {.host = "smtp.acme.example", .user = "ann", .secret = "p:w^x", .line = 2},
          {.user = "bob", .secret = "b"}, {.user = "carol", .secret = "c"});
    CHECK("opensmtpd", "label\tann:pass word\nusers $2b$08$abcdefg\nother bob:b:c", 1,
          {.name = "label", .user = "ann", .secret = "pass word"},
          {.name = "other", .user = "bob", .secret = "b:c"});
    CHECK("dma", "# user|host:password\nann@acme.example|smtp.acme.example: p|w # \nhalf|x", 1,
          {.host = "smtp.acme.example", .user = "ann@acme.example", .secret = " p|w # "});
    CHECK("nullmailer",
          "# relay\nsmtp.acme.example smtp --port=587 --starttls --user=ann --pass='a "
          "b'\"\\\"c'\"\\ d\n"
          "qmqp.acme.example qmqp\nlocal\n"
          "mail.acme.example smtp port=465 ssl user=bob pass=b#1\n"
          "in.acme.example smtp --user=c --pass=\"\\\"\" --auth-login",
          2,
          {.host = "smtp.acme.example",
           .port = 587,
           .tls = TLS_STARTTLS,
           .user = "ann",
           .secret = "a b\"c' d"},
          {.host = "mail.acme.example",
           .port = 465,
           .tls = TLS_IMPLICIT,
           .user = "bob",
           .secret = "b#1"},
          {.host = "in.acme.example", .tls = TLS_NONE, .user = "c", .secret = "\""});
    CHECK("sendmail",
          "AuthInfo:smtp.acme.example \"U:ann\" \"I:id\" \"P:pa ss\" \"M:PLAIN LOGIN\"\n"
          "AuthInfo:[mail.acme.example]:465 \"U=Ym9i\" \"P=cMOk\"\n"
          "AuthInfo: \"I:carol\" \"P:c\"\nConnect:1.2.3.4 RELAY\nAuthInfo:x \"U:none\"\n",
          2, {.host = "smtp.acme.example", .user = "ann", .secret = "pa ss"},
          {.host = "mail.acme.example", .port = 465, .user = "bob", .secret = "p\xC3\xA4"},
          {.user = "carol", .secret = "c"});
}

static void test_keys(void **state)
{
    (void)state;
    CHECK(
        "ssmtp",
        "#\n# Config file for sSMTP sendmail\nroot=postmaster\n\nmailhub = smtp.acme.example:465\n"
        "authuser=ann@acme.example\nAuthPass=pa:ss#cut\nUseTLS=Yes\nhostname=box\nFromLineOverride="
        "YES",
        0,
        {.host = "smtp.acme.example",
         .port = 465,
         .tls = TLS_IMPLICIT,
         .user = "ann@acme.example",
         .secret = "pa:ss",
         .line = 7});
    CHECK("esmtp",
          "# default\nhostname = smtp.acme.example:587\nusername=\"ann\"\npassword = "
          "\"a\\\\b\\042c\\t\"\n"
          "starttls = required\n\nidentity = bob@acme.example\n\thostname mail.acme.example:25\n"
          "\tusername bob\n\tpassword bare#1\nmda \"/usr/bin/procmail -d %T\"",
          0,
          {.host = "smtp.acme.example",
           .port = 587,
           .tls = TLS_STARTTLS,
           .user = "ann",
           .secret = "a\\b\"c\t"},
          {.name = "bob@acme.example",
           .from = "bob@acme.example",
           .host = "mail.acme.example",
           .port = 25,
           .tls = TLS_NONE,
           .user = "bob",
           .secret = "bare#1"});
    CHECK("curl",
          "# mail\n--url smtps://smtp.acme.example\nuser = \"ann@acme.example:p\\\"w\\\\:x\\t\"\n"
          "mail-from: <ann@acme.example>\nnext\nuser = web:x\nurl=https://www.acme.example\n"
          "next\n-u bob:b\nurl = smtp://mail.acme.example:587\nssl-reqd\nnext\n"
          "url=\"smtp://u%40x:pw@in.acme.example\"",
          1,
          {.host = "smtp.acme.example",
           .port = 465,
           .tls = TLS_IMPLICIT,
           .user = "ann@acme.example",
           .secret = "p\"w\\:x\t",
           .from = "ann@acme.example"},
          {.host = "mail.acme.example",
           .port = 587,
           .tls = TLS_STARTTLS,
           .user = "bob",
           .secret = "b"},
          {.host = "in.acme.example", .tls = TLS_NONE, .user = "u@x", .secret = "pw"});
    CHECK("swaks",
          "# mine\n--server smtp.acme.example:2525\n-tls\nau ann\nauth-password  le ad\n"
          "from ann@acme.example\nquit-after AUTH",
          0,
          {.host = "smtp.acme.example",
           .port = 2525,
           .tls = TLS_STARTTLS,
           .user = "ann",
           .secret = " le ad",
           .from = "ann@acme.example"});
}

/* Quotes that have no end are the login's fault, and a file that is cut gives no half a secret. */
static void test_half(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"esmtp", "hostname=h.example\npassword = \"half wri"},
        {"curl", "url=smtp://h.example\nuser = \"u:half wri"},
        {"nullmailer", "h.example smtp --user=u --pass='half wri"},
        {"sendmail", "AuthInfo:h.example \"U:u\" \"P:half wri"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        must_read(texts[i][0], texts[i][1], &l);
        assert_int_equal(l.count, 1);
        assert_null(l.items->secret);
        assert_non_null(strstr(l.items->fault, "no end"));
    }
}

static void test_empty(void **state)
{
    (void)state;
    static const char *const sources[] = {"postfix",  "exim4", "opensmtpd", "dma",  "nullmailer",
                                          "sendmail", "ssmtp", "esmtp",     "curl", "swaks"};
    static const char *const texts[] = {"",   "\n", "#", "\r\n\r\n",         " ", ":", "|", "=",
                                        "\"", "a",  "[", "next\nidentity\n", "-", "\\"};
    for (size_t i = 0; i < COUNT(sources); i++) {
        for (size_t k = 0; k < COUNT(texts); k++) {
            FOUND_LIST_OWNED struct found_list l = {0};
            must_read(sources[i], texts[k], &l);
            for (size_t n = 0; n < l.count; n++)
                assert_null(l.items[n].secret);
        }
        FOUND_LIST_OWNED struct found_list l = {0};
        struct sv_err err = {""};
        assert_int_equal(read_bytes(sources[i], "a\0b", 3, &l, &err), SV_DATA);
    }
}

static void test_large(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"postfix", "[h.example]:587 u:p\n"},
        {"exim4", "h.example:u:p\n"},
        {"dma", "u|h.example:p\n"},
        {"nullmailer", "h smtp --user=u --pass=p\n"},
        {"curl", "next\nurl=smtp://h\nuser=u:p\n"},
        {"esmtp", "identity x\nhostname h\npassword p\n"},
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        char *text = repeated("", lines[i][1], 10000, "");
        must_read(lines[i][0], text, &l);
        assert_int_equal(l.count, 10000);
        free(text);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"postfix", "[h.example]:587 u:p\nann@acme.example v:q"},
        {"curl", "url=smtp://h.example\nuser=u:p\nmail-from=a@b.example\nnext\nurl=http://x\n"},
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        must_bear_failures(texts[i][0], texts[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_postfix),   cmocka_unit_test(test_servers),
        cmocka_unit_test(test_keys),      cmocka_unit_test(test_half),
        cmocka_unit_test(test_empty),     cmocka_unit_test(test_large),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("import of relays", tests, NULL, no_secret_left);
}
