/* SPDX-License-Identifier: ISC */
/*
 * seal_known: sealing with randomness chosen by the caller. Only seal.c and the
 * known-answer tests include this: a nonce or an ephemeral key used twice gives
 * the plaintexts away.
 */
#ifndef CRYPTO_SEAL_KNOWN_H
#define CRYPTO_SEAL_KNOWN_H

#include "crypto/seal.h"

#define SEAL_NONCE_LEN 24

/* seal_box with this nonce. */
enum sv_status seal_box_with_nonce(uint8_t *out, const uint8_t key[KEY_LEN],
                                   const struct seal_context *ctx, enum seal_padding padding,
                                   const void *plain, size_t len,
                                   const uint8_t nonce[SEAL_NONCE_LEN],
                                   struct sv_err *err) SV_MUST_USE;

/* pkseal_box with this ephemeral X25519 secret key and this nonce. */
enum sv_status pkseal_box_with_ephemeral(uint8_t *out, const uint8_t pk[KEY_LEN],
                                         const uint8_t *psk, const struct seal_context *ctx,
                                         enum seal_padding padding, const void *plain, size_t len,
                                         const uint8_t ephemeral_sk[KEY_LEN],
                                         const uint8_t nonce[SEAL_NONCE_LEN],
                                         struct sv_err *err) SV_MUST_USE;

#endif
