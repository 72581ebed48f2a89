/* SPDX-License-Identifier: ISC */
/*
 * words: a line of the shell command, taken apart as sh(1) would: blanks part words,
 * '...' is literal, "..." knows \" \\ \$ and \`, a backslash takes the next byte as
 * it is, # begins a comment, ~ at the front is the home. There are no variables,
 * pipes or redirections: their signs are refused unless they are quoted, so that
 * nobody believes a secret went where it did not.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* items[count] is NULL, as in argv. */
struct words {
    char **items;
    size_t count, capacity;
};

void words_clear(struct words *w);
#define WORDS_OWNED __attribute__((cleanup(words_clear)))
enum sv_status words_add(struct words *w, const char *text, struct sv_err *err) SV_MUST_USE;

/* SV_USAGE for an unclosed quote, a backslash at the end, or a sign of sh. */
enum sv_status words_split(struct words *out, const char *line, struct sv_err *err) SV_MUST_USE;

/* The word that is being typed at the end of a line. */
struct words_tail {
    char *text;   /* without its quotes; sv_free */
    size_t start; /* where it begins in the line, an opening quote included */
    char quote;   /* the quote that is still open, or 0 */
    bool none;    /* there is no word: inside a comment, or behind a sign of sh */
};
enum sv_status words_split_open(struct words *before, struct words_tail *tail, const char *line,
                                struct sv_err *err) SV_MUST_USE;

/* True when the byte at `index` stands in quotes or behind a backslash. */
bool words_is_quoted(const char *line, size_t index);

/* The word as it has to be typed, within `quote` when one is open already (the
 * opening and closing one left out). Owner: sv_free; NULL: no memory. */
char *words_quote(const char *word, char quote);

#endif
