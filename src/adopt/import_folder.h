/* SPDX-License-Identifier: ISC */
/* import_folder: a password store of one encrypted file an entry, decrypted as its owner would. */
#ifndef ADOPT_IMPORT_FOLDER_H
#define ADOPT_IMPORT_FOLDER_H

#include <stdbool.h>

#include "adopt/import_file.h"
#include "base/err.h"
#include "cli/cli.h"
#include "import/found.h"

/* gpg is run for each entry whose name may be for mail; all: for each. What it cannot decrypt
 * is a login with a fault, unless it is one after another: SV_DENIED. */
enum sv_status import_folder_read(struct cli *cli, const struct import_file *file, bool all,
                                  struct found_list *out, struct sv_err *err) SV_MUST_USE;

#endif
