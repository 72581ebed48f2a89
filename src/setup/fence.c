/* SPDX-License-Identifier: ISC */
#include "setup/fence.h"

#include <string.h>

#include "setup/edit.h"

#define DEPTH_MAX 64

/* apparmor.d(5), "Globbing": * and ? stop at a slash, ** does not, {a,b} is either. The
 * pattern ends at a blank. */
static bool matches(const char *pat, const char *end, const char *path, int depth);

/* One of the words between braces, and then the rest. */
static bool matches_either(const char *pat, const char *end, const char *path, int depth)
{
    const char *close = memchr(pat, '}', (size_t)(end - pat));
    if (close == NULL)
        return false;
    for (const char *word = pat + 1; word <= close;) {
        const char *stop = word;
        while (stop < close && *stop != ',')
            stop++;
        size_t len = (size_t)(stop - word);
        if (strncmp(path, word, len) == 0 && matches(close + 1, end, path + len, depth + 1))
            return true;
        word = stop + 1;
    }
    return false;
}

static bool matches_any(const char *pat, const char *end, const char *path, int depth)
{
    bool deep = pat + 1 < end && pat[1] == '*';
    for (;; path++) {
        if (matches(pat + 1 + deep, end, path, depth + 1))
            return true;
        if (*path == '\0' || (*path == '/' && !deep))
            return false;
    }
}

static bool matches(const char *pat, const char *end, const char *path, int depth)
{
    if (depth > DEPTH_MAX)
        return false;
    for (; pat < end; pat++, path++) {
        if (*pat == '{')
            return matches_either(pat, end, path, depth);
        if (*pat == '*')
            return matches_any(pat, end, path, depth);
        if (*path == '\0' || (*pat == '?' ? *path == '/' : *pat != *path))
            return false;
    }
    return *path == '\0';
}

static const char *skip(const char *at, const char *end, const char *what)
{
    while (at < end && strchr(what, *at) != NULL)
        at++;
    return at;
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r\n", *at) == NULL)
        at++;
    return at;
}

/* "/usr/bin/cat PUx," and "/bin/{a,b} rix,": the permissions begin behind the path. */
static bool rule_lets(const char *line, size_t len, const char *program)
{
    const char *end = line + len, *at = skip(line, end, " \t");
    const char *stop = word_end(at, end);
    if (at == end || *at != '/')
        return false;
    const char *perms = skip(stop, end, " \t"), *perms_end = word_end(perms, end);
    return memchr(perms, 'x', (size_t)(perms_end - perms)) != NULL && matches(at, stop, program, 0);
}

static bool opens(const char *line, size_t len, const char *child)
{
    const char *end = line + len, *at = skip(line, end, " \t");
    const char *stop = word_end(at, end);
    if (stop - at != 7 || memcmp(at, "profile", 7) != 0)
        return false;
    at = skip(stop, end, " \t");
    stop = word_end(at, end);
    return (size_t)(stop - at) == strlen(child) && memcmp(at, child, strlen(child)) == 0;
}

bool fence_lets(const char *text, size_t len, const char *child, const char *program)
{
    bool inside = false;
    for (size_t at = 0, span; at < len; at += span) {
        span = edit_line_len(text + at, len - at);
        const char *line = text + at, *first = skip(line, line + span, " \t");
        if (inside && first < line + span && *first == '}')
            inside = false;
        else if (opens(line, span, child))
            inside = true;
        else if (inside && rule_lets(line, span, program))
            return true;
    }
    return false;
}
