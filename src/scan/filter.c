/* SPDX-License-Identifier: ISC */
#include "scan/filter.h"

#include <string.h>

/* In whatever order this machine has bytes. */
static size_t pair(const char *at)
{
    uint16_t two;
    memcpy(&two, at, sizeof two);
    return two;
}

void filter_make(struct filter *f, const char *const *words)
{
    f->words = words;
    memset(f->skip, FILTER_WORD - 1, sizeof f->skip);
    for (size_t w = 0; words[w]; w++) {
        for (size_t i = 0; i + 2 <= FILTER_WORD; i++) {
            uint8_t *skip = &f->skip[pair(words[w] + i)];
            uint8_t left = (uint8_t)(FILTER_WORD - 2 - i);
            *skip = left < *skip ? left : *skip;
        }
    }
}

static bool is_word(const struct filter *f, const char *at)
{
    for (size_t w = 0; f->words[w]; w++) {
        if (memcmp(at, f->words[w], FILTER_WORD) == 0)
            return true;
    }
    return false;
}

bool filter_finds(const struct filter *f, const char *text, size_t len)
{
    for (size_t end = FILTER_WORD; end <= len;) {
        size_t skip = f->skip[pair(text + end - 2)];
        /* Mostly so: as a constant it lets the processor go on before it knows. */
        if (skip == FILTER_WORD - 1) {
            end += FILTER_WORD - 1;
            continue;
        }
        if (skip == 0 && is_word(f, text + end - FILTER_WORD))
            return true;
        end += skip ? skip : 1;
    }
    return false;
}
