/* SPDX-License-Identifier: ISC */
#include "import/charset.h"

#include <stdint.h>
#include <string.h>

struct wide {
    const uint8_t *at, *end;
    bool big;
};

static uint32_t unit(const uint8_t *at, bool big)
{
    return big ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

/* The next character; 0 for what is none. */
static uint32_t point(struct wide *w)
{
    if (w->end - w->at < 2)
        return 0;
    uint32_t c = unit(w->at, w->big);
    w->at += 2;
    if (c < 0xD800 || c > 0xDFFF)
        return c;
    if (c > 0xDBFF || w->end - w->at < 2)
        return 0;
    uint32_t low = unit(w->at, w->big);
    w->at += 2;
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

size_t charset_put(void *to, uint32_t c)
{
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    uint8_t *dst = to;
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i > 1; i--, c >>= 6)
        dst[i - 1] = (uint8_t)(0x80 | (c & 0x3F));
    dst[0] = (uint8_t)(lead[n] | c);
    return n;
}

static enum sv_status narrow(struct secret **out, struct wide w, const char *what,
                             struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    size_t units = (size_t)(w.end - w.at) / 2, used = 0;
    enum sv_status st = secret_new(&s, units * 3 + 1, err);
    if (st)
        return st;
    uint8_t *dst = secret_poke(s);
    while (w.at < w.end) {
        uint32_t c = point(&w);
        if (c == 0)
            return sv_fail(err, SV_DATA, "%s begins as UTF-16 does and goes on as something else",
                           what);
        used += charset_put(dst + used, c);
    }
    secret_written(s, used);
    *out = s;
    s = NULL;
    return SV_OK;
}

/* Plain letters first, as each of these files has: every other byte is a NUL. */
static bool is_wide(const uint8_t *b, size_t n, bool *big)
{
    if (n >= 2 && ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 0xFE && b[1] == 0xFF))) {
        *big = b[0] == 0xFE;
        return true;
    }
    if (n < 4 || (b[0] == 0) == (b[1] == 0) || (b[2] == 0) != (b[0] == 0) ||
        (b[3] == 0) != (b[1] == 0))
        return false;
    *big = b[0] == 0;
    return true;
}

static bool has_mark(const uint8_t *b, size_t n)
{
    return n >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF;
}

bool charset_keeps(const void *bytes, size_t len, size_t *mark)
{
    bool big;
    *mark = has_mark(bytes, len) ? 3 : 0;
    return !is_wide(bytes, len, &big);
}

/* Without its first bytes, and with room behind it. */
static enum sv_status settle(struct secret **text, size_t skip, struct sv_err *err)
{
    struct secret *roomy = NULL;
    size_t n = secret_len(*text) - skip;
    if (secret_capacity(*text) > n) {
        memmove(secret_poke(*text), secret_peek(*text) + skip, n);
        secret_set_len(*text, n);
        return SV_OK;
    }
    enum sv_status st = secret_new(&roomy, n + 1, err);
    if (st)
        return st;
    memcpy(secret_poke(roomy), secret_peek(*text) + skip, n);
    secret_written(roomy, n);
    secret_free(*text);
    *text = roomy;
    return SV_OK;
}

enum sv_status charset_to_utf8(struct secret **text, const char *what, struct sv_err *err)
{
    const uint8_t *b = secret_peek(*text);
    size_t n = secret_len(*text);
    struct secret *narrowed = NULL;
    bool big = false;

    if (n >= 4 && b[0] == 0xFF && b[1] == 0xFE && b[2] == 0 && b[3] == 0)
        return sv_fail(err, SV_DATA, "%s is UTF-32: save it as UTF-8", what);
    if (is_wide(b, n, &big)) {
        size_t mark = b[0] == 0xFF || b[0] == 0xFE ? 2 : 0;
        enum sv_status st = narrow(&narrowed, (struct wide){b + mark, b + n, big}, what, err);
        if (st)
            return st;
        secret_free(*text);
        *text = narrowed;
        return SV_OK;
    }
    if (memchr(b, '\0', n))
        return sv_fail(err, SV_DATA, "%s is no text: it holds zero bytes", what);
    return settle(text, has_mark(b, n) ? 3 : 0, err);
}
