/* SPDX-License-Identifier: ISC */
/* import: files in which several logins share what one of them does not say. */
#include "import_support.h"

#include "base/alloc.h"
#include "base/buf.h"

static const struct import_ask ask = {"work", "smtpvault get work", "smtpvault://work/password"};

static void assert_hook(const char *source, const struct found *f, const char *want)
{
    BLOB_OWNED struct blob out = {0};
    struct sv_err err = {""};
    if (import_source_find(source)->hook(&out, f, &ask, &err) != SV_OK)
        fail_msg("%s", err.text);
    if (out.len != strlen(want) || memcmp(out.bytes, want, out.len) != 0)
        fail_msg("\"%.*s\" and not \"%s\"", (int)out.len, out.bytes, want);
}

static void assert_login(const struct found *f, const char *name, const char *host, unsigned port,
                         enum profile_tls tls, const char *user, const char *secret)
{
    assert_null(f->fault);
    assert_string_equal(f->card.name, name);
    assert_string_equal(f->card.host, host);
    assert_int_equal(f->card.port, port);
    assert_int_equal(f->card.tls, tls);
    assert_string_equal(f->card.username, user);
    if (secret)
        assert_secret(f->secret, secret);
    else
        assert_null(f->secret);
}

static void test_git(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    static const char text[] =
        "[user]\n\temail = ann@acme.example\n\tsmtpPass = not-this\n"
        "[include]\n\tpath = ~/.gitconfig\n"
        "[sendemail]\n\tsmtpServer = smtp.acme.example ; comment\n\tsmtpserverport = 587\r\n"
        "\tsmtpEncryption = tls\n\tsmtpUser = ann@acme.example\n"
        "\tsmtpPass = \"a\\\"b\\\\c #d;\" \t# what it is\n\tannotate\n\tfrom = Ann "
        "<ann@acme.example>\n"
        "[sendemail \"ho\\\"me\"] smtpServer = mail.home.example\n\tsmtpEncryption = ssl\n"
        "\tsmtpServerPort = 465\n\tsmtpUser = ann\n\tsmtpPass = in side \\\n  folded\t\n"
        "[sendemail.old]\n\tto = list@acme.example\n"
        "[sendemail \"local\"]\n\tsmtpServer = /usr/bin/msmtp\n"
        "[SendEmail \"same\"]\nSMTPUSER = other@acme.example\nsmtpAuth = LOGIN";
    must_read("git", text, &l);
    assert_int_equal(l.count, 3);
    assert_int_equal(l.passed, 1);
    struct found *f = l.items;
    assert_login(f, "ann@acme.example", "smtp.acme.example", 587, TLS_STARTTLS, "ann@acme.example",
                 "a\"b\\c #d;");
    assert_string_equal(f->card.from, "ann@acme.example");
    assert_hook("git", f,
                "\n[credential \"smtp://ann%40acme.example@smtp.acme.example:587\"]\n\thelper =\n"
                "\thelper = \"!f() { test \\\"$1\\\" = get || return 0; p=$(smtpvault get work) && "
                "printf 'password=%s\\\\n' \\\"$p\\\"; }; f\"\n[sendemail]");
    f++;
    assert_login(f, "ho\"me", "mail.home.example", 465, TLS_IMPLICIT, "ann", "in side   folded");
    assert_string_equal(f->place, "ho\"me");
    f++;
    assert_login(f, "same", "smtp.acme.example", 587, TLS_STARTTLS, "other@acme.example",
                 "a\"b\\c #d;");
    assert_int_equal(f->card.auth, AUTH_LOGIN);
    assert_int_equal(f->len, 0); /* it stands elsewhere */
}

static void test_git_store(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    static const char text[] = "https://ann:token@github.com\n"
                               "smtp://ann%40acme.example:p%3aw%2f@smtp.acme.example%3a587\n\n"
                               "smtps://bob:b@mail.acme.example%3A2465\r\nsmtp://half";
    must_read("git-credentials", text, &l);
    assert_int_equal(l.count, 3);
    assert_int_equal(l.passed, 1);
    assert_login(&l.items[0], "ann@acme.example", "smtp.acme.example", 587, TLS_STARTTLS,
                 "ann@acme.example", "p:w/");
    assert_login(&l.items[1], "bob@mail.acme.example", "mail.acme.example", 2465, TLS_IMPLICIT,
                 "bob", "b");
    assert_null(l.items[2].secret);
}

static void test_aerc(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    static const char text[] =
        "; accounts\n[Work]\nsource = imaps://ann:imap-pw@imap.acme.example\n"
        "outgoing=smtps+login://ann%40acme.example:p%23w@smtp.acme.example:465  # out\n"
        "from = Ann <ann@acme.example>\n\n[Home]\noutgoing = "
        "`smtp+plain://bob:b#1@mail.acme.example`\n"
        "smtp-starttls = no\n[Asks]\noutgoing = smtp://carol@in.acme.example:587\n"
        "outgoing-cred-cmd = pass show mail # x\n[Sends]\noutgoing = /usr/sbin/sendmail";
    must_read("aerc", text, &l);
    assert_int_equal(l.count, 3);
    assert_int_equal(l.passed, 1);
    struct found *f = l.items;
    assert_login(f, "Work", "smtp.acme.example", 465, TLS_IMPLICIT, "ann@acme.example", "p#w");
    assert_int_equal(f->card.auth, AUTH_LOGIN);
    assert_string_equal(f->card.from, "ann@acme.example");
    assert_hook("aerc", f,
                "outgoing = smtps+login://ann%40acme.example@smtp.acme.example:465\n"
                "outgoing-cred-cmd = `smtpvault get work`\noutgoing-cred-cmd-cache = false");
    f++;
    /* What is behind the "#" of a URL is no host. */
    assert_string_equal(f->card.name, "Home");
    f++;
    assert_login(f, "Asks", "in.acme.example", 587, TLS_STARTTLS, "carol", NULL);
    assert_string_equal(f->asks, "pass show mail");
}

static void test_mailrc(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read(
        "s-nail",
        "# mail\nset v15-compat\nset mta=smtp://ann%40acme.example@smtp.acme.example:587 \\\n"
        "  smtp-use-starttls smtp-auth=plain\nset from='Ann <ann@acme.example>' x=y\\ \n"
        "wysh set password-ann@acme.example@smtp.acme.example='it'\\''s $HOME'\n"
        "define x {\nset mta=smtps://not:this@h.example\n}\n"
        "account home {\n set mta=smtps://bob:b%23@mail.home.example\n  set folder=x\n}\n"
        "account other {\n set from=carol@acme.example\n}\n"
        "account old {\nset smtp=in.acme.example:25 smtp-auth-user=dave\n"
        "set nosmtp-use-starttls smtp-auth-password=\"a\\\"b\\c\"\nunset smtp-use-starttls\n}\n"
        "account asks {\nset mta=submission://erin@sub.acme.example\n"
        "wysh set smtp-auth-password=\"$(pass x)\"\n}\n"
        "account local {\nset mta=/usr/sbin/sendmail\n}",
        &l);
    assert_int_equal(l.count, 4);
    struct found *f = l.items;
    assert_login(f, "ann@acme.example", "smtp.acme.example", 587, TLS_STARTTLS, "ann@acme.example",
                 "it's $HOME");
    assert_int_equal(f->card.auth, AUTH_PLAIN);
    assert_string_equal(f->card.from, "ann@acme.example");
    assert_int_equal(f->line, 6);
    assert_login(++f, "home", "mail.home.example", 465, TLS_IMPLICIT, "bob", "b#");
    assert_login(++f, "old", "in.acme.example", 25, TLS_STARTTLS, "dave", "a\"b\\c");
    assert_login(++f, "asks", "sub.acme.example", 587, TLS_STARTTLS, "erin", NULL);
    assert_string_equal(f->asks, "$(pass x)");
}

static void test_authinfo(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    must_read(
        "authinfo",
        "# mine\nmachine smtp.acme.example login ann@acme.example port 587 password \"a 'b'\\\"\n"
        "machine imap.acme.example login ann port imaps password not-this\n"
        "machine acme.example\n\tport smtps user bob force yes secret 'q\"#'\n"
        "machine www.acme.example login carol password web\n"
        "machine x login y\ndefault login dave password \"d\"",
        &l);
    assert_int_equal(l.passed, 2);
    assert_int_equal(l.count, 4);
    struct found *f = l.items;
    assert_login(f, "ann@acme.example", "smtp.acme.example", 587, TLS_STARTTLS, "ann@acme.example",
                 "a 'b'\\");
    assert_login(++f, "bob@acme.example", "acme.example", 465, TLS_IMPLICIT, "bob", "q\"#");
    assert_int_equal(f->line, 5);
    assert_false((++f)->mail);
    assert_secret((++f)->secret, "d");
    assert_int_equal(read_text("authinfo", "machine a login b\npassword \"half", &l, &err),
                     SV_DATA);
    assert_non_null(strstr(err.text, "line 2"));
}

/* Odd beginnings and ends; nothing is invented. */
static void test_odd(void **state)
{
    (void)state;
    static const char *const sources[] = {"git", "git-credentials", "aerc", "s-nail"};
    static const char *const texts[] = {
        "",
        "[",
        "[]",
        "[sendemail",
        "[sendemail \"",
        "[sendemail]=",
        "[sendemail]\nsmtppass",
        "[sendemail]\nsmtppass = \"\\",
        "[sendemail]\nsmtppass=\"half",
        "smtp://",
        "smtp://:@",
        "smtp://%3a",
        "smtp://@%3a",
        "[a]\noutgoing",
        "[a]\noutgoing=",
        "[a]\noutgoing=`",
        "[a]\noutgoing=smtp",
        "outgoing=smtp://h.example",
        "set",
        "set smtp=",
        "set mta=smtp://",
        "set =x",
        "account",
        "account {",
        "account a {\naccount b {\n",
        "}",
        "}}}",
        "set mta=\"smtp://u:half@h.example",
        "wysh set a=$'\\x",
        "[a]\noutgoing-cred-cmd=`\\",
        "wysh",
        "wysh wysh set",
        "\\",
        "\\\n\\\n\\",
    };
    for (size_t i = 0; i < COUNT(sources); i++) {
        for (size_t k = 0; k < COUNT(texts); k++) {
            FOUND_LIST_OWNED struct found_list l = {0};
            must_read(sources[i], texts[k], &l);
            for (size_t n = 0; n < l.count; n++)
                assert_null(l.items[n].secret);
        }
    }
}

static void test_large(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"aerc", "[a]\noutgoing=smtps://u:p@h.example\n"},
        {"s-nail", "account a {\nset mta=smtps://u@h.example password-h.example=p\n}\n"},
        {"git-credentials", "smtp://u:p@h.example\n"},
        {"authinfo", "machine smtp.h.example login u password p\n"},
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        char *text = repeated("", lines[i][1], 10000, "");
        must_read(lines[i][0], text, &l);
        assert_int_equal(l.count, 10000);
        assert_secret(l.items[9999].secret, "p");
        free(text);
    }
    FOUND_LIST_OWNED struct found_list l = {0};
    char *text = repeated("", "[sendemail \"a\"]\nsmtpServer=h.example\nsmtpUser=u\nsmtpPass=p\n",
                          10000, "");
    must_read("git", text, &l);
    assert_int_equal(l.count, 1);
    free(text);
}

static void test_no_memory(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"git", "[sendemail \"a\"]\nsmtpServer=h.example\nsmtpUser=u\nsmtpPass=p\n"},
        {"aerc", "[a]\noutgoing=smtps://u:p@h.example\n"},
        {"s-nail", "account a {\nset mta=smtps://u@h.example password-h.example=p\n}\n"},
        {"authinfo", "machine smtp.h.example login u password p port 25\n"},
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        must_bear_failures(texts[i][0], texts[i][1]);
}

/* One source alone is sure of each file by its usual name; what is in it never makes it sure. */
static void test_looks(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"/home/a/.msmtprc", "msmtp"},
        {".config/msmtp/config", "msmtp"},
        {"/etc/msmtprc", "msmtp"},
        {"/home/a/.muttrc", "mutt"},
        {".mutt/muttrc", "mutt"},
        {"neomuttrc", "neomutt"},
        {".mailrc", "s-nail"},
        {".config/aerc/accounts.conf", "aerc"},
        {"/home/a/.gitconfig", "git"},
        {"x/.git/config", "git"},
        {".config/git/config", "git"},
        {".git-credentials", "git-credentials"},
        {".authinfo", "authinfo"},
        {".netrc", "netrc"},
        {".curlrc", "curl"},
        {"login.curlrc", "curl"},
        {".swaksrc", "swaks"},
        {".esmtprc", "esmtp"},
        {"/etc/ssmtp/ssmtp.conf", "ssmtp"},
        {"/etc/postfix/sasl_passwd", "postfix"},
        {"/etc/exim4/passwd.client", "exim4"},
        {"/etc/mail/secrets", "opensmtpd"},
        {"/etc/dma/auth.conf", "dma"},
        {"/etc/nullmailer/remotes", "nullmailer"},
        {"/etc/mail/authinfo", "sendmail"},
    };
    static const char *const texts[][2] = {
        {"# x\ndefaults\nauth on\naccount a\nhost h\nfrom a@b\n", "msmtp"},
        {"# x\nset  smtp_url = \"smtp://h\"\n", "mutt"},
        {"[user]\nname=x\n[sendemail \"x\"]\n\tsmtpServer = h\n", "git"},
        {"[x]\noutgoing = smtps://u@h\n", "aerc"},
        {"\n# x\n[smtp.acme.example]:587 u:p\n", "postfix"},
        {"AuthInfo:h \"U:u\"\n", "sendmail"},
        {"mailhub=h\nAuthPass=p\n", "ssmtp"},
        {"auth-user x\nauth-password y\n", "swaks"},
        {"url = \"smtps://h\"\nuser = \"u:p\"\n", "curl"},
        {"account a\nhost h\nuser u\npassword p\n", NULL}, /* mpop's: that is for reading */
        {"[section]\nuser = x\n", NULL},
        {"machine_url smtp\nset smtp_urls=1\n", NULL},
        {"[1.2.3] - 2026-01-01 10:00:00 mail\n", NULL},
        {"[smtp.acme.example] something else: x\n", NULL},
        {"hello", NULL},
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        const struct import_source *s = import_guess(files[i][0], "", 0, NULL);
        if (!s || strcmp(s->name, files[i][1]) != 0)
            fail_msg("%s: %s", files[i][0], s ? s->name : "none");
    }
    assert_null(import_guess("/etc/secrets", "", 0, NULL));
    assert_null(import_guess("/etc/xmsmtprc", "", 0, NULL));
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct import_source *s = import_guess("x", texts[i][0], strlen(texts[i][0]), NULL);
        if (!s != !texts[i][1] || (s && strcmp(s->name, texts[i][1]) != 0))
            fail_msg("%s: %s", texts[i][0], s ? s->name : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_git),      cmocka_unit_test(test_git_store),
        cmocka_unit_test(test_aerc),     cmocka_unit_test(test_mailrc),
        cmocka_unit_test(test_authinfo), cmocka_unit_test(test_odd),
        cmocka_unit_test(test_large),    cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_looks),
    };
    return cmocka_run_group_tests_name("import of sections", tests, NULL, no_secret_left);
}
