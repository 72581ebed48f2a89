/* SPDX-License-Identifier: ISC */
/*
 * seal: the committing AEAD and the sealing to a public key.
 *
 * CSEAL(K, ctx, M): N = 24 random bytes;
 *   Ke || C = BLAKE2b-512(key K; "cseal", N, ctx)      (32 + 32 bytes, framed)
 *   output   = ver(1) || N(24) || C(32) || XChaCha20-Poly1305-IETF(Ke, N, ad = ctx, pad(M)) (+16)
 * C is compared first, in constant time: one key, one context, one plaintext
 * (no salamanders, no partitioning oracle).
 *
 * PKSEAL(R, psk, ctx, M): an ephemeral X25519 pair (e, E); ss = X25519(e, R);
 *   K = BLAKE2b-256(key psk; "pkseal", ss, E, R, ctx); output = E(32) || CSEAL(K, ctx, M).
 * An all-zero shared secret (RFC 7748 section 6.1) fails.
 *
 * Padding: SEAL_PADDED pads with sodium_pad to 256, 512, 1024 ... 16384 bytes and
 * beyond that to multiples of 16384; SEAL_EXACT adds nothing and is for plaintexts
 * whose length is the same for all of their kind (keys).
 */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define SEAL_OVERHEAD 73
#define PKSEAL_OVERHEAD (32 + SEAL_OVERHEAD)
#define SEAL_VERSION 1

enum seal_padding { SEAL_EXACT, SEAL_PADDED };

/* What a box holds. The numbers are part of the format. */
enum seal_kind {
    SEAL_SLOT_SEED = 1,
    SEAL_SLOT_BUNDLE = 2,
    SEAL_WRAP = 3, /* a profile's DEK */
    SEAL_CARD = 4,
    SEAL_SECRET = 5,
    SEAL_AUDIT_ENTRY = 6,
    SEAL_AUDIT_KEY = 7, /* A_0 of a generation */
    SEAL_AUDIT_USE = 8,
    SEAL_TOKEN = 9,
    SEAL_IDENTITY = 10,    /* an identity's secret key, in its own file: no vault id */
    SEAL_AUDIT_PROVED = 11 /* how far a log was proved */
};

/* Where a sealed box belongs. Its bytes are the AEAD's additional data and part
 * of the commitment, so a box opens only in its own place. All fields always
 * count: suite, vault id, epoch, kind, row id, row version, field, role. */
struct seal_context {
    uint8_t vault_id[16];
    uint64_t epoch;
    uint8_t kind; /* enum seal_kind */
    uint64_t row; /* row id, slot number or sequence */
    uint64_t version;
    uint8_t field;
    uint8_t role;
};
#define SEAL_CONTEXT_LEN \
    44 /* suite 1, vault 16, epoch 8, kind 1, row 8, version 8, field 1, role 1 */
void seal_context_encode(uint8_t out[SEAL_CONTEXT_LEN], const struct seal_context *ctx);

/* The length of pad(M) for a plaintext of len bytes. */
size_t seal_padded_len(enum seal_padding padding, size_t len);
/* The length of the whole box. */
size_t seal_len(enum seal_padding padding, size_t plain_len);
size_t pkseal_len(enum seal_padding padding, size_t plain_len);

/* out holds seal_len(padding, len) bytes. */
enum sv_status seal_box(uint8_t *out, const uint8_t key[KEY_LEN], const struct seal_context *ctx,
                        enum seal_padding padding, const void *plain, size_t len,
                        struct sv_err *err) SV_MUST_USE;

/* Opens into a new secret. SV_DATA (one message for every cause) when the box is
 * not exactly this key's in this context; nothing is written then. */
enum sv_status seal_open(struct secret **plain, const uint8_t key[KEY_LEN],
                         const struct seal_context *ctx, enum seal_padding padding,
                         const uint8_t *box, size_t box_len, struct sv_err *err) SV_MUST_USE;

/* The public key that belongs to a secret one. */
void pkseal_public(uint8_t pk[KEY_LEN], const uint8_t sk[KEY_LEN]);

/* pk: X25519 public key of the reader; psk: KEY_LEN bytes both sides know, or
 * NULL for 32 zero bytes. */
enum sv_status pkseal_box(uint8_t *out, const uint8_t pk[KEY_LEN], const uint8_t *psk,
                          const struct seal_context *ctx, enum seal_padding padding,
                          const void *plain, size_t len, struct sv_err *err) SV_MUST_USE;

/* The costly half of a pkseal_box, done beforehand: an ephemeral pair for this reader.
 * Secret until it is wiped. It may seal several boxes as long as no two have one
 * context: the context is part of the key, so each box has a key of its own. */
struct pkseal_pair {
    uint8_t ephemeral_pk[KEY_LEN];
    uint8_t shared[KEY_LEN];
};
enum sv_status pkseal_prepare(struct pkseal_pair *pair, const uint8_t pk[KEY_LEN],
                              struct sv_err *err) SV_MUST_USE;
/* pkseal_box with a pair that was made for pk. SV_INTERNAL when it was wiped. */
enum sv_status pkseal_box_prepared(uint8_t *out, const struct pkseal_pair *pair,
                                   const uint8_t pk[KEY_LEN], const uint8_t *psk,
                                   const struct seal_context *ctx, enum seal_padding padding,
                                   const void *plain, size_t len, struct sv_err *err) SV_MUST_USE;

/* A reader's two keys, KEY_LEN bytes each. pk is part of what is sealed; working it out
 * of sk would be a third of the opening. */
struct pkseal_reader {
    const uint8_t *sk, *pk;
};
enum sv_status pkseal_open(struct secret **plain, const struct pkseal_reader *reader,
                           const uint8_t *psk, const struct seal_context *ctx,
                           enum seal_padding padding, const uint8_t *box, size_t box_len,
                           struct sv_err *err) SV_MUST_USE;

#endif
