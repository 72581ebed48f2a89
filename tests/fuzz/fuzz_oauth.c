/* SPDX-License-Identifier: ISC */
/*
 * What an endpoint of OAuth2 answers. Input: a byte, bit 0 says token or device endpoint, the
 * rest chooses the status; a word, the content type; then the body. What is granted makes
 * sense, each end has its status, and no message repeats what was asked with.
 */
#include "base/text.h"
#include "fuzz.h"
#include "smtp/oauth_answer.h"

#define NOW 1800000000

static const char grant[] = "refresh-token-0123456789";

static void check_token(const struct secret *token, char least)
{
    CHECK(secret_len(token) > 0 && secret_len(token) <= OAUTH_TOKEN_MAX);
    for (size_t i = 0; i < secret_len(token); i++)
        CHECK(secret_peek(token)[i] >= least && secret_peek(token)[i] <= '~');
}

static void check_end(enum sv_status status, enum oauth_end end)
{
    static const enum sv_status of[] = {
        [OAUTH_DENIED] = SV_DENIED,           [OAUTH_EXPIRED] = SV_DENIED,
        [OAUTH_INVALID_GRANT] = SV_DENIED,    [OAUTH_CLIENT_WRONG] = SV_CONFIG,
        [OAUTH_UNREACHABLE] = SV_UNREACHABLE, [OAUTH_ANSWER_WRONG] = SV_DATA};
    CHECK((unsigned)end <= OAUTH_ANSWER_WRONG);
    if (end == OAUTH_GRANTED || end == OAUTH_PENDING || end == OAUTH_SLOW_DOWN)
        CHECK(status == SV_OK);
    else
        CHECK(status == of[end]);
}

static void take_tokens(const struct https_answer *answer, const struct oauth_asked *asked)
{
    OAUTH_TOKENS_OWNED struct oauth_tokens t = {.access = NULL};
    struct sv_err err = {""};
    enum oauth_end end = OAUTH_GRANTED;
    enum sv_status status = fuzz_told(oauth_answer_tokens(answer, asked, &t, &end, &err), &err);
    check_end(status, end);
    CHECK((end == OAUTH_GRANTED) == (t.access != NULL));
    CHECK(end != OAUTH_INVALID_GRANT || (answer->status >= 400 && answer->status < 429));
    if (t.access == NULL)
        return;
    check_token(t.access, '!');
    if (t.refresh != NULL)
        check_token(t.refresh, ' ');
    CHECK(t.expires > NOW && t.expires <= NOW + OAUTH_SECONDS_MAX);
    CHECK(!text_has_control(t.scope, strlen(t.scope)));
}

static void take_device(const struct https_answer *answer, const struct oauth_asked *asked)
{
    OAUTH_DEVICE_OWNED struct oauth_device d = {.code = NULL};
    struct https_place place;
    struct sv_err err = {""};
    enum oauth_end end = OAUTH_GRANTED;
    enum sv_status status = fuzz_told(oauth_answer_device(answer, asked, &d, &end, &err), &err);
    CHECK(end != OAUTH_GRANTED && end != OAUTH_SLOW_DOWN);
    check_end(status, end);
    CHECK((end == OAUTH_PENDING) == (d.code != NULL));
    if (d.code == NULL)
        return;
    check_token(d.code, ' ');
    CHECK(d.user_code[0] != '\0' && !text_has_control(d.user_code, strlen(d.user_code)));
    CHECK(https_url_split(d.url, &place));
    CHECK(d.url_with_code[0] == '\0' || https_url_split(d.url_with_code, &place));
    CHECK(d.expires > NOW && d.expires <= NOW + 86400 && d.interval >= 1 && d.interval <= 300);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 400, 401, 403, 429, 500, 307, 201};
    struct buf_reader in = buf_reader_over(data, size);
    fuzz_begin();
    uint8_t mode = buf_get_u8(&in);
    struct https_answer answer = {.status = statuses[(mode >> 1) % 8]};
    FUZZ_OWNED char *type = fuzz_word(&in);
    text_printable(answer.content_type, sizeof answer.content_type, type, strlen(type));
    size_t len;
    const uint8_t *body = fuzz_rest(&in, &len);
    answer.body = fuzz_secret(body, len);
    struct secret *asked_with = fuzz_secret(grant, sizeof grant - 1);
    fuzz_hush(grant, sizeof grant - 1);
    const struct oauth_asked asked = {.host = "example.org", .grant = asked_with, .now = NOW};
    if ((mode & 1) == 0)
        take_tokens(&answer, &asked);
    else
        take_device(&answer, &asked);
    secret_free(asked_with);
    https_answer_clear(&answer);
    return fuzz_end();
}
