/* SPDX-License-Identifier: ISC */
/*
 * share: one piece of a recovery secret, as words that a person can write down, read out
 * and type. 22 words of five letters, consonant and vowel in turn, 16 bits each
 * (the alphabet of proquints, D. S. Wilkerson, 2009: no list of words is needed):
 *
 *   consonants 4 bits, "bdfghjklmnprstvz"; vowels 2 bits, "aiou"; the highest bits first
 *   word 1       version(4) = 1 | k - 1 (4) | n - 1 (4) | index - 1 (4)
 *   words 2, 3   the set's id, 32 random bits, the upper half first
 *   words 4..19  the piece, 32 bytes, big-endian
 *   words 20..22 check: the remainder of the others, the first as the highest
 *                coefficient, times x^3, by (x - 1)(x - 2)(x - 4) over GF(2^16) with
 *                x^16 + x^12 + x^3 + x + 1 (a Reed-Solomon code of distance 4)
 *
 * One wrong word is always found and named; two are always found. What is read is
 * secret: letters become bits and bits letters without tables or branches on them.
 */
#ifndef CRYPTO_SHARE_H
#define CRYPTO_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "crypto/shamir.h"

#define SHARE_WORDS 22
#define SHARE_TEXT_LEN (SHARE_WORDS * 6 - 1) /* with a blank between two words */
#define SHARE_INPUT_MAX 1024                 /* bytes of a share as somebody types it */
#define SHARE_WHOLE_LEN KEY_LEN

struct share {
    uint8_t needed; /* k: how many of the set give the secret back */
    uint8_t count;  /* n: how many there are */
    uint8_t index;  /* 1 .. n */
    uint32_t set;
    struct secret *piece; /* SHARE_WHOLE_LEN bytes */
};
void share_clear(struct share *share);
#define SHARE_OWNED __attribute__((cleanup(share_clear)))

/* n shares of `whole` (SHARE_WHOLE_LEN bytes), k of which give it back, under a new set
 * id; shares[0 .. n) are the caller's: share_clear. SV_USAGE unless 2 <= k <= n <= 16. */
enum sv_status share_split(struct share *shares, unsigned k, unsigned n, const struct secret *whole,
                           struct sv_err *err) SV_MUST_USE;

/* The words in lower case, one blank between two: SHARE_TEXT_LEN bytes. */
enum sv_status share_write(struct secret **text, const struct share *share,
                           struct sv_err *err) SV_MUST_USE;

/* Reads words as people type them: case, blanks, dashes, commas, line breaks and the
 * numbers of lines do not count, nor what stands behind a # in its line. SV_DATA says
 * what is wrong, in which word when that can be known, and never a word itself. */
enum sv_status share_read(struct share *out, const struct secret *text,
                          struct sv_err *err) SV_MUST_USE;

/* True when there are as many letters as a share has, right or wrong. */
bool share_is_long_enough(const struct secret *text);

/* SV_DATA unless `next` goes with those already there: of the same set, and not one of
 * them. Numbers them by their place, from 1. */
enum sv_status share_fits(const struct share *shares, size_t count, const struct share *next,
                          struct sv_err *err) SV_MUST_USE;

/* The secret: SV_DATA when they do not fit together or are too few. Whether it is the right
 * one, only the slot tells that it opens. */
enum sv_status share_join(struct secret **whole, const struct share *shares, size_t count,
                          struct sv_err *err) SV_MUST_USE;

#endif
