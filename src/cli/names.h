/* SPDX-License-Identifier: ISC */
/* names: profiles and versions as a command line names them. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stdint.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "domain/vault.h"

#define NAME_SHOWN_MAX (2 * PROFILE_NAME_MAX)
/* A name for a message; a compound literal, so for one statement only. */
#define NAME_SHOWN(name) \
    text_printable((char[NAME_SHOWN_MAX]){0}, NAME_SHOWN_MAX, (name), strlen(name))

/* A check for commands whose words are all names. */
enum sv_status names_check(struct cli *cli, const struct args *args,
                           struct sv_err *err) SV_MUST_USE;

/* "current" (0), "previous", "pending" or a number, as --version has it. NULL: 0.
 * SV_MISSING when the profile has no such version. */
enum sv_status version_find(struct cli *cli, const char *name, const char *word, uint64_t *version,
                            struct sv_err *err) SV_MUST_USE;
/* SV_USAGE for a word that is none of these. */
enum sv_status version_check(const char *word, struct sv_err *err) SV_MUST_USE;

/* The card of that version (0: current). */
enum sv_status version_card(struct cli *cli, const char *name, uint64_t version,
                            struct profile *out, struct sv_err *err) SV_MUST_USE;

#endif
