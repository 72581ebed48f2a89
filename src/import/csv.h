/* SPDX-License-Identifier: ISC */
/*
 * csv: comma-separated values of RFC 4180, row by row. Cells are views into the text, from
 * which the doubled quotes are taken out in place; a line break in quotes belongs to the cell.
 * No cell is ever altered otherwise: what a spreadsheet would take for a formula is a value.
 */
#ifndef IMPORT_CSV_H
#define IMPORT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define CSV_COLUMNS_MAX 128

struct csv {
    char *at, *end;
    const char *what; /* in messages */
    unsigned line;    /* of the next row, from 1 */
};
struct csv_cell {
    const char *at;
    size_t len;
};
struct csv_row {
    struct csv_cell cells[CSV_COLUMNS_MAX];
    size_t count;
    unsigned line; /* on which it begins */
};

struct csv csv_over(char *bytes, size_t len, const char *what);
/* *more false: there is no further row. Rows without anything are passed over. SV_DATA with
 * the line: quotes that do not end, something behind them, too many columns. */
enum sv_status csv_next(struct csv *csv, struct csv_row *row, bool *more,
                        struct sv_err *err) SV_MUST_USE;
/* The number of the column of a head with this name, ASCII case ignored, or -1. */
int csv_column(const struct csv_row *head, const char *name);
/* Empty beyond the row's end, and for -1. */
struct csv_cell csv_get(const struct csv_row *row, int column);

#endif
