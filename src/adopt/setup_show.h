/* SPDX-License-Identifier: ISC */
/* setup_show: the tools, and what a change of a file would be. */
#ifndef ADOPT_SETUP_SHOW_H
#define ADOPT_SETUP_SHOW_H

#include "adopt/setup_file.h"
#include "cli/cli.h"

/* All tools: installed or not, and for which logins they are set up. Opens no vault. */
enum sv_status setup_show_tools(struct cli *cli, struct sv_err *err) SV_MUST_USE;

/* What came of a run, for people and for --json; state is one of those words. */
struct setup_outcome {
    const char *state; /* done already would-change undone not-set-up */
    const struct setup_tool *tool;
    const char *profile; /* NULL: none */
    const struct setup_file *file;
};
enum sv_status setup_show_json(struct cli *cli, const struct setup_outcome *o,
                               struct sv_err *err) SV_MUST_USE;

/* The diff: on stdout for a dry run, else on stderr. */
enum sv_status setup_show_diff(struct cli *cli, const struct setup_file *file,
                               const struct edit *edit, bool dry, struct sv_err *err) SV_MUST_USE;

#endif
