/* SPDX-License-Identifier: ISC */
/*
 * fence: what smtpvault-nss can still reach, whatever NSS makes of a profile's files. It is
 * entered in two steps, each for good.
 *
 *   fence_enter()  before NSS is there. Of files it reads those of the profile's folder and the
 *                  system's libraries, and writes none (Landlock); it starts nothing, has no
 *                  socket and asks no network.
 *   fence_close()  when NSS stands, before the primary password is there: no code is loaded any
 *                  more.
 *
 * What the kernel or the processor lacks for it is left out.
 */
#ifndef NSS_FENCE_H
#define NSS_FENCE_H

#include "base/err.h"

/* library: the folder of the one that will be loaded; "": the system's. */
enum sv_status fence_enter(const char *folder, const char *library, struct sv_err *err) SV_MUST_USE;
enum sv_status fence_close(struct sv_err *err) SV_MUST_USE;

#endif
