/* SPDX-License-Identifier: ISC */
/*
 * agreed: which commands that stand in a vault may run here. A vault comes from others: shared,
 * restored, fetched with somebody's repository. So a command in it (a policy's hook, that of a
 * rotation which is under way) runs for nobody but who has typed it on this machine, or has
 * agreed to it when asked. What was agreed to is kept in this machine's folder for the vault,
 * never in the vault:
 *
 *   agreed: a line of 64 hexadecimal digits for each, BLAKE2b-256("agreed", the command)
 *
 * So it is with files: a vault says which hold copies of its secrets (copies.h), and one that this
 * user has not written here is another's word, and perhaps another file of theirs.
 *
 *   written: the same, BLAKE2b-256("written", the file's path)
 */
#ifndef CLI_AGREED_H
#define CLI_AGREED_H

#include "base/err.h"
#include "cli/cli.h"

#define AGREED_MAX 1024        /* commands; the oldest goes first */
#define AGREED_FILES_MAX 16384 /* so it is with them */

/* Whoever is here has typed it: it may run from now on. */
enum sv_status agreed_keep(struct cli *cli, const char *command, struct sv_err *err) SV_MUST_USE;
/* Asks whether it may run, where that is not known yet. SV_DENIED: it may not. name: of the
 * profile for which it would run. */
enum sv_status agreed_ask(struct cli *cli, const char *command, const char *name,
                          struct sv_err *err) SV_MUST_USE;
/* A file that is to be written because this user says so. path: absolute. */
enum sv_status agreed_file_keep(struct cli *cli, const char *path, struct sv_err *err) SV_MUST_USE;
/* Was it? */
enum sv_status agreed_file(struct cli *cli, const char *path, bool *known,
                           struct sv_err *err) SV_MUST_USE;

#endif
