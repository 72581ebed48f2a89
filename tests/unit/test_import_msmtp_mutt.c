/* SPDX-License-Identifier: ISC */
/* import: configurations of msmtp and mutt as people have them. */
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

static void test_msmtp(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    static const char text[] =
        "\xEF\xBB\xBF# a comment\r\n"
        "defaults\r\nauth on\r\ntls on\r\n"
        "tls_trust_file /etc/ssl/certs/ca-certificates.crt\r\n\r\n"
        "account\twork\r\n  host smtp.acme.example \r\n\tport 587\r\nfrom \"ann@acme.example\"\r\n"
        "user ann@acme.example\r\npassword  \"pa#ss \"quoted\" \\n \"  \r\n"
        "account home : work\r\nhost mail.home.example\r\ntls_starttls off\r\nport 465\r\n"
        "password raw#1\\x\r\nfrom *@home.example\r\ntls_trust_file /etc/own.pem\r\n"
        "account asks\r\nhost 2001:db8::1\r\nuser u\r\nauth xoauth2\r\n"
        "passwordeval \"pass show `touch ran` $HOME\"\r\n"
        "account clear\r\nhost relay.acme.example\r\nport 2525\r\nuser c\r\npassword c1\r\ntls "
        "off\r\n"
        "account default : work";
    must_read("msmtp", text, &l);
    assert_int_equal(l.count, 4);
    struct found *f = l.items;
    assert_string_equal(f->card.name, "work");
    assert_string_equal(f->card.host, "smtp.acme.example");
    assert_int_equal(f->card.port, 587);
    assert_int_equal(f->card.tls, TLS_STARTTLS);
    assert_string_equal(f->card.username, "ann@acme.example");
    assert_string_equal(f->card.from, "ann@acme.example");
    assert_null(f->card.ca_file);
    assert_secret(f->secret, "pa#ss \"quoted\" \\n ");
    assert_int_equal(f->line, 12);
    assert_place(f, text, "password  \"pa#ss \"quoted\" \\n \"");
    assert_hook("msmtp", f, "passwordeval \"smtpvault get work\"");
    f++;
    assert_string_equal(f->card.name, "home");
    assert_string_equal(f->card.username, "ann@acme.example");
    assert_int_equal(f->card.tls, TLS_IMPLICIT);
    assert_null(f->card.from); /* a pattern */
    assert_string_equal(f->card.ca_file, "/etc/own.pem");
    assert_secret(f->secret, "raw#1\\x");
    f++;
    assert_string_equal(f->card.host, "[2001:db8::1]");
    assert_null(f->secret);
    assert_string_equal(f->asks, "pass show `touch ran` $HOME");
    assert_int_equal(f->card.auth, AUTH_XOAUTH2);
    f++;
    assert_int_equal(f->card.tls, TLS_NONE);
    assert_int_equal(f->card.port, 2525);
}

/* Without an account, with one that is cut off, and with parents that are not there or itself. */
static void test_msmtp_odd(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list one = {0}, half = {0}, loop = {0};
    must_read("msmtp", "host smtp.a.example\ntls\nuser a\npassword p", &one);
    assert_int_equal(one.count, 1);
    assert_string_equal(one.items->card.host, "smtp.a.example");
    assert_int_equal(one.items->card.tls, TLS_STARTTLS);
    assert_secret(one.items->secret, "p");
    must_read("msmtp", "account a\nhost h.example\nuser a\npassword \"half wri", &half);
    assert_int_equal(half.count, 1);
    assert_non_null(strstr(half.items->fault, "no end"));
    assert_null(half.items->secret);
    must_read("msmtp",
              "account a : a, b,, \"c\nhost h.example\npassword p\n"
              "account b : a\nuser u\naccount c : b : a\naccount\npassword\nhost\n",
              &loop);
    assert_int_equal(loop.count, 2);
    assert_secret(loop.items[1].secret, "p");
    assert_string_equal(loop.items[1].card.username, "u");
}

static void test_mutt(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    static const char text[] =
        "source ~/.mutt/secrets # and this: set smtp_pass=no\n"
        "set realname=\"Ann O'Neil\" ; set from = ann@acme.example\n"
        "color index brightyellow default '~N'\n"
        "set smtp_url = \\\n   \"smtp://ann%40acme.example@smtp.acme.example:587/\"\n"
        "set ssl_starttls=yes ssl_force_tls\n"
        "set smtp_authenticators=\"login\" smtp_pass = 'it'\\''s \"#$x\"' nosave_empty";
    must_read("mutt", text, &l);
    assert_int_equal(l.count, 1);
    struct found *f = l.items;
    assert_string_equal(f->card.host, "smtp.acme.example");
    assert_int_equal(f->card.port, 587);
    assert_int_equal(f->card.tls, TLS_STARTTLS);
    assert_int_equal(f->card.auth, AUTH_LOGIN);
    assert_string_equal(f->card.username, "ann@acme.example");
    assert_string_equal(f->card.from, "ann@acme.example");
    assert_secret(f->secret, "it's \"#$x\"");
    assert_int_equal(f->line, 7);
    assert_place(f, text, "smtp_pass = 'it'\\''s \"#$x\"'");
    assert_hook("mutt", f, "smtp_pass=\"`smtpvault get work`\"");
}

/* What mutt would run or know from elsewhere is told and not taken. */
static void test_mutt_asks(void **state)
{
    (void)state;
    static const char *const commands[][2] = {
        {"set smtp_pass=\"`pass show \\\"x\\\"`\"", "pass show \\\"x\\\""},
        {"set smtp_pass=`gpg -d x.gpg`", "gpg"},
        {"set smtp_pass=$SMTP_PASS", "$SMTP_PASS"},
        {"set smtp_pass=$1${2}", "$1${2}"},
        {"set my_p=`date`; set smtp_pass=$my_p", "$my_p"},
        {"set smtp_pass=\"a`half", "`half"},
    };
    for (size_t i = 0; i < COUNT(commands); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        char text[300];
        (void)snprintf(text, sizeof text, "set smtp_url=smtp://u@h.example\n%s\n", commands[i][0]);
        must_read("mutt", text, &l);
        assert_int_equal(l.count, 1);
        assert_null(l.items->secret);
        if (!l.items->fault && !strstr(l.items->asks, commands[i][1]))
            fail_msg("%s: \"%s\"", text, l.items->asks);
        assert_int_equal(l.items->len, 0);
    }
}

static void test_mutt_variables(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0}, url = {0}, mixed = {0}, many = {0};
    static const char text[] =
        "set my_pass = \"a\\\"b\\\\c\\$d\"\nset my_user=ann imap_pass=$my_pass\n"
        "set smtp_url=\"smtps://${my_user}@smtp.acme.example:465/\"\n"
        "set smtp_pass=$imap_pass\n";
    must_read("mutt", text, &l);
    assert_int_equal(l.count, 1);
    assert_secret(l.items->secret, "a\"b\\c$d");
    assert_string_equal(l.items->card.username, "ann");
    assert_int_equal(l.items->card.tls, TLS_IMPLICIT);
    assert_place(l.items, text, "my_pass = \"a\\\"b\\\\c\\$d\"");
    assert_hook("mutt", l.items, "my_pass=\"`smtpvault get work`\"");
    static const char whole[] = "set smtp_url = 'smtps://u%40x:p%23w@smtp.acme.example/'";
    must_read("neomutt", whole, &url);
    assert_secret(url.items->secret, "p#w");
    assert_int_equal(url.items->card.port, 465);
    assert_place(url.items, whole, "smtp_url = 'smtps://u%40x:p%23w@smtp.acme.example/'");
    assert_hook("neomutt", url.items,
                "smtp_url=\"smtps://u%40x@smtp.acme.example/\" smtp_pass=\"`smtpvault get work`\"");
    must_read("mutt", "set my_u=smtp://u:p@h.example smtp_url=$my_u", &mixed);
    assert_secret(mixed.items->secret, "p");
    assert_int_equal(mixed.items->len, 0);
    /* Values of values of values. */
    must_read(
        "mutt",
        "set a=xxxxxxxxxxxxxxxx b=$a$a$a$a c=$b$b$b$b d=$c$c$c$c e=$d$d$d$d f=$e$e$e$e g=$f$f$f$f "
        "h=$g$g$g$g smtp_url=smtp://u@h.example smtp_pass=$h$a\n",
        &many);
    assert_int_equal(many.count, 1);
    assert_null(many.items->secret);
}

static void test_mutt_odd(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n\n;;;==#",
        "set",
        "set ?smtp_pass &smtp_url",
        "set smtp_pass",
        "set =x smtp_pass=",
        "set smtp_url='half",
        "source ~/.muttrc\nsource ~/.muttrc\n",
        "set smtp_url=smtp://h.example \\",
        "unset smtp_pass\nset smtp_url=",
        "folder-hook . 'set smtp_url=smtp://u:p@h.example'",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        must_read("mutt", texts[i], &l);
        for (size_t k = 0; k < l.count; k++)
            assert_null(l.items[k].secret);
    }
    FOUND_LIST_OWNED struct found_list clear = {0};
    must_read("mutt", "set smtp_url=smtp://u:p@h.example nossl_starttls\nunset ssl_force_tls",
              &clear);
    assert_int_equal(clear.items->card.tls, TLS_NONE);
    assert_int_equal(clear.items->card.port, 25);
}

static void test_large(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list msmtp = {0}, mutt = {0};
    char *text = repeated("account z\nhost z.example\npassword z\n",
                          "account a : z\nuser u\npassword \"p\"\n", 10000, "");
    must_read("msmtp", text, &msmtp);
    assert_int_equal(msmtp.count, 10001);
    free(text);
    text = repeated("set my_a=1 smtp_url=smtp://u@h.example\n",
                    "set my_a=$my_a smtp_pass=\"$my_a\"\n", 10000, "set smtp_pass=$my_a");
    must_read("mutt", text, &mutt);
    assert_secret(mutt.items->secret, "1");
    free(text);
    text = repeated("", "account\n", FOUND_MAX + 1, "");
    must_refuse("msmtp", text, "more than 100000 accounts");
    free(text);
    size_t names = 4 * FOUND_MAX + 1, at = 0;
    text = malloc(16 * names);
    assert_non_null(text);
    for (size_t i = 0; i < names; i++)
        at += (size_t)sprintf(text + at, "set v%zu=\n", i);
    FOUND_LIST_OWNED struct found_list none = {0};
    struct sv_err err = {""};
    assert_int_equal(read_text("mutt", text, &none, &err), SV_DATA);
    assert_non_null(strstr(err.text, "more than 400000 names"));
    free(text);
}

static void test_no_memory(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"msmtp", "defaults\ntls on\naccount a\nhost h.example\nuser u\npassword p\n"
                  "account b : a\nhost i.example\npasswordeval x\n"},
        {"mutt",
         "set my_p=x my_u=u\nset smtp_url=smtp://$my_u@h.example smtp_pass=$my_p from=a@b.example"},
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        must_bear_failures(texts[i][0], texts[i][1]);
}

static void test_hook_refuses(void **state)
{
    (void)state;
    struct found f = {.line = 0};
    struct sv_err err = {""};
    char *name = repeated("smtpvault get ", "x", 600, "");
    const struct import_ask longer = {name, name, ""}, tick = {"`", "smtpvault get '`'", ""};
    BLOB_OWNED struct blob out = {0};
    assert_int_equal(import_source_find("msmtp")->hook(&out, &f, &longer, &err), SV_DATA);
    assert_int_equal(import_source_find("mutt")->hook(&out, &f, &tick, &err), SV_DATA);
    f.place = (char *)"smtp://\"`x`\"@h";
    assert_int_equal(import_source_find("mutt")->hook(&out, &f, &ask, &err), SV_DATA);
    assert_int_equal(out.len, 0);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_msmtp),          cmocka_unit_test(test_msmtp_odd),
        cmocka_unit_test(test_mutt),           cmocka_unit_test(test_mutt_asks),
        cmocka_unit_test(test_mutt_variables), cmocka_unit_test(test_mutt_odd),
        cmocka_unit_test(test_large),          cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_hook_refuses),
    };
    return cmocka_run_group_tests_name("import of msmtp and mutt", tests, NULL, no_secret_left);
}
