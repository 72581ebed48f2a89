/* SPDX-License-Identifier: ISC */
/* shell_words: a line taken apart as sh(1) does it: blanks, '...', "...", \x, and
 * # to the end of the line. Nothing is expanded. */
#ifndef CLI_SHELL_WORDS_H
#define CLI_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct shell_words {
    char **list; /* NULL-terminated; each is into `text` */
    char *text;
    size_t count;
    bool open; /* the last word is still in quotes (completion asks) */
};

/* SV_USAGE for a quote that nobody closes, with the words so far in *out all the
 * same: its owner clears it in every case. */
enum sv_status shell_words_split(struct shell_words *out, const char *line,
                                 struct sv_err *err) SV_MUST_USE;
void shell_words_clear(struct shell_words *w);
#define SHELL_WORDS_OWNED __attribute__((cleanup(shell_words_clear)))

#endif
