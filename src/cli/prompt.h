/* SPDX-License-Identifier: ISC */
/*
 * prompt: asks on /dev/tty and nowhere else, so that stdin and stdout stay what
 * the caller made of them. SV_LOCKED when there is no terminal or --no-input.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "cli/cli.h"

#define PROMPT_LINE_MAX 4096

bool prompt_possible(const struct cli *cli);
/* The terminal, for what is shown and not asked; the caller closes it. */
enum sv_status prompt_open(const struct cli *cli, int *fd, struct sv_err *err) SV_MUST_USE;
/* Says something there, folded to its width; what is foreign is made printable before. */
void prompt_tell(const struct cli *cli, const char *fmt, ...) SV_PRINTF(2, 3);
/* Without echo, byte by byte into secret memory. The terminal is as before in
 * every case, a signal that ends or stops the program included. More than limit
 * bytes, a control character, or the end of input: SV_DATA, as for an empty answer. */
enum sv_status prompt_secret(struct cli *cli, const char *question, size_t limit,
                             struct secret **out, struct sv_err *err) SV_MUST_USE;
/* With echo, a line in secret memory, its line feed dropped. */
enum sv_status prompt_visible(struct cli *cli, const char *question, size_t limit,
                              struct secret **out, struct sv_err *err) SV_MUST_USE;
enum sv_status prompt_line(struct cli *cli, const char *question, char **out,
                           struct sv_err *err) SV_MUST_USE; /* owner frees */
/* The same without the blanks around it. */
enum sv_status prompt_text(struct cli *cli, const char *question, char **out,
                           struct sv_err *err) SV_MUST_USE; /* owner frees */
/* Drops what was typed ahead, such as the rest of a paste of several lines: it was no answer to
 * what is asked next. */
void prompt_forget(const struct cli *cli);
/* Only "y" or "yes" is yes, and only when it is typed behind the question: so is the next one's. */
enum sv_status prompt_yes(struct cli *cli, const char *question, bool *yes,
                          struct sv_err *err) SV_MUST_USE;
/* Enter alone is yes as well: for what can do no harm. */
enum sv_status prompt_go(struct cli *cli, const char *question, bool *yes,
                         struct sv_err *err) SV_MUST_USE;

#endif
