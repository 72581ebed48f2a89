/* SPDX-License-Identifier: ISC */
/* setup_block: what a profile's block in a tool's file says, the very text of `export`. */
#ifndef CLI_SETUP_BLOCK_H
#define CLI_SETUP_BLOCK_H

#include "base/buf.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "setup/tool.h"

/* The profile of this name, of the vault that is open; the only one, when `name` is NULL.
 * SV_USAGE: there are several. */
enum sv_status setup_block_profile(struct cli *cli, const char *name, struct profile *p,
                                   struct sv_err *err) SV_MUST_USE;

/* text: the file without the profile's block. alone: the block is the tool's default. command:
 * what is to be asked instead of smtpvault, or NULL. */
enum sv_status setup_block_write(const struct cli *cli, const struct setup_tool *tool,
                                 const struct profile *p, const struct blob *text, bool *alone,
                                 struct blob *body, struct sv_err *err) SV_MUST_USE;

#endif
