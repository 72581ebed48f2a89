/* SPDX-License-Identifier: ISC */
/* setup_pick: which of several logins is meant, where the command names none. */
#ifndef ADOPT_SETUP_PICK_H
#define ADOPT_SETUP_PICK_H

#include <stddef.h>

#include "adopt/setup_file.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "domain/vault.h"
#include "setup/change.h"

/* A choice: names, and beside each what tells it from the others (says NULL: nothing). */
struct setup_choice {
    const char *question; /* "Which login is msmtp to ask for?" */
    const char *const *names;
    const char *const *says;
    size_t count;
    size_t usual; /* what Enter alone means; count: nothing */
};

/* Asks on the terminal, by number or name. SV_USAGE with the names: there is none, or `asks` is
 * false. `where`, for that message: "the vault has". */
enum sv_status setup_pick(struct cli *cli, const struct setup_choice *choice, bool asks,
                          const char *where, size_t *at, struct sv_err *err) SV_MUST_USE;

/* The only login of the vault, or the one that is picked: as usual counts the one that the file
 * asks for already, else the one whose address stands in it, as in git's user.email. */
enum sv_status setup_pick_profile(struct cli *cli, const struct setup_tool *tool,
                                  const struct setup_file *file, bool asks, struct profile *p,
                                  struct sv_err *err) SV_MUST_USE;

/* One of those that the file has blocks of, which are several. The name is found's. */
enum sv_status setup_pick_block(struct cli *cli, const struct setup_file *file,
                                const struct setup_found *found, bool asks, const char **name,
                                struct sv_err *err) SV_MUST_USE;

#endif
