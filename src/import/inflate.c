/* SPDX-License-Identifier: ISC */
/*
 * Codes are read bit by bit along their counts by length, which needs no table of the codes
 * themselves: an export is unpacked once.
 */
#include "import/inflate.h"

#include <string.h>

#define BITS_MAX 15
#define LITERALS 288
#define DISTANCES 30

struct stream {
    uint8_t *out;
    size_t out_len, written;
    const uint8_t *in;
    size_t in_len, read;
    uint32_t bits; /* read and not yet used */
    unsigned have;
    bool bad;
};
struct code {
    uint16_t count[BITS_MAX + 1]; /* how many of each length */
    uint16_t symbol[LITERALS];    /* in the order of their codes */
};

static uint32_t take_bits(struct stream *s, unsigned n)
{
    while (s->have < n) {
        if (s->read == s->in_len) {
            s->bad = true;
            return 0;
        }
        s->bits |= (uint32_t)s->in[s->read++] << s->have;
        s->have += 8;
    }
    uint32_t value = s->bits & ((UINT32_C(1) << n) - 1);
    s->bits >>= n;
    s->have -= n;
    return value;
}

/* -1: no code is like these bits. */
static int take_symbol(struct stream *s, const struct code *c)
{
    int code = 0, first = 0, index = 0;
    for (int len = 1; len <= BITS_MAX && !s->bad; len++) {
        code |= (int)take_bits(s, 1);
        int count = c->count[len];
        if (code - count < first)
            return s->bad ? -1 : c->symbol[index + code - first];
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    return -1;
}

/* False: more codes than there are bits for. Fewer are allowed where a code is of one symbol;
 * the missing ones are found out when they are used. */
static bool code_make(struct code *c, const uint8_t *lengths, int n)
{
    uint16_t at[BITS_MAX + 1] = {0};
    int left = 1;
    memset(c, 0, sizeof *c);
    for (int i = 0; i < n; i++)
        c->count[lengths[i]]++;
    c->count[0] = 0;
    for (int len = 1; len <= BITS_MAX; len++)
        if ((left = (left << 1) - c->count[len]) < 0)
            return false;
    for (int len = 1; len < BITS_MAX; len++)
        at[len + 1] = (uint16_t)(at[len] + c->count[len]);
    for (int i = 0; i < n; i++)
        if (lengths[i])
            c->symbol[at[lengths[i]]++] = (uint16_t)i;
    return true;
}

static bool put(struct stream *s, uint8_t byte)
{
    if (s->written == s->out_len)
        return false;
    s->out[s->written++] = byte;
    return true;
}

static bool stored(struct stream *s)
{
    s->bits = 0;
    s->have = 0;
    if (s->in_len - s->read < 4)
        return false;
    const uint8_t *at = s->in + s->read;
    size_t len = (size_t)at[0] | (size_t)at[1] << 8, check = (size_t)at[2] | (size_t)at[3] << 8;
    s->read += 4;
    if (len != (~check & 0xFFFF) || s->in_len - s->read < len || s->out_len - s->written < len)
        return false;
    memcpy(s->out + s->written, s->in + s->read, len);
    s->read += len;
    s->written += len;
    return true;
}

/* RFC 1951 section 3.2.5. */
static bool copy_back(struct stream *s, int symbol, const struct code *distances)
{
    static const uint16_t len_base[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                        15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                        67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t len_bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t dist_base[] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    symbol -= 257;
    if (symbol < 0 || symbol >= (int)(sizeof len_bits))
        return false;
    size_t len = len_base[symbol] + (size_t)take_bits(s, len_bits[symbol]);
    int code = take_symbol(s, distances);
    if (code < 0 || code >= DISTANCES)
        return false;
    size_t back = dist_base[code] + (size_t)take_bits(s, code < 2 ? 0 : (unsigned)code / 2 - 1);
    if (s->bad || back > s->written || len > s->out_len - s->written)
        return false;
    for (; len > 0; len--, s->written++)
        s->out[s->written] = s->out[s->written - back];
    return true;
}

static bool coded(struct stream *s, const struct code *literals, const struct code *distances)
{
    for (;;) {
        int symbol = take_symbol(s, literals);
        if (symbol < 0)
            return false;
        if (symbol == 256)
            return true;
        if (symbol < 256 ? !put(s, (uint8_t)symbol) : !copy_back(s, symbol, distances))
            return false;
    }
}

static bool fixed(struct stream *s)
{
    struct code literals, distances;
    uint8_t lengths[LITERALS];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    (void)code_make(&literals, lengths, LITERALS);
    memset(lengths, 5, DISTANCES);
    (void)code_make(&distances, lengths, DISTANCES);
    return coded(s, &literals, &distances);
}

/* The lengths of both codes, packed by a code of their own; section 3.2.7. */
static bool read_lengths(struct stream *s, const struct code *packing, uint8_t *lengths, int n)
{
    int at = 0;
    while (at < n) {
        int symbol = take_symbol(s, packing), times;
        uint8_t value = 0;
        if (symbol < 0)
            return false;
        if (symbol < 16) {
            lengths[at++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == 16) {
            if (at == 0)
                return false;
            value = lengths[at - 1];
            times = 3 + (int)take_bits(s, 2);
        } else {
            times = symbol == 17 ? 3 + (int)take_bits(s, 3) : 11 + (int)take_bits(s, 7);
        }
        if (s->bad || times > n - at)
            return false;
        memset(lengths + at, value, (size_t)times);
        at += times;
    }
    return true;
}

static bool dynamic(struct stream *s)
{
    static const uint8_t order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                    11, 4,  12, 3, 13, 2, 14, 1, 15};
    struct code packing, literals, distances;
    uint8_t lengths[LITERALS + 32] = {0};
    int literal_count = (int)take_bits(s, 5) + 257, distance_count = (int)take_bits(s, 5) + 1;
    int count = (int)take_bits(s, 4) + 4;
    if (s->bad || literal_count > 286 || distance_count > DISTANCES)
        return false;
    for (int i = 0; i < count; i++)
        lengths[order[i]] = (uint8_t)take_bits(s, 3);
    if (s->bad || !code_make(&packing, lengths, 19))
        return false;
    memset(lengths, 0, sizeof lengths);
    if (!read_lengths(s, &packing, lengths, literal_count + distance_count) || lengths[256] == 0)
        return false;
    return code_make(&literals, lengths, literal_count) &&
           code_make(&distances, lengths + literal_count, distance_count) &&
           coded(s, &literals, &distances);
}

bool inflate_into(uint8_t *out, size_t out_len, const uint8_t *in, size_t in_len)
{
    struct stream s = {.out = out, .out_len = out_len, .in = in, .in_len = in_len};
    bool last = false, good = true;
    while (good && !last) {
        last = take_bits(&s, 1) != 0;
        uint32_t type = take_bits(&s, 2);
        if (s.bad || type == 3)
            return false;
        good = type == 0 ? stored(&s) : type == 1 ? fixed(&s) : dynamic(&s);
    }
    return good && !s.bad && s.written == out_len;
}

uint32_t inflate_crc32(const uint8_t *bytes, size_t len)
{
    uint32_t table[256], crc = UINT32_MAX;
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? UINT32_C(0xEDB88320) : 0);
    }
    for (size_t i = 0; i < len; i++)
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xFF];
    return ~crc;
}
