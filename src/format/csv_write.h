/* SPDX-License-Identifier: ISC */
/*
 * csv_write: rows of RFC 4180 for spreadsheets: lines end with CR LF, and a cell with a comma, a
 * quote or a line break stands in quotes. A text that a spreadsheet would take for a formula
 * (it begins with = + - @, a tab or a CR) gets an apostrophe before it, which they show as text:
 * whoever names a login is not to have their sums.
 */
#ifndef FORMAT_CSV_WRITE_H
#define FORMAT_CSV_WRITE_H

#include <stddef.h>

#include "base/sink.h"

/* One row; NULL is an empty cell. */
void csv_put_row(struct sink *out, const char *const *cells, size_t count);

#endif
