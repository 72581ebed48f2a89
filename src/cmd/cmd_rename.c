/* SPDX-License-Identifier: ISC */
/* rename: another name for a login; versions and log keep their trail. */
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *from = args_word(args, 0), *to = args_word(args, 1);
    enum sv_status s = vault_rename(cli->vault, from, to, err);
    if (s == SV_OK)
        print_note(cli, "renamed %s to %s", NAME_SHOWN(from), NAME_SHOWN(to));
    return s;
}

static const char *const examples[] = {
    "smtpvault rename work team/work",
    "smtpvault mv -- -old new",
    NULL,
};
const struct command cmd_rename = {
    .name = "rename",
    .group = "profiles",
    .args = "OLD NEW",
    .summary = "rename a login",
    .flags = CMD_UNLOCKED | CMD_MUTATES,
    .min_args = 2,
    .max_args = 2,
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROFILE,
    .examples = examples,
    .check = names_check,
    .run = run,
};
