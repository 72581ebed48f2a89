/* SPDX-License-Identifier: ISC */
/* share_words: words of 16 bits as five letters each, and the code that finds a wrong
 * one. Used by share.c only; share.h says what they mean. */
#ifndef CRYPTO_SHARE_WORDS_H
#define CRYPTO_SHARE_WORDS_H

#include "crypto/share.h"

#define SHARE_CHECK_WORDS 3

/* Secret: wiped when its owner goes out of scope. */
struct share_words {
    uint16_t at[SHARE_WORDS];
};
void share_words_wipe(struct share_words *words);
#define SHARE_WORDS_OWNED __attribute__((cleanup(share_words_wipe)))

/* Fills the last SHARE_CHECK_WORDS. */
void share_words_protect(struct share_words *words);
/* SV_DATA naming the word when one is wrong. */
enum sv_status share_words_check(const struct share_words *words, struct sv_err *err) SV_MUST_USE;

enum sv_status share_words_write(struct secret **text, const struct share_words *words,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status share_words_read(struct share_words *out, const struct secret *text,
                                struct sv_err *err) SV_MUST_USE;

#endif
