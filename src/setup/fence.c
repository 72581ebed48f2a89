/* SPDX-License-Identifier: ISC */
#include "setup/fence.h"

#include <string.h>

#include "setup/edit.h"

#define PROGRAM_MAX 4096 /* bytes of a path that is asked for */

/* Where in the path the beginning of a pattern that was read so far may end: all of these
 * places are kept, so that no pattern costs more than its length times the path's. */
struct ends {
    const char *path;
    size_t len;
    bool at[PROGRAM_MAX + 1];
};

static void pass_one(struct ends *e, char c)
{
    for (size_t i = e->len; i > 0; i--)
        e->at[i] = e->at[i - 1] && (c == '?' ? e->path[i - 1] != '/' : e->path[i - 1] == c);
    e->at[0] = false;
}

static void pass_any(struct ends *e, bool deep)
{
    for (size_t i = 1; i <= e->len; i++)
        e->at[i] = e->at[i] || (e->at[i - 1] && (deep || e->path[i - 1] != '/'));
}

/* One of the words from here to the closing brace. */
static void pass_either(struct ends *e, const char *word, const char *close)
{
    struct ends before = *e;
    memset(e->at, 0, sizeof e->at);
    for (const char *stop; word <= close; word = stop + 1) {
        for (stop = word; stop < close && *stop != ',';)
            stop++;
        size_t len = (size_t)(stop - word);
        for (size_t i = 0; i + len <= e->len; i++)
            if (before.at[i] && memcmp(e->path + i, word, len) == 0)
                e->at[i + len] = true;
    }
}

/* apparmor.d(5), "Globbing": * and ? stop at a slash, ** does not, {a,b} is either. The
 * pattern ends at a blank. */
static bool matches(const char *pat, const char *end, const char *path)
{
    struct ends e = {.path = path, .len = strlen(path), .at = {true}};
    if (e.len > PROGRAM_MAX)
        return false;
    while (pat < end) {
        const char *last = pat;
        if (*pat == '{' && (last = memchr(pat, '}', (size_t)(end - pat))) == NULL)
            return false;
        while (*pat == '*' && last + 1 < end && last[1] == '*')
            last++;
        if (*pat == '{')
            pass_either(&e, pat + 1, last);
        else if (*pat == '*')
            pass_any(&e, last > pat);
        else
            pass_one(&e, *pat);
        pat = last + 1;
    }
    return e.at[e.len];
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
    return memchr(perms, 'x', (size_t)(perms_end - perms)) != NULL && matches(at, stop, program);
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
