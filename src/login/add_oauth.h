/* SPDX-License-Identifier: ISC */
/* add_oauth: a new login at a provider that has left passwords. */
#ifndef LOGIN_ADD_OAUTH_H
#define LOGIN_ADD_OAUTH_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/profile.h"

/* Asks for the client id of the person's own and runs the command `login` with it, which
 * stores the profile: *stored. Where a password still does, and is what they have, p->kind
 * becomes password. SV_USAGE: there is no client id yet, nothing was stored. Where nobody can
 * be asked, or the secret comes from elsewhere, it does nothing. */
enum sv_status add_oauth(struct cli *cli, const struct args *args, struct profile *p, bool *stored,
                         struct sv_err *err) SV_MUST_USE;

#endif
