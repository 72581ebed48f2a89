/* SPDX-License-Identifier: ISC */
/* shape_pattern: a backtracking matcher. Its depth is the number of items of the
 * pattern, never the length of the text. */
#include "domain/shape_pattern.h"

#include <stdlib.h>

/* One item and how often it may stand. */
struct item {
    const char *at; /* the byte, '\', '.' or '[' */
    size_t min, max;
    const char *next; /* behind the quantifier */
};

static const char *item_end(const char *at)
{
    if (*at == '\\')
        return at + 2;
    if (*at != '[')
        return at + 1;
    while (*at != ']')
        at++;
    return at + 1;
}

static struct item item_read(const char *at)
{
    struct item item = {.at = at, .min = 1, .max = 1, .next = item_end(at)};
    char *end;
    switch (*item.next) {
    case '*':
    case '+':
        item.min = *item.next == '+';
        item.max = SIZE_MAX;
        item.next++;
        break;
    case '{':
        item.min = strtoul(item.next + 1, &end, 10);
        item.max = item.min;
        if (*end == ',') {
            const char *upper = end + 1;
            item.max = strtoul(upper, &end, 10);
            if (end == upper)
                item.max = SIZE_MAX;
        }
        item.next = end + 1;
        break;
    default:
        break;
    }
    return item;
}

static bool class_has(const char *at, uint8_t byte)
{
    for (at++; *at != ']'; at++) {
        uint8_t low = (uint8_t)at[0];
        uint8_t high = low;
        if (at[1] == '-' && at[2] != ']') {
            high = (uint8_t)at[2];
            at += 2;
        }
        if (byte >= low && byte <= high)
            return true;
    }
    return false;
}

static bool item_has(const struct item *item, uint8_t byte)
{
    switch (*item->at) {
    case '.':
        return true;
    case '[':
        return class_has(item->at, byte);
    case '\\':
        return byte == (uint8_t)item->at[1];
    default:
        return byte == (uint8_t)*item->at;
    }
}

static uint8_t lowered(uint8_t byte, enum shape_case letters)
{
    return letters == SHAPE_ANY_CASE && byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

static bool sequence_matches(const char *pattern, const uint8_t *bytes, size_t len,
                             enum shape_case letters)
{
    if (*pattern == '\0' || *pattern == '|')
        return len == 0;
    struct item item = item_read(pattern);
    size_t most = 0;
    while (most < len && most < item.max && item_has(&item, lowered(bytes[most], letters)))
        most++;
    for (size_t n = most + 1; n-- > item.min;)
        if (sequence_matches(item.next, bytes + n, len - n, letters))
            return true;
    return false;
}

bool shape_matches(const char *pattern, const uint8_t *bytes, size_t len, enum shape_case letters)
{
    for (;;) {
        if (sequence_matches(pattern, bytes, len, letters))
            return true;
        while (*pattern != '\0' && *pattern != '|')
            pattern = item_read(pattern).next;
        if (*pattern == '\0')
            return false;
        pattern++;
    }
}
