/* SPDX-License-Identifier: ISC */
/* mutt: the last "set" of a variable holds. */
#include "setup/tool.h"

static const char *const files[] = {"~/.muttrc", "~/.mutt/muttrc", "$XDG_CONFIG_HOME/mutt/muttrc",
                                    NULL};
const struct setup_tool setup_mutt = {
    .name = "mutt",
    .title = "mutt",
    .program = "mutt",
    .files = files,
    .format = "mutt",
};
