/* SPDX-License-Identifier: ISC */
/*
 * token: the text that a program is given in place of a passphrase.
 *
 *   smtpvault_t1_ || base32(secret 32 || check 3)          13 + 56 = 69 characters
 *   check = the first 3 bytes of BLAKE2b-256("token-check", secret)
 *   seed  = KDF(secret, "token");  X25519 pair and psk of the seed as in keys.h
 *
 * 35 bytes are 56 characters without a bit to spare, so a token has one text only. The
 * beginning is for those who search files for secrets that were left there; the check
 * tells a mistyped token from one that no vault knows, and tells nothing that the text
 * does not tell.
 */
#ifndef CRYPTO_TOKEN_H
#define CRYPTO_TOKEN_H

#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define TOKEN_PREFIX "smtpvault_t1_"
#define TOKEN_PREFIX_LEN (sizeof TOKEN_PREFIX - 1)
#define TOKEN_SECRET_LEN 32
#define TOKEN_CHECK_LEN 3
#define TOKEN_TEXT_LEN 69

/* What a token's secret gives; lives in secret memory. */
struct token_keys {
    uint8_t sk[KEY_LEN], pk[KEY_LEN]; /* X25519 */
    uint8_t psk[KEY_LEN];
};
const struct token_keys *token_keys_peek(const struct secret *keys);

/* A new token: its text (TOKEN_TEXT_LEN bytes, no line end), and, when keys is not NULL, its
 * keys. */
enum sv_status token_make(struct secret **text, struct secret **keys,
                          struct sv_err *err) SV_MUST_USE;

/* Reads a token's text, of which nothing may be left out and to which nothing may be added.
 * SV_DATA: it is no token, of a form that a newer smtpvault writes, or mistyped; each is said,
 * and nothing of the text. The time taken depends on which of these it is, not on the
 * characters behind the prefix. */
enum sv_status token_parse(struct secret **keys, const struct secret *text,
                           struct sv_err *err) SV_MUST_USE;

#endif
