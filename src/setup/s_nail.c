/* SPDX-License-Identifier: ISC */
/* s-nail: the last "set" of a variable holds. */
#include "setup/tool.h"

static const char *const files[] = {"~/.mailrc", NULL};
const struct setup_tool setup_s_nail = {
    .name = "s-nail",
    .alias = "mailx",
    .title = "s-nail",
    .program = "s-nail",
    .files = files,
    .format = "s-nail",
    .then = "send with: s-nail -s SUBJECT ADDRESS <TEXT",
};
