/* SPDX-License-Identifier: ISC */
#include "domain/anchor.h"

#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"

#define ANCHOR_BODY 161
#define ANCHOR_LEN (ANCHOR_BODY + 32)

static const uint8_t anchor_magic[8] = {'s', 'v', 'a', 'n', 'c', 'h', 'o', 'r'};
static const uint8_t anchor_reserved[8];

static void checksum(uint8_t out[32], const uint8_t body[ANCHOR_BODY])
{
    struct hash h;

    hash_begin(&h, NULL, 32, "anchor");
    hash_field(&h, body, ANCHOR_BODY);
    hash_end(&h, out);
}

static enum sv_status anchor_damaged(const char *path, struct sv_err *err)
{
    char shown[512];

    return sv_fail(err, SV_DATA,
                   "%s, which remembers the newest state of the vault on this machine, is damaged: "
                   "if you are sure that the vault is the newest copy, move that file away and "
                   "run the command again",
                   text_printable(shown, sizeof shown, path, strlen(path)));
}

enum sv_status anchor_read(const char *path, struct anchor *out, struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    struct buf_reader r;
    struct anchor a;
    uint8_t sum[32], magic[8], reserved[sizeof anchor_reserved];
    enum sv_status st;

    st = file_read_blob(path, ANCHOR_LEN, &b, err);
    if (st == SV_MISSING) {
        sv_err_clear(err);
        return st;
    }
    if (st == SV_DATA)
        return anchor_damaged(path, err);
    if (st)
        return st;
    if (b.len != ANCHOR_LEN)
        return anchor_damaged(path, err);
    checksum(sum, b.bytes);
    if (memcmp(sum, b.bytes + ANCHOR_BODY, 32) != 0)
        return anchor_damaged(path, err);
    r = buf_reader_over(b.bytes, ANCHOR_BODY);
    buf_get_bytes(&r, magic, sizeof magic);
    if (memcmp(magic, anchor_magic, sizeof magic) != 0 || buf_get_u8(&r) != SUITE_ID)
        return anchor_damaged(path, err);
    a.epoch = buf_get_u64(&r);
    a.seq = buf_get_u64(&r);
    buf_get_bytes(&r, a.chain, 32);
    buf_get_bytes(&r, a.verify_pk, 32);
    buf_get_bytes(&r, a.log.log_id, 16);
    a.log.size = buf_get_u64(&r);
    buf_get_bytes(&r, a.log.root, 32);
    a.clock = (int64_t)buf_get_u64(&r);
    buf_get_bytes(&r, reserved, sizeof reserved);
    if (!buf_reader_done(&r) || a.seq > INT64_MAX || a.clock < 0 ||
        memcmp(reserved, anchor_reserved, sizeof reserved) != 0)
        return anchor_damaged(path, err);
    *out = a;
    return SV_OK;
}

static void encode(uint8_t bytes[ANCHOR_LEN], const struct anchor *a)
{
    struct buf_writer w = buf_writer_over(bytes, ANCHOR_BODY);

    buf_put_bytes(&w, anchor_magic, sizeof anchor_magic);
    buf_put_u8(&w, SUITE_ID);
    buf_put_u64(&w, a->epoch);
    buf_put_u64(&w, a->seq);
    buf_put_bytes(&w, a->chain, 32);
    buf_put_bytes(&w, a->verify_pk, 32);
    buf_put_bytes(&w, a->log.log_id, 16);
    buf_put_u64(&w, a->log.size);
    buf_put_bytes(&w, a->log.root, 32);
    buf_put_u64(&w, (uint64_t)a->clock);
    buf_put_bytes(&w, anchor_reserved, sizeof anchor_reserved);
    checksum(bytes + ANCHOR_BODY, bytes);
}

enum sv_status anchor_write(const char *path, const struct anchor *a, struct sv_err *err)
{
    uint8_t bytes[ANCHOR_LEN];

    encode(bytes, a);
    return file_replace(path, bytes, sizeof bytes, 0600, err);
}

enum sv_status anchor_write_soon(const char *path, const struct anchor *a, struct sv_err *err)
{
    uint8_t bytes[ANCHOR_LEN];

    encode(bytes, a);
    return file_replace_soon(path, bytes, sizeof bytes, 0600, err);
}
