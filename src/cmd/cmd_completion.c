/* SPDX-License-Identifier: ISC */
/* completion: scripts for three shells, written from the tables. Names of logins
 * are asked for when Tab is pressed, and only where the vault opens unasked. */
#include <string.h>

#include "cli/cli.h"
#include "cmd/completion.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *const *shells = completes_words(COMPLETES_SHELL);
    (void)cli;
    for (; *shells != NULL; shells++) {
        if (strcmp(*shells, args_word(args, 0)) == 0)
            return SV_OK;
    }
    return sv_fail(err, SV_USAGE, "there are completions for bash, zsh and fish");
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *shell = args_word(args, 0);
    (void)err;
    if (strcmp(shell, "bash") == 0)
        completion_bash(cli->out);
    else if (strcmp(shell, "zsh") == 0)
        completion_zsh(cli->out);
    else
        completion_fish(cli->out);
    return SV_OK;
}

static const char *const examples[] = {
    "source <(smtpvault completion bash)",
    "smtpvault completion fish > ~/.config/fish/completions/smtpvault.fish",
    NULL,
};
const struct command cmd_completion = {
    .name = "completion",
    .group = "people",
    .args = "bash | zsh | fish",
    .summary = "print the completions for a shell",
    .flags = CMD_HIDDEN_IN_SHELL,
    .min_args = 1,
    .max_args = 1,
    .completes = COMPLETES_SHELL,
    .examples = examples,
    .check = check,
    .run = run,
};
