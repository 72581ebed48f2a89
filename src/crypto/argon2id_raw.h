/* SPDX-License-Identifier: ISC */
/*
 * argon2id_raw: Argon2id with every parameter open, for argon2id.c and the known
 * answers of RFC 9106 (whose lengths are not those that slots use).
 */
#ifndef CRYPTO_ARGON2ID_RAW_H
#define CRYPTO_ARGON2ID_RAW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/argon2id.h"

struct argon2id_span {
    const uint8_t *bytes;
    size_t len; /* below 2^32 */
};

struct argon2id_input {
    struct argon2id_span passphrase, salt, secret, ad;
    struct argon2_cost cost;
};

/* Writes out_len bytes, or nothing. */
enum sv_status argon2id_raw(uint8_t *out, size_t out_len, const struct argon2id_input *input,
                            struct sv_err *err) SV_MUST_USE;

#endif
