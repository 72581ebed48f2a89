/* SPDX-License-Identifier: ISC */
/* remove: logins with their whole history, after a question. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "export/copy_words.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (!args_flag(args, "yes") && !ask_yes_possible(cli))
        return sv_fail(err, SV_USAGE, "there is nobody to ask whether it shall go: give --yes");
    return names_check(cli, args, err);
}

/* All names are known before any is removed. */
static enum sv_status find_all(struct cli *cli, const struct args *args, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < args_count(args); i++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        s = vault_find(cli->vault, args_word(args, i), &p, err);
    }
    return s;
}

/* SV_FINDINGS: the answer was no. */
static enum sv_status ask(struct cli *cli, const struct args *args, struct sv_err *err)
{
    char question[NAME_SHOWN_MAX + 96];
    bool yes = false;
    if (args_flag(args, "yes"))
        return SV_OK;
    if (args_count(args) == 1)
        snprintf(question, sizeof question, "Remove %s and its history for good?",
                 NAME_SHOWN(args_word(args, 0)));
    else
        snprintf(question, sizeof question, "Remove these %zu logins and their history for good?",
                 args_count(args));
    enum sv_status s = ask_yes(cli, question, &yes, err);
    if (s != SV_OK || yes)
        return s;
    print_note(cli, "nothing was removed");
    return SV_FINDINGS;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    enum sv_status s = find_all(cli, args, err);
    if (s == SV_OK)
        s = ask(cli, args, err);
    for (size_t i = 0; s == SV_OK && i < args_count(args); i++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        s = vault_find(cli->vault, args_word(args, i), &p, err);
        if (s == SV_OK)
            s = vault_remove(cli->vault, args_word(args, i), err);
        if (s != SV_OK)
            break;
        print_note(cli, "removed %s", NAME_SHOWN(args_word(args, i)));
        copies_warn_left(cli, &p);
    }
    return s;
}

static const struct option_spec options[] = {
    {"yes", 'y', NULL, COMPLETES_NOTHING, "do not ask", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault remove shop",
    "smtpvault rm --yes old/a old/b",
    NULL,
};
const struct command cmd_remove = {
    .name = "remove",
    .group = "profiles",
    .args = "NAME...",
    .summary = "remove logins with their history",
    .flags = CMD_UNLOCKED | CMD_MUTATES,
    .min_args = 1,
    .max_args = -1,
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .check = check,
    .run = run,
};
