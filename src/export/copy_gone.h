/* SPDX-License-Identifier: ISC */
/* copy_gone: a file that this program took the secrets out of, or removed, is no copy any more. */
#ifndef EXPORT_COPY_GONE_H
#define EXPORT_COPY_GONE_H

#include <stddef.h>

#include "base/err.h"
#include "cli/cli.h"

/* Forgets what is recorded of the file in the cards of these profiles; NULLs among the names are
 * passed over. Where nothing is recorded, nothing is written. */
enum sv_status copy_gone(struct cli *cli, const char *path, const char *const *names, size_t count,
                         struct sv_err *err) SV_MUST_USE;

#endif
