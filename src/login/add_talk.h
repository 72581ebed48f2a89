/* SPDX-License-Identifier: ISC */
/*
 * add_talk: what add asks a person for: an address, and then only what neither an option nor
 * the table of providers says. Each wrong answer is told and asked for again.
 */
#ifndef LOGIN_ADD_TALK_H
#define LOGIN_ADD_TALK_H

#include "base/err.h"
#include "base/secret.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/profile.h"

/* Puts the answers into p: name, address, provider, server, user name, as far as they are
 * missing. Where nobody can be asked it does nothing. */
enum sv_status add_talk(struct cli *cli, const struct args *args, struct profile *p,
                        struct sv_err *err) SV_MUST_USE;

/* The secret as profile_args_secret gives it; on a terminal after two lines on how to obtain
 * the right one, and one of a wrong shape is asked for again. p->kind becomes iam-secret where
 * that is what was given for Amazon SES. *typed: a person typed it. */
enum sv_status add_secret(struct cli *cli, const struct args *args, struct profile *p,
                          struct secret **out, bool *typed, struct sv_err *err) SV_MUST_USE;

/* SV_EXISTS when a profile has that name. (cmd_add.c) */
enum sv_status add_check_free(struct cli *cli, const char *name, struct sv_err *err) SV_MUST_USE;

#endif
