/* SPDX-License-Identifier: ISC */
/*
 * readline: lines for the shell command. GNU readline is looked for when the shell
 * starts, so that no other command loads it; without it, and where standard input
 * is no terminal, lines are read as they come. The history lives in memory only.
 */
#ifndef CLI_READLINE_H
#define CLI_READLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/words.h"

#define READLINE_MAX (64 * 1024)  /* bytes of a line */
#define READLINE_IDLE_MAX 2000000 /* seconds: what poll(2) can wait */

/* Says what can stand at the end of `line`, as it has to be typed there. *start:
 * where the word begins, behind its opening quote. *files: file names may follow. */
struct readline_offers {
    struct words words;
    size_t start;
    bool files;
};
typedef bool readline_offer(void *context, const char *line, struct readline_offers *out);

/* For a terminal: from here to readline_end ^C ends a line and not the program.
 * False: there is no GNU readline here. `offer` is asked at the Tab key. */
bool readline_begin(readline_offer *offer, void *context);
void readline_end(void);

enum readline_got {
    READLINE_LINE,        /* *line is the caller's: sv_free */
    READLINE_OVER,        /* ^D, or the end of the input */
    READLINE_INTERRUPTED, /* ^C: the line was thrown away */
    READLINE_IDLE         /* nothing was typed for so long; what was stays for the next call */
};
/* prompt NULL: no terminal, nothing is shown. idle_s: seconds without a key, 0:
 * for ever. SV_DATA: a line is too long or holds a zero byte. */
enum sv_status readline_read(const char *prompt, int64_t idle_s, enum readline_got *got,
                             char **line, struct sv_err *err) SV_MUST_USE;
/* Remembers a line for the arrow keys. */
void readline_remember(const char *line);

#endif
