/* SPDX-License-Identifier: ISC */
#include "setup/mask.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool begins(const char *line, size_t left, const char *word)
{
    size_t len = strlen(word);
    return left >= len && strncasecmp(line, word, len) == 0;
}

static bool ends(const char *line, size_t len, const char *word)
{
    size_t tail = strlen(word);
    return len >= tail && strncasecmp(line + len - tail, word, tail) == 0;
}

static bool is_key(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* A key that names where the secret comes from, and not the secret. */
static bool names_source(const char *key, size_t len)
{
    static const char *const tails[] = {"eval", "cmd",  "command", "cache", "maps",
                                        "file", "pipe", "options", "path"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        if (ends(key, len, tails[i]))
            return true;
    }
    return false;
}

static bool find_keyed(const char *line, size_t len, size_t *from)
{
    static const char *const words[] = {"pass", "secret", "token", "apikey", "api_key", "pwd"};
    for (size_t at = 0; at < len; at++) {
        bool found = false;
        for (size_t i = 0; !found && i < sizeof words / sizeof words[0]; i++)
            found = begins(line + at, len - at, words[i]);
        if (!found)
            continue;
        size_t end = at;
        while (end < len && is_key(line[end]))
            end++;
        bool source = names_source(line + at, end - at);
        while (end < len && strchr(" \t:=\"'", line[end]) != NULL)
            end++;
        if (!source && end < len) {
            *from = end;
            return true;
        }
        at = end;
    }
    return false;
}

static bool find_in_url(const char *line, size_t len, size_t *from, size_t *to)
{
    for (size_t at = 0; at + 3 < len; at++) {
        if (memcmp(line + at, "://", 3) != 0)
            continue;
        size_t colon = 0;
        for (size_t i = at + 3; i < len && strchr(" \t\"'/", line[i]) == NULL; i++) {
            if (line[i] == ':' && colon == 0)
                colon = i + 1;
            if (line[i] == '@' && colon != 0 && i > colon) {
                *from = colon;
                *to = i;
                return true;
            }
        }
    }
    return false;
}

bool mask_find(const char *line, size_t len, size_t *from, size_t *to)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (find_in_url(line, len, from, to))
        return true;
    *to = len;
    return find_keyed(line, len, from);
}
