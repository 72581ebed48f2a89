/* SPDX-License-Identifier: ISC */
/*
 * public_dates: the file in which the dates that the policy lets be known stay readable while the
 * vault is locked (due_dates.h). Mode 0600 and in clear: a key beside it would lock out nobody who
 * reads the one and not the other.
 */
#ifndef ROTATE_PUBLIC_DATES_H
#define ROTATE_PUBLIC_DATES_H

#include "cli/cli.h"
#include "domain/due_dates.h"

/* Writes it anew where it says something else than these: all profiles of the vault, which know
 * their terms. Without one that is public it goes away. A fault is a warning. */
void public_dates_keep(const struct cli *cli, const struct profile *items, size_t count);
/* Behind a command that changed the vault, which is still open: the same, where there is such a
 * file or the change may have asked for one. */
void public_dates_follow(const struct cli *cli, const struct command *c);

/* SV_MISSING: there is none. SV_DENIED: others could read or have written it. */
enum sv_status public_dates_read(const struct cli *cli, struct due_dates *out,
                                 struct sv_err *err) SV_MUST_USE;

#endif
