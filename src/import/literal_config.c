/* SPDX-License-Identifier: ISC */
#include "import/literal_config.h"

#include <string.h>

#include "base/text.h"
#include "import/charset.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static char *line_end(char *at, char *end)
{
    char *feed = memchr(at, '\n', (size_t)(end - at));
    return feed ? feed : end;
}

static void begin(struct literal *v, char *at)
{
    *v = (struct literal){.text = at, .begin = at, .end = at};
}

static void set_bare(struct literal *v, char *to)
{
    while (to > v->begin && is_blank(to[-1]))
        to--;
    v->text = v->begin;
    v->end = to;
    v->len = (size_t)(to - v->begin);
    v->word = true;
}

static bool has_one_of(const struct literal *v, const char *set)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->text[i] && strchr(set, v->text[i]))
            return true;
    return false;
}

/* ---- escapes ---- */

/* Four digits, or as many; -1: they are none. */
static long hex(const char *at, const char *end, size_t count)
{
    long value = 0;
    if ((size_t)(end - at) < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int digit = text_hex_value(at[i]);
        if (digit < 0 || value > 0x10FFFF)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* A character by its number, the second half of a pair of UTF-16 behind it; false: it is none.
 * `before`: what stands before the digits of that half. */
static bool put_number(char **out, char **at, const char *end, size_t count)
{
    long c = hex(*at, end, count);
    *at += count;
    if (c >= 0xD800 && c <= 0xDBFF && end - *at >= 6 && memcmp(*at, "\\u", 2) == 0) {
        long low = hex(*at + 2, end, 4);
        if (low < 0xDC00 || low > 0xDFFF)
            return false;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        *at += 6;
    }
    if (c <= 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return false;
    *out += charset_put(*out, (uint32_t)c);
    return true;
}

void literal_double(struct literal *v, char *at, char *end)
{
    static const char from[] = "\"\\/bfnrtaev ", to[] = "\"\\/\b\f\n\r\t\a\x1b\v ";
    begin(v, at);
    v->text = at + 1;
    char *out = ++at;
    while (at < end && *at != '"' && *at != '\n') {
        if (*at != '\\' || at + 1 == end || at[1] == '\n') {
            *out++ = *at++;
            continue;
        }
        char c = at[1];
        const char *which = c ? strchr(from, c) : NULL;
        size_t count = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        at += 2;
        if (which)
            *out++ = to[which - from];
        else if (count == 0 || (size_t)(end - at) < count || !put_number(&out, &at, end, count))
            v->state = SETTING_DOUBTFUL;
    }
    v->len = (size_t)(out - v->text);
    if (at == end || *at != '"')
        v->state = SETTING_OPEN;
    v->end = at == end || *at != '"' ? at : at + 1;
}

/* ---- Go's ini.v1 ---- */

/* A comment may begin anywhere in a bare value, and a backslash at its end joins lines: it
 * depends on who opens the file. */
static void ini_bare(struct literal *v, char *end)
{
    set_bare(v, line_end(v->begin, end));
    char first = v->len ? v->text[0] : '\0', last = v->len ? v->text[v->len - 1] : '\0';
    if (v->len >= 2 && (first == '"' || first == '\'') && first == last) {
        v->text++;
        v->len -= 2;
        v->word = false;
    }
    if (has_one_of(v, "#;\"'`") || last == '\\')
        v->state = SETTING_DOUBTFUL;
}

void literal_ini(struct literal *v, char *at, char *end)
{
    begin(v, at);
    char *stop = line_end(at, end), *close = NULL;
    size_t n = at == stop                                      ? 0
               : *at == '`'                                    ? 1
               : stop - at > 3 && memcmp(at, "\"\"\"", 3) == 0 ? 3
                                                               : 0;
    if (n == 0) {
        ini_bare(v, end);
        return;
    }
    for (char *p = stop - n; p >= at + n && !close; p--)
        close = memcmp(p, at, n) == 0 ? p : NULL;
    if (!close) { /* it goes on below */
        set_bare(v, stop);
        v->state = SETTING_OPEN;
        return;
    }
    v->text = at + n;
    v->len = (size_t)(close - v->text);
    v->end = close + n;
}

/* ---- Java ---- */

void literal_properties(struct literal *v, char *at, char *end)
{
    static const char from[] = "nrtf", to[] = "\n\r\t\f";
    begin(v, at);
    char *out = at;
    while (at < end && *at != '\n') {
        if (*at == '\r' && (at + 1 == end || at[1] == '\n')) {
            at++;
            continue;
        }
        if (*at != '\\' || at + 1 == end) {
            *out++ = *at++;
            continue;
        }
        char c = at[1];
        const char *which = c ? strchr(from, c) : NULL;
        at += 2;
        if (c == '\n' || (c == '\r' && at < end && *at == '\n')) {
            at += c == '\r';
            v->lines++;
            while (at < end && (*at == ' ' || *at == '\t' || *at == '\f'))
                at++;
        } else if (c == 'u' && ((size_t)(end - at) < 4 || !put_number(&out, &at, end, 4))) {
            v->state = SETTING_DOUBTFUL;
        } else if (c != 'u') {
            *out++ = which ? to[which - from] : c;
        }
    }
    v->len = (size_t)(out - v->text);
    v->end = at > v->begin && at[-1] == '\r' ? at - 1 : at;
    v->word = true;
}

/* ---- YAML ---- */

static void yaml_single(struct literal *v, char *end)
{
    char *at = v->begin + 1, *out = at;
    v->text = at;
    for (; at < end && *at != '\n'; at++) {
        if (*at == '\'' && (at + 1 == end || at[1] != '\''))
            break;
        at += *at == '\'';
        *out++ = *at;
    }
    v->len = (size_t)(out - v->text);
    bool closed = at < end && *at == '\'';
    v->end = closed ? at + 1 : at;
    v->state = closed ? v->state : SETTING_OPEN;
}

static void yaml_plain(struct literal *v, char *end)
{
    char *stop = line_end(v->begin, end), *to = v->begin;
    while (to < stop && !(*to == '#' && (to == v->begin || is_blank(to[-1]))))
        to++;
    set_bare(v, to);
    if (v->len > 0 && strchr("&*!", v->text[0]))
        v->state = SETTING_COMPUTED;
    else if (v->len > 0 && (strchr("|>%@`{}[],?", v->text[0]) || v->text[v->len - 1] == ':' ||
                            memmem(v->text, v->len, ": ", 2)))
        v->state = SETTING_DOUBTFUL;
    else if (v->len == 1 && *v->text == '~')
        v->len = 0;
    else if (text_has_word("null", v->text, v->len))
        v->len = 0;
}

void literal_yaml(struct literal *v, char *at, char *end)
{
    begin(v, at);
    if (at == end || (*at != '"' && *at != '\'')) {
        yaml_plain(v, end);
        return;
    }
    if (*at == '"')
        literal_double(v, at, end);
    else
        yaml_single(v, end);
    const char *behind = v->end, *stop = line_end(v->end, end);
    while (behind < stop && is_blank(*behind))
        behind++;
    if (v->state == SETTING_TOLD && behind < stop && (*behind != '#' || behind == v->end))
        v->state = SETTING_DOUBTFUL;
}
