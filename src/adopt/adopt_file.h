/* SPDX-License-Identifier: ISC */
/*
 * adopt_file: a file of another tool that held its secrets in clear, and asks the vault for them
 * then. It is found, kept from others and written as setup does it (setup_file.h), with nothing
 * kept beside it: what it was had the secrets in it.
 */
#ifndef ADOPT_ADOPT_FILE_H
#define ADOPT_ADOPT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "adopt/import_file.h"
#include "adopt/setup_file.h"
#include "base/err.h"
#include "cli/cli.h"
#include "import/adopt.h"
#include "setup/edit.h"

/* Zeroed: nothing; owner: adopt_file_clear. */
struct adopt_file {
    struct setup_file file;
    struct adopted change;
    bool fenced; /* AppArmor keeps the tool from starting smtpvault, so it reads descriptor 3 */
};
void adopt_file_clear(struct adopt_file *a);

/* What `in` holds from here on is the file as it is here. SV_USAGE: its source cannot ask;
 * SV_DATA: UTF-16; SV_DENIED: another user's, or one that has other names. */
enum sv_status adopt_file_open(struct adopt_file *a, struct import_file *in,
                               struct sv_err *err) SV_MUST_USE;
/* names[i]: of the i-th login's profile; NULL: it stays as it is. */
enum sv_status adopt_file_make(struct cli *cli, struct adopt_file *a,
                               const struct import_source *source, const char *const *names,
                               size_t count, struct sv_err *err) SV_MUST_USE;
/* The change as a diff, without secrets. */
enum sv_status adopt_file_diff(const struct adopt_file *a, struct sink *out,
                               struct sv_err *err) SV_MUST_USE;
/* SV_LOCKED: it is not what was opened, and nothing was written. */
enum sv_status adopt_file_write(struct adopt_file *a, struct sv_err *err) SV_MUST_USE;

#endif
