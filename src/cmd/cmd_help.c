/* SPDX-License-Identifier: ISC */
/* help: the table of commands, read aloud. */
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *word = args_word(args, 0);
    const struct command *c = word != NULL ? command_find(word) : NULL;
    bool global = word != NULL && strcmp(word, "options") == 0;
    bool statuses = word != NULL && strcmp(word, "exit-status") == 0;
    if (word != NULL && c == NULL && !global && !statuses)
        return command_unknown(word, err);
    if (args_flag(args, "tables"))
        help_tables(cli->out);
    else if (global)
        help_options(cli->out);
    else if (statuses)
        help_statuses(cli->out);
    else if (c != NULL)
        help_command(cli->out, c);
    else
        help_overview(cli->out);
    return SV_OK;
}

static const struct option_spec options[] = {
    {"tables", 0, NULL, COMPLETES_NOTHING, NULL, false},
    {0},
};
static const char *const examples[] = {
    "smtpvault help",
    "smtpvault help add",
    "smtpvault help options",
    "smtpvault help exit-status",
    NULL,
};
const struct command cmd_help = {
    .name = "help",
    .group = "people",
    .args = "[COMMAND | options | exit-status]",
    .summary = "list the commands, or explain one",
    .max_args = 1,
    .completes = COMPLETES_COMMAND,
    .options = options,
    .examples = examples,
    .run = run,
};
