/* SPDX-License-Identifier: ISC */
/* sha256: by libsodium, or by the SHA extensions of x86-64 when cpuid has them. */
#include "crypto/sha256.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

_Static_assert(SHA256_LEN == crypto_hash_sha256_BYTES, "one SHA-256");

void sha256_prefixed_plain(uint8_t out[SHA256_LEN], uint8_t prefix, const void *bytes, size_t len)
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, &prefix, sizeof prefix);
    if (len > 0)
        (void)crypto_hash_sha256_update(&state, bytes, len);
    (void)crypto_hash_sha256_final(&state, out);
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define BLOCK 64
#define FAST __attribute__((target("sha,sse4.1")))

/* FIPS 180-4 section 4.2.2. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* Section 5.3.3, as the instructions want it: a, b, e, f and c, d, g, h, each
 * with its first word on top. */
struct chain {
    __m128i abef, cdgh;
};

/* Four rounds with the words w and the constants from `first` on. */
FAST static inline void rounds(struct chain *c, __m128i w, size_t first)
{
    __m128i wk =
        _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(const void *)&constants[first]));

    c->cdgh = _mm_sha256rnds2_epu32(c->cdgh, c->abef, wk);
    c->abef = _mm_sha256rnds2_epu32(c->abef, c->cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

/* The next four words of the schedule from the sixteen before. */
FAST static inline __m128i expand(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

    return _mm_sha256msg2_epu32(sum, w3);
}

FAST static inline __m128i load_words(const uint8_t *at)
{
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);

    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)at), big_endian);
}

FAST static void compress(struct chain *c, const uint8_t *block, size_t blocks)
{
    for (; blocks > 0; blocks--, block += BLOCK) {
        struct chain before = *c;
        __m128i w0 = load_words(block), w1 = load_words(block + 16);
        __m128i w2 = load_words(block + 32), w3 = load_words(block + 48);
        for (size_t first = 0;; first += 16) {
            rounds(c, w0, first);
            rounds(c, w1, first + 4);
            rounds(c, w2, first + 8);
            rounds(c, w3, first + 12);
            if (first == 48)
                break;
            w0 = expand(w0, w1, w2, w3);
            w1 = expand(w1, w2, w3, w0);
            w2 = expand(w2, w3, w0, w1);
            w3 = expand(w3, w0, w1, w2);
        }
        c->abef = _mm_add_epi32(c->abef, before.abef);
        c->cdgh = _mm_add_epi32(c->cdgh, before.cdgh);
    }
}

FAST static void put_chain(uint8_t out[SHA256_LEN], const struct chain *c)
{
    uint32_t w[8]; /* f e b a, h g d c */

    _mm_storeu_si128((__m128i *)(void *)w, c->abef);
    _mm_storeu_si128((__m128i *)(void *)(w + 4), c->cdgh);
    const uint32_t digest[8] = {w[3], w[2], w[7], w[6], w[1], w[0], w[5], w[4]};
    for (size_t i = 0; i < 8; i++) {
        uint32_t big = __builtin_bswap32(digest[i]);
        memcpy(out + 4 * i, &big, sizeof big);
    }
}

FAST static void prefixed_fast(uint8_t out[SHA256_LEN], uint8_t prefix, const uint8_t *bytes,
                               size_t len)
{
    struct chain c = {_mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
                      _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19)};
    uint64_t bits = __builtin_bswap64(8 * ((uint64_t)len + 1));
    uint8_t block[BLOCK] = {prefix};
    size_t used = 1;

    if (len >= BLOCK - 1) {
        memcpy(block + 1, bytes, BLOCK - 1);
        compress(&c, block, 1);
        bytes += BLOCK - 1;
        len -= BLOCK - 1;
        compress(&c, bytes, len / BLOCK);
        bytes += len - len % BLOCK;
        len %= BLOCK;
        used = 0;
    }
    if (len > 0)
        memcpy(block + used, bytes, len);
    used += len;
    block[used++] = 0x80;
    memset(block + used, 0, BLOCK - used);
    if (used > BLOCK - sizeof bits) {
        compress(&c, block, 1);
        memset(block, 0, sizeof block);
    }
    memcpy(block + BLOCK - sizeof bits, &bits, sizeof bits);
    compress(&c, block, 1);
    put_chain(out, &c);
}

static bool has_instructions(void)
{
    static signed char known = -1;
    unsigned a = 0, b = 0, c = 0, d = 0;

    if (known < 0) {
        bool sse41 = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) && (c & bit_SSSE3);
        bool sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
        known = sse41 && sha;
    }
    return known;
}

void sha256_prefixed(uint8_t out[SHA256_LEN], uint8_t prefix, const void *bytes, size_t len)
{
    if (has_instructions())
        prefixed_fast(out, prefix, bytes, len);
    else
        sha256_prefixed_plain(out, prefix, bytes, len);
}

#else

void sha256_prefixed(uint8_t out[SHA256_LEN], uint8_t prefix, const void *bytes, size_t len)
{
    sha256_prefixed_plain(out, prefix, bytes, len);
}

#endif
