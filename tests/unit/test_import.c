/* SPDX-License-Identifier: ISC */
/* import: what comes in front of every source, and the models of each sort. */
#include "import_support.h"

#include "base/alloc.h"

#define BITWARDEN                                                                              \
    "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password," \
    "login_totp"

static void test_bitwarden_csv(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read("bitwarden-csv",
              BITWARDEN
              "\r\n"
              "Work,1,login,Relay,\"two\nlines, \"\"quoted\"\"\",,0,smtps://smtp.acme."
              "example:2465,ann,\"=cmd|'a\"\"b,c\",\n"
              ",,note,Wifi,secret,,0,,,,\n"
              ",,login,Bank,,,0,https://bank.example/login,ann,x,\n"
              ",,login,News,,\"SMTP server: out.acme.example\nport: 587\nx\",0,,n,p w ,\n",
              &l);
    assert_int_equal(l.count, 3);
    assert_int_equal(l.passed, 1);
    struct found *f = l.items;
    assert_string_equal(f->card.name, "Relay");
    assert_string_equal(f->card.host, "smtp.acme.example");
    assert_int_equal(f->card.port, 2465);
    assert_int_equal(f->card.tls, TLS_IMPLICIT);
    assert_string_equal(f->card.username, "ann");
    assert_string_equal(f->card.note, "two\nlines, \"quoted\"");
    assert_string_equal(f->card.tags[0], "Work");
    assert_secret(f->secret, "=cmd|'a\"b,c");
    assert_true(f->mail);
    assert_int_equal(f->line, 2);
    f++;
    assert_string_equal(f->card.name, "Bank");
    assert_string_equal(f->site, "bank.example");
    assert_null(f->card.host);
    assert_false(f->mail);
    assert_int_equal(f->line, 5);
    f++;
    assert_string_equal(f->card.host, "out.acme.example");
    assert_int_equal(f->card.port, 587);
    assert_int_equal(f->card.tls, TLS_STARTTLS);
    assert_secret(f->secret, "p w ");
}

static void test_netrc(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    static const char text[] =
        "# machine not.here\n"
        "machine smtp.gmail.com login ann@gmail.com password \"a \\\"b\\\\ #c\"\n"
        "macdef init\nmachine in.macro login x\n\n"
        "machine mail.acme.example port 465\n\tlogin bob # password is none\n"
        "machine ftp.acme.example login anon password #x account y\n"
        "default login d password `date`";
    must_read("netrc", text, &l);
    assert_int_equal(l.count, 4);
    struct found *f = l.items;
    assert_string_equal(f->card.name, "ann@gmail.com");
    assert_string_equal(f->card.provider, "gmail");
    assert_string_equal(f->card.host, "smtp.gmail.com");
    assert_true(f->mail);
    assert_int_equal(f->line, 2);
    assert_secret(f->secret, "a \"b\\ #c");
    assert_place(f, text, "password \"a \\\"b\\\\ #c\"");
    f++;
    assert_string_equal(f->card.host, "mail.acme.example");
    assert_int_equal(f->card.tls, TLS_IMPLICIT);
    assert_string_equal(f->card.name, "bob@mail.acme.example");
    assert_null(f->secret);
    assert_int_equal(f->len, 0);
    f++;
    assert_false(f->mail);
    assert_secret(f->secret, "#x");
    assert_place(f, text, "password #x");
    f++;
    assert_secret(f->secret, "`date`");
    assert_place(f, text, "password `date`");
    assert_int_equal(f->line, 9);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text, *says;
    } bad[] = {
        {"bitwarden-csv", "", "empty"},
        {"bitwarden-csv", "a,b,c\n1,2,3\n", "no column \"login_uri\""},
        {"bitwarden-csv", BITWARDEN "\n,,login,\"half wri", "line 2 have no end"},
        {"bitwarden-csv", BITWARDEN "\n,,login,\"x\"y,,", "line 2: something"},
        {"netrc", "machine a login b password \"half wri", "line 1"},
        {"netrc", "machine", "line 1"},
        {"netrc", "machine a user b", "line 1"},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        must_refuse(bad[i].source, bad[i].text, bad[i].says);
}

static void widen(char *dst, const char *text, bool big)
{
    for (; *text; text++, dst += 2) {
        dst[big ? 1 : 0] = *text;
        dst[big ? 0 : 1] = '\0';
    }
}

static void test_charsets(void **state)
{
    (void)state;
    static const char text[] = "machine smtp.a.example login \xE4 password p";
    for (int i = 0; i < 4; i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        struct sv_err err = {""};
        char wide[2 + 2 * sizeof text] = {0};
        bool big = i & 1, mark = i & 2;
        memcpy(wide, big ? "\xFE\xFF" : "\xFF\xFE", 2);
        widen(wide + 2, text, big);
        const char *at = mark ? wide : wide + 2;
        size_t len = 2 * strlen(text) + (mark ? 2 : 0);
        assert_int_equal(read_bytes("netrc", at, len, &l, &err), SV_OK);
        assert_int_equal(l.count, 1);
        assert_string_equal(l.items->card.username, "\xC3\xA4");
        assert_int_equal(l.items->len, 0);
        assert_int_equal(read_bytes("netrc", at, len - 1, &l, &err), SV_DATA);
    }
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    static const char marked[] =
        "\xEF\xBB\xBFmachine smtp.a.example login a \"password\" \"p\"\r\n";
    must_read("netrc", marked, &l);
    assert_int_equal(l.count, 1);
    assert_place(l.items, marked, "\"password\" \"p\"");
    assert_int_equal(read_bytes("netrc", "machine a\0b login c", 19, &l, &err), SV_DATA);
    assert_non_null(strstr(err.text, "zero bytes"));
    assert_int_equal(read_bytes("netrc", "\xFF\xFE\0\0a\0\0\0", 8, &l, &err), SV_DATA);
    assert_non_null(strstr(err.text, "UTF-32"));
    /* Half a pair. */
    assert_int_equal(read_bytes("netrc", "\xFF\xFEm\0\x00\xD8x\0", 8, &l, &err), SV_DATA);
}

/* What cannot be stored is told beside the login, and the others are there. */
static void test_faults(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read("netrc",
              "machine smtp.a.example port 99999 login a password p\n"
              "machine smtp.b.example login b password \"x\\ny\"\n"
              "machine smtp.c.example login c password p\n"
              "machine smtps://u%40x:p%2F%zz@[2001:db8::1]:465/ login d\n",
              &l);
    assert_int_equal(l.count, 4);
    assert_non_null(strstr(l.items[0].fault, "99999"));
    assert_non_null(l.items[1].fault);
    assert_null(l.items[2].fault);
    assert_string_equal(l.items[3].card.host, "[2001:db8::1]");
    assert_int_equal(l.items[3].card.port, 465);
    assert_secret(l.items[3].secret, "p/%zz");
}

static void test_guess(void **state)
{
    (void)state;
    static const char bitwarden[] = BITWARDEN "\n", netrc[] = "\nmachine a\nlogin b";
    size_t others;
    const struct import_source *s = import_guess("x.csv", bitwarden, strlen(bitwarden), &others);
    assert_string_equal(s->name, "bitwarden-csv");
    assert_string_equal(import_guess(NULL, netrc, strlen(netrc), &others)->name, "netrc");
    assert_string_equal(import_guess("/home/x/.netrc", "", 0, NULL)->name, "netrc");
    assert_null(import_guess("x", "hello", 5, &others));
    assert_int_equal(others, 0);
    assert_null(import_source_find("nothing"));
}

static void test_limits(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *s = NULL;
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    assert_int_equal(secret_new(&s, IMPORT_BYTES_MAX + 1, &err), SV_OK);
    secret_set_len(s, IMPORT_BYTES_MAX + 1);
    assert_int_equal(import_read(import_source_find("netrc"), "x", s, &l, &err), SV_DATA);
    assert_non_null(strstr(err.text, "too large"));
    secret_free(s);
    size_t n = 8 * (FOUND_MAX + 1);
    assert_int_equal(secret_new(&s, n, &err), SV_OK);
    for (size_t i = 0; i < n; i += 8)
        memcpy(secret_poke(s) + i, "default\n", 8);
    secret_set_len(s, n);
    assert_int_equal(import_read(import_source_find("netrc"), "x", s, &l, &err), SV_DATA);
    assert_non_null(strstr(err.text, "more than"));
}

static void test_no_memory(void **state)
{
    (void)state;
    for (unsigned long nth = 1;; nth++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        struct sv_err err = {""};
        sv_alloc_fail_at(nth);
        SECRET_OWNED struct secret *s = NULL;
        static const char text[] =
            BITWARDEN "\nf,,login,n,note,port: 1,,smtp://u:p@smtp.gmail.com,,,\n";
        enum sv_status st = secret_copy(&s, text, strlen(text), &err);
        if (st == SV_OK)
            st = import_read(import_source_find("bitwarden-csv"), "x", s, &l, &err);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_int_equal(st, SV_OK);
            return;
        }
        /* What is only remembered to be faster may be forgotten. */
        assert_true(st == SV_OK ? l.count == 1 : err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bitwarden_csv), cmocka_unit_test(test_netrc),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_charsets),
        cmocka_unit_test(test_faults),        cmocka_unit_test(test_guess),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("import", tests, NULL, no_secret_left);
}
