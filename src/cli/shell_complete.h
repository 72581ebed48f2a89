/* SPDX-License-Identifier: ISC */
/* shell_complete: candidates for the word under the cursor of the shell. */
#ifndef CLI_SHELL_COMPLETE_H
#define CLI_SHELL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

struct shell_candidates {
    char **list;
    size_t count, capacity;
};

/* What can stand at `start` of the line, whatever begins with `text` or not. Names
 * of logins only while the vault is unlocked. True: files may stand there too. */
bool shell_candidates_find(struct shell_candidates *c, struct cli *cli, const char *line,
                           size_t start, const char *text);
void shell_candidates_clear(struct shell_candidates *c);

/* The words that the shell itself understands, NULL-terminated. */
extern const char *const shell_builtins[];

#endif
