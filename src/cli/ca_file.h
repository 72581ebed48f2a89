/* SPDX-License-Identifier: ISC */
/*
 * ca_file: the authorities that the server of a login is held to, where they are not the
 * system's: kept in the profile, and given anew where that is asked for.
 */
#ifndef CLI_CA_FILE_H
#define CLI_CA_FILE_H

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/profile.h"

/* add's and edit's --ca-file, as an absolute path, into the profile; "" takes it out. */
enum sv_status ca_file_apply(struct profile *p, const struct args *args,
                             struct sv_err *err) SV_MUST_USE;
/* The same for nobody, before a vault is opened or anything asked. */
enum sv_status ca_file_check(const struct args *args, struct sv_err *err) SV_MUST_USE;

/* *path, borrowed: what was given, else what the profile keeps, else NULL for the system's.
 * SV_MISSING where what it keeps cannot be read: whose it is, which, and what to do. */
enum sv_status ca_file_choose(const struct profile *p, const char *given, const char **path,
                              struct sv_err *err) SV_MUST_USE;

/* Asks on the terminal for the file of the server's authority until there is one, and puts it into
 * the profile. *named: there is; Enter alone and the end of input leave it. */
enum sv_status ca_file_ask(struct cli *cli, struct profile *p, bool *named,
                           struct sv_err *err) SV_MUST_USE;

/* Why what the profile keeps cannot be read here; NULL where it can, or nothing is kept. */
const char *ca_file_fault(const struct profile *p);

/* Warns of one that cannot be read here: it may be on another machine only. */
void ca_file_warn(const struct cli *cli, const struct profile *p);

#endif
