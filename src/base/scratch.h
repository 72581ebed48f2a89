/* SPDX-License-Identifier: ISC */
/*
 * scratch: files and folders that are there only while something is being made. Each
 * is called ".smtpvault-" and 24 hex digits, stands in the folder of what it will
 * become, and is held by flock(2) for as long as its maker lives. So whoever makes
 * the next one there can tell those of the dead, and takes them away: no kill
 * leaves anything for good. Where a file system has no such locks (some of a
 * network), nothing is taken away.
 */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include <stdbool.h>

#include "base/err.h"

#define SCRATCH_NAME 36 /* with the NUL */

/* A new name; false when the kernel gives no random bytes. */
bool scratch_name(char name[SCRATCH_NAME]);
/* Holds a scratch file just made. false: somebody took it for dead meanwhile and it has
 * no name any more; make another. */
bool scratch_hold(int fd);
/* Takes away what the dead have left in the folder behind the descriptor. */
void scratch_sweep(int folder);
/* Removes everything in the folder behind the descriptor, not the folder. */
void scratch_empty(int folder);

/* A private folder (0700) in which something is made. All zero: there is none. */
struct scratch {
    char *path;
    int parent, held; /* descriptors: the folder it stands in, and itself */
    char name[SCRATCH_NAME];
};
/* In the folder `parent`, swept first. SV_EXISTS when nothing can be made there. */
enum sv_status scratch_new(struct scratch *s, const char *parent, struct sv_err *err) SV_MUST_USE;
/* Removes it with everything that is still in it. */
void scratch_clear(struct scratch *s);
#define SCRATCH_OWNED __attribute__((cleanup(scratch_clear)))

#endif
