/* SPDX-License-Identifier: ISC */
/* zip: one file out of an archive (APPNOTE 6.3: stored or deflated, neither encrypted nor zip64).
 */
#ifndef IMPORT_ZIP_H
#define IMPORT_ZIP_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

/* Its bytes, at most `limit`, with a NUL behind them; what: the archive, in messages. SV_DATA:
 * it is no archive, has no such file, or that is damaged. */
enum sv_status zip_extract(struct secret **out, const void *archive, size_t len, const char *name,
                           size_t limit, const char *what, struct sv_err *err) SV_MUST_USE;

#endif
