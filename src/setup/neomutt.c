/* SPDX-License-Identifier: ISC */
/* neomutt reads the first of these files, in this order, and mutt's are among them. */
#include "setup/tool.h"

static const char *const files[] = {"$XDG_CONFIG_HOME/neomutt/neomuttrc",
                                    "$XDG_CONFIG_HOME/neomutt/muttrc",
                                    "$XDG_CONFIG_HOME/mutt/neomuttrc",
                                    "$XDG_CONFIG_HOME/mutt/muttrc",
                                    "~/.neomutt/neomuttrc",
                                    "~/.neomutt/muttrc",
                                    "~/.mutt/neomuttrc",
                                    "~/.mutt/muttrc",
                                    "~/.neomuttrc",
                                    "~/.muttrc",
                                    NULL};
const struct setup_tool setup_neomutt = {
    .name = "neomutt",
    .title = "neomutt",
    .program = "neomutt",
    .files = files,
    .format = "neomutt",
};
