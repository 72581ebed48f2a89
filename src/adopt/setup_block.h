/* SPDX-License-Identifier: ISC */
/*
 * setup_block: what a profile's block in a tool's file says: the very text of `export`, and lines
 * of it that are another way here.
 */
#ifndef ADOPT_SETUP_BLOCK_H
#define ADOPT_SETUP_BLOCK_H

#include "base/buf.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "setup/tool.h"

/* text: the file without the profile's block. alone: the block is the tool's default. */
enum sv_status setup_block_write(const struct cli *cli, const struct setup_tool *tool,
                                 const struct profile *p, const struct blob *text, bool *alone,
                                 struct blob *body, struct sv_err *err) SV_MUST_USE;

/* The same from the vault of another user of the machine, who exports it: root, who changes the
 * file, neither opens that vault nor writes its log. name: of the profile. */
enum sv_status setup_block_of_user(const struct cli *cli, const char *user,
                                   const struct setup_tool *tool, const char *name,
                                   struct blob *body, struct sv_err *err) SV_MUST_USE;

/* Puts this line, without its line feed, in the place of each that begins so. */
enum sv_status setup_block_replace(struct blob *body, const char *begin, const char *line,
                                   struct sv_err *err) SV_MUST_USE;
/* Puts `to` in the place of the first `from`, which is in it. */
enum sv_status setup_block_exchange(struct blob *body, const char *from, const char *to,
                                    struct sv_err *err) SV_MUST_USE;

#endif
