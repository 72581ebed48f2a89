/* SPDX-License-Identifier: ISC */
#include "import/lines.h"

#include <string.h>
#include <strings.h>

/* ---- pieces ---- */

struct span span_skip(struct span s)
{
    while (s.len > 0 && span_is_blank(*s.at)) {
        s.at++;
        s.len--;
    }
    return s;
}

struct span span_trim(struct span s)
{
    s = span_skip(s);
    while (s.len > 0 && span_is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

bool span_begins(struct span s, const char *text)
{
    size_t n = strlen(text);
    return s.at && s.len >= n && strncasecmp(s.at, text, n) == 0;
}

bool span_is(struct span s, const char *text)
{
    return s.len == strlen(text) && span_begins(s, text);
}

struct span span_take(struct span *rest, const char *until)
{
    struct span taken = {rest->at, 0};
    while (rest->len > 0 && !strchr(until, *rest->at)) {
        rest->at++;
        rest->len--;
        taken.len++;
    }
    return taken;
}

struct span span_split(struct span s, char c, struct span *rest)
{
    char *found = s.len > 0 ? memchr(s.at, c, s.len) : NULL;
    size_t before = found ? (size_t)(found - s.at) : s.len;
    *rest = found ? (struct span){found + 1, s.len - before - 1} : (struct span){NULL, 0};
    return (struct span){s.at, before};
}

/* ---- lines ---- */

struct lines lines_of(const struct import_input *in, enum lines_kind kind)
{
    return (struct lines){in->bytes, in->bytes + in->len, kind, 1, 0};
}

/* The end of the line's text, without CR LF; *next: where another begins. */
static char *line_end(const struct lines *l, char *from, char **next)
{
    size_t left = (size_t)(l->end - from);
    char *feed = left > 0 ? memchr(from, '\n', left) : NULL;
    char *end = feed ? feed : l->end;
    *next = feed ? feed + 1 : l->end;
    return end > from && end[-1] == '\r' ? end - 1 : end;
}

static bool goes_on(const struct lines *l, const char *begin, const char *end, const char *next)
{
    if (next == l->end)
        return false;
    size_t slashes = 0;
    while (end > begin && end[-1] == '\\') {
        end--;
        slashes++;
    }
    return l->kind == LINES_JOINED   ? slashes % 2 == 1
           : l->kind == LINES_FOLDED ? *next == ' ' || *next == '\t'
                                     : false;
}

bool lines_next(struct lines *l, struct span *line)
{
    char *next;
    if (l->at == l->end)
        return false;
    l->number += l->behind;
    l->behind = 1;
    char *begin = l->at, *end = line_end(l, begin, &next);
    while (goes_on(l, begin, end, next)) {
        end = line_end(l, next, &next);
        l->behind++;
    }
    *line = (struct span){begin, (size_t)(end - begin)};
    l->at = next;
    return true;
}

/* ---- what a file looks like ---- */

static bool path_ends(const char *path, const char *end)
{
    size_t n = strlen(path), star = *end == '*', m = strlen(end + star);
    return n >= m && strcmp(path + n - m, end + star) == 0 &&
           (star || n == m || path[n - m - 1] == '/');
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool line_begins(const char *at, const char *end, const char *begin)
{
    for (; *begin; begin++) {
        if (*begin == '*')
            return true;
        const char *from = at;
        if (*begin == ' ') {
            while (at < end && (*at == ' ' || *at == '\t'))
                at++;
            if (begin[1] == '\0')
                return at > from;
        } else if (at == end || *at++ != *begin) {
            return false;
        }
    }
    return at == end || !is_word(*at);
}

static bool has_line(const char *first, size_t len, const char *begin)
{
    const char *end = first + len;
    while (first < end) {
        const char *feed = memchr(first, '\n', (size_t)(end - first));
        while (first < end && (*first == ' ' || *first == '\t'))
            first++;
        if (line_begins(first, end, begin))
            return true;
        first = feed ? feed + 1 : end;
    }
    return false;
}

enum import_look lines_look(const struct lines_look *look, const char *path, const char *first,
                            size_t len)
{
    for (size_t i = 0; path && look->paths[i]; i++)
        if (path_ends(path, look->paths[i]))
            return LOOK_SURE;
    for (size_t i = 0; look->begins[i]; i++)
        if (!has_line(first, len, look->begins[i]))
            return LOOK_NO;
    return look->begins[0] ? LOOK_LIKELY : LOOK_NO;
}
