/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "agent/renew.h"

static enum sv_status malformed(struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "what came about an access token is malformed");
}

enum sv_status renew_put_question(struct secret **out, uint32_t number,
                                  const struct oauth_grant *grant, struct sv_err *err)
{
    SECRET_OWNED struct secret *bytes = NULL, *message = NULL;
    uint8_t head[4];
    enum sv_status s = oauth_grant_encode(&bytes, grant, err);
    if (s == SV_OK)
        s = secret_new(&message, sizeof head + secret_len(bytes), err);
    le32_put(head, number);
    if (s == SV_OK)
        s = secret_append(message, head, sizeof head, err);
    if (s == SV_OK)
        s = secret_append(message, secret_peek(bytes), secret_len(bytes), err);
    if (s != SV_OK)
        return s;
    *out = message;
    message = NULL;
    return SV_OK;
}

enum sv_status renew_get_question(uint32_t *number, struct oauth_grant *grant,
                                  const struct secret *message, struct sv_err *err)
{
    SECRET_OWNED struct secret *bytes = NULL;
    struct buf_reader r = buf_reader_over(secret_peek(message), secret_len(message));
    *number = buf_get_u32(&r);
    if (r.bad)
        return malformed(err);
    enum sv_status s = secret_copy(&bytes, r.at, r.left, err);
    return s == SV_OK ? oauth_grant_decode(grant, bytes, err) : s;
}

void renew_answer_clear(struct renew_answer *answer)
{
    secret_free(answer->tokens.access);
    secret_free(answer->tokens.refresh);
    memset(answer, 0, sizeof *answer);
}

static void put_token(struct buf_writer *w, const struct secret *token)
{
    buf_put_block(w, token != NULL ? secret_peek(token) : NULL,
                  token != NULL ? secret_len(token) : 0);
}

enum sv_status renew_put_answer(struct secret **out, const struct renew_answer *answer,
                                struct sv_err *err)
{
    SECRET_OWNED struct secret *message = NULL;
    enum sv_status s = secret_new(&message, RENEW_MESSAGE_MAX, err);
    if (s != SV_OK)
        return s;
    struct buf_writer w = buf_writer_over(secret_poke(message), RENEW_MESSAGE_MAX);
    buf_put_u32(&w, answer->number);
    buf_put_u8(&w, (uint8_t)answer->end);
    buf_put_u64(&w, (uint64_t)answer->tokens.expires);
    buf_put_u64(&w, (uint64_t)answer->tokens.refresh_ends);
    put_token(&w, answer->tokens.access);
    put_token(&w, answer->tokens.refresh);
    buf_put_block(&w, answer->words.text, strlen(answer->words.text));
    if (w.full)
        return sv_fail(err, SV_DATA, "an access token is longer than the agent takes");
    secret_set_len(message, w.len);
    *out = message;
    message = NULL;
    return SV_OK;
}

static enum sv_status take_token(struct buf_reader *r, size_t limit, struct secret **out,
                                 struct sv_err *err)
{
    size_t len = 0;
    const uint8_t *at = buf_get_block(r, limit, &len);
    return at != NULL && len > 0 ? secret_copy(out, at, len, err) : SV_OK;
}

enum sv_status renew_get_answer(struct renew_answer *out, const struct secret *message,
                                struct sv_err *err)
{
    RENEW_ANSWER_OWNED struct renew_answer answer = {.number = 0};
    struct buf_reader r = buf_reader_over(secret_peek(message), secret_len(message));
    size_t len = 0;
    answer.number = out->number = buf_get_u32(&r);
    uint8_t end = buf_get_u8(&r);
    answer.tokens.expires = (int64_t)buf_get_u64(&r);
    answer.tokens.refresh_ends = (int64_t)buf_get_u64(&r);
    enum sv_status s = take_token(&r, PROFILE_SECRET_MAX, &answer.tokens.access, err);
    if (s == SV_OK)
        s = take_token(&r, OAUTH_TOKEN_MAX, &answer.tokens.refresh, err);
    if (s != SV_OK)
        return s;
    const uint8_t *words = buf_get_block(&r, SV_ERR_TEXT_MAX - 1, &len);
    if (!buf_reader_done(&r) || end > OAUTH_ANSWER_WRONG || answer.tokens.expires < 0 ||
        answer.tokens.refresh_ends < 0 || (len > 0 && memchr(words, '\0', len) != NULL))
        return malformed(err);
    answer.end = (enum oauth_end)end;
    if (len > 0)
        memcpy(answer.words.text, words, len);
    *out = answer;
    memset(&answer, 0, sizeof answer);
    return SV_OK;
}
