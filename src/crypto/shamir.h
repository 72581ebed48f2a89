/* SPDX-License-Identifier: ISC */
/*
 * shamir: k of n secret sharing (A. Shamir, How to Share a Secret, CACM 22, 1979),
 * byte by byte over GF(256) with the polynomial of AES (FIPS 197 section 4.2).
 * Fewer than k pieces tell nothing about the secret but its length.
 *
 * Piece x of a byte s is s + c_1 x + ... + c_{k-1} x^{k-1} with random c_i.
 *
 * Made here and not taken from Debian's libgfshare: that looks secret bytes up in
 * tables, whose cache lines tell of them, and keeps them in memory that is neither
 * locked nor wiped. This multiplies by shifts and masks, in secret memory.
 */
#ifndef CRYPTO_SHAMIR_H
#define CRYPTO_SHAMIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define SHAMIR_MAX 16

/* pieces[i], for x = i + 1, is a new secret as long as `whole`; 2 <= k <= n <=
 * SHAMIR_MAX, else SV_INTERNAL. On failure no piece is left. */
enum sv_status shamir_split(struct secret **pieces, unsigned k, unsigned n,
                            const struct secret *whole, struct sv_err *err) SV_MUST_USE;

struct shamir_piece {
    uint8_t x; /* 1 .. 255, no two alike */
    const struct secret *bytes;
};
/* What k pieces give; whether it is the secret that was split only its use tells.
 * SV_INTERNAL: x out of range or twice, or pieces of different lengths. */
enum sv_status shamir_join(struct secret **whole, const struct shamir_piece *pieces, size_t count,
                           struct sv_err *err) SV_MUST_USE;

#endif
