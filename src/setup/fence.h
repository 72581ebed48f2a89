/* SPDX-License-Identifier: ISC */
/*
 * fence: what an AppArmor profile lets the shell of a program run. Debian's for msmtp sends the
 * shell of "passwordeval" into a profile of its own, "helpers", which knows a few programs.
 */
#ifndef SETUP_FENCE_H
#define SETUP_FENCE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a rule of the child profile lets it execute the file `program`, an absolute path
 * without links. Included files are not looked at. */
bool fence_lets(const char *text, size_t len, const char *child, const char *program);

#endif
