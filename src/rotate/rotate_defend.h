/* SPDX-License-Identifier: ISC */
/*
 * rotate_defend: what is done when a new secret is rejected where it is used. Rejections of the
 * version that a rotation promoted (by exec's programs, git and tests; a temporary fault or a
 * server out of reach is none) are counted from this machine's log, within the overlap. At the
 * policy's threshold there is an alarm: a warning, an entry in the log, and the count on the
 * record, from which `due` tells it. Where the policy wants the rollback it is made, once logins
 * show that the server takes the old secret and refuses the new one; where nobody can tell, by the
 * next command that sees a rejection.
 */
#ifndef ROTATE_ROTATE_DEFEND_H
#define ROTATE_ROTATE_DEFEND_H

#include "cli/cli.h"

/* A command saw a rejection of name's current secret, and has recorded it. Nothing is asked, and
 * no fault of this is the command's. */
void rotate_defend(struct cli *cli, const char *name);

#endif
