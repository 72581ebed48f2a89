/* SPDX-License-Identifier: ISC */
#include "crypto/shamir.h"

#include <sodium.h>

/* Neither branches nor tables depend on a or b. */
static uint8_t gf_mul(uint8_t a, uint8_t b)
{
    unsigned x = a, sum = 0;

    for (unsigned bit = 0; bit < 8; bit++) {
        sum ^= x & (0u - (b >> bit & 1u));
        x = (x << 1 ^ (0x11bu & (0u - (x >> 7)))) & 0xffu;
    }
    return (uint8_t)sum;
}

/* a^254, which is 1/a: the group has 255 elements. */
static uint8_t gf_inverse(uint8_t a)
{
    uint8_t power = a, product = 1;

    for (int i = 0; i < 7; i++) {
        power = gf_mul(power, power);
        product = gf_mul(product, power);
    }
    return product;
}

/* ---- splitting ---- */

/* Horner's rule from the highest coefficient down to the secret's byte. */
static void evaluate(uint8_t *out, uint8_t x, const uint8_t *whole, const uint8_t *coefficients,
                     size_t len, unsigned k)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t y = 0;
        for (unsigned c = 0; c < k - 1; c++)
            y = gf_mul(y, x) ^ coefficients[c * len + i];
        out[i] = gf_mul(y, x) ^ whole[i];
    }
}

enum sv_status shamir_split(struct secret **pieces, unsigned k, unsigned n,
                            const struct secret *whole, struct sv_err *err)
{
    size_t len = secret_len(whole);
    SECRET_OWNED struct secret *coefficients = NULL;

    if (k < 2 || k > n || n > SHAMIR_MAX)
        return sv_fail(err, SV_INTERNAL, "a secret cannot be split into %u of %u pieces", k, n);
    enum sv_status status = secret_new(&coefficients, (k - 1) * len, err);
    if (status != SV_OK)
        return status;
    secret_set_len(coefficients, (k - 1) * len);
    randombytes_buf(secret_poke(coefficients), (k - 1) * len);
    for (unsigned i = 0; i < n; i++) {
        struct secret *piece = NULL;
        status = secret_new(&piece, len, err);
        if (status != SV_OK) {
            while (i-- > 0)
                secret_free_cleanup(&pieces[i]);
            return status;
        }
        secret_set_len(piece, len);
        evaluate(secret_poke(piece), (uint8_t)(i + 1), secret_peek(whole),
                 secret_peek(coefficients), len, k);
        pieces[i] = piece;
    }
    return SV_OK;
}

/* ---- joining ---- */

/* What piece i counts at x = 0: the product of x_j / (x_j - x_i) over the others. */
static uint8_t weight(const struct shamir_piece *pieces, size_t count, size_t i)
{
    uint8_t product = 1;

    for (size_t j = 0; j < count; j++) {
        if (j != i) {
            uint8_t gap = pieces[j].x ^ pieces[i].x;
            product = gf_mul(product, gf_mul(pieces[j].x, gf_inverse(gap)));
        }
    }
    return product;
}

static bool fit(const struct shamir_piece *pieces, size_t count)
{
    if (count < 2 || count > 255)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].x == 0 || secret_len(pieces[i].bytes) != secret_len(pieces[0].bytes))
            return false;
        for (size_t j = 0; j < i; j++)
            if (pieces[j].x == pieces[i].x)
                return false;
    }
    return true;
}

enum sv_status shamir_join(struct secret **whole, const struct shamir_piece *pieces, size_t count,
                           struct sv_err *err)
{
    struct secret *sum = NULL;

    if (!fit(pieces, count))
        return sv_fail(err, SV_INTERNAL, "%zu pieces do not fit together", count);
    size_t len = secret_len(pieces[0].bytes);
    enum sv_status status = secret_new(&sum, len, err);
    if (status != SV_OK)
        return status;
    secret_set_len(sum, len); /* zero: a new secret is */
    uint8_t *at = secret_poke(sum);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *piece = secret_peek(pieces[i].bytes);
        uint8_t w = weight(pieces, count, i);
        for (size_t b = 0; b < len; b++)
            at[b] ^= gf_mul(piece[b], w);
    }
    *whole = sum;
    return SV_OK;
}
