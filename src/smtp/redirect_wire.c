/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "smtp/redirect.h"

#define WAIT_MS_MAX 3600000

static enum sv_status fail_malformed(struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "what is said about the way back from the browser is malformed");
}

static bool is_wish(const struct redirect_wish *w)
{
    return w->state[0] != '\0' && wire_is_printable(w->state) && w->wait_ms > 0 &&
           w->wait_ms <= WAIT_MS_MAX;
}

enum sv_status redirect_put_wish(struct secret **frame, const struct redirect_wish *wish,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    if (!is_wish(wish))
        return sv_fail(err, SV_USAGE, "the browser is waited for at most an hour");
    enum sv_status status = wire_make(&made, &w, WIRE_REDIRECT, WIRE_REDIRECT_MAX, err);
    if (status != SV_OK)
        return status;
    wire_put_text(&w, wish->state);
    buf_put_u16(&w, wish->port);
    buf_put_u8(&w, wish->both ? 1 : 0);
    buf_put_u32(&w, wish->wait_ms);
    return wire_give(&made, &w, frame, err);
}

enum sv_status redirect_get_wish(const uint8_t *frame, size_t len, struct redirect_wish *wish,
                                 struct sv_err *err)
{
    struct buf_reader r;
    struct redirect_wish found = {.port = 0};
    if (!wire_open(&r, WIRE_REDIRECT, frame, len))
        return fail_malformed(err);
    wire_get_text(&r, found.state, sizeof(found.state));
    found.port = buf_get_u16(&r);
    uint8_t both = buf_get_u8(&r);
    found.wait_ms = buf_get_u32(&r);
    found.both = both == 1;
    if (!buf_reader_done(&r) || both > 1 || !is_wish(&found))
        return fail_malformed(err);
    *wish = found;
    return SV_OK;
}

static bool is_place(const struct redirect_place *p)
{
    return wire_is_printable(p->words) && (p->port == 0) == (p->words[0] != '\0');
}

enum sv_status redirect_put_place(uint8_t frame[WIRE_REDIRECT_PORT_MAX], size_t *len,
                                  const struct redirect_place *place, struct sv_err *err)
{
    if (!is_place(place))
        return fail_malformed(err);
    struct buf_writer w = buf_writer_over(frame, WIRE_REDIRECT_PORT_MAX);
    wire_begin(&w, WIRE_REDIRECT_PORT);
    buf_put_u16(&w, place->port);
    wire_put_text(&w, place->words);
    return wire_end(&w, len, err);
}

enum sv_status redirect_get_place(const uint8_t *frame, size_t len, struct redirect_place *place,
                                  struct sv_err *err)
{
    struct buf_reader r;
    struct redirect_place found = {.port = 0};
    if (!wire_open(&r, WIRE_REDIRECT_PORT, frame, len))
        return fail_malformed(err);
    found.port = buf_get_u16(&r);
    wire_get_text(&r, found.words, sizeof(found.words));
    if (!buf_reader_done(&r) || !is_place(&found))
        return fail_malformed(err);
    *place = found;
    return SV_OK;
}

static bool is_seen(const struct redirect *s, size_t code_len)
{
    bool texts = wire_is_printable(s->error) && wire_is_printable(s->description);
    bool refused = s->error[0] != '\0', described = s->description[0] != '\0';
    switch (s->seen) {
    case REDIRECT_NOBODY:
        return code_len == 0 && !refused && !described;
    case REDIRECT_CODE:
        return code_len > 0 && code_len <= REDIRECT_CODE_MAX && !refused && !described;
    case REDIRECT_REFUSED:
        return code_len == 0 && refused && texts;
    default:
        return false;
    }
}

enum sv_status redirect_put_seen(struct secret **frame, const struct redirect *seen,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    size_t code_len = seen->code == NULL ? 0 : secret_len(seen->code);
    if (!is_seen(seen, code_len))
        return fail_malformed(err);
    enum sv_status status = wire_make(&made, &w, WIRE_REDIRECT_SEEN, WIRE_REDIRECT_SEEN_MAX, err);
    if (status != SV_OK)
        return status;
    buf_put_u8(&w, (uint8_t)seen->seen);
    wire_put_guarded(&w, seen->code);
    wire_put_text(&w, seen->error);
    wire_put_text(&w, seen->description);
    return wire_give(&made, &w, frame, err);
}

enum sv_status redirect_get_seen(const uint8_t *frame, size_t len, struct redirect *seen,
                                 struct sv_err *err)
{
    struct buf_reader r;
    REDIRECT_OWNED struct redirect found = {.seen = REDIRECT_NOBODY};
    size_t code_len = 0;
    if (!wire_open(&r, WIRE_REDIRECT_SEEN, frame, len))
        return fail_malformed(err);
    found.seen = (enum redirect_seen)buf_get_u8(&r);
    const uint8_t *code = buf_get_block(&r, REDIRECT_CODE_MAX, &code_len);
    wire_get_text(&r, found.error, sizeof(found.error));
    wire_get_text(&r, found.description, sizeof(found.description));
    if (!buf_reader_done(&r) || !is_seen(&found, code_len))
        return fail_malformed(err);
    enum sv_status status = code_len > 0 ? secret_copy(&found.code, code, code_len, err) : SV_OK;
    if (status != SV_OK)
        return status;
    *seen = found;
    found.code = NULL;
    return SV_OK;
}
