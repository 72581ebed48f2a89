/* SPDX-License-Identifier: ISC */
/* rollback: an older version made current, as a new version: history only grows. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "export/copy_words.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    uint64_t n;
    const char *word = args_word(args, 1);
    (void)cli;
    if (word != NULL && strcmp(word, "previous") != 0 && !text_parse_u64(word, 1, INT64_MAX, &n))
        return sv_fail(err, SV_USAGE, "VERSION is a number, as \"smtpvault history\" lists them");
    return profile_check_name(args_word(args, 0), err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 0), *word = args_word(args, 1);
    uint64_t version = 0, made = 0;
    if (word != NULL && strcmp(word, "previous") != 0)
        (void)text_parse_u64(word, 1, INT64_MAX, &version);
    enum sv_status s = vault_rollback(cli->vault, name, version, &made, err);
    if (s != SV_OK)
        return s;
    print_note(cli,
               "version %" PRIu64 " of %s is current now; \"smtpvault test %s\" tells whether it "
               "still logs in",
               made, NAME_SHOWN(name), NAME_TYPED(name));
    PROFILE_OWNED struct profile p = {.name = NULL};
    if (vault_find(cli->vault, name, &p, NULL) == SV_OK)
        copies_note_old(cli, &p, "another version");
    return SV_OK;
}

static const char *const examples[] = {
    "smtpvault rollback work",
    "smtpvault rollback work 3",
    NULL,
};
const struct command cmd_rollback = {
    .name = "rollback",
    .group = "profiles",
    .args = "NAME [VERSION]",
    .summary = "make an older version current again",
    .flags = CMD_UNLOCKED | CMD_MUTATES,
    .min_args = 1,
    .max_args = 2,
    .completes = COMPLETES_PROFILE,
    .examples = examples,
    .help = "Without VERSION the one before the current is taken.",
    .check = check,
    .run = run,
};
