/* SPDX-License-Identifier: ISC */
#include "import/zip.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "import/inflate.h"

#define END_LEN 22
#define COMMENT_MAX 65535

struct member {
    uint16_t flags, method;
    uint32_t crc, packed, size, offset;
};

static uint16_t le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

/* The end of the central directory, behind which there may be a comment. */
static const uint8_t *find_end(const uint8_t *bytes, size_t len)
{
    for (size_t back = END_LEN; back <= len && back <= END_LEN + COMMENT_MAX; back++) {
        const uint8_t *at = bytes + len - back;
        if (memcmp(at, "PK\5\6", 4) == 0 && le16(at + 20) == back - END_LEN)
            return at;
    }
    return NULL;
}

/* Looks through the directory; false: it is not there. */
static bool find_member(const uint8_t *bytes, size_t len, const char *name, struct member *m)
{
    const uint8_t *end = find_end(bytes, len);
    if (!end)
        return false;
    uint32_t at = le32_get(end + 16);
    for (unsigned n = le16(end + 10); n > 0; n--) {
        if (at > len || len - at < 46 || memcmp(bytes + at, "PK\1\2", 4) != 0)
            return false;
        const uint8_t *h = bytes + at;
        size_t name_len = le16(h + 28), whole = 46 + name_len + le16(h + 30) + le16(h + 32);
        if (len - at < whole)
            return false;
        if (name_len == strlen(name) && memcmp(h + 46, name, name_len) == 0) {
            *m = (struct member){le16(h + 8),      le16(h + 10),     le32_get(h + 16),
                                 le32_get(h + 20), le32_get(h + 24), le32_get(h + 42)};
            return true;
        }
        at += (uint32_t)whole;
    }
    return false;
}

/* Where its packed bytes are; NULL: beyond the archive. */
static const uint8_t *content(const uint8_t *bytes, size_t len, const struct member *m)
{
    if (m->offset > len || len - m->offset < 30 || memcmp(bytes + m->offset, "PK\3\4", 4) != 0)
        return NULL;
    const uint8_t *h = bytes + m->offset;
    size_t head = 30 + (size_t)le16(h + 26) + le16(h + 28);
    size_t left = len - m->offset;
    return left < head || left - head < m->packed ? NULL : h + head;
}

static bool unpack(uint8_t *dst, const struct member *m, const uint8_t *from)
{
    if (m->method == 0 && m->packed == m->size)
        memcpy(dst, from, m->size);
    else if (m->method != 8 || !inflate_into(dst, m->size, from, m->packed))
        return false;
    return inflate_crc32(dst, m->size) == m->crc;
}

enum sv_status zip_extract(struct secret **out, const void *archive, size_t len, const char *name,
                           size_t limit, const char *what, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    struct member m;
    enum sv_status st;
    if (!find_member(archive, len, name, &m))
        return sv_fail(err, SV_DATA,
                       "%s is no zip archive with \"%s\" in it, or it is half written", what, name);
    if (m.flags & 1)
        return sv_fail(err, SV_DATA,
                       "%s is encrypted: unpack it, and pack it again without a password", what);
    if (m.size > limit)
        return sv_fail(err, SV_DATA, "%s is too large: %u bytes unpacked, at most %zu are read",
                       what, m.size, limit);
    const uint8_t *from = content(archive, len, &m);
    if (from && (st = secret_new(&s, (size_t)m.size + 1, err)))
        return st;
    if (!from || !unpack(secret_poke(s), &m, from))
        return sv_fail(err, SV_DATA, "%s is damaged: \"%s\" in it cannot be unpacked", what, name);
    secret_written(s, m.size);
    *out = s;
    s = NULL;
    return SV_OK;
}
