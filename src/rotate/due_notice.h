/* SPDX-License-Identifier: ISC */
/* due_notice: one quiet line a day, behind another command, that something is due. */
#ifndef ROTATE_DUE_NOTICE_H
#define ROTATE_DUE_NOTICE_H

#include "cli/cli.h"

/* After a command that went well: tells a person at a terminal, once a day and vault, of how many
 * secrets are due, if the vault is open anyhow. Nothing is asked, and no fault is told. */
void due_notice(const struct cli *cli, const struct command *c);

#endif
