/* SPDX-License-Identifier: ISC */
/*
 * ask: the one form of words that the front answers by itself:
 *
 *   smtpvault [--vault F] [--token-from S] get NAME [FIELD] [-n] [--version W] [--vault F]
 *
 * Whatever is written otherwise, however little, is for the full program, which knows
 * every word and has the messages.
 */
#ifndef FRONT_ASK_H
#define FRONT_ASK_H

#include <stdbool.h>

#define ASK_NAME_MAX 128u /* bytes; as for any profile */
#define ASK_DIGITS_MAX 18u
#define ASK_WORD_MAX 32u /* a field, or a version */

struct ask {
    const char *name, *field, *version; /* "" where nothing is said; field "": password */
    const char *vault;                  /* NULL: $SMTPVAULT_FILE, or the usual one */
    const char *token_from;             /* NULL: $SMTPVAULT_TOKEN_FROM, or no token */
    bool newline;
};

/* argv ends with NULL. False: not of that form. What is in *out is borrowed from argv. */
bool ask_read(struct ask *out, char *const argv[]);

#endif
