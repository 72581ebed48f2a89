/* SPDX-License-Identifier: ISC */
/* help: the texts that the command table gives. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/sink.h"
#include "cli/command.h"

void help_usage(struct sink *out);                            /* the short one, for mistakes */
void help_overview(struct sink *out);                         /* every command in its group */
void help_options(struct sink *out);                          /* the global options, SOURCE */
void help_statuses(struct sink *out);                         /* what a command ends with */
void help_command(struct sink *out, const struct command *c); /* --help of one */
void help_tables(struct sink *out); /* rows for scripts/lint-man: kind, then words, by tabs */

#endif
