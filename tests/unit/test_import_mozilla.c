/* SPDX-License-Identifier: ISC */
/* import/mozilla: logins.json, prefs.js and profiles.ini of Thunderbird and Firefox. */
#include "import_support.h"

#include "base/alloc.h"
#include "import/mozilla.h"

#define LOGIN(host, realm)                                                                   \
    "{\"hostname\":\"" host "\",\"httpRealm\":\"" realm "\",\"encryptedUsername\":\"QUI=\"," \
    "\"encryptedPassword\":\"Q0Q=\",\"timePasswordChanged\":1700000000123}"
#define SMTP LOGIN("smtp://smtp.acme.example", "smtp://smtp.acme.example")
#define LOGINS(list) "{\"nextId\":9,\"logins\":[" list "],\"version\":3}"

/* ---- what smtpvault-nss answers ---- */

static void put(struct blob *b, const char *text)
{
    uint8_t head[5] = {text != NULL};
    le32_put(head + 1, text ? (uint32_t)strlen(text) : 0);
    assert_true(blob_append(b, head, sizeof head));
    assert_true(blob_append(b, text ? text : "", text ? strlen(text) : 0));
}

/* texts: ended by "end"; NULL: could not be decrypted. */
static struct secret *answers(const char *const *texts)
{
    BLOB_OWNED struct blob b = {0};
    struct secret *s = NULL;
    for (; !*texts || strcmp(*texts, "end") != 0; texts++)
        put(&b, *texts);
    assert_int_equal(secret_copy(&s, b.len ? b.bytes : (const uint8_t *)"", b.len, NULL), SV_OK);
    return s;
}

static enum sv_status read_profile(const char *text, const char *prefs, const struct secret *plain,
                                   struct found_list *out, struct sv_err *err)
{
    SECRET_OWNED struct secret *logins = NULL;
    const struct import_profile profile = {
        .prefs = prefs, .prefs_len = prefs ? strlen(prefs) : 0, .plain = plain, .why = "no luck"};
    enum sv_status s = secret_copy(&logins, text, strlen(text), err);
    return s ? s
             : import_take_profile(import_source_find("thunderbird"), "the file x", &logins,
                                   &profile, out, err);
}

static void must_read_profile(const char *text, const char *prefs, const struct secret *plain,
                              struct found_list *out)
{
    struct sv_err err = {""};
    if (read_profile(text, prefs, plain, out, &err) != SV_OK)
        fail_msg("%s", err.text);
}

/* ---- logins.json ---- */

static void values_are_taken_out(void **state)
{
    (void)state;
    static const char text[] =
        LOGINS(SMTP ",{\"encryptedUsername\":\"*\",\"encryptedPassword\":"
                    "\"MB0GCWCGSAFlAwQBKgQQjtsVclvnaGNH5F3j2ih8Sg==\"},{\"hostname\":\"x\"}");
    SECRET_OWNED struct secret *logins = NULL;
    BLOB_OWNED struct blob values = {0};
    struct sv_err err = {""};
    size_t aes = 9, len;
    assert_int_equal(secret_copy(&logins, text, strlen(text), NULL), SV_OK);
    assert_int_equal(mozilla_values("x", logins, &values, &aes, &err), SV_OK);
    assert_int_equal(aes, 1);
    struct buf_reader r = buf_reader_over(values.bytes, values.len);
    assert_memory_equal(buf_get_block(&r, 9, &len), "AB", 2);
    assert_int_equal(len, 2);
    assert_memory_equal(buf_get_block(&r, 9, &len), "CD", 2);
    const size_t lengths[] = {0, 31, 0, 0};
    for (size_t i = 0; i < 4; i++) {
        (void)buf_get_block(&r, 99, &len);
        assert_int_equal(len, lengths[i]);
    }
    assert_true(buf_reader_done(&r));
}

static void logins_are_found(void **state)
{
    (void)state;
    static const char *const texts[] = {"ann@acme.example",
                                        "p\303\244ss",
                                        "ann",
                                        "imap",
                                        "bob",
                                        "token",
                                        "cal",
                                        "token",
                                        "bank",
                                        "web",
                                        NULL,
                                        "x",
                                        "u",
                                        NULL,
                                        "end"};
    static const char prefs[] =
        "// comment\n"
        "user_pref(\"mail.smtpserver.s1.hostname\", \"SMTP.acme.example\");\r\n"
        "user_pref(\"mail.smtpserver.s1.username\", \"ann@acme.example\");\n"
        "user_pref(\"mail.smtpserver.s1.port\", 2525);\n"
        "user_pref( \"mail.smtpserver.s1.try_ssl\" ,0);\n"
        "user_pref(\"mail.smtpserver.s2.hostname\", \"smtp.g.example\");\n"
        "user_pref(\"mail.smtpserver.s2.username\", \"bob\");\n"
        "user_pref(\"mail.smtpserver.s2.authMethod\", 10);\n"
        "user_pref(\"mail.smtpserver.s2.try_ssl\", 3);\n"
        "user_pref(\"mail.smtpserver.s3.hostname\", \"relay.example\");\n"
        "user_pref(\"mail.smtpserver.s3.authMethod\", 1);\n"
        "user_pref(\"mail.smtpserver.s4.hostname\", \"other.example\");\n"
        "user_pref(\"mail.smtpserver.s4.username\", \"o\\\"n\\x65\");\n"
        "user_pref(\"mail.smtpserver.s4.try_ssl\", 2);\n"
        "user_pref(\"mail.smtp.defaultserver\", \"s1\");\n"
        "user_pref(\"mail.identity.id1.useremail\", \"a.smith@acme.example\");\n"
        "user_pref(\"mail.identity.id2.useremail\", \"x@other.example\");\n"
        "user_pref(\"mail.identity.id2.smtpServer\", \"s4\");\n"
        "user_pref(\"mail.identity.id3.useremail\", \"y@other.example\");\n"
        "user_pref(\"mail.identity.id3.smtpServer\", \"s4\");\n"
        "user_pref(\"unfinished";
    SECRET_OWNED struct secret *plain = answers(texts);
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read_profile(
        LOGINS(SMTP "," LOGIN("imap://imap.acme.example", "x") "," LOGIN(
            "oauth://accounts.google.com",
            "https://mail.google.com/") "," LOGIN("oauth://accounts.google.com",
                                                  "https://calendar") "," LOGIN("https://"
                                                                                "bank.example",
                                                                                "") "," SMTP
                                                                                    "," SMTP),
        prefs, plain, &l);
    assert_int_equal(l.passed, 2);
    assert_int_equal(l.count, 6);
    struct found *f = l.items;
    assert_string_equal(f->card.host, "smtp.acme.example");
    assert_string_equal(f->card.username, "ann@acme.example");
    assert_string_equal(f->card.from, "a.smith@acme.example");
    assert_int_equal(f->card.port, 2525);
    assert_int_equal(f->card.tls, TLS_NONE);
    assert_int_equal(f->card.rotated, 1700000000);
    assert_secret(f->secret, "p\303\244ss");
    assert_true(f->mail && !f->fault);
    f++; /* by OAuth2: without its token */
    assert_string_equal(f->card.host, "smtp.g.example");
    assert_int_equal(f->card.port, 465);
    assert_int_equal(f->card.kind, KIND_OAUTH2);
    assert_null(f->secret);
    assert_non_null(strstr(f->fault, "OAuth2"));
    f++;
    assert_string_equal(f->site, "bank.example");
    assert_false(f->mail);
    for (size_t i = 0; i < 2; i++) { /* either of the two was not decrypted */
        f++;
        assert_string_equal(f->fault, "no luck");
    }
    f++; /* its password was never kept */
    assert_string_equal(f->card.host, "other.example");
    assert_string_equal(f->card.username, "o\"ne");
    assert_int_equal(f->card.tls, TLS_STARTTLS);
    assert_null(f->card.from); /* two it might be */
    assert_null(f->secret);
}

/* Answers that end too early are none, and a text of its own is read without any. */
static void too_few_answers(void **state)
{
    (void)state;
    static const char *const texts[] = {"ann", "end"};
    SECRET_OWNED struct secret *plain = answers(texts);
    const struct secret *const given[] = {plain, NULL};
    for (size_t i = 0; i < 2; i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        must_read_profile(LOGINS(SMTP), NULL, given[i], &l);
        assert_int_equal(l.count, 1);
        assert_string_equal(l.items[0].fault, "no luck");
    }
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read("firefox", LOGINS(SMTP), &l);
    assert_string_equal(l.items[0].fault, "it is encrypted");
    must_refuse("thunderbird", "{\"nextId\":1}", "no \"logins\"");
    must_refuse("thunderbird", "{", "line 1");
}

/* What a wrong key left is no text. */
static void garbage_is_no_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"ann", "\377\376x", "end"};
    static const char *const right[] = {NULL, "x", "ann", "\303\244", "end"};
    SECRET_OWNED struct secret *plain = answers(texts), *good = answers(right);
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read_profile(LOGINS(SMTP), NULL, plain, &l);
    assert_string_equal(l.items[0].fault, "no luck");
    assert_null(l.items[0].secret);
    assert_false(mozilla_is_decrypted(plain));
    assert_true(mozilla_is_decrypted(good));
}

static void many_servers(void **state)
{
    (void)state;
    struct sv_err err = {""};
    char line[96], *prefs = calloc(MOZILLA_MAIL_MAX + 1, sizeof line);
    assert_non_null(prefs);
    for (int i = 0; i <= MOZILLA_MAIL_MAX; i++) {
        struct mozilla_mail mail = {.server_count = 0};
        snprintf(line, sizeof line, "user_pref(\"mail.smtpserver.s%d.hostname\", \"h%d\");\n", i,
                 i);
        strcat(prefs, line);
        if (i < MOZILLA_MAIL_MAX - 1)
            continue;
        enum sv_status s = mozilla_mail_read(&mail, prefs, strlen(prefs), &err);
        assert_int_equal(s, i < MOZILLA_MAIL_MAX ? SV_OK : SV_DATA);
        mozilla_mail_clear(&mail);
    }
    free(prefs);
}

/* ---- profiles.ini ---- */

static void must_choose(const char *ini, const char *path)
{
    struct sv_err err = {""};
    char *got = NULL;
    enum sv_status s = mozilla_default_profile("the file x", ini, strlen(ini), &got, &err);
    if (s != SV_OK || strcmp(got, path) != 0)
        fail_msg("%s: %s", s == SV_OK ? got : err.text, ini);
    sv_free(got);
}

static void must_not_choose(const char *ini, enum sv_status status, const char *says)
{
    struct sv_err err = {""};
    char *got = NULL;
    assert_int_equal(mozilla_default_profile("the file x", ini, strlen(ini), &got, &err), status);
    assert_null(got);
    assert_non_null(strstr(err.text, says));
}

#define TWO "[Profile0]\nPath=a\nIsRelative=1\n[Profile1]\nPath=/b c\n"
static void a_profile_is_chosen(void **state)
{
    (void)state;
    must_choose(TWO "Default=1\n", "/b c");
    must_choose(TWO "[Install1]\nDefault=a\nLocked=1\n", "a");
    must_choose("[Install1]\r\nDefault=a\r\n\r\n[Profile1]\r\nPath=b\r\nDefault=1\r\n", "a");
    must_choose(TWO "[Install1]\nDefault=a\n[Install2]\nDefault=a\n", "a");
    must_choose("[General]\nVersion=2\n[Profile0]\nPath=only", "only");
    must_not_choose(TWO, SV_USAGE, "(a, /b c)");
    must_not_choose(TWO "[Install1]\nDefault=a\n[Install2]\nDefault=/b c\n", SV_USAGE, "several");
    must_not_choose("[General]\nVersion=2\n", SV_DATA, "no profile");
    must_not_choose("", SV_DATA, "no profile");
}

static void a_folder_is_known(void **state)
{
    (void)state;
    static const char *const folders[][3] = {
        {"/x/.thunderbird/p", "key4.db\nMail\nlogins.json\n", "thunderbird"},
        {"/x/.mozilla/firefox/p", "key4.db\nlogins.json\n", "firefox"},
        {"/x/firefox-copy", "ImapMail\nlogins.json\n", "thunderbird"},
        {"/x/.mozilla/firefox", "abc.default\nprofiles.ini\n", "firefox"},
        {"/x/.thunderbird", "profiles.ini", "thunderbird"},
        {"/x/p", "key3.db\n", "thunderbird"},
        {"/x/p", "mylogins.json\nlogins.json.bak\n", NULL},
        {"/x/p", "", NULL},
    };
    for (size_t i = 0; i < COUNT(folders); i++) {
        const struct import_source *s =
            import_guess_folder(folders[i][0], folders[i][1], strlen(folders[i][1]), NULL);
        assert_int_equal(s == NULL, folders[i][2] == NULL);
        if (s)
            assert_string_equal(s->name, folders[i][2]);
    }
}

static void no_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {"ann@acme.example", "secret", "bob", "token", "end"};
    static const char prefs[] =
        "user_pref(\"mail.smtpserver.s1.hostname\", \"smtp.acme.example\");\n"
        "user_pref(\"mail.smtpserver.s1.username\", \"ann@acme.example\");\n"
        "user_pref(\"mail.smtp.defaultserver\", \"s1\");\n"
        "user_pref(\"mail.identity.id1.useremail\", \"a@acme.example\");\n"
        "user_pref(\"mail.smtpserver.s2.hostname\", \"smtp.other.example\");\n"
        "user_pref(\"mail.smtpserver.s2.username\", \"carl\");\n";
    SECRET_OWNED struct secret *plain = answers(texts);
    for (unsigned long nth = 1;; nth++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        BLOB_OWNED struct blob values = {0};
        SECRET_OWNED struct secret *logins = NULL;
        struct sv_err err = {""};
        char *path = NULL;
        size_t aes;
        static const char text[] = LOGINS(SMTP "," LOGIN("oauth://x", "mail"));
        assert_int_equal(secret_copy(&logins, text, strlen(text), NULL), SV_OK);
        sv_alloc_fail_at(nth);
        enum sv_status s = mozilla_values("x", logins, &values, &aes, &err);
        if (s == SV_OK)
            s = read_profile(text, prefs, plain, &l, &err);
        if (s == SV_OK)
            s = mozilla_default_profile("x", TWO "Default=1", strlen(TWO "Default=1"), &path, &err);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        sv_free(path);
        if (!failed) {
            assert_int_equal(s, SV_OK);
            assert_int_equal(l.count, 3);
            return;
        }
        /* What is only remembered to be faster may be forgotten. */
        assert_true(s == SV_OK ? l.count == 3 : err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken_out), cmocka_unit_test(logins_are_found),
        cmocka_unit_test(too_few_answers),      cmocka_unit_test(garbage_is_no_text),
        cmocka_unit_test(many_servers),         cmocka_unit_test(a_profile_is_chosen),
        cmocka_unit_test(a_folder_is_known),    cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
