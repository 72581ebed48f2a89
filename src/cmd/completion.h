/* SPDX-License-Identifier: ISC */
/*
 * completion: scripts for bash, zsh and fish, each written from the tables into a
 * sink. Names of logins are asked for when Tab is pressed, with --no-input, so that
 * only a vault that opens unasked gives them; they are data there, never words that
 * a shell expands.
 */
#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

#include <stdbool.h>

#include "base/sink.h"
#include "cli/command.h"

void completion_bash(struct sink *out);
void completion_zsh(struct sink *out);
void completion_fish(struct sink *out);

/* ---- what the three have in common ---- */

extern const size_t completion_kind_count;
const char *completion_kind(enum completes kind); /* its name: "tls", "profile" ... */
/* The kind is a list of words known now; they are put with a blank before each. */
bool completion_has_words(enum completes kind);
void completion_words(struct sink *out, enum completes kind);
/* Inside single quotes; the bytes of `escape` get a backslash before them. */
void completion_text(struct sink *out, const char *text, const char *escape);
/* The command's name and its aliases. */
void completion_names(struct sink *out, const struct command *c, const char *between);

#endif
