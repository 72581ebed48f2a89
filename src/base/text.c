/* SPDX-License-Identifier: ISC */
/* Bytes that are text; times and durations of base/text.h are in text_time.c. */
#include "base/text.h"

#include <fnmatch.h>
#include <string.h>

size_t text_decode(const void *bytes, size_t len, uint32_t *code_point)
{
    const uint8_t *b = bytes;
    if (len == 0)
        return 0;
    size_t n = b[0] < 0x80 ? 1 : b[0] < 0xC2 ? 0 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    if (n == 0 || n > len || b[0] > 0xF4)
        return 0;
    uint32_t c = n == 1 ? b[0] : b[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((b[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (b[i] & 0x3F);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10FFFF ||
        (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *code_point = c;
    return n;
}

bool text_is_utf8(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len > 0) {
        uint32_t c;
        size_t n = text_decode(at, len, &c);
        if (n == 0)
            return false;
        at += n;
        len -= n;
    }
    return true;
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool text_has_control(const char *text, size_t len)
{
    while (len > 0) {
        uint32_t c;
        size_t n = text_decode(text, len, &c);
        if (n == 0) {
            /* Not UTF-8: what a terminal in an 8-bit charset would make of it. */
            c = (uint8_t)*text;
            n = 1;
        }
        if (is_control(c))
            return true;
        text += n;
        len -= n;
    }
    return false;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* How the first character is shown: dst gets 1..12 bytes, *used what it took. */
static size_t show_one(char dst[12], const char *text, size_t len, size_t *used)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t c = 0;
    size_t n = text_decode(text, len, &c);
    *used = n > 0 ? n : 1;
    if (n > 0 && !is_control(c)) {
        memcpy(dst, text, n);
        return n;
    }
    for (size_t i = 0; i < *used; i++) {
        uint8_t byte = (uint8_t)text[i];
        memcpy(dst + 4 * i, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, 4);
    }
    return 4 * *used;
}

char *text_printable(char *dst, size_t capacity, const char *text, size_t len)
{
    if (capacity == 0)
        return dst;
    size_t most = capacity - 1, dots = most < 3 ? most : 3;
    size_t at = 0, cut = 0; /* cut: where the dots go, if they must */
    while (len > 0) {
        char one[12];
        size_t used, n = show_one(one, text, len, &used);
        if (n > most - at) {
            memset(dst + cut, '.', dots);
            at = cut + dots;
            break;
        }
        memcpy(dst + at, one, n);
        at += n;
        if (at <= most - dots)
            cut = at;
        text += used;
        len -= used;
    }
    dst[at] = '\0';
    return dst;
}

bool text_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = 10 * v + digit;
    }
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

bool text_is_visible(const char *text, char least)
{
    while (*text >= least && *text <= '~')
        text++;
    return *text == '\0';
}

bool text_has_word(const char *list, const char *word, size_t len)
{
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, " "), same = 0;
        while (n == len && same < n && lower(at[same]) == lower(word[same]))
            same++;
        if (n == len && same == n && n > 0)
            return true;
        at += n + strspn(at + n, " ");
    }
    return false;
}

char *text_hex(char *dst, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i++) {
        dst[2 * i] = digits[b[i] >> 4];
        dst[2 * i + 1] = digits[b[i] & 15];
    }
    dst[2 * len] = '\0';
    return dst;
}

int text_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_matches(const char *pattern, const char *text)
{
    if (strpbrk(pattern, "*?[") == NULL)
        return strstr(text, pattern) != NULL;
    return fnmatch(pattern, text, 0) == 0;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn one word
 * into the other (Damerau's distance, restricted). Words are short. */
#define WORD_MAX 32
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = row[i % 3];
        const size_t *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = before[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]) && earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[a_len % 3][b_len];
}

size_t text_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    return a_len > WORD_MAX || b_len > WORD_MAX ? SIZE_MAX : distance(a, a_len, b, b_len);
}

const char *text_nearest(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t len = strlen(word), least = 3;
    for (size_t i = 0; i < count; i++) {
        size_t d = text_distance(word, words[i]);
        /* Where every letter differs there is no likeness, however short. */
        if (d < least && d < len) {
            least = d;
            nearest = words[i];
        }
    }
    return nearest;
}
