/* SPDX-License-Identifier: ISC */
/* locked_since: since when nobody has the vault open on this machine, as far as it can be told
 * without its keys. */
#ifndef CLI_LOCKED_SINCE_H
#define CLI_LOCKED_SINCE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"

/* At the end of an agent, which had it open. What cannot be kept is not. */
void locked_since_note(const struct cli *cli);
/* 0: nothing is known. *used: it is when the log was last written, by whoever opened the vault or
 * tried to. */
int64_t locked_since(const struct cli *cli, bool *used);

#endif
