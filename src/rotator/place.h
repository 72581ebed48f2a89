/* SPDX-License-Identifier: ISC */
/* place: where a rotator's program is. */
#ifndef ROTATOR_PLACE_H
#define ROTATOR_PLACE_H

#include <stddef.h>

#include "base/err.h"

/* A name without a slash is looked for in the folders, in their order; else it is a path. *path:
 * absolute, without links; owner frees. SV_MISSING; SV_DENIED: it, or a folder that it is in or
 * below, belongs to another user or can be written by others; SV_CONFIG: it cannot be executed.
 *
 * From then on none but this user and root can put another program there, so it is started by its
 * path and not by a descriptor: a script's interpreter would need that one open. */
enum sv_status rotator_find(const char *name, const char *const *folders, size_t count, char **path,
                            struct sv_err *err) SV_MUST_USE;

#endif
