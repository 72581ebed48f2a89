/* SPDX-License-Identifier: ISC */
#include "smtp/https_wire.h"

#include <string.h>

void https_answer_clear(struct https_answer *answer)
{
    secret_free(answer->body);
    answer->body = NULL;
}

static size_t len_of(const struct secret *secret)
{
    return secret == NULL ? 0 : secret_len(secret);
}

/* ---- request ---- */

static enum sv_status check_order(const struct https_order *o, enum sv_status status,
                                  struct sv_err *err)
{
    const struct https_request *r = &o->request;
    struct https_place place;
    if (!https_url_split(r->url, &place))
        return sv_fail(err, status,
                       "\"%.200s\" is not asked: an address begins with https:// (or with http:// "
                       "for this machine itself) and holds no user name and no #",
                       wire_is_printable(r->url) ? r->url : "(not printable)");
    if (!wire_is_printable(o->content_type) || o->body_len > HTTPS_BODY_MAX ||
        (!o->posts && (o->body_len > 0 || o->content_type[0] != '\0')))
        return sv_fail(err, status, "a request to %s of more than %u bytes is not made", place.host,
                       HTTPS_BODY_MAX);
    if (r->total_ms == 0 || r->total_ms > HTTPS_TOTAL_MS_MAX || r->max == 0 ||
        r->max > HTTPS_ANSWER_MAX)
        return sv_fail(err, status, "the limits of a request to %s are out of bounds", place.host);
    return SV_OK;
}

/* What a request comes to; its content type is one of ours. */
static enum sv_status order_of(const struct https_request *request, struct https_order *o,
                               struct sv_err *err)
{
    const char *type = request->content_type != NULL ? request->content_type : "";
    *o = (struct https_order){.request = *request, .posts = request->body != NULL};
    if ((request->body == NULL) != (request->content_type == NULL) ||
        strlen(type) >= sizeof(o->content_type))
        return sv_fail(err, SV_USAGE, "a request with a body has a short content type");
    memcpy(o->content_type, type, strlen(type) + 1);
    o->body_len = (uint32_t)len_of(request->body);
    if (o->request.total_ms == 0)
        o->request.total_ms = HTTPS_TOTAL_MS;
    if (o->request.max == 0)
        o->request.max = HTTPS_ANSWER_MAX;
    return check_order(o, SV_USAGE, err);
}

enum sv_status https_put_request(struct secret **frame, const struct https_request *request,
                                 struct sv_err *err)
{
    struct https_order o;
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    enum sv_status status = order_of(request, &o, err);
    if (status == SV_OK)
        status = wire_make(&made, &w, WIRE_HTTPS, WIRE_HTTPS_MAX, err);
    if (status != SV_OK)
        return status;
    wire_put_text(&w, o.request.url);
    wire_put_text(&w, o.request.ca_file);
    buf_put_u32(&w, o.request.total_ms);
    buf_put_u32(&w, (uint32_t)o.request.max);
    buf_put_u8(&w, o.posts ? 1 : 0);
    buf_put_u32(&w, o.body_len);
    wire_put_text(&w, o.content_type);
    return wire_give(&made, &w, frame, err);
}

enum sv_status https_get_request(const uint8_t *frame, size_t len, struct https_order *order,
                                 struct sv_err *err)
{
    struct buf_reader r;
    if (!wire_open(&r, WIRE_HTTPS, frame, len))
        return sv_fail(err, SV_DATA, "the request is not one whole frame");
    struct https_order o = {.posts = false};
    wire_get_text(&r, o.request.url, sizeof(o.request.url));
    wire_get_text(&r, o.request.ca_file, sizeof(o.request.ca_file));
    o.request.total_ms = buf_get_u32(&r);
    o.request.max = buf_get_u32(&r);
    uint8_t posts = buf_get_u8(&r);
    o.posts = posts == 1;
    o.body_len = buf_get_u32(&r);
    wire_get_text(&r, o.content_type, sizeof(o.content_type));
    if (!buf_reader_done(&r) || posts > 1)
        return sv_fail(err, SV_DATA, "the request over HTTPS is malformed");
    enum sv_status status = check_order(&o, SV_DATA, err);
    if (status == SV_OK)
        *order = o;
    return status;
}

enum sv_status https_put_ready(struct secret **frame, struct sv_err *err)
{
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    enum sv_status status = wire_make(&made, &w, WIRE_HTTPS_READY, WIRE_HEAD, err);
    return status == SV_OK ? wire_give(&made, &w, frame, err) : status;
}

enum sv_status https_put_body(struct secret **frame, const struct secret *body, struct sv_err *err)
{
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    enum sv_status status =
        wire_make(&made, &w, WIRE_HTTPS_BODY, WIRE_HEAD + 4 + secret_len(body), err);
    if (status != SV_OK)
        return status;
    wire_put_guarded(&w, body);
    return wire_give(&made, &w, frame, err);
}

enum sv_status https_get_body(const uint8_t *frame, size_t len, const struct https_order *order,
                              struct secret **body, struct sv_err *err)
{
    struct buf_reader r;
    size_t size = 0;
    if (!wire_open(&r, WIRE_HTTPS_BODY, frame, len))
        return sv_fail(err, SV_DATA, "the body of the request is not one whole frame");
    const uint8_t *bytes = buf_get_block(&r, HTTPS_BODY_MAX, &size);
    if (!buf_reader_done(&r) || size != order->body_len)
        return sv_fail(err, SV_DATA, "the body of the request is not the one that was announced");
    return secret_copy(body, bytes, size, err);
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
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    size_t room = 1024 + len_of(said->answer.body);
    enum sv_status status = check_said(said, err);
    if (status == SV_OK)
        status = wire_make(&made, &w, WIRE_HTTPS_ANSWER, room, err);
    if (status != SV_OK)
        return status;
    buf_put_u8(&w, (uint8_t)said->outcome);
    wire_put_text(&w, said->words);
    buf_put_u16(&w, (uint16_t)said->answer.status);
    wire_put_text(&w, said->answer.content_type);
    wire_put_guarded(&w, said->answer.body);
    return wire_give(&made, &w, frame, err);
}

enum sv_status https_get_answer(const uint8_t *frame, size_t len, struct https_said *said,
                                struct sv_err *err)
{
    struct buf_reader r;
    if (!wire_open(&r, WIRE_HTTPS_ANSWER, frame, len))
        return sv_fail(err, SV_DATA, "smtpvault-net's answer is not one whole frame");
    struct https_said s = {.outcome = SV_OK};
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
