/* SPDX-License-Identifier: ISC */
/* complete: what can stand at a place of a command line, from the tables. */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include "cli/command.h"

typedef void complete_visit(void *context, const char *word);

/* Every word of a kind that needs no vault; nothing for profiles, files, programs. */
void complete_words(enum completes kind, complete_visit *visit, void *context);
/* Of an option's value. */
enum completes complete_option(const struct option_spec *option);
/* Of the nth positional word (from 0). */
enum completes complete_position(const struct command *c, size_t n);
/* An option of c or a global one by its whole word ("--host", "-o"), or NULL. */
const struct option_spec *complete_find_option(const struct command *c, const char *word);

#endif
