/* SPDX-License-Identifier: ISC */
/*
 * wire_frame: what all that goes over the socketpair between smtpvault and smtpvault-net
 * has in common. A frame is
 *
 *     magic "SVN1" | kind u8 | u32 length of the body | body
 *
 * and a body is the struct's members in order: numbers little-endian, texts as
 * u32 length and bytes without NUL. There is one encoding of each struct:
 * what decodes encodes to the same bytes again. Neither side trusts the other:
 * the helper has talked to a foreign server, so its answer is foreign bytes.
 */
#ifndef SMTP_WIRE_FRAME_H
#define SMTP_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/secret.h"

/* X(NAME, number, bytes that a whole frame may have) */
#define WIRE_KIND_LIST(X)       \
    X(LOGIN, 1, 24576)          \
    X(RESULT, 2, 8192)          \
    X(OFFER, 3, 8192)           \
    X(SECRET, 4, 8448)          \
    X(PORTS, 8, 12288)          \
    X(PORTS_SEEN, 9, 2048)      \
    X(HTTPS, 16, 8192)          \
    X(HTTPS_ANSWER, 17, 270336) \
    X(REDIRECT, 18, 256)        \
    X(REDIRECT_PORT, 19, 512)   \
    X(REDIRECT_SEEN, 20, 8192)  \
    X(HTTPS_READY, 21, 9)       \
    X(HTTPS_BODY, 22, 65536)    \
    X(DISCOVER, 12, 67584)      \
    X(DISCOVERED, 13, 8192)

enum wire_kind {
#define X(name, number, limit) WIRE_##name = (number),
    WIRE_KIND_LIST(X)
#undef X
};
enum {
#define X(name, number, limit) WIRE_##name##_MAX = (limit),
    WIRE_KIND_LIST(X)
#undef X
};

#define WIRE_LINK 3 /* the helper's end of the socketpair */
#define WIRE_HEAD 9 /* bytes before the body */

/* The length of the whole frame that begins with these bytes; 0 when they do not
 * begin a frame of this kind, or one that is longer than its limit. */
size_t wire_frame_len(const uint8_t head[WIRE_HEAD], enum wire_kind kind);
/* The kind that these bytes begin a frame of; 0: none. */
enum wire_kind wire_frame_kind(const uint8_t head[WIRE_HEAD]);

/* Around the body that the caller writes; the writer stands at the frame's beginning.
 * SV_INTERNAL when the body did not fit. */
void wire_begin(struct buf_writer *w, enum wire_kind kind);
enum sv_status wire_end(const struct buf_writer *w, size_t *len, struct sv_err *err) SV_MUST_USE;
/* The same in guarded memory: *made is the caller's until it has become *frame. */
enum sv_status wire_make(struct secret **made, struct buf_writer *w, enum wire_kind kind,
                         size_t room, struct sv_err *err) SV_MUST_USE;
enum sv_status wire_give(struct secret **made, const struct buf_writer *w, struct secret **frame,
                         struct sv_err *err) SV_MUST_USE;
/* A reader over the body; false unless this is one whole frame of this kind. */
bool wire_open(struct buf_reader *body, enum wire_kind kind, const uint8_t *frame, size_t len);

/* As a u32 length and bytes; NULL: none. */
void wire_put_guarded(struct buf_writer *w, const struct secret *bytes);
void wire_put_text(struct buf_writer *w, const char *text);
/* dst is an array member, zeroed: an empty text leaves it so. A longer text is bad. */
void wire_get_text(struct buf_reader *r, char *dst, size_t capacity);

bool wire_is_printable(const char *text);
/* May stand as the host of a URL: nothing in it ends or reshapes the host part. */
bool wire_is_host(const char *host);

#endif
