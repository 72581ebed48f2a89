/* SPDX-License-Identifier: ISC */
/*
 * setup_fence: Debian's AppArmor profile of msmtp. Where it is in force, the shell of
 * "passwordeval" may not start smtpvault, but may start cat, which hands on what "smtpvault
 * exec" gave msmtp on a descriptor.
 */
#ifndef ADOPT_SETUP_FENCE_H
#define ADOPT_SETUP_FENCE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "setup/tool.h"

/* Whether the profile is enforced; where the kernel does not say, whether it would be. */
bool setup_fence_in_force(void);
/* Whether the tool is behind a fence that keeps it from starting this program. */
bool setup_fence_holds(const struct setup_tool *tool);
/* Puts "cat <&3" into the place of the block's command. */
enum sv_status setup_fence_rewrite(struct blob *body, struct sv_err *err) SV_MUST_USE;

#endif
