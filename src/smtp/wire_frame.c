/* SPDX-License-Identifier: ISC */
#include "smtp/wire_frame.h"

#include <string.h>

#include "base/text.h"

#define WIRE_MAGIC 0x314e5653u /* "SVN1" */

static size_t limit_of(enum wire_kind kind)
{
    switch (kind) {
#define X(name, number, limit) \
    case WIRE_##name:          \
        return limit;
        WIRE_KIND_LIST(X)
#undef X
    }
    return 0;
}

size_t wire_frame_len(const uint8_t head[WIRE_HEAD], enum wire_kind kind)
{
    struct buf_reader r = buf_reader_over(head, WIRE_HEAD);
    uint32_t magic = buf_get_u32(&r);
    uint8_t found = buf_get_u8(&r);
    uint32_t body = buf_get_u32(&r);
    size_t limit = limit_of(kind);
    if (magic != WIRE_MAGIC || found != (uint8_t)kind || limit == 0 || body > limit - WIRE_HEAD)
        return 0;
    return WIRE_HEAD + (size_t)body;
}

enum wire_kind wire_frame_kind(const uint8_t head[WIRE_HEAD])
{
    enum wire_kind kind = (enum wire_kind)head[4];
    return wire_frame_len(head, kind) != 0 ? kind : (enum wire_kind)0;
}

void wire_begin(struct buf_writer *w, enum wire_kind kind)
{
    buf_put_u32(w, WIRE_MAGIC);
    buf_put_u8(w, (uint8_t)kind);
    buf_put_u32(w, 0);
}

/* The length is known when the body is written: it goes into its place then. */
enum sv_status wire_end(const struct buf_writer *w, size_t *len, struct sv_err *err)
{
    if (w->full)
        return sv_fail(err, SV_INTERNAL,
                       "what smtpvault and smtpvault-net have to say does not fit its frame");
    le32_put(w->at + WIRE_HEAD - 4, (uint32_t)(w->len - WIRE_HEAD));
    *len = w->len;
    return SV_OK;
}

enum sv_status wire_make(struct secret **made, struct buf_writer *w, enum wire_kind kind,
                         size_t room, struct sv_err *err)
{
    enum sv_status status = secret_new(made, room, err);
    if (status != SV_OK)
        return status;
    *w = buf_writer_over(secret_poke(*made), room);
    wire_begin(w, kind);
    return SV_OK;
}

enum sv_status wire_give(struct secret **made, const struct buf_writer *w, struct secret **frame,
                         struct sv_err *err)
{
    size_t len = 0;
    enum sv_status status = wire_end(w, &len, err);
    if (status != SV_OK)
        return status;
    secret_set_len(*made, len);
    *frame = *made;
    *made = NULL;
    return SV_OK;
}

bool wire_open(struct buf_reader *body, enum wire_kind kind, const uint8_t *frame, size_t len)
{
    if (len < WIRE_HEAD || wire_frame_len(frame, kind) != len)
        return false;
    *body = buf_reader_over(frame + WIRE_HEAD, len - WIRE_HEAD);
    return true;
}

void wire_put_guarded(struct buf_writer *w, const struct secret *bytes)
{
    if (bytes == NULL)
        buf_put_u32(w, 0);
    else
        buf_put_block(w, secret_peek(bytes), secret_len(bytes));
}

void wire_put_text(struct buf_writer *w, const char *text)
{
    buf_put_block(w, text, strlen(text));
}

void wire_get_text(struct buf_reader *r, char *dst, size_t capacity)
{
    size_t len = 0;
    const uint8_t *bytes = buf_get_block(r, capacity - 1, &len);
    if (r->bad || len == 0)
        return;
    if (memchr(bytes, '\0', len) != NULL) {
        r->bad = true;
        return;
    }
    memcpy(dst, bytes, len);
    dst[len] = '\0';
}

bool wire_is_printable(const char *text)
{
    size_t len = strlen(text);
    return text_is_utf8(text, len) && !text_has_control(text, len);
}

bool wire_is_host(const char *host)
{
    if (host[0] == '\0' || host[0] == '-' || !wire_is_printable(host))
        return false;
    return strpbrk(host, " /\\@?#%[]<>\"'`{}|^&;=+,$!*()~") == NULL;
}
