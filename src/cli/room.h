/* SPDX-License-Identifier: ISC */
/* room: can this user write in a folder, or make it where it is not there yet? */
#ifndef CLI_ROOM_H
#define CLI_ROOM_H

#include "base/err.h"

/* Writes 64 KiB there, or in the nearest folder above that there is, into a file without a
 * name, so that nothing is left behind. SV_IO says why that fails, and *advice what would help. */
enum sv_status room_check(const char *dir, const char **advice, struct sv_err *err) SV_MUST_USE;

#endif
