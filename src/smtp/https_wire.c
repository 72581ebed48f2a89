/* SPDX-License-Identifier: ISC */
#include "smtp/https_wire.h"

#include <string.h>

void https_order_clear(struct https_order *order)
{
    secret_free(order->body);
    order->body = NULL;
    order->request.body = NULL;
}

void https_answer_clear(struct https_answer *answer)
{
    secret_free(answer->body);
    answer->body = NULL;
}

static size_t len_of(const struct secret *secret)
{
    return secret == NULL ? 0 : secret_len(secret);
}

static void put_secret(struct buf_writer *w, const struct secret *secret)
{
    if (secret == NULL)
        buf_put_u32(w, 0);
    else
        buf_put_block(w, secret_peek(secret), secret_len(secret));
}

/* ---- request ---- */

static bool is_header_word(const char *text)
{
    return wire_is_printable(text) && strlen(text) < 128;
}

static enum sv_status check_request(const struct https_request *r, const char *content_type,
                                    enum sv_status status, struct sv_err *err)
{
    struct https_place place;
    if (!https_url_split(r->url, &place))
        return sv_fail(err, status,
                       "\"%.200s\" is not asked: an address begins with https:// (or with http:// "
                       "for this machine itself) and holds no user name and no #",
                       wire_is_printable(r->url) ? r->url : "(not printable)");
    if ((r->body == NULL) != (content_type == NULL) ||
        (content_type != NULL && !is_header_word(content_type)) || len_of(r->body) > HTTPS_BODY_MAX)
        return sv_fail(err, status, "a request to %s of more than %u bytes is not made", place.host,
                       HTTPS_BODY_MAX);
    if (r->total_ms == 0 || r->total_ms > HTTPS_TOTAL_MS_MAX || r->max == 0 ||
        r->max > HTTPS_ANSWER_MAX)
        return sv_fail(err, status, "the limits of a request to %s are out of bounds", place.host);
    return SV_OK;
}

enum sv_status https_put_request(struct secret **frame, const struct https_request *request,
                                 struct sv_err *err)
{
    struct https_request r = *request;
    r.total_ms = r.total_ms == 0 ? HTTPS_TOTAL_MS : r.total_ms;
    r.max = r.max == 0 ? HTTPS_ANSWER_MAX : r.max;
    enum sv_status status = check_request(&r, r.content_type, SV_USAGE, err);
    SECRET_OWNED struct secret *out = NULL;
    size_t room = 8192 + len_of(r.body);
    if (status == SV_OK)
        status = secret_new(&out, room, err);
    if (status != SV_OK)
        return status;

    struct buf_writer w = buf_writer_over(secret_poke(out), room);
    wire_begin(&w, WIRE_HTTPS);
    wire_put_text(&w, r.url);
    wire_put_text(&w, r.ca_file);
    buf_put_u32(&w, r.total_ms);
    buf_put_u32(&w, (uint32_t)r.max);
    buf_put_u8(&w, r.body != NULL ? 1 : 0);
    wire_put_text(&w, r.content_type != NULL ? r.content_type : "");
    put_secret(&w, r.body);
    if (w.full)
        return sv_fail(err, SV_USAGE, "the request to %.200s does not fit its frame", r.url);
    wire_end(&w, secret_poke(out));
    secret_set_len(out, w.len);
    *frame = out;
    out = NULL;
    return SV_OK;
}

enum sv_status https_get_request(const uint8_t *frame, size_t len, struct https_order *order,
                                 struct sv_err *err)
{
    if (len < WIRE_HEAD || wire_frame_len(frame, WIRE_HTTPS) != len)
        return sv_fail(err, SV_DATA, "the request is not one whole frame");
    HTTPS_ORDER_OWNED struct https_order o = {.body = NULL};
    struct buf_reader r = buf_reader_over(frame + WIRE_HEAD, len - WIRE_HEAD);
    wire_get_text(&r, o.request.url, sizeof(o.request.url));
    wire_get_text(&r, o.request.ca_file, sizeof(o.request.ca_file));
    o.request.total_ms = buf_get_u32(&r);
    o.request.max = buf_get_u32(&r);
    uint8_t posts = buf_get_u8(&r);
    wire_get_text(&r, o.content_type, sizeof(o.content_type));
    size_t size = 0;
    const uint8_t *bytes = buf_get_block(&r, HTTPS_BODY_MAX, &size);
    if (!buf_reader_done(&r) || posts > 1 || (posts == 0 && (size > 0 || o.content_type[0] != 0)))
        return sv_fail(err, SV_DATA, "the request over HTTPS is malformed");
    enum sv_status status = posts == 1 ? secret_copy(&o.body, bytes, size, err) : SV_OK;
    o.request.body = o.body;
    if (status == SV_OK)
        status = check_request(&o.request, posts == 1 ? o.content_type : NULL, SV_DATA, err);
    if (status != SV_OK)
        return status;
    *order = o;
    order->request.content_type = NULL; /* the order's own is meant */
    o.body = NULL;
    return SV_OK;
}

/* ---- answer ---- */

static enum sv_status check_said(const struct https_said *s, struct sv_err *err)
{
    bool worked = s->outcome == SV_OK;
    bool known = worked || s->outcome == SV_UNREACHABLE || s->outcome == SV_DATA ||
                 s->outcome == SV_USAGE || s->outcome == SV_MISSING;
    bool answer = !worked || (s->answer.status >= 200 && s->answer.status <= 599);
    bool nothing = worked || (s->answer.status == 0 && s->answer.content_type[0] == '\0' &&
                              len_of(s->answer.body) == 0);
    bool texts = wire_is_printable(s->words) && wire_is_printable(s->answer.content_type);
    if (!known || !answer || !nothing || !texts || (s->words[0] == '\0') != worked ||
        len_of(s->answer.body) > HTTPS_ANSWER_MAX)
        return sv_fail(err, SV_DATA,
                       "smtpvault-net gave an answer that makes no sense; "
                       "check that it is of the same version as smtpvault");
    return SV_OK;
}

enum sv_status https_put_answer(struct secret **frame, const struct https_said *said,
                                struct sv_err *err)
{
    SECRET_OWNED struct secret *out = NULL;
    size_t room = 1024 + len_of(said->answer.body);
    enum sv_status status = check_said(said, err);
    if (status == SV_OK)
        status = secret_new(&out, room, err);
    if (status != SV_OK)
        return status;
    struct buf_writer w = buf_writer_over(secret_poke(out), room);
    wire_begin(&w, WIRE_HTTPS_ANSWER);
    buf_put_u8(&w, (uint8_t)said->outcome);
    wire_put_text(&w, said->words);
    buf_put_u16(&w, (uint16_t)said->answer.status);
    wire_put_text(&w, said->answer.content_type);
    put_secret(&w, said->answer.body);
    if (w.full)
        return sv_fail(err, SV_INTERNAL, "an answer over HTTPS does not fit its frame");
    wire_end(&w, secret_poke(out));
    secret_set_len(out, w.len);
    *frame = out;
    out = NULL;
    return SV_OK;
}

enum sv_status https_get_answer(const uint8_t *frame, size_t len, struct https_said *said,
                                struct sv_err *err)
{
    if (len < WIRE_HEAD || wire_frame_len(frame, WIRE_HTTPS_ANSWER) != len)
        return sv_fail(err, SV_DATA, "smtpvault-net's answer is not one whole frame");
    struct https_said s = {.outcome = SV_OK};
    struct buf_reader r = buf_reader_over(frame + WIRE_HEAD, len - WIRE_HEAD);
    s.outcome = (enum sv_status)buf_get_u8(&r);
    wire_get_text(&r, s.words, sizeof(s.words));
    s.answer.status = buf_get_u16(&r);
    wire_get_text(&r, s.answer.content_type, sizeof(s.answer.content_type));
    size_t size = 0;
    const uint8_t *bytes = buf_get_block(&r, HTTPS_ANSWER_MAX, &size);
    if (!buf_reader_done(&r) || (s.outcome != SV_OK && size > 0))
        return sv_fail(err, SV_DATA, "smtpvault-net's answer is malformed");
    enum sv_status status = check_said(&s, err);
    if (status == SV_OK && s.outcome == SV_OK)
        status = secret_copy(&s.answer.body, bytes, size, err);
    if (status != SV_OK)
        return status;
    *said = s;
    return SV_OK;
}
