/* SPDX-License-Identifier: ISC */
/*
 * Logins by OAuth2 as bytes. Input: mode u8, then
 *   0: a grant, as a vault keeps it;
 *   1: what an agent asks the process that renews;
 *   2: what that answers.
 * Each has one encoding.
 */
#include "agent/renew.h"
#include "fuzz.h"

/* What is no secret and may be in a message: nothing, so all of it is hushed. */
static struct secret *given(const uint8_t *data, size_t size)
{
    fuzz_hush(data, size);
    return fuzz_secret(data, size);
}

static void take_grant(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *bytes = given(data, size), *again = NULL;
    OAUTH_GRANT_OWNED struct oauth_grant g = {0};
    struct sv_err err = {""};

    enum sv_status st = fuzz_told(oauth_grant_decode(&g, bytes, &err), &err);
    CHECK(st == SV_OK || st == SV_DATA);
    if (st != SV_OK)
        return;
    CHECK(oauth_grant_is(bytes) && oauth_grant_made(bytes) == g.made);
    CHECK(fuzz_told(oauth_check_secret(bytes, &err), &err) == SV_OK);
    CHECK(fuzz_told(oauth_grant_encode(&again, &g, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, data, size));
}

static void take_question(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *bytes = given(data, size), *again = NULL;
    OAUTH_GRANT_OWNED struct oauth_grant g = {0};
    struct sv_err err = {""};
    uint32_t number;

    if (fuzz_told(renew_get_question(&number, &g, bytes, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(renew_put_question(&again, number, &g, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, data, size));
}

static void take_answer(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *bytes = given(data, size), *again = NULL;
    RENEW_ANSWER_OWNED struct renew_answer answer = {.number = 0};
    struct sv_err err = {""};

    if (fuzz_told(renew_get_answer(&answer, bytes, &err), &err) != SV_OK)
        return;
    CHECK(answer.end <= OAUTH_ANSWER_WRONG && answer.tokens.expires >= 0 &&
          answer.tokens.refresh_ends >= 0);
    CHECK(fuzz_told(renew_put_answer(&again, &answer, &err), &err) == SV_OK);
    CHECK(fuzz_secret_is(again, data, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    switch (buf_get_u8(&in) % 3) {
    case 0:
        take_grant(in.at, in.left);
        break;
    case 1:
        take_question(in.at, in.left);
        break;
    default:
        take_answer(in.at, in.left);
    }
    return fuzz_end();
}
