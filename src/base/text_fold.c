/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/text.h"

size_t text_columns(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

/* The bytes up to the next blank that may become a line's end. */
static size_t word_len(const char *text)
{
    size_t n = 0;
    char quote = 0;
    for (; text[n] != '\0' && text[n] != '\n' && (text[n] != ' ' || quote != 0); n++) {
        if (text[n] == quote)
            quote = 0;
        else if (quote == 0 && text[n] == '"' && strchr(text + n + 1, '"') != NULL)
            quote = text[n];
    }
    return n;
}

const char *text_fold(char *dst, size_t capacity, const char *text, size_t at, size_t indent,
                      size_t width)
{
    if (width == 0)
        return text;
    size_t used = 0, begin = at;
    for (const char *p = text; *p != '\0';) {
        bool end = *p == '\n';
        size_t gap = end ? 1 : strspn(p, " ");
        size_t len = end ? 0 : word_len(p + gap);
        size_t columns = text_columns(p, gap + len);
        if (used + gap + len + indent + 2 > capacity)
            return text;
        if (end || (gap > 0 && at > begin && at + columns > width)) {
            dst[used++] = '\n';
            at = begin = p[gap] != '\0' ? indent : 0;
            memset(dst + used, ' ', at);
            used += at;
            columns -= gap;
        } else {
            memcpy(dst + used, p, gap);
            used += gap;
        }
        memcpy(dst + used, p + gap, len);
        used += len;
        at += columns;
        p += gap + len;
    }
    dst[used] = '\0';
    return dst;
}
