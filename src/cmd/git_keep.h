/* SPDX-License-Identifier: ISC */
/*
 * git_keep: `git-credential --general`: what git stores is kept, and what it erases is retired.
 * Nothing is ever lost: a retired login stays as it was in its history.
 */
#ifndef CMD_GIT_KEEP_H
#define CMD_GIT_KEEP_H

#include "base/err.h"
#include "cli/cli.h"
#include "cmd/git_request.h"

/* The login of this address gets this secret: a new version of it if it has another one, a new
 * login where there is none and `only` (or NULL) names none. One for mail is a mail login like
 * every other; another is called by its URL. */
enum sv_status git_keep_store(struct cli *cli, const struct git_request *r, const char *only,
                              struct sv_err *err) SV_MUST_USE;
/* Whatever fits is retired: with a password, which has to be its own; a mail login is with its
 * password only. */
enum sv_status git_keep_erase(struct cli *cli, const struct git_request *r, const char *only,
                              struct sv_err *err) SV_MUST_USE;

/* The name of a new login: "https://ann@example.com:8443/a/path", and "~N" behind it where n is
 * not 1. Too long a one is cut. */
void git_keep_name(char dst[PROFILE_NAME_MAX + 1], const struct git_request *r, unsigned n);

#endif
