/* SPDX-License-Identifier: ISC */
/* setup_next: what is left to be done when a tool's file is as it should be. */
#ifndef ADOPT_SETUP_NEXT_H
#define ADOPT_SETUP_NEXT_H

#include <stdbool.h>

#include "cli/cli.h"
#include "setup/tool.h"

struct setup_next {
    const struct setup_tool *tool;
    const char *name;        /* of the profile */
    const char *unit, *copy; /* or NULL */
    bool fenced;             /* by AppArmor */
    bool alone;              /* it is the tool's default login */
};
void setup_next_tell(const struct cli *cli, const struct setup_next *next);

#endif
