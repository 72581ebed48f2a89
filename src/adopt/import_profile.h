/* SPDX-License-Identifier: ISC */
/* import_profile: a profile's folder of Thunderbird or Firefox, read and left as it is. */
#ifndef ADOPT_IMPORT_PROFILE_H
#define ADOPT_IMPORT_PROFILE_H

#include "adopt/import_file.h"
#include "base/err.h"
#include "cli/cli.h"
#include "import/found.h"

/* A folder with profiles.ini stands for the profile that it names. from: where a primary
 * password comes from (SOURCE); NULL: tty. SV_MISSING: there are no logins, or a file that
 * belongs to them is not there; SV_DENIED: the password was wrong; SV_CONFIG: no NSS. */
enum sv_status import_profile_read(struct cli *cli, const struct import_file *file,
                                   const char *from, struct found_list *out,
                                   struct sv_err *err) SV_MUST_USE;

#endif
