/* SPDX-License-Identifier: ISC */
/*
 * The last word that is not zero is kept by masks, eight bytes at a time; its highest byte
 * that is not zero has to be the 0x80.
 */
#include "crypto/padding.h"

#include <endian.h>
#include <string.h>

#define WORD sizeof(uint64_t)

struct last {
    uint64_t word;
    uint64_t at;
};

/* All ones unless word is zero. */
static uint64_t mask_of(uint64_t word)
{
    return 0 - ((word | (0 - word)) >> 63);
}

static void look_at(struct last *last, uint64_t word, size_t at)
{
    uint64_t mask = mask_of(word);

    last->word = (last->word & ~mask) | (word & mask);
    last->at = (last->at & ~mask) | (at & mask);
}

bool padding_find(size_t *len, const uint8_t *bytes, size_t padded, size_t block)
{
    struct last last = {0};
    size_t at = padded - block;

    for (; (padded - at) % WORD != 0; at++)
        look_at(&last, bytes[at], at);
    for (; at < padded; at += WORD) {
        uint64_t word;
        memcpy(&word, bytes + at, WORD);
        look_at(&last, le64toh(word), at);
    }
    /* 1 in place of a word that is zero: its bits have to be counted too, and it is no 0x80. */
    unsigned highest = (63 - (unsigned)__builtin_clzll(last.word | 1)) / 8;
    *len = (size_t)last.at + highest;
    return last.word >> (8 * highest) == 0x80;
}
