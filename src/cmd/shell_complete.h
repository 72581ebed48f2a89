/* SPDX-License-Identifier: ISC */
/* shell_complete: what can stand under the cursor of the shell command. */
#ifndef CMD_SHELL_COMPLETE_H
#define CMD_SHELL_COMPLETE_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/cli.h"
#include "cli/words.h"

/* The words that the shell itself understands, NULL-terminated. */
extern const char *const shell_own_words[];

/* Names of profiles, from the first Tab until something changes. */
struct shell_memory {
    struct words names;
    bool known;
};
void shell_forget(struct shell_memory *m);

/* The words that can stand behind `before` and begin with `typed`. *files: a file
 * name can stand there too. Profiles are offered while cli->vault is unlocked;
 * nothing is asked for. */
enum sv_status shell_offers(struct shell_memory *m, struct cli *cli, const struct words *before,
                            const char *typed, struct words *offers, bool *files,
                            struct sv_err *err) SV_MUST_USE;

#endif
