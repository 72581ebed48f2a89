/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/identity.h"

static const struct argon2_cost cheapest = {
    .passes = ARGON2_MIN_PASSES, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};

/* frozen: secret key c0 ... df, salt 10 ... 2f, nonce 50 ... 67, passphrase "correct horse" */
static const char frozen_pk[] = "dc2cca31e8e43bbd91dff7e475cca3347eb478107d5bd765aba4ae4a30c35d44";
static const char line_bare[] =
    "smtpvault-identity-1 3CzKMejkO72R3_fkdcyjNH60eBB9W9dlq6SuSjDDXUT6Irew";
static const char line_comment[] =
    "smtpvault-identity-1 3CzKMejkO72R3_fkdcyjNH60eBB9W9dlq6SuSjDDXUSZ8FXq anna@laptop \303\274";
static const char frozen_file[] =
    "smtpvault-identity-1 3CzKMejkO72R3_fkdcyjNH60eBB9W9dlq6SuSjDDXUSZ8FXq anna@laptop \303\274\n"
    "smtpvault-identity-secret-1 "
    "AQEDAAAAAAABAAQAAAAQERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLwFQUVJTVFVWV1hZWltcXV5fYGFiY2Rl"
    "ZmeFMbEZ4o7lfkZENjxHIZht3FkEwIhn29AxVyVPn7DVckAcXHcHhWBUvvIfEt4SLN8s3HH3bI6JyNJTo94LI0r+OfM6"
    "yTMuYE5UYawH3sx1Ag==\n";
#define FILE_LEN (sizeof frozen_file - 1)

static enum sv_status parse(struct identity_public *out, const char *line, struct sv_err *err)
{
    return identity_parse(out, line, strlen(line), err);
}

static void assert_refused(const char *line, const char *words)
{
    struct identity_public out = {.comment = "untouched"};
    struct sv_err err = {0};
    assert_int_equal(parse(&out, line, &err), SV_DATA);
    assert_string_equal(out.comment, "untouched");
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

/* ---- the line ---- */

static void test_frozen_line(void **state)
{
    (void)state;
    const char *const lines[] = {line_bare, line_comment};
    const char *const comments[] = {"", "anna@laptop \303\274"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct identity_public out;
        char again[IDENTITY_LINE_MAX + 1];
        assert_int_equal(parse(&out, lines[i], NULL), SV_OK);
        assert_hex(out.pk, KEY_LEN, frozen_pk);
        assert_string_equal(out.comment, comments[i]);
        identity_line(again, &out);
        assert_string_equal(again, lines[i]);
    }
}

static void test_blanks_around(void **state)
{
    (void)state;
    struct identity_public out;
    char text[200];
    snprintf(text, sizeof text, " \t\n%s \r\n\n", line_comment);
    assert_int_equal(parse(&out, text, NULL), SV_OK);
    assert_string_equal(out.comment, "anna@laptop \303\274");
}

/* Every byte made every other: nothing but the line itself is taken. */
static void check_every_byte(const char *line)
{
    struct identity_public out;
    char text[200];
    size_t len = strlen(line);
    memcpy(text, line, len);
    for (size_t at = 0; at < len; at++) {
        for (unsigned c = 0; c < 256; c++) {
            text[at] = (char)c;
            enum sv_status status = identity_parse(&out, text, len, NULL);
            if (status != (text[at] == line[at] ? SV_OK : SV_DATA))
                fail_msg("byte %zu as %02x: status %d", at, c, status);
        }
        text[at] = line[at];
    }
}

static void test_every_wrong_character_is_found(void **state)
{
    (void)state;
    check_every_byte(line_bare);
    check_every_byte(line_comment);
}

static void test_every_cut_swap_and_doubling(void **state)
{
    (void)state;
    struct identity_public out;
    char text[200];
    size_t len = sizeof line_comment - 1;
    for (size_t at = 0; at < len; at++)
        assert_int_equal(identity_parse(&out, line_comment, at, NULL), SV_DATA);
    for (size_t at = 0; at < len; at++) {
        memcpy(text, line_comment, at + 1);
        memcpy(text + at + 1, line_comment + at, len - at);
        assert_int_equal(identity_parse(&out, text, len + 1, NULL), SV_DATA);
        memcpy(text, line_comment, at);
        memcpy(text + at, line_comment + at + 1, len - at - 1);
        assert_int_equal(identity_parse(&out, text, len - 1, NULL), SV_DATA);
        memcpy(text, line_comment, len);
        if (at + 1 < len && text[at] != text[at + 1]) {
            char c = text[at];
            text[at] = text[at + 1];
            text[at + 1] = c;
            assert_int_equal(identity_parse(&out, text, len, NULL), SV_DATA);
        }
    }
}

static void test_messages(void **state)
{
    (void)state;
    assert_refused("", "no identity line");
    assert_refused("ssh-ed25519 AAAA", "no identity line");
    assert_refused("smtpvault-identity-2 xx", "no identity line");
    assert_refused(frozen_file + strlen(line_comment) + 1, "which its owner gives to nobody");
    assert_refused(frozen_file, "more than one line");
    assert_refused("smtpvault-identity-1 3CzK", "checksum");
    assert_refused("smtpvault-identity-1 "
                   "3CzKMejkO72R3_fkdcyjNH60eBB9W9dlq6SuSjDDXUT6Irew  a",
                   "checksum");
}

/* What has no key in it, under a checksum that is right. */
static void test_no_usable_key(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        /* the frozen one, with the bit that X25519 leaves out */
        "dc2cca31e8e43bbd91dff7e475cca3347eb478107d5bd765aba4ae4a30c35dc4",
    };
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct identity_public low = {.comment = "low"};
        char line[IDENTITY_LINE_MAX + 1];
        (void)unhex(low.pk, sizeof low.pk, keys[i]);
        identity_line(line, &low);
        assert_refused(line, "no usable key");
    }
}

static void test_comments(void **state)
{
    (void)state;
    static const char full[] = "012345678901234567890123456789012345678901234567890123456789abcd";
    static const char longer[] =
        "012345678901234567890123456789012345678901234567890123456789abcde";
    static const char *const good[] = {"", "a", "Anna M\303\274ller <anna@example.com>", full};
    static const char *const bad[] = {" a",   "a ",   "a\nb",         "\033[2J",
                                      "\377", "a\tb", "\342\200\256", longer};
    for (size_t i = 0; i < COUNT(good); i++) {
        SECRET_OWNED struct secret *key = NULL;
        struct identity_public made, read;
        char line[IDENTITY_LINE_MAX + 1];
        assert_int_equal(identity_check_comment(good[i], NULL), SV_OK);
        assert_int_equal(identity_make(&key, &made, good[i], NULL), SV_OK);
        identity_line(line, &made);
        assert_int_equal(parse(&read, line, NULL), SV_OK);
        assert_string_equal(read.comment, good[i]);
        assert_memory_equal(read.pk, made.pk, KEY_LEN);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct sv_err err = {0};
        assert_int_equal(identity_check_comment(bad[i], &err), SV_USAGE);
        assert_true(err.text[0] != '\0');
    }
}

/* ---- the file ---- */

static enum sv_status open_file(const void *bytes, size_t len, const char *passphrase,
                                struct sv_err *err)
{
    SECRET_OWNED struct secret *word = secret_of(passphrase, strlen(passphrase));
    SECRET_OWNED struct secret *key = NULL;
    uint8_t want[KEY_LEN];
    enum sv_status status = identity_file_open(&key, bytes, len, word, err);
    count_up(want, sizeof want, 0xc0);
    if (status == SV_OK)
        assert_secret(key, want, sizeof want);
    else
        assert_null(key);
    return status;
}

static void test_frozen_file(void **state)
{
    (void)state;
    struct identity_public out;
    struct sv_err err = {0};
    assert_int_equal(identity_file_public(&out, (const uint8_t *)frozen_file, FILE_LEN, NULL),
                     SV_OK);
    assert_hex(out.pk, KEY_LEN, frozen_pk);
    assert_string_equal(out.comment, "anna@laptop \303\274");
    assert_int_equal(open_file(frozen_file, FILE_LEN, "correct horse", NULL), SV_OK);
    assert_int_equal(open_file(frozen_file, FILE_LEN, "correct horsf", &err), SV_DENIED);
    assert_non_null(strstr(err.text, "wrong passphrase for this identity"));
    assert_null(strstr(err.text, "horsf"));
}

static void test_file_round_trip(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *word = secret_of("w", 1), *key = NULL, *again = NULL;
    BLOB_OWNED struct blob a = {0}, b = {0};
    struct identity_public made, read;
    assert_int_equal(identity_make(&key, &made, "", NULL), SV_OK);
    assert_int_equal(identity_file_make(&a, key, &made, word, &cheapest, NULL), SV_OK);
    assert_int_equal(identity_file_make(&b, key, &made, word, &cheapest, NULL), SV_OK);
    assert_int_equal(a.len, b.len);
    assert_memory_not_equal(a.bytes, b.bytes, a.len);
    assert_int_equal(identity_file_public(&read, a.bytes, a.len, NULL), SV_OK);
    assert_memory_equal(read.pk, made.pk, KEY_LEN);
    assert_int_equal(identity_file_open(&again, a.bytes, a.len, word, NULL), SV_OK);
    assert_true(secret_equal(again, key));
}

/* Every bit: refused where it no longer parses, else as a wrong passphrase is, which costs
 * an Argon2id each; of those a sample, one bit of every 15th byte. */
static void test_every_byte_of_the_file(void **state)
{
    (void)state;
    uint8_t bytes[FILE_LEN];
    struct identity_public out;
    memcpy(bytes, frozen_file, FILE_LEN);
    for (size_t at = 0; at < FILE_LEN; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1u << bit);
            enum sv_status status = identity_file_public(&out, bytes, FILE_LEN, NULL);
            if (at < sizeof line_comment + strlen("smtpvault-identity-secret-1 "))
                assert_int_equal(status, SV_DATA);
            if (status == SV_OK && at % 15 == 3 && bit == at / 15 % 8)
                assert_int_equal(open_file(bytes, FILE_LEN, "correct horse", NULL), SV_DENIED);
            bytes[at] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t len = 0; len < FILE_LEN; len++)
        assert_int_equal(identity_file_public(&out, bytes, len, NULL), SV_DATA);
}

/* A cost below the floors or above the ceilings is refused before any memory is taken. */
static void test_cost_of_the_file(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "AQECAAAAAAABAAQAAAAQ", /* 2 passes */
        "AQEDAAAA//8AAAQAAAAQ", /* 65535 KiB */
        "AQEDAAAA/////wQAAAAQ", /* 4 TiB */
        "AQEDAAAAAAABAAAAAAAQ", /* no lane */
    };
    SECRET_OWNED struct secret *word = secret_of("w", 1), *key = NULL;
    static const struct argon2_cost weak = {.passes = 1, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    struct identity_public made;
    struct blob none = {0};
    for (size_t i = 0; i < COUNT(heads); i++) {
        char bytes[FILE_LEN + 1];
        memcpy(bytes, frozen_file, sizeof bytes);
        memcpy(bytes + sizeof line_comment + strlen("smtpvault-identity-secret-1 "), heads[i], 20);
        assert_int_equal(open_file(bytes, FILE_LEN, "correct horse", NULL), SV_DATA);
    }
    assert_int_equal(identity_make(&key, &made, "", NULL), SV_OK);
    assert_int_equal(identity_file_make(&none, key, &made, word, &weak, NULL), SV_DATA);
    assert_null(none.bytes);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    size_t live = secret_live();
    unsigned long n = 1, step = getenv("SMTPVAULT_TEST_SLOW") ? 7 : 1;
    for (bool failed = true; failed; n += step) {
        SECRET_OWNED struct secret *word = secret_of("w", 1), *key = NULL, *again = NULL;
        BLOB_OWNED struct blob file = {0};
        struct identity_public made;
        sv_alloc_fail_at(n);
        enum sv_status status = identity_make(&key, &made, "c", NULL);
        if (status == SV_OK)
            status = identity_file_make(&file, key, &made, word, &cheapest, NULL);
        if (status == SV_OK)
            status = identity_file_open(&again, file.bytes, file.len, word, NULL);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(status, failed ? SV_INTERNAL : SV_OK);
        assert_int_equal(again != NULL, !failed);
    }
    assert_int_equal(secret_live(), live);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_line),
        cmocka_unit_test(test_blanks_around),
        cmocka_unit_test(test_every_wrong_character_is_found),
        cmocka_unit_test(test_every_cut_swap_and_doubling),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_no_usable_key),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_frozen_file),
        cmocka_unit_test(test_file_round_trip),
        cmocka_unit_test(test_every_byte_of_the_file),
        cmocka_unit_test(test_cost_of_the_file),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
