/* SPDX-License-Identifier: ISC */
/*
 * buf: bounded reading and writing of foreign bytes. A reader never leaves its
 * span, a writer never overruns; both remember their first fault, so a parser
 * reads a whole record and asks once. Numbers are little-endian.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf_reader {
    const uint8_t *at;
    size_t left;
    bool bad; /* something was read past the end, or out of its limit */
};

struct buf_reader buf_reader_over(const void *bytes, size_t len);
uint8_t buf_get_u8(struct buf_reader *r);
uint16_t buf_get_u16(struct buf_reader *r);
uint32_t buf_get_u32(struct buf_reader *r);
uint64_t buf_get_u64(struct buf_reader *r);
/* Copies n bytes; on a short span sets bad and zeroes dst. */
void buf_get_bytes(struct buf_reader *r, void *dst, size_t n);
/* Borrows n bytes; NULL and bad when there are fewer. */
const uint8_t *buf_get_view(struct buf_reader *r, size_t n);
/* A u32 length, at most limit, then that many bytes, borrowed. */
const uint8_t *buf_get_block(struct buf_reader *r, size_t limit, size_t *len);
/* True when nothing was bad and nothing is left over. */
bool buf_reader_done(const struct buf_reader *r);

struct buf_writer {
    uint8_t *at;
    size_t capacity;
    size_t len;
    bool full; /* something did not fit; nothing was written for it */
};

struct buf_writer buf_writer_over(void *bytes, size_t capacity);
void buf_put_u8(struct buf_writer *w, uint8_t v);
void buf_put_u16(struct buf_writer *w, uint16_t v);
void buf_put_u32(struct buf_writer *w, uint32_t v);
void buf_put_u64(struct buf_writer *w, uint64_t v);
void buf_put_bytes(struct buf_writer *w, const void *bytes, size_t n);
void buf_put_block(struct buf_writer *w, const void *bytes, size_t n); /* u32 length, bytes */

/* A growing array of ordinary bytes (not secret). Owner: blob_clear. */
struct blob {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};
bool blob_append(struct blob *b, const void *bytes, size_t n); /* false: no memory */
bool blob_reserve(struct blob *b, size_t extra);
void blob_clear(struct blob *b);
#define BLOB_OWNED __attribute__((cleanup(blob_clear)))

/* LE helpers for fixed places. */
void le32_put(uint8_t dst[4], uint32_t v);
void le64_put(uint8_t dst[8], uint64_t v);
uint32_t le32_get(const uint8_t src[4]);
uint64_t le64_get(const uint8_t src[8]);

#endif
