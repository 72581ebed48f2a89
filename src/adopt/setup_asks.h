/* SPDX-License-Identifier: ISC */
/* setup_asks: a tool that asks the vault without a block of setup, since its file was adopted by
 * import, or written by hand. */
#ifndef ADOPT_SETUP_ASKS_H
#define ADOPT_SETUP_ASKS_H

#include <stddef.h>

#include "setup/change.h"

/* Adds the profiles that commands in the text, where the tool's secrets would stand, ask smtpvault
 * for. For a list: what cannot be read adds nothing. */
void setup_asks_find(const struct setup_tool *tool, const char *path, const char *text, size_t len,
                     struct setup_found *found);

#endif
