/* SPDX-License-Identifier: ISC */
/* What password managers and browsers export, each as it writes it, and what breaks it. */
#include "import_support.h"

#include "base/alloc.h"

/* Each holds the same login, whatever else it knows. */
static const struct {
    const char *source, *text, *name, *tag;
    int64_t changed;
} samples[] = {
    {"bitwarden-csv",
     "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,"
     "login_totp\nWork,,login,Relay,,,0,smtp://"
     "smtp.acme.example:587,ann@acme.example,=p\xC3\xA4,\n",
     "Relay", "Work", 0},
    {"bitwarden-csv",
     "collections,type,name,notes,fields,login_uri,login_username,login_password,login_totp\n"
     "Work,login,Relay,,,smtp://smtp.acme.example:587,ann@acme.example,=p\xC3\xA4,\n",
     "Relay", "Work", 0},
    {"bitwarden-json",
     "{\"encrypted\":false,\"folders\":[{\"id\":\"f1\",\"name\":\"Work\"}],\"items\":[{\"id\":"
     "\"i\","
     "\"folderId\":\"f1\",\"type\":1,\"name\":\"Relay\",\"notes\":null,\"fields\":[],\"login\":{"
     "\"uris\":[{\"match\":null,\"uri\":\"https://acme.example\"},{\"uri\":\"smtp://"
     "smtp.acme.example:587\"}],\"username\":\"ann@acme.example\",\"password\":\"=p\\u00e4\","
     "\"passwordRevisionDate\":\"2024-01-02T03:04:05.678Z\"}}]}",
     "Relay", "Work", 1704164645},
    {"keepassxc-csv",
     "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\",\"Last "
     "Modified\",\"Created\"\n\"Passwords/Work\",\"Relay\",\"ann@acme.example\",\"=p\xC3\xA4\","
     "\"smtp://smtp.acme.example:587\",\"\",\"\",\"0\",\"2024-01-02T03:04:05Z\",\"2020-01-02T03:"
     "04:05Z\"\n",
     "Relay", "Work", 1704164645},
    {"1password-csv",
     "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n"
     "Relay,smtp://smtp.acme.example:587,ann@acme.example,=p\xC3\xA4,,false,false,Work,\n",
     "Relay", "Work", 0},
    {"1password-csv",
     "title,notes,username,password,url\n"
     "Relay,,ann@acme.example,=p\xC3\xA4,smtp://smtp.acme.example:587\n",
     "Relay", NULL, 0},
    {"firefox-csv",
     "\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\",\"timeCreated\""
     ",\"timeLastUsed\",\"timePasswordChanged\"\n\"https://smtp.acme.example\",\"ann@acme."
     "example\",\"=p\xC3\xA4\",,\"\",\"{1}\",\"1600000000000\",\"1700000000000\","
     "\"1704164645000\"\n",
     "ann@acme.example", NULL, 1704164645},
    {"thunderbird-csv",
     "\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\",\"timeCreated\""
     ",\"timeLastUsed\",\"timePasswordChanged\"\n\"smtp://smtp.acme.example\",\"ann@acme.example\","
     "\"=p\xC3\xA4\",\"smtp://smtp.acme.example\",,\"{1}\",\"1\",\"2\",\"1704164645000\"\n",
     "ann@acme.example", NULL, 1704164645},
    {"chrome-csv",
     "name,url,username,password,note\n"
     "Relay,smtp://smtp.acme.example:587,ann@acme.example,=p\xC3\xA4,\n",
     "Relay", NULL, 0},
    {"lastpass-csv",
     "url,username,password,totp,extra,name,grouping,fav\n"
     "smtp://smtp.acme.example:587,ann@acme.example,=p\xC3\xA4,,,Relay,Work,0\n",
     "Relay", "Work", 0},
    {"nordpass-csv",
     "name,url,username,password,note,cardholdername,cardnumber,cvc,expirydate,zipcode,folder,type"
     "\nRelay,smtp://smtp.acme.example:587,ann@acme.example,=p\xC3\xA4,,,,,,,Work,password\n",
     "Relay", "Work", 0},
    {"dashlane-csv",
     "username,username2,username3,title,password,note,url,category,otpSecret\n"
     "ann@acme.example,,,Relay,=p\xC3\xA4,,smtp://smtp.acme.example:587,Work,\n",
     "Relay", "Work", 0},
    {"proton-csv",
     "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault\n"
     "login,Relay,\"smtp://smtp.acme.example:587, https://x\",,ann@acme.example,=p\xC3\xA4,,,1,2,"
     "Work\n",
     "Relay", "Work", 0},
    {"smtpvault",
     "{\"schema\":1,\"profiles\":[{\"name\":\"Relay\",\"host\":\"smtp.acme.example\",\"port\":587,"
     "\"tls\":\"starttls\",\"auth\":\"auto\",\"username\":\"ann@acme.example\",\"from\":null,"
     "\"tags\":[\"Work\"],\"rotation\":{\"last\":\"2024-01-02T03:04:05Z\"},\"password\":\"="
     "p\xC3\xA4"
     "\"}]}",
     "Relay", "Work", 1704164645},
    {"netrc", "machine smtp.acme.example port 587\nlogin ann@acme.example\npassword =p\xC3\xA4\n",
     "ann@acme.example", NULL, 0},
};

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        const struct import_source *s =
            import_guess(NULL, samples[i].text, strlen(samples[i].text), NULL);
        if (!s || strcmp(s->name, samples[i].source) != 0)
            fail_msg("%s %zu was taken for %s", samples[i].source, i, s ? s->name : "nothing");
        must_read(samples[i].source, samples[i].text, &l);
        assert_int_equal(l.count, 1);
        const struct profile *c = &l.items[0].card;
        if (l.items[0].fault)
            fail_msg("%s: %s", samples[i].source, l.items[0].fault);
        assert_true(l.items[0].mail);
        assert_string_equal(c->name, samples[i].name);
        assert_string_equal(c->host, "smtp.acme.example");
        assert_int_equal(c->port, 587);
        assert_int_equal(c->tls, TLS_STARTTLS);
        assert_string_equal(c->username, "ann@acme.example");
        assert_int_equal(c->rotated, samples[i].changed);
        assert_secret(l.items[0].secret, "=p\xC3\xA4");
        assert_int_equal(c->tag_count, samples[i].tag ? 1 : 0);
        if (samples[i].tag)
            assert_string_equal(c->tags[0], samples[i].tag);
    }
}

/* Whatever is cut off: a refusal, or the logins that were whole. */
static void test_half_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++)
        for (size_t len = 0; len < strlen(samples[i].text); len++) {
            FOUND_LIST_OWNED struct found_list l = {0};
            struct sv_err err = {""};
            enum sv_status s = read_bytes(samples[i].source, samples[i].text, len, &l, &err);
            assert_true(s == SV_OK || s == SV_DATA);
            assert_true((s == SV_OK) == (err.text[0] == '\0'));
        }
}

static void test_bitwarden_json(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read("bitwarden-json",
              "{\"encrypted\": false,\n\"items\": [\n"
              "{\"type\": 2, \"name\": \"a note\", \"secureNote\": {}},\n"
              "{\"name\": \"gone\", \"deletedDate\": \"2024-01-01T00:00:00Z\", \"login\": {}},\n"
              "{\"name\": \"Mail\", \"creationDate\": \"2024-01-02T03:04:05Z\", \"notes\": \"n\","
              " \"fields\": [{\"name\": \"SMTP-Server\", \"value\": \"out.acme.example\"},"
              " {\"name\": \"Port\", \"value\": 465}, {\"name\": \"Encryption\", \"value\":"
              " \"SSL/TLS\"}, {\"name\": \"PIN\", \"value\": \"1234\"}, {}, 7],"
              " \"login\": {\"username\": \"ann\", \"password\": \"a\\\"b\\\\\\n\"}},\n"
              "{\"name\": \"Web\", \"login\": {\"uris\": null, \"username\": null}}]}",
              &l);
    assert_int_equal(l.passed, 2);
    assert_int_equal(l.count, 2);
    const struct found *f = l.items;
    assert_int_equal(f->line, 5);
    assert_string_equal(f->card.host, "out.acme.example");
    assert_int_equal(f->card.port, 465);
    assert_int_equal(f->card.tls, TLS_IMPLICIT);
    assert_int_equal(f->card.rotated, 1704164645);
    assert_non_null(f->fault); /* a line feed in it */
    assert_string_equal(f->card.note, "n");
    assert_false(f[1].mail);
    must_refuse("bitwarden-json", "{\"encrypted\":true,\"data\":\"2.x\"}", "as \".json\"");
    must_refuse("bitwarden-json", "{\"encrypted\":false}", "no \"items\"");
    must_refuse("bitwarden-json", "[", "line 1");
}

static void test_own(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read(
        "smtpvault",
        "{\"schema\":1,\"profiles\":[{\"name\":\"a\",\"host\":\"h.example\",\"port\":465,"
        "\"tls\":\"implicit\",\"auth\":\"plain\",\"username\":\"u\",\"from\":\"a@b.example\","
        "\"password_command\":[\"smtpvault\",\"get\",\"a\"]},{\"name\":\"b\",\"tls\":\"x\"}]}",
        &l);
    assert_int_equal(l.count, 2);
    assert_null(l.items[0].secret);
    assert_non_null(l.items[0].asks);
    assert_int_equal(l.items[0].card.auth, AUTH_PLAIN);
    assert_non_null(strstr(l.items[1].fault, "no TLS mode"));
    must_refuse("smtpvault", "{\"schema\":2,\"profiles\":[]}", "export --to json");
}

#define KEEPASS(inside)                                                                      \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<KeePassFile><Meta><RecycleBinUUID>bin==</" \
    "RecycleBinUUID></Meta><Root><Group><UUID>a</UUID><Name>Passwords</Name>" inside         \
    "</Group></Root></KeePassFile>"
#define STRING(key, value) "<String><Key>" key "</Key><Value>" value "</Value></String>"
#define TIMES(modified) "<Times><LastModificationTime>" modified "</LastModificationTime>"

static void test_keepass(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read(
        "keepassxc-xml",
        KEEPASS(
            "<Group><Name>Work &amp; more</Name><!-- x --><Entry>" TIMES("2024-03-01T00:00:00Z") "<"
                                                                                                 "E"
                                                                                                 "x"
                                                                                                 "p"
                                                                                                 "i"
                                                                                                 "r"
                                                                                                 "e"
                                                                                                 "s"
                                                                                                 ">"
                                                                                                 "T"
                                                                                                 "r"
                                                                                                 "u"
                                                                                                 "e"
                                                                                                 "<"
                                                                                                 "/"
                                                                                                 "E"
                                                                                                 "x"
                                                                                                 "p"
                                                                                                 "i"
                                                                                                 "r"
                                                                                                 "e"
                                                                                                 "s"
                                                                                                 ">"
                                                                                                 "<"
                                                                                                 "E"
                                                                                                 "x"
                                                                                                 "p"
                                                                                                 "i"
                                                                                                 "r"
                                                                                                 "y"
                                                                                                 "T"
                                                                                                 "i"
                                                                                                 "m"
                                                                                                 "e"
                                                                                                 ">"
                                                                                                 "2"
                                                                                                 "0"
                                                                                                 "2"
                                                                                                 "4"
                                                                                                 "-"
                                                                                                 "0"
                                                                                                 "5"
                                                                                                 "-"
                                                                                                 "0"
                                                                                                 "1"
                                                                                                 "T"
                                                                                                 "0"
                                                                                                 "0"
                                                                                                 ":"
                                                                                                 "0"
                                                                                                 "0"
                                                                                                 ":"
                                                                                                 "0"
                                                                                                 "0"
                                                                                                 "Z"
                                                                                                 "<"
                                                                                                 "/"
                                                                                                 "E"
                                                                                                 "x"
                                                                                                 "p"
                                                                                                 "i"
                                                                                                 "r"
                                                                                                 "y"
                                                                                                 "T"
                                                                                                 "i"
                                                                                                 "m"
                                                                                                 "e"
                                                                                                 ">"
                                                                                                 "<"
                                                                                                 "/"
                                                                                                 "T"
                                                                                                 "i"
                                                                                                 "m"
                                                                                                 "e"
                                                                                                 "s"
                                                                                                 ">" STRING(
                                                                                                     "Title",
                                                                                                     "Relay")
                                                                                                     STRING(
                                                                                                         "UserName",
                                                                                                         "ann")
                                                                                                         STRING(
                                                                                                             "URL",
                                                                                                             "smtps://smtp.acme.example")
                                                                                                             STRING(
                                                                                                                 "Passwor"
                                                                                                                 "d",
                                                                                                                 "a&lt;b<!"
                                                                                                                 "[CDATA[&"
                                                                                                                 "c]]>&#"
                                                                                                                 "x41;&#"
                                                                                                                 "228;") STRING("Sender", "ann@acme.example") "<History><"
                                                                                                                                                              "Entry>" TIMES("2024-"
                                                                                                                                                                             "01-"
                                                                                                                                                                             "01T00:"
                                                                                                                                                                             "00:"
                                                                                                                                                                             "00Z") "</Times>" STRING("Password", "older") "</Entry><Entry>" TIMES("2024-02-01T00:00:00Z") "</Times>" STRING("Password", "a&lt;b&amp;"
                                                                                                                                                                                                                                                                                                         "cA\xC3\xA4") "</"
                                                                                                                                                                                                                                                                                                                       "Ent"
                                                                                                                                                                                                                                                                                                                       "ry>"
                                                                                                                                                                                                                                                                                                                       "</"
                                                                                                                                                                                                                                                                                                                       "His"
                                                                                                                                                                                                                                                                                                                       "tor"
                                                                                                                                                                                                                                                                                                                       "y><"
                                                                                                                                                                                                                                                                                                                       "/En"
                                                                                                                                                                                                                                                                                                                       "try"
                                                                                                                                                                                                                                                                                                                       "></"
                                                                                                                                                                                                                                                                                                                       "Gro"
                                                                                                                                                                                                                                                                                                                       "up>"
                                                                                                                                                                                                                                                                                                                       "<Gr"
                                                                                                                                                                                                                                                                                                                       "oup"
                                                                                                                                                                                                                                                                                                                       "><"
                                                                                                                                                                                                                                                                                                                       "UUI"
                                                                                                                                                                                                                                                                                                                       "D>"
                                                                                                                                                                                                                                                                                                                       "bin"
                                                                                                                                                                                                                                                                                                                       "==<"
                                                                                                                                                                                                                                                                                                                       "/UU"
                                                                                                                                                                                                                                                                                                                       "ID>"
                                                                                                                                                                                                                                                                                                                       "<Na"
                                                                                                                                                                                                                                                                                                                       "me>"
                                                                                                                                                                                                                                                                                                                       "Bin"
                                                                                                                                                                                                                                                                                                                       "</"
                                                                                                                                                                                                                                                                                                                       "Nam"
                                                                                                                                                                                                                                                                                                                       "e><"
                                                                                                                                                                                                                                                                                                                       "Ent"
                                                                                                                                                                                                                                                                                                                       "ry"
                                                                                                                                                                                                                                                                                                                       ">" STRING("Title", "gone") "</Entry></Group><Entry>" STRING(
                                                                                                                                                                                                                                                                                                                           "Title",
                                                                                                                                                                                                                                                                                                                           "Top") "</Entry>"),
        &l);
    assert_int_equal(l.count, 2);
    assert_int_equal(l.passed, 1);
    const struct found *f = l.items;
    assert_string_equal(f->card.name, "Relay");
    assert_string_equal(f->card.tags[0], "Work & more");
    assert_string_equal(f->card.from, "ann@acme.example");
    assert_int_equal(f->card.port, 465);
    assert_secret(f->secret, "a<b&cA\xC3\xA4");
    assert_int_equal(f->card.rotated, 1706745600); /* since the first of February */
    assert_int_equal(f->card.rotate_days, 90);
    assert_int_equal(f->line, 2);
    assert_int_equal(f[1].card.tag_count, 0);
}

static void test_keepass_binary_time(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read(
        "keepassxc-xml",
        KEEPASS("<Entry>" TIMES("JXQl3Q4AAAA=") "</Times>" STRING("Password", "x") "</Entry>"), &l);
    assert_int_equal(l.items[0].card.rotated, 1704164645);
}

static void test_bad_xml(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "no element"},
        {"<a/>", "KeePassFile"},
        {"<KeePassFile>", "half written"},
        {"<KeePassFile><a></b></KeePassFile>", "not open"},
        {"<KeePassFile></KeePassFile><x/>", "behind the end"},
        {"<KeePassFile>&nope;</KeePassFile>", "entity"},
        {"<KeePassFile>&#0;</KeePassFile>", "entity"},
        {"<KeePassFile>&#xD800;</KeePassFile>", "entity"},
        {"<KeePassFile>&#99999999999;</KeePassFile>", "entity"},
        {"<KeePassFile a></KeePassFile>", "no value"},
        {"<KeePassFile a=b></KeePassFile>", "no quotes"},
        {"<KeePassFile a=\"b></KeePassFile>", "no end"},
        {"<KeePassFile><!-- x </KeePassFile>", "comment"},
        {"<KeePassFile><![CDATA[ x</KeePassFile>", "CDATA"},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]><KeePassFile/>", "DOCTYPE"},
        {"text<KeePassFile/>", "outside"},
        {KEEPASS("<Entry><String><Key>Password</Key><Value Protected=\"True\">eA==</Value>"
                 "</String></Entry>"),
         "encrypted"},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        must_refuse("keepassxc-xml", bad[i][0], bad[i][1]);
}

/* Ten thousand levels are refused before they cost a stack. */
static void test_deep(void **state)
{
    (void)state;
    static const struct {
        const char *source, *before, *word;
    } rows[] = {
        {"bitwarden-json", "", "["},
        {"bitwarden-json", "", "{\"a\":"},
        {"smtpvault", "{\"profiles\":", "["},
        {"keepassxc-xml", "<KeePassFile><Root>", "<Group>"},
        {"keepassxc-xml", "<KeePassFile><Root><Group>", "<a>"},
        {"keepassxc-xml", "<KeePassFile><Root><Group>", "<Entry><History>"},
        {"autoconfig", "<clientConfig>", "<outgoingServer>"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = repeated(rows[i].before, rows[i].word, 10000, "");
        must_refuse(rows[i].source, text, "nests too deep");
        free(text);
    }
}

static void test_autoconfig(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read("autoconfig",
              "<clientConfig version=\"1.1\"><emailProvider id=\"acme.example\">"
              "<incomingServer type=\"imap\"><hostname>imap.acme.example</hostname>"
              "</incomingServer><outgoingServer type=\"smtp\"><hostname>smtp.acme.example"
              "</hostname><port>465</port><socketType>SSL</socketType>"
              "<username>%EMAILADDRESS%</username><authentication>password-cleartext"
              "</authentication></outgoingServer></emailProvider></clientConfig>",
              &l);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.items[0].card.host, "smtp.acme.example");
    assert_int_equal(l.items[0].card.tls, TLS_IMPLICIT);
    assert_int_equal(l.items[0].card.auth, AUTH_AUTO);
    assert_null(l.items[0].card.username);
    assert_null(l.items[0].secret);
}

static void must_read_entry(const char *entry, const char *text, struct found_list *out)
{
    SECRET_OWNED struct secret *s = NULL;
    struct sv_err err = {""};
    assert_int_equal(secret_copy(&s, text, strlen(text), &err), SV_OK);
    if (import_take_entry(import_source_find("pass"), entry, &s, out, &err) != SV_OK)
        fail_msg("%s", err.text);
}

static void test_pass(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    must_read_entry("mail/smtp.acme.example/ann", "se cret \nno key here\nPort : 465\n", &l);
    must_read_entry("a/b", "x\r\nsmtps://u:ignored@out.acme.example:2465/\r\n", &l);
    must_read_entry("a/b@c.example", "", &l);
    must_read_entry("x", "y\n---\nuser: 'two words'\nserver: \"smtp.x.example\"\nurl: \"\n", &l);
    assert_int_equal(found_judge(&l, &err), SV_OK);
    assert_int_equal(l.count, 4);
    const struct found *f = l.items;
    assert_string_equal(f->card.name, "mail/smtp.acme.example/ann");
    assert_string_equal(f->card.username, "ann");
    assert_string_equal(f->card.host, "smtp.acme.example");
    assert_int_equal(f->card.tls, TLS_IMPLICIT);
    assert_null(f->card.note);
    assert_secret(f->secret, "se cret ");
    f++;
    assert_secret(f->secret, "x");
    assert_string_equal(f->card.username, "u");
    assert_int_equal(f->card.port, 2465);
    f++;
    assert_null(f->secret);
    assert_string_equal(f->card.username, "b@c.example");
    assert_false(f->mail);
    f++;
    assert_string_equal(f->card.username, "two words");
    assert_string_equal(f->card.host, "smtp.x.example");
    assert_true(import_entry_is_mail("a/smtp.x.example"));
    assert_true(import_entry_is_mail("misc/ann@gmx.net"));
    assert_true(import_entry_is_mail("sendgrid"));
    assert_false(import_entry_is_mail("web/bank.example/ann"));
    assert_string_equal(import_guess_folder("/home/x/.password-store/", "", 0, NULL)->name, "pass");
}

static void test_csv_edges(void **state)
{
    (void)state;
    FOUND_LIST_OWNED struct found_list l = {0};
    /* Columns in another order, more of them, CR alone, a short row, a BOM. */
    must_read("chrome-csv",
              "\xEF\xBB\xBFpassword,\"url\",NAME,x,username\r\"@SUM(1,2)\",smtp://h.example,a,,u\r"
              "\r\"+1\"\"\",smtp://h.example,b\r",
              &l);
    assert_int_equal(l.count, 2);
    assert_secret(l.items[0].secret, "@SUM(1,2)");
    assert_secret(l.items[1].secret, "+1\"");
    assert_int_equal(l.items[1].line, 4);
    assert_null(l.items[1].card.username);
    char *wide = repeated("name,url,username,password", ",x", 200, "\n");
    must_refuse("chrome-csv", wide, "columns");
    free(wide);
    must_refuse("chrome-csv", "name,url,username,password\na,b,c,\"d", "half written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),        cmocka_unit_test(test_half_written),
        cmocka_unit_test(test_bitwarden_json), cmocka_unit_test(test_own),
        cmocka_unit_test(test_keepass),        cmocka_unit_test(test_keepass_binary_time),
        cmocka_unit_test(test_bad_xml),        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_autoconfig),     cmocka_unit_test(test_csv_edges),
        cmocka_unit_test(test_pass),
    };
    return cmocka_run_group_tests_name("import_managers", tests, NULL, no_secret_left);
}
