/* SPDX-License-Identifier: ISC */
#include "crypto/base32.h"

/* All ones when low <= c <= high, else 0; all of them below 2^31. */
static uint32_t between(uint32_t c, uint32_t low, uint32_t high)
{
    return 0 - (((low - 1 - c) & (c - high - 1)) >> 31);
}

/* 'a' .. 'z', '2' .. '7' for 0 .. 31 */
static uint8_t letter(uint32_t value)
{
    return (uint8_t)('a' + value - (between(value, 26, 31) & ('a' - ('2' - 26))));
}

/* A bit above the five when c is no letter. */
static uint32_t value_of(uint32_t c)
{
    uint32_t low = between(c, 'a', 'z'), digit = between(c, '2', '7');

    return (low & (c - 'a')) | (digit & (c - '2' + 26)) | (~(low | digit) & 32);
}

void base32_encode(uint8_t *text, const void *bytes, size_t len)
{
    const uint8_t *in = bytes;
    uint32_t bits = 0, have = 0;

    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8 | in[i]) & 0xfff;
        for (have += 8; have >= 5; have -= 5)
            *text++ = letter(bits >> (have - 5) & 31);
    }
    if (have)
        *text = letter(bits << (5 - have) & 31);
}

bool base32_decode(uint8_t *bytes, size_t len, const uint8_t *text)
{
    uint32_t bits = 0, have = 0, bad = 0;

    for (size_t i = 0; i < BASE32_LEN(len); i++) {
        uint32_t value = value_of(text[i]);
        bad |= value & 32;
        bits = (bits << 5 | (value & 31)) & 0xfff;
        have += 5;
        if (have >= 8) {
            have -= 8;
            *bytes++ = (uint8_t)(bits >> have);
        }
    }
    /* What is left over belongs to no byte. */
    bad |= bits & ((1U << have) - 1);
    return bad == 0;
}
