/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <endian.h>
#include <string.h>

#include "base/alloc.h"

void le32_put(uint8_t dst[4], uint32_t v)
{
    v = htole32(v);
    memcpy(dst, &v, sizeof v);
}

void le64_put(uint8_t dst[8], uint64_t v)
{
    v = htole64(v);
    memcpy(dst, &v, sizeof v);
}

uint32_t le32_get(const uint8_t src[4])
{
    uint32_t v;
    memcpy(&v, src, sizeof v);
    return le32toh(v);
}

uint64_t le64_get(const uint8_t src[8])
{
    uint64_t v;
    memcpy(&v, src, sizeof v);
    return le64toh(v);
}

/* ---- reading ---- */

struct buf_reader buf_reader_over(const void *bytes, size_t len)
{
    return (struct buf_reader){.at = bytes, .left = len};
}

const uint8_t *buf_get_view(struct buf_reader *r, size_t n)
{
    /* Never NULL on success, not even for nothing out of an empty span. */
    static const uint8_t nothing[1];
    if (r->bad || n > r->left) {
        r->bad = true;
        return NULL;
    }
    if (r->at == NULL)
        return nothing;
    const uint8_t *view = r->at;
    r->at += n;
    r->left -= n;
    return view;
}

void buf_get_bytes(struct buf_reader *r, void *dst, size_t n)
{
    const uint8_t *view = buf_get_view(r, n);
    if (n == 0)
        return;
    if (view != NULL)
        memcpy(dst, view, n);
    else
        memset(dst, 0, n);
}

uint8_t buf_get_u8(struct buf_reader *r)
{
    uint8_t v;
    buf_get_bytes(r, &v, 1);
    return v;
}

uint16_t buf_get_u16(struct buf_reader *r)
{
    uint8_t v[2];
    buf_get_bytes(r, v, sizeof v);
    return (uint16_t)(v[0] | v[1] << 8);
}

uint32_t buf_get_u32(struct buf_reader *r)
{
    uint8_t v[4];
    buf_get_bytes(r, v, sizeof v);
    return le32_get(v);
}

uint64_t buf_get_u64(struct buf_reader *r)
{
    uint8_t v[8];
    buf_get_bytes(r, v, sizeof v);
    return le64_get(v);
}

const uint8_t *buf_get_block(struct buf_reader *r, size_t limit, size_t *len)
{
    uint32_t n = buf_get_u32(r);
    if (n > limit)
        r->bad = true;
    const uint8_t *view = buf_get_view(r, n);
    *len = view != NULL ? n : 0;
    return view;
}

bool buf_reader_done(const struct buf_reader *r)
{
    return !r->bad && r->left == 0;
}

/* ---- writing ---- */

struct buf_writer buf_writer_over(void *bytes, size_t capacity)
{
    return (struct buf_writer){.at = bytes, .capacity = capacity};
}

static uint8_t *writer_room(struct buf_writer *w, size_t n)
{
    if (w->full || n > w->capacity - w->len) {
        w->full = true;
        return NULL;
    }
    uint8_t *room = w->at + w->len;
    w->len += n;
    return room;
}

void buf_put_bytes(struct buf_writer *w, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    uint8_t *room = writer_room(w, n);
    if (room != NULL)
        memcpy(room, bytes, n);
}

void buf_put_u8(struct buf_writer *w, uint8_t v)
{
    buf_put_bytes(w, &v, 1);
}

void buf_put_u16(struct buf_writer *w, uint16_t v)
{
    buf_put_bytes(w, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)}, 2);
}

void buf_put_u32(struct buf_writer *w, uint32_t v)
{
    uint8_t bytes[4];
    le32_put(bytes, v);
    buf_put_bytes(w, bytes, sizeof bytes);
}

void buf_put_u64(struct buf_writer *w, uint64_t v)
{
    uint8_t bytes[8];
    le64_put(bytes, v);
    buf_put_bytes(w, bytes, sizeof bytes);
}

void buf_put_block(struct buf_writer *w, const void *bytes, size_t n)
{
    /* Length and bytes are one thing: a length without its bytes is never written. */
    if (w->full || n > UINT32_MAX || w->capacity - w->len < 4 || w->capacity - w->len - 4 < n) {
        w->full = true;
        return;
    }
    buf_put_u32(w, (uint32_t)n);
    buf_put_bytes(w, bytes, n);
}

/* ---- a growing array ---- */

bool blob_reserve(struct blob *b, size_t extra)
{
    if (extra <= b->capacity - b->len)
        return true;
    if (extra > SIZE_MAX / 2 - b->len)
        return false;
    size_t want = b->len + extra;
    size_t grown = b->capacity < 64 ? 64 : b->capacity + b->capacity / 2;
    if (grown < want)
        grown = want;
    uint8_t *bytes = sv_resize(b->bytes, grown);
    if (bytes == NULL)
        return false;
    b->bytes = bytes;
    b->capacity = grown;
    return true;
}

bool blob_append(struct blob *b, const void *bytes, size_t n)
{
    if (!blob_reserve(b, n))
        return false;
    if (n > 0)
        memcpy(b->bytes + b->len, bytes, n);
    b->len += n;
    return true;
}

void blob_clear(struct blob *b)
{
    sv_free(b->bytes);
    *b = (struct blob){0};
}
