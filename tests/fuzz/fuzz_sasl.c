/* SPDX-License-Identifier: ISC */
/*
 * A login's exchange with a server of any kind. Input: the mechanism, whether the user name
 * is one that must be escaped, then the challenges as they come over the line, a word each.
 * A response is base64; the exchange ends; SCRAM is complete only by the server's proof,
 * which nobody guesses.
 */
#include "fuzz.h"
#include "smtp/sasl.h"

#define STEPS 8

static const char password[] = "correct horse";

static void check_response(const struct secret *response)
{
    const uint8_t *bytes = secret_peek(response);
    size_t len = secret_len(response);
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789+/=";

    CHECK(len % 4 == 0);
    for (size_t i = 0; i < len; i++)
        CHECK(bytes[i] != '\0' && strchr(alphabet, bytes[i]) != NULL);
}

static void exchange(struct sasl *sasl, struct buf_reader *in, bool scram)
{
    struct sv_err err = {""};
    enum sv_status status = SV_OK;
    size_t steps = 0;

    if (sasl_begins(sasl)) {
        SECRET_OWNED struct secret *first = NULL;
        CHECK(fuzz_told(sasl_answer(sasl, "", &first, &err), &err) == SV_OK);
        check_response(first);
    }
    while (status == SV_OK && steps < STEPS && in->left > 0) {
        SECRET_OWNED struct secret *response = NULL;
        FUZZ_OWNED char *challenge = fuzz_word(in);
        err.text[0] = '\0';
        status = fuzz_told(sasl_answer(sasl, challenge, &response, &err), &err);
        CHECK((response != NULL) == (status == SV_OK));
        CHECK(status == SV_OK || status == SV_DATA);
        if (response != NULL)
            check_response(response);
        steps++;
    }
    CHECK(steps < STEPS); /* no mechanism has that many */
    CHECK(!scram || !sasl_complete(sasl));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const mechanisms[] = {"PLAIN",   "LOGIN",       "CRAM-MD5", "SCRAM-SHA-256",
                                             "XOAUTH2", "OAUTHBEARER", "CRAM-MD5", "SCRAM-SHA-256"};
    struct buf_reader in = buf_reader_over(data, size);
    struct sv_err err = {""};

    fuzz_begin();
    fuzz_hush(password, sizeof password - 1);
    uint8_t mode = buf_get_u8(&in);
    const char *name = mechanisms[mode & 7];
    const struct sasl_who who = {.username = (mode & 8) != 0 ? "a=b,c" : "ann@example.com",
                                 .host = "mail.example.com",
                                 .port = 587,
                                 .nonce = "rOprNGfwEbeRWgbNEkqO"};
    SECRET_OWNED struct secret *secret = fuzz_secret(password, sizeof password - 1);
    {
        SASL_OWNED struct sasl *sasl = NULL;
        CHECK(fuzz_told(sasl_new(&sasl, name, &who, secret, &err), &err) == SV_OK);
        exchange(sasl, &in, strcmp(name, "SCRAM-SHA-256") == 0);
    }
    secret_free(secret);
    secret = NULL;
    return fuzz_end();
}
