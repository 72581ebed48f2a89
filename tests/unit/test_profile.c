/* SPDX-License-Identifier: ISC */
/* profile: the door (what a person may write), the words, the card. */
#include "support.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/sink.h"
#include "domain/profile.h"

static enum sv_status set(struct profile *p, const char *key, const char *value, struct sv_err *err)
{
    const struct field *f = profile_field(key);
    assert_non_null(f);
    return profile_set(p, f, value, err);
}

/* The value is refused with SV_USAGE, and the message has `words` in it. */
static void refused(const char *key, const char *value, const char *words)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err err = {{0}};
    enum sv_status status = set(&p, key, value, &err);
    if (status != SV_USAGE || !strstr(err.text, words))
        fail_msg("%s=\"%s\": status %d, \"%s\" lacks \"%s\"", key, value, status, err.text, words);
}

static void taken(const char *key, const char *value, const char *shown)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err err = {{0}};
    if (set(&p, key, value, &err) != SV_OK)
        fail_msg("%s=\"%s\" is refused: %s", key, value, err.text);
    SINK_OWNED struct sink *out = sink_new(true);
    profile_put_field(out, &p, profile_field(key));
    SECRET_OWNED struct secret *text = NULL;
    assert_int_equal(sink_to_secret(out, &text, &err), SV_OK);
    assert_int_equal(secret_len(text), strlen(shown));
    assert_memory_equal(secret_peek(text), shown, strlen(shown));
}

static char *repeat(char c, size_t n)
{
    static char text[8192];
    assert_true(n < sizeof text);
    memset(text, c, n);
    text[n] = '\0';
    return text;
}

static void test_port(void **state)
{
    (void)state;
    taken("port", "1", "1");
    taken("port", "587", "587");
    taken("port", "65535", "65535");
    static const char *const bad[] = {
        "0", "65536", "abc", "", "-1", "+5", " 25", "25 ", "0x19", "587.0", "99999999999999999999"};
    for (size_t i = 0; i < COUNT(bad); i++)
        refused("port", bad[i], "1 to 65535");
}

static void test_host(void **state)
{
    (void)state;
    static const char *const good[] = {
        "smtp.example.com", "localhost",        "a-b.c-d.example",
        "1and1.example",    "127.0.0.1",        "[::1]",
        "[2001:db8::25]",   "SMTP.Example.COM", "xn--bcher-kva.example"};
    for (size_t i = 0; i < COUNT(good); i++)
        taken("host", good[i], good[i]);
    taken("host", "", "");
    refused("host", "smtp example.com", "letters, digits, hyphens");
    refused("host", " smtp.example.com", "letters, digits, hyphens");
    refused("host", "smtp_x.example.com", "letters, digits, hyphens");
    refused("host", "smtp.example.com:587", "--port");
    refused("host", "smtps://smtp.example.com", "URL");
    refused("host", "ann@example.com", "address");
    refused("host", "<login>.example.com", "placeholder");
    refused("host",
            "b\xC3\xBC"
            "cher.example",
            "xn--");
    refused("host", "::1", "brackets: [::1]");
    refused("host", "[::g]", "IPv6");
    refused("host", "[::1", "IPv6");
    refused("host", "[]", "IPv6");
    refused("host", ".example.com", "empty part");
    refused("host", "smtp..example.com", "empty part");
    refused("host", "smtp.example.com.", "empty part");
    refused("host", "-a.example.com", "hyphen");
    refused("host", "a-.example.com", "hyphen");
    refused("host", "256.1.1.1", "IPv4");
    refused("host", "1.2.3", "IPv4");
    refused("host", "12345", "IPv4");
    refused("host", "smtp\nexample", "control");
    refused("host", "smtp\x80", "UTF-8");
    taken("host", repeat('a', 63), repeat('a', 63));
    refused("host", repeat('a', 64), "longer than 63");
    refused("host", repeat('a', 254), "253");
}

static void test_from(void **state)
{
    (void)state;
    taken("from", "ann@example.com", "ann@example.com");
    taken("from", "ann+tag@sub.example.com", "ann+tag@sub.example.com");
    taken("from", "j\xC3\xB6rg@example.com", "j\xC3\xB6rg@example.com");
    refused("from", "ann@[127.0.0.1]", "not one address");
    static const char *const shapeless[] = {"ann", "@example.com", "ann@", "a@b@example.com"};
    for (size_t i = 0; i < COUNT(shapeless); i++)
        refused("from", shapeless[i], "name@domain");
    refused("from", "Ann <ann@example.com>", "angle brackets");
    refused("from", "ann b@example.com", "not one address");
    refused("from", "a,b@example.com", "not one address");
    refused("from", "ann@ex ample.com", "not one address");
    refused("from", "ann@b\xC3\xBC.example", "xn--");
    refused("from", "ann@example..com", "empty part");
    refused("from", "ann\r@example.com", "control");
    char *local = repeat('l', 75);
    memcpy(local + 65, "@x.example", 10);
    refused("from", local, "64");
}

static void test_texts(void **state)
{
    (void)state;
    taken("username", "ann", "ann");
    taken("username", "DOMAIN\\ann", "DOMAIN\\ann");
    taken("username", "\"'$`", "\"'$`");
    refused("username", "ann\n", "control");
    refused("username", "an\x1B[31m", "control");
    refused("username",
            "a\xE2\x80\xAE"
            "b",
            "control");
    refused("username", "\xC0\xAF", "UTF-8");
    taken("username", repeat('u', 512), repeat('u', 512));
    refused("username", repeat('u', 513), "512");
    taken("note", "two\nlines\tand a tab", "two\nlines\tand a tab");
    refused("note", "a\rb", "control");
    refused("note", "a\n\x1B", "control");
    taken("note", repeat('n', 4096), repeat('n', 4096));
    refused("note", repeat('n', 4097), "4096");
    taken("ca-file", "/etc/ssl/our ca.pem", "/etc/ssl/our ca.pem");
    taken("ca-file", "", "");
    refused("ca-file", "ca.pem", "\"ca.pem\" is not an absolute path");
    refused("ca-file", "/etc/\nca.pem", "control");
    refused("ca-file", "/etc/\xFF", "UTF-8");
    taken("ca-file", repeat('/', 1024), repeat('/', 1024));
    refused("ca-file", repeat('/', 1025), "1024");
    taken("name", "team/mail \xC3\xA9", "team/mail \xC3\xA9");
    refused("name", "", "empty");
    refused("name", " a", "blank");
    refused("name", "a ", "blank");
    refused("name", "a\tb", "control");
    refused("name", "\xFF", "UTF-8");
    refused("name", repeat('n', 129), "128");
    taken("name", repeat('n', 128), repeat('n', 128));
}

static void test_words(void **state)
{
    (void)state;
    taken("tls", "STARTTLS", "starttls");
    taken("tls", "implicit", "implicit");
    taken("tls", "none", "none");
    refused("tls", "ssl", "465");
    refused("tls", "", "implicit");
    static const char *const auth[] = {"auto",          "plain",   "login",      "cram-md5",
                                       "scram-sha-256", "xoauth2", "oauthbearer"};
    for (size_t i = 0; i < COUNT(auth); i++)
        taken("auth", auth[i], auth[i]);
    refused("auth", "digest-md5", "oauthbearer");
    refused("auth", "plai", "plain");
    static const char *const kinds[] = {"password", "app-password", "api-key", "oauth2",
                                        "iam-secret"};
    for (size_t i = 0; i < COUNT(kinds); i++)
        taken("kind", kinds[i], kinds[i]);
    refused("kind", "key", "api-key");
    taken("provider", "Google", "gmail");
    refused("provider", "gmial", "\"gmail\"");
    refused("provider", "no-such-provider-at-all", "--host");
    assert_string_equal(profile_tls_word(TLS_UNSET), "");
    assert_string_equal(profile_auth_word((enum profile_auth)99), "");
    assert_null(profile_field("password"));
    refused("created", "2026-01-01", "kept by the vault");
    refused("version", "3", "kept by the vault");
}

static void test_rotate_every(void **state)
{
    (void)state;
    taken("rotate-every", "90d", "90d");
    taken("rotate-every", "45", "45d");
    taken("rotate-every", "2w", "14d");
    taken("rotate-every", "1y", "365d");
    taken("rotate-every", "24h", "1d");
    taken("rotate-every", "36500d", "36500d");
    static const char *const never[] = {"0", "none", "never", "Never", ""};
    for (size_t i = 0; i < COUNT(never); i++)
        taken("rotate-every", never[i], "");
    static const char *const bad[] = {"12h", "36h", "30m", "36501d", "-1d", "abc", "1.5d"};
    for (size_t i = 0; i < COUNT(bad); i++)
        refused("rotate-every", bad[i], "whole days");
}

static void test_dates(void **state)
{
    (void)state;
    const char *key = "client-secret-expires";
    taken(key, "2028-02-29T12:00:00Z", "2028-02-29T12:00:00Z");
    taken(key, "2028-02-29T01:30:00+02:00", "2028-02-28T23:30:00Z");
    taken(key, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z");
    taken(key, "1970-01-01T00:00:01Z", "1970-01-01T00:00:01Z");
    static const char *const never[] = {"0", "none", "never", "Never", ""};
    for (size_t i = 0; i < COUNT(never); i++)
        taken(key, never[i], "");
    static const char *const bad[] = {"2027-02-29", "2027-13-01", "yesterday",
                                      "-1d",        "9000y",      "1970-01-01T00:00:00Z",
                                      "1.5y",       "2027-6-1"};
    for (size_t i = 0; i < COUNT(bad); i++)
        refused(key, bad[i], "no day such as");
    /* A day begins where whoever says it is, on the day on which the clocks change, too. */
    assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
    taken(key, "2027-03-14", "2027-03-14T05:00:00Z");
    taken(key, "2027-03-15", "2027-03-15T04:00:00Z");
    taken(key, "2027-11-08", "2027-11-08T05:00:00Z");
    taken(key, "2028-02-29", "2028-02-29T05:00:00Z");
    assert_int_equal(unsetenv("TZ"), 0);
    refused("login-ends", "2027-01-01", "kept by the vault");
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err err = {{0}};
    int64_t now = env_now();
    assert_int_equal(set(&p, key, "2y", &err), SV_OK);
    assert_true(p.client_ends >= now + 730 * 86400 && p.client_ends <= env_now() + 730 * 86400);
}

static void test_tags(void **state)
{
    (void)state;
    taken("tags", "a,b", "a,b");
    taken("tags", "a,a", "a");
    taken("tags", "", "");
    refused("tags", "a,,b", "empty");
    refused("tags", "a, b", "blank");
    refused("tags", repeat('t', 65), "64");
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err err = {{0}};
    assert_int_equal(profile_add_tag(&p, "x,y", &err), SV_USAGE);
    for (int i = 0; i < PROFILE_TAGS_MAX; i++) {
        char tag[8];
        snprintf(tag, sizeof tag, "t%d", i);
        assert_int_equal(profile_add_tag(&p, tag, &err), SV_OK);
    }
    assert_int_equal(profile_add_tag(&p, "one-more", &err), SV_USAGE);
    assert_int_equal(profile_add_tag(&p, "t3", &err), SV_OK);
    assert_int_equal(p.tag_count, PROFILE_TAGS_MAX);
    assert_int_equal(set(&p, "tags", "bad,", &err), SV_OK);
    assert_int_equal(p.tag_count, 1);
    assert_int_equal(set(&p, "tags", "a,\x01", &err), SV_USAGE);
    assert_true(profile_has_tag(&p, "bad")); /* a refused value changes nothing */
}

static void test_whole(void **state)
{
    (void)state;
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err err = {{0}};
    assert_int_equal(set(&p, "name", "a", &err), SV_OK);
    assert_int_equal(profile_check(&p, false, &err), SV_USAGE);
    assert_non_null(strstr(err.text, "--host"));
    assert_int_equal(set(&p, "host", "smtp.example.com", &err), SV_OK);
    assert_int_equal(profile_check(&p, false, &err), SV_USAGE);
    assert_non_null(strstr(err.text, "--port"));
    p.port = 587;
    assert_int_equal(profile_check(&p, false, &err), SV_USAGE);
    assert_non_null(strstr(err.text, "--tls"));
    p.tls = TLS_NONE;
    assert_int_equal(profile_check(&p, false, &err), SV_USAGE);
    assert_non_null(strstr(err.text, "--insecure"));
    assert_int_equal(profile_check(&p, true, &err), SV_OK);
    p.tls = TLS_STARTTLS;
    assert_int_equal(profile_check(&p, false, &err), SV_OK);
    p.client_ends = 1;
    assert_int_equal(profile_check(&p, false, &err), SV_USAGE);
    assert_non_null(strstr(err.text, "--kind oauth2"));
    p.kind = KIND_OAUTH2;
    assert_int_equal(profile_check(&p, false, &err), SV_OK);
}

static enum sv_status check_secret(const void *bytes, size_t len)
{
    SECRET_OWNED struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, bytes, len, NULL), SV_OK);
    struct sv_err err = {{0}};
    enum sv_status status = profile_check_secret(s, &err);
    assert_true((status == SV_OK) == (err.text[0] == '\0'));
    return status;
}

static void test_secret(void **state)
{
    (void)state;
    assert_int_equal(check_secret("", 0), SV_DATA);
    assert_int_equal(check_secret("a", 1), SV_OK);
    assert_int_equal(check_secret("a\0b", 3), SV_DATA);
    assert_int_equal(check_secret("a\nb", 3), SV_DATA);
    assert_int_equal(check_secret("a\r", 2), SV_DATA);
    assert_int_equal(check_secret("\xFF\xFE", 2), SV_OK);
    char *large = calloc(1, PROFILE_SECRET_MAX + 1);
    assert_non_null(large);
    memset(large, 'x', PROFILE_SECRET_MAX + 1);
    assert_int_equal(check_secret(large, PROFILE_SECRET_MAX), SV_OK);
    assert_int_equal(check_secret(large, PROFILE_SECRET_MAX + 1), SV_DATA);
    free(large);
}

/* ---- the card ---- */

static void fill(struct profile *p)
{
    struct sv_err err = {{0}};
    for (size_t i = 0; i < sizeof p->uid; i++)
        p->uid[i] = (uint8_t)(0xA0 + i);
    static const char *const values[][2] = {{"name", "team/mail"},
                                            {"provider", "gmail"},
                                            {"host", "smtp.gmail.com"},
                                            {"port", "465"},
                                            {"tls", "implicit"},
                                            {"auth", "plain"},
                                            {"username", "ann@gmail.com"},
                                            {"from", "ann@gmail.com"},
                                            {"kind", "app-password"},
                                            {"tags", "work,eu"},
                                            {"note", "n"},
                                            {"rotate-every", "90d"}};
    for (size_t i = 0; i < COUNT(values); i++)
        assert_int_equal(set(p, values[i][0], values[i][1], &err), SV_OK);
    p->created = 1700000000;
    p->updated = 1700000001;
    p->rotated = 1700000002;
    p->version = 3;
}

/* Known bytes: what smtpvault-store(5) says, written by hand. */
static const uint8_t golden[] =
    "\xA0\xA1\xA2\xA3\xA4\xA5\xA6\xA7\xA8\xA9\xAA\xAB\xAC\xAD\xAE\xAF"
    "\x01\x09\0\0\0team/mail\x02\x05\0\0\0gmail\x03\x0E\0\0\0smtp.gmail.com"
    "\x04\x02\0\0\0\xD1\x01\x05\x01\0\0\0\x02\x06\x01\0\0\0\x01\x07\x0D\0\0\0ann@gmail.com"
    "\x08\x0D\0\0\0ann@gmail.com\x09\x01\0\0\0\x01\x0A\x04\0\0\0work\x0A\x02\0\0\0eu"
    "\x0B\x01\0\0\0n\x0C\x04\0\0\0\x5A\0\0\0\x0D\x08\0\0\0\x00\xF1\x53\x65\0\0\0\0"
    "\x0E\x08\0\0\0\x01\xF1\x53\x65\0\0\0\0\x0F\x08\0\0\0\x02\xF1\x53\x65\0\0\0\0"
    "\x10\x08\0\0\0\x03\0\0\0\0\0\0";
#define GOLDEN_LEN (sizeof golden) /* the literal's own NUL is the card's last byte */

static void test_card_golden(void **state)
{
    (void)state;
    PROFILE_OWNED struct profile p = {.name = NULL};
    fill(&p);
    struct sv_err err = {{0}};
    SECRET_OWNED struct secret *card = NULL;
    assert_int_equal(profile_encode(&card, &p, &err), SV_OK);
    assert_int_equal(secret_len(card), GOLDEN_LEN);
    assert_memory_equal(secret_peek(card), golden, GOLDEN_LEN);
    PROFILE_OWNED struct profile back = {.name = NULL};
    assert_int_equal(profile_decode(&back, golden, GOLDEN_LEN, &err), SV_OK);
    assert_memory_equal(back.uid, p.uid, sizeof p.uid);
    assert_string_equal(back.name, "team/mail");
    assert_string_equal(back.note, "n");
    assert_int_equal(back.port, 465);
    assert_int_equal(back.tls, TLS_IMPLICIT);
    assert_int_equal(back.kind, KIND_APP_PASSWORD);
    assert_int_equal(back.tag_count, 2);
    assert_string_equal(back.tags[1], "eu");
    assert_int_equal(back.rotate_days, 90);
    assert_true(back.rotated == 1700000002 && back.version == 3 && back.last_used == 0);
}

/* Behind all that was there before it, so that a card without it is the same as ever. */
static void test_card_ca_file(void **state)
{
    (void)state;
    static const uint8_t tail[] = "\x13\x0B\0\0\0/etc/ca.pem";
    uint8_t want[GOLDEN_LEN + sizeof tail - 1];
    memcpy(want, golden, GOLDEN_LEN);
    memcpy(want + GOLDEN_LEN, tail, sizeof tail - 1);
    PROFILE_OWNED struct profile p = {.name = NULL};
    PROFILE_OWNED struct profile copy = {.name = NULL};
    struct sv_err err = {{0}};
    fill(&p);
    assert_int_equal(set(&p, "ca-file", "/etc/ca.pem", &err), SV_OK);
    assert_int_equal(profile_copy(&copy, &p, &err), SV_OK);
    SECRET_OWNED struct secret *card = NULL;
    assert_int_equal(profile_encode(&card, &copy, &err), SV_OK);
    assert_int_equal(secret_len(card), sizeof want);
    assert_memory_equal(secret_peek(card), want, sizeof want);
    PROFILE_OWNED struct profile back = {.name = NULL};
    assert_int_equal(profile_decode(&back, want, sizeof want, &err), SV_OK);
    assert_string_equal(back.ca_file, "/etc/ca.pem");
    assert_int_equal(set(&back, "ca-file", "", &err), SV_OK);
    SECRET_OWNED struct secret *without = NULL;
    assert_int_equal(profile_encode(&without, &back, &err), SV_OK);
    assert_int_equal(secret_len(without), GOLDEN_LEN);
    assert_memory_equal(secret_peek(without), golden, GOLDEN_LEN);
}

/* A card of a uid, the name "a" and then these bytes is refused, for this reason. */
static void card_refused(const char *tail, size_t len, const char *words)
{
    uint8_t bytes[16 + 6 + 8192] = {0};
    memcpy(bytes + 16, "\x01\x01\0\0\0a", 6);
    memcpy(bytes + 22, tail, len);
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err err = {{0}};
    assert_int_equal(profile_decode(&p, bytes, 22, &err), SV_OK);
    profile_clear(&p);
    enum sv_status status = profile_decode(&p, bytes, 22 + len, &err);
    if (status != SV_DATA || !strstr(err.text, words))
        fail_msg("status %d, \"%s\" lacks \"%s\"", status, err.text, words);
}
#define CARD_REFUSED(tail, words) card_refused(tail, sizeof(tail) - 1, words)

/* Likewise, and the largest that there is. */
static void test_card_ends(void **state)
{
    (void)state;
    static const uint8_t tail[] = "\x12\x08\0\0\0\x03\0\0\0\0\0\0\0"
                                  "\x17\x08\0\0\0\x01\xF1\x53\x65\0\0\0\0"
                                  "\x18\x08\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"
                                  "\x19\x08\0\0\0\x02\0\0\0\0\0\0";
    uint8_t want[GOLDEN_LEN + sizeof tail];
    memcpy(want, golden, GOLDEN_LEN);
    memcpy(want + GOLDEN_LEN, tail, sizeof tail);
    PROFILE_OWNED struct profile back = {.name = NULL}, copy = {.name = NULL};
    struct sv_err err = {{0}};
    assert_int_equal(profile_decode(&back, want, sizeof want, &err), SV_OK);
    assert_true(back.authorized == 3 && back.client_ends == 1700000001 &&
                back.login_ends == INT64_MAX && back.login_told == 2);
    assert_int_equal(profile_copy(&copy, &back, &err), SV_OK);
    SECRET_OWNED struct secret *card = NULL;
    assert_int_equal(profile_encode(&card, &copy, &err), SV_OK);
    assert_int_equal(secret_len(card), sizeof want);
    assert_memory_equal(secret_peek(card), want, sizeof want);
    CARD_REFUSED("\x18\x08\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "login-ends");
    CARD_REFUSED("\x17\x04\0\0\0\x01\0\0\0", "client-secret-expires");
    CARD_REFUSED("\x17\x08\0\0\0\0\0\0\0\0\0\0\0", "client-secret-expires");
    CARD_REFUSED("\x18\x08\0\0\0\x01\0\0\0\0\0\0\0\x17\x08\0\0\0\x01\0\0\0\0\0\0\0", "order");
}

/* Cut anywhere, and with any one byte changed: refused, or a card that encodes
 * to exactly these bytes again. */
static void test_card_mutations(void **state)
{
    (void)state;
    uint8_t bytes[GOLDEN_LEN + 1];
    memcpy(bytes, golden, GOLDEN_LEN);
    bytes[GOLDEN_LEN] = 0;
    size_t refused_cuts = 0;
    for (size_t len = 0; len <= GOLDEN_LEN + 1; len++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        refused_cuts += profile_decode(&p, bytes, len, NULL) == SV_DATA;
    }
    assert_true(refused_cuts > GOLDEN_LEN - 17);
    for (size_t at = 0; at < GOLDEN_LEN; at++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(bytes, golden, GOLDEN_LEN);
            bytes[at] = (uint8_t)value;
            PROFILE_OWNED struct profile p = {.name = NULL};
            struct sv_err err = {{0}};
            enum sv_status status = profile_decode(&p, bytes, GOLDEN_LEN, &err);
            if (status == SV_DATA) {
                assert_true(err.text[0] != '\0' && p.name == NULL);
                continue;
            }
            assert_int_equal(status, SV_OK);
            SECRET_OWNED struct secret *again = NULL;
            assert_int_equal(profile_encode(&again, &p, &err), SV_OK);
            assert_int_equal(secret_len(again), GOLDEN_LEN);
            assert_memory_equal(secret_peek(again), bytes, GOLDEN_LEN);
        }
    }
}

static void test_card_refused(void **state)
{
    (void)state;
    CARD_REFUSED("\x1f\x01\0\0\0a", "tag 31");
    CARD_REFUSED("\x00\x01\0\0\0a", "tag 0");
    CARD_REFUSED("\x01\x01\0\0\0b", "twice");
    CARD_REFUSED("\x03\x01\0\0\0h\x02\x01\0\0\0p", "order");
    CARD_REFUSED("\x07\x00\0\0\0", "username");
    CARD_REFUSED("\x07\x02\0\0\0a\0", "username");
    CARD_REFUSED("\x07\x01\0\0\0\xFF", "username");
    CARD_REFUSED("\x07\x05\0\0\0abc", "cut short");
    CARD_REFUSED("\x07\xFF\xFF\xFF\xFF"
                 "a",
                 "cut short");
    CARD_REFUSED("\x04\x02\0\0\0\0\0", "port");
    CARD_REFUSED("\x04\x01\0\0\0\x19", "port");
    CARD_REFUSED("\x04\x03\0\0\0\x19\0\0", "port");
    CARD_REFUSED("\x05\x01\0\0\0\x04", "tls");
    CARD_REFUSED("\x06\x01\0\0\0\x00", "auth");
    CARD_REFUSED("\x06\x01\0\0\0\x07", "auth");
    CARD_REFUSED("\x09\x01\0\0\0\x05", "kind");
    CARD_REFUSED("\x0A\x01\0\0\0t\x0A\x01\0\0\0t", "one twice");
    CARD_REFUSED("\x13\x00\0\0\0", "ca-file");
    CARD_REFUSED("\x0D\x08\0\0\0\0\0\0\0\0\0\0\x80", "created");
    char many[64 * 7];
    for (size_t i = 0; i <= PROFILE_TAGS_MAX; i++)
        memcpy(many + i * 6, (char[]){0x0A, 1, 0, 0, 0, (char)('0' + i)}, 6);
    card_refused(many, (PROFILE_TAGS_MAX + 1) * 6, "too many tags");
    char long_user[5 + 513] = "\x07\x01\x02";
    memset(long_user + 5, 'u', 513);
    card_refused(long_user, sizeof long_user, "username");
    struct sv_err err = {{0}};
    PROFILE_OWNED struct profile p = {.name = NULL};
    assert_int_equal(profile_decode(&p, golden, 16, &err), SV_DATA);
    assert_non_null(strstr(err.text, "no name"));
}

static void test_card_not_encoded(void **state)
{
    (void)state;
    struct sv_err err = {{0}};
    struct secret *card = NULL;
    PROFILE_OWNED struct profile p = {.name = NULL};
    assert_int_equal(profile_encode(&card, &p, &err), SV_DATA);
    fill(&p);
    p.created = -1;
    assert_int_equal(profile_encode(&card, &p, &err), SV_DATA);
    p.created = 1;
    sv_free(p.host);
    p.host = sv_strdup(repeat('h', 254));
    assert_int_equal(profile_encode(&card, &p, &err), SV_DATA);
    assert_null(card);
}

/* The largest profile that the door lets in fits a card. */
static void test_card_largest(void **state)
{
    (void)state;
    PROFILE_OWNED struct profile p = {.created = 1, .updated = 1, .rotated = 1, .version = 1};
    fill(&p);
    struct sv_err err = {{0}};
    assert_int_equal(set(&p, "name", repeat('n', 128), &err), SV_OK);
    assert_int_equal(set(&p, "username", repeat('u', 512), &err), SV_OK);
    assert_int_equal(set(&p, "note", repeat('n', 4096), &err), SV_OK);
    assert_int_equal(set(&p, "ca-file", repeat('/', 1024), &err), SV_OK);
    for (int i = 0; p.tag_count < PROFILE_TAGS_MAX; i++) {
        char *tag = repeat('t', 64);
        tag[0] = (char)('A' + i);
        assert_int_equal(profile_add_tag(&p, tag, &err), SV_OK);
    }
    SECRET_OWNED struct secret *card = NULL;
    assert_int_equal(profile_encode(&card, &p, &err), SV_OK);
    PROFILE_OWNED struct profile back = {.name = NULL};
    assert_int_equal(profile_decode(&back, secret_peek(card), secret_len(card), &err), SV_OK);
    assert_int_equal(back.tag_count, PROFILE_TAGS_MAX);
}

/* ---- out of memory, at each allocation in turn ---- */

static enum sv_status journey(struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status status = profile_decode(&p, golden, GOLDEN_LEN, err);
    if (status != SV_OK)
        return status;
    PROFILE_OWNED struct profile copy = {.name = NULL};
    status = profile_copy(&copy, &p, err);
    if (status == SV_OK)
        status = set(&copy, "host", "smtp.example.com", err);
    if (status == SV_OK)
        status = set(&copy, "tags", "x,y,z", err);
    SECRET_OWNED struct secret *card = NULL;
    if (status == SV_OK)
        status = profile_encode(&card, &copy, err);
    if (status == SV_OK) {
        assert_string_equal(p.host, "smtp.gmail.com");
        assert_string_equal(copy.tags[2], "z");
        assert_int_equal(p.tag_count, 2);
    }
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    size_t live = secret_live();
    bool failed = true;
    for (unsigned long n = 1; failed; n++) {
        struct sv_err err = {{0}};
        sv_alloc_fail_at(n);
        enum sv_status status = journey(&err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (failed)
            assert_true(status != SV_OK && err.text[0] != '\0');
        else
            assert_int_equal(status, SV_OK);
        assert_int_equal(secret_live(), live);
        assert_true(n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port),         cmocka_unit_test(test_host),
        cmocka_unit_test(test_from),         cmocka_unit_test(test_texts),
        cmocka_unit_test(test_words),        cmocka_unit_test(test_rotate_every),
        cmocka_unit_test(test_dates),        cmocka_unit_test(test_card_ends),
        cmocka_unit_test(test_tags),         cmocka_unit_test(test_whole),
        cmocka_unit_test(test_secret),       cmocka_unit_test(test_card_golden),
        cmocka_unit_test(test_card_ca_file), cmocka_unit_test(test_card_mutations),
        cmocka_unit_test(test_card_refused), cmocka_unit_test(test_card_not_encoded),
        cmocka_unit_test(test_card_largest), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
