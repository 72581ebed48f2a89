/* SPDX-License-Identifier: ISC */
/* names: profiles and versions as a command line names them. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/grant.h"
#include "domain/profile.h"

#define NAME_SHOWN_MAX (2 * PROFILE_NAME_MAX)
/* A name for a message; a compound literal, so for one statement only. */
#define NAME_SHOWN(name) \
    text_printable((char[NAME_SHOWN_MAX]){0}, NAME_SHOWN_MAX, (name), strlen(name))
/* The same within a command that is to be typed. */
#define NAME_TYPED_MAX GRANT_QUOTED_MAX(PROFILE_NAME_MAX)
#define NAME_TYPED(name) grant_quote((char[NAME_TYPED_MAX]){0}, NAME_TYPED_MAX, (name))

/* A check for commands whose words are all names. */
enum sv_status names_check(struct cli *cli, const struct args *args,
                           struct sv_err *err) SV_MUST_USE;

#endif
