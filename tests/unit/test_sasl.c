/* SPDX-License-Identifier: ISC */
/* Logins without a network: the vectors of the RFCs, and servers that break the rules. */
#include "support.h"

#include <sodium.h>

#include "base/alloc.h"
#include "smtp/sasl.h"

static struct secret *secret_of(const char *text)
{
    struct secret *secret = NULL;
    assert_int_equal(secret_copy(&secret, text, strlen(text), NULL), SV_OK);
    return secret;
}

static const char *base64(char *dst, size_t capacity, const char *text)
{
    return sodium_bin2base64(dst, capacity, (const unsigned char *)text, strlen(text),
                             sodium_base64_VARIANT_ORIGINAL);
}

/* One step: the challenge and the response in clear. */
static enum sv_status step(struct sasl *sasl, const char *challenge, char *response,
                           size_t capacity, size_t *len)
{
    char encoded[8192], said[16384];
    SECRET_OWNED struct secret *answer = NULL;
    enum sv_status status =
        sasl_answer(sasl, base64(encoded, sizeof(encoded), challenge), &answer, NULL);
    if (status != SV_OK)
        return status;
    memcpy(said, secret_peek(answer), secret_len(answer));
    said[secret_len(answer)] = '\0';
    assert_int_equal(sodium_base642bin((unsigned char *)response, capacity - 1, said, strlen(said),
                                       NULL, len, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    response[*len] = '\0';
    return SV_OK;
}

static struct sasl *begin(const char *mechanism, const struct sasl_who *who,
                          const struct secret *secret)
{
    struct sasl *sasl = NULL;
    assert_int_equal(sasl_new(&sasl, mechanism, who, secret, NULL), SV_OK);
    return sasl;
}

static void assert_says(struct sasl *sasl, const char *challenge, const char *response)
{
    char said[512];
    size_t len = 0;
    assert_int_equal(step(sasl, challenge, said, sizeof(said), &len), SV_OK);
    assert_int_equal(len, strlen(response));
    assert_string_equal(said, response);
}

static void mechanism_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *offered, *wanted;
        bool token;
        const char *choice;
    } rows[] = {
        {"PLAIN LOGIN", "", false, "PLAIN"},
        {"LOGIN PLAIN", "", false, "PLAIN"},
        {"LOGIN", "", false, "LOGIN"},
        {"login plain", "", false, "PLAIN"},
        {"CRAM-MD5 DIGEST-MD5 NTLM GSSAPI EXTERNAL", "", false, NULL},
        {"XOAUTH2", "", false, NULL},
        {"SCRAM-SHA-256", "", false, NULL},
        {"SCRAM-SHA-256-PLUS", "AUTH=SCRAM-SHA-256", false, NULL},
        {"PLAIN SCRAM-SHA-256", "AUTH=SCRAM-SHA-256", false, "SCRAM-SHA-256"},
        {"PLAIN CRAM-MD5", "AUTH=CRAM-MD5", false, "CRAM-MD5"},
        {"PLAIN LOGIN", "AUTH=LOGIN;AUTH=PLAIN", false, "LOGIN"},
        {"PLAIN LOGIN", "AUTH=CRAM-MD5", false, NULL},
        {"PLAIN XOAUTH2 OAUTHBEARER", "", true, "OAUTHBEARER"},
        {"PLAIN XOAUTH2", "", true, "XOAUTH2"},
        {"PLAIN", "", true, NULL},
        {"PLAIN XOAUTH2 OAUTHBEARER", "AUTH=XOAUTH2", true, "XOAUTH2"},
        {"", "", false, NULL},
        {"   ", "AUTH=PLAIN", false, NULL},
        {"EXTERNAL", "AUTH=EXTERNAL", false, NULL},
        {"PLAIN", "PLAIN", false, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *choice = sasl_choose(rows[i].offered, rows[i].wanted, rows[i].token);
        if ((choice == NULL) != (rows[i].choice == NULL) ||
            (choice != NULL && strcmp(choice, rows[i].choice) != 0))
            fail_msg("%s, %s: %s", rows[i].offered, rows[i].wanted, choice ? choice : "none");
    }
}

static void plain_is_rfc_4616(void **state)
{
    (void)state;
    const struct sasl_who who = {.username = "tim"};
    SECRET_OWNED struct secret *secret = secret_of("tanstaaftanstaaf");
    SASL_OWNED struct sasl *sasl = begin("PLAIN", &who, secret);
    char said[64];
    size_t len = 0;
    assert_true(sasl_begins(sasl));
    assert_false(sasl_complete(sasl));
    assert_int_equal(step(sasl, "", said, sizeof(said), &len), SV_OK);
    assert_int_equal(len, 21);
    assert_memory_equal(said, "\0tim\0tanstaaftanstaaf", 21);
    assert_true(sasl_complete(sasl));
    assert_int_equal(step(sasl, "more", said, sizeof(said), &len), SV_DATA);
}

static void login_is_two_answers(void **state)
{
    (void)state;
    const struct sasl_who who = {.username = "caf\xc3\xa9@example.org"};
    SECRET_OWNED struct secret *secret = secret_of("p\xc3\xa4ss");
    SASL_OWNED struct sasl *sasl = begin("LOGIN", &who, secret);
    assert_false(sasl_begins(sasl));
    assert_says(sasl, "Username:", "caf\xc3\xa9@example.org");
    assert_false(sasl_complete(sasl));
    assert_says(sasl, "whatever it calls it", "p\xc3\xa4ss");
    assert_true(sasl_complete(sasl));
    char said[64];
    size_t len = 0;
    assert_int_equal(step(sasl, "PIN:", said, sizeof(said), &len), SV_DATA);
}

static void cram_md5_is_rfc_2195(void **state)
{
    (void)state;
    const struct sasl_who who = {.username = "tim"};
    SECRET_OWNED struct secret *secret = secret_of("tanstaaftanstaaf");
    SASL_OWNED struct sasl *sasl = begin("CRAM-MD5", &who, secret);
    assert_false(sasl_begins(sasl));
    assert_says(sasl, "<1896.697170952@postoffice.reston.mci.net>",
                "tim b913a602c7eda7a495b4e6e7334d3890");
    assert_true(sasl_complete(sasl));
    SASL_OWNED struct sasl *other = begin("CRAM-MD5", &who, secret);
    char said[64];
    size_t len = 0;
    assert_int_equal(step(other, "", said, sizeof(said), &len), SV_DATA);
    assert_false(sasl_complete(other));
}

/* ---- SCRAM: RFC 7677 section 3 ---- */

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define SERVER_FIRST                                                        \
    "r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==," \
    "i=4096"
#define SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static struct sasl *begin_scram(const struct secret *secret)
{
    static const struct sasl_who who = {.username = "user", .nonce = NONCE};
    struct sasl *sasl = begin("SCRAM-SHA-256", &who, secret);
    assert_true(sasl_begins(sasl));
    assert_says(sasl, "", "n,,n=user,r=" NONCE);
    return sasl;
}

static void scram_is_rfc_7677(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *secret = secret_of("pencil");
    SASL_OWNED struct sasl *sasl = begin_scram(secret);
    assert_says(sasl, SERVER_FIRST,
                "c=biws,r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    assert_false(sasl_complete(sasl)); /* the server has shown nothing yet */
    assert_says(sasl, SERVER_FINAL, "");
    assert_true(sasl_complete(sasl));
    char said[64];
    size_t len = 0;
    assert_int_equal(step(sasl, SERVER_FINAL, said, sizeof(said), &len), SV_DATA);
}

static void scram_takes_no_false_server(void **state)
{
    (void)state;
    static const char *const firsts[] = {
        "",
        "r=another%nonce,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", /* adds nothing of its own */
        "r=" NONCE "x,s=,i=4096",
        "r=" NONCE "x,s=***,i=4096",
        "r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
        "r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000",
        "r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999999999",
        "r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-4096",
        "r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==",
        "m=future,r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    };
    static const char *const finals[] = {
        "",       "v=",
        "v=AAAA", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=",
        "ok",     "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=AAAA"};
    SECRET_OWNED struct secret *secret = secret_of("pencil");
    char said[512];
    size_t len = 0;
    for (size_t i = 0; i < COUNT(firsts); i++) {
        SASL_OWNED struct sasl *sasl = begin_scram(secret);
        if (step(sasl, firsts[i], said, sizeof(said), &len) != SV_DATA)
            fail_msg("%s", firsts[i]);
    }
    for (size_t i = 0; i < COUNT(finals); i++) {
        SASL_OWNED struct sasl *sasl = begin_scram(secret);
        assert_int_equal(step(sasl, SERVER_FIRST, said, sizeof(said), &len), SV_OK);
        if (step(sasl, finals[i], said, sizeof(said), &len) != SV_DATA || sasl_complete(sasl))
            fail_msg("%s", finals[i]);
    }
    /* A reason is answered, and is no proof. */
    SASL_OWNED struct sasl *sasl = begin_scram(secret);
    assert_int_equal(step(sasl, SERVER_FIRST, said, sizeof(said), &len), SV_OK);
    assert_says(sasl, "e=invalid-proof", "");
    assert_false(sasl_complete(sasl));
}

static void scram_names_and_nonces(void **state)
{
    (void)state;
    const struct sasl_who who = {.username = "a=b,c"};
    SECRET_OWNED struct secret *secret = secret_of("pencil");
    char one[512], other[512];
    size_t len = 0;
    SASL_OWNED struct sasl *a = begin("SCRAM-SHA-256", &who, secret);
    SASL_OWNED struct sasl *b = begin("SCRAM-SHA-256", &who, secret);
    assert_int_equal(step(a, "", one, sizeof(one), &len), SV_OK);
    assert_int_equal(step(b, "", other, sizeof(other), &len), SV_OK);
    assert_memory_equal(one, "n,,n=a=3Db=2Cc,r=", 17);
    assert_int_equal(len, 17 + 24);
    assert_string_not_equal(one, other);
}

/* ---- tokens ---- */

static void xoauth2_ends_a_refusal_by_an_empty_line(void **state)
{
    (void)state;
    const struct sasl_who who = {.username = "me@example.org"};
    SECRET_OWNED struct secret *secret = secret_of("ya29.token");
    SASL_OWNED struct sasl *sasl = begin("XOAUTH2", &who, secret);
    assert_says(sasl, "", "user=me@example.org\001auth=Bearer ya29.token\001\001");
    assert_true(sasl_complete(sasl));
    assert_says(sasl, "{\"status\":\"400\"}", "");
    assert_false(sasl_complete(sasl)); /* a yes after the no is none */
    char said[64];
    size_t len = 0;
    assert_int_equal(step(sasl, "{}", said, sizeof(said), &len), SV_DATA);
}

static void oauthbearer_is_rfc_7628(void **state)
{
    (void)state;
    const struct sasl_who who = {
        .username = "user@example.com", .host = "server.example.com", .port = 143};
    SECRET_OWNED struct secret *secret = secret_of("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
    SASL_OWNED struct sasl *sasl = begin("OAUTHBEARER", &who, secret);
    assert_says(sasl, "",
                "n,a=user@example.com,\001host=server.example.com\001port=143\001"
                "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\001\001");
    assert_says(sasl, "{\"status\":\"invalid_token\"}", "\001");
    assert_false(sasl_complete(sasl));
}

/* ---- limits ---- */

static void challenges_have_limits(void **state)
{
    (void)state;
    const struct sasl_who who = {.username = "tim"};
    SECRET_OWNED struct secret *secret = secret_of("tanstaaf"), *answer = NULL;
    SASL_OWNED struct sasl *sasl = begin("LOGIN", &who, secret);
    assert_int_equal(sasl_answer(sasl, "no base64!", &answer, NULL), SV_DATA);
    assert_int_equal(sasl_answer(sasl, "A", &answer, NULL), SV_DATA);
    static char large[12289];
    memset(large, 'A', sizeof(large) - 1);
    assert_int_equal(sasl_answer(sasl, large, &answer, NULL), SV_DATA);
    assert_null(answer);
    assert_int_equal(sasl_new(&sasl, "NTLM", &who, secret, NULL), SV_USAGE);
}

static void largest_secret_fits(void **state)
{
    (void)state;
    static const char *const mechanisms[] = {"PLAIN", "XOAUTH2", "OAUTHBEARER"};
    char user[520], host[256];
    memset(user, ',', sizeof(user)); /* three bytes each, where names are escaped */
    memset(host, 'h', sizeof(host));
    user[sizeof(user) - 1] = host[sizeof(host) - 1] = '\0';
    const struct sasl_who who = {.username = user, .host = host, .port = 65535};
    SECRET_OWNED struct secret *secret = NULL;
    assert_int_equal(secret_new(&secret, 8192, NULL), SV_OK);
    secret_set_len(secret, 8192);
    for (size_t i = 0; i < COUNT(mechanisms); i++) {
        SECRET_OWNED struct secret *answer = NULL;
        SASL_OWNED struct sasl *sasl = begin(mechanisms[i], &who, secret);
        assert_int_equal(sasl_answer(sasl, "", &answer, NULL), SV_OK);
    }
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static const struct sasl_who who = {.username = "user", .nonce = NONCE};
    SECRET_OWNED struct secret *secret = secret_of("pencil");
    size_t live = secret_live();
    for (unsigned long n = 1;; n++) {
        struct sasl *sasl = NULL;
        SECRET_OWNED struct secret *first = NULL, *final = NULL;
        char challenge[512];
        base64(challenge, sizeof(challenge), SERVER_FIRST);
        sv_alloc_fail_at(n);
        enum sv_status status = sasl_new(&sasl, "SCRAM-SHA-256", &who, secret, NULL);
        if (status == SV_OK)
            status = sasl_answer(sasl, "", &first, NULL);
        if (status == SV_OK)
            status = sasl_answer(sasl, challenge, &final, NULL);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        sasl_free(sasl);
        assert_int_equal(status == SV_OK, !failed);
        if (!failed) {
            assert_true(n > 5);
            break;
        }
    }
    assert_int_equal(secret_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mechanism_is_chosen),
        cmocka_unit_test(plain_is_rfc_4616),
        cmocka_unit_test(login_is_two_answers),
        cmocka_unit_test(cram_md5_is_rfc_2195),
        cmocka_unit_test(scram_is_rfc_7677),
        cmocka_unit_test(scram_takes_no_false_server),
        cmocka_unit_test(scram_names_and_nonces),
        cmocka_unit_test(xoauth2_ends_a_refusal_by_an_empty_line),
        cmocka_unit_test(oauthbearer_is_rfc_7628),
        cmocka_unit_test(challenges_have_limits),
        cmocka_unit_test(largest_secret_fits),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
