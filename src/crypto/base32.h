/* SPDX-License-Identifier: ISC */
/*
 * base32: RFC 4648 section 6, in lower case and without padding, for secrets that
 * people copy. What is read and written takes the same time whatever it is: no
 * branch and no table depends on it. libsodium has base64 only, and base64 is mixed
 * case, which is misread.
 */
#ifndef CRYPTO_BASE32_H
#define CRYPTO_BASE32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that len bytes make. */
#define BASE32_LEN(len) (((len)*8 + 4) / 5)

/* text: BASE32_LEN(len) characters, no NUL behind them. */
void base32_encode(uint8_t *text, const void *bytes, size_t len);

/* Reads the BASE32_LEN(len) characters that stand for len bytes. False unless they are
 * what base32_encode writes for them: no other case, nothing left in the last one. The
 * bytes are then meaningless, and the caller wipes them all the same. */
bool base32_decode(uint8_t *bytes, size_t len, const uint8_t *text);

#endif
