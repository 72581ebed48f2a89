/* SPDX-License-Identifier: ISC */
/*
 * shell_line: where the shell's lines come from. On a terminal readline, loaded
 * here and nowhere else so that no other command pays for it; else, and where it
 * is not installed, plain lines of standard input.
 */
#ifndef CLI_SHELL_LINE_H
#define CLI_SHELL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/cli.h"

#define SHELL_LINE_MAX 65536

struct shell_line; /* one at a time: readline itself has one state */

enum sv_status shell_line_open(struct shell_line **out, struct cli *cli,
                               struct sv_err *err) SV_MUST_USE;
void shell_line_close(struct shell_line *l);
void shell_line_cleanup(struct shell_line **slot);
#define SHELL_LINE_OWNED __attribute__((cleanup(shell_line_cleanup)))

bool shell_line_is_interactive(const struct shell_line *l);
/* The vault is locked when nobody types for so long; 0: never. */
void shell_line_set_idle(struct shell_line *l, int64_t seconds);
/* *line is the caller's (sv_free), NULL at the end of input. */
enum sv_status shell_line_read(struct shell_line *l, const char *prompt, char **line,
                               struct sv_err *err) SV_MUST_USE;
/* In memory only. For lines that were understood: others may hold anything. */
void shell_line_remember(struct shell_line *l, const char *line);

#endif
