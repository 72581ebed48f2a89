/* SPDX-License-Identifier: ISC */
#include "import/csv.h"

#include <string.h>
#include <strings.h>

struct csv csv_over(char *bytes, size_t len, const char *what)
{
    return (struct csv){.at = bytes, .end = bytes + len, .what = what, .line = 1};
}

static bool ends_cell(char c)
{
    return c == ',' || c == '\r' || c == '\n';
}

/* Behind the opening quote. */
static enum sv_status quoted(struct csv *c, struct csv_cell *cell, struct sv_err *err)
{
    char *to = c->at;
    unsigned began = c->line;
    bool ended = false;
    cell->at = to;
    while (c->at < c->end) {
        char here = *c->at++;
        if (here == '"') {
            ended = c->at == c->end || *c->at != '"';
            if (ended)
                break;
            c->at++;
        }
        c->line += here == '\n';
        *to++ = here;
    }
    cell->len = (size_t)(to - cell->at);
    if (!ended)
        return sv_fail(err, SV_DATA, "%s: the quotes of line %u have no end: is it half written?",
                       c->what, began);
    if (c->at < c->end && !ends_cell(*c->at))
        return sv_fail(err, SV_DATA, "%s, line %u: something stands behind a cell's quotes",
                       c->what, c->line);
    return SV_OK;
}

static void plain(struct csv *c, struct csv_cell *cell)
{
    cell->at = c->at;
    while (c->at < c->end && !ends_cell(*c->at))
        c->at++;
    cell->len = (size_t)(c->at - cell->at);
}

static enum sv_status read_cell(struct csv *c, struct csv_row *row, struct sv_err *err)
{
    if (row->count == CSV_COLUMNS_MAX)
        return sv_fail(err, SV_DATA, "%s, line %u: more than %d columns", c->what, row->line,
                       CSV_COLUMNS_MAX);
    struct csv_cell *cell = &row->cells[row->count++];
    if (c->at < c->end && *c->at == '"') {
        c->at++;
        return quoted(c, cell, err);
    }
    plain(c, cell);
    return SV_OK;
}

/* CR LF, LF, or CR alone. */
static void end_line(struct csv *c)
{
    if (c->at < c->end && *c->at == '\r')
        c->at++;
    if (c->at < c->end && *c->at == '\n')
        c->at++;
    c->line++;
}

enum sv_status csv_next(struct csv *c, struct csv_row *row, bool *more, struct sv_err *err)
{
    while (c->at < c->end && (*c->at == '\r' || *c->at == '\n'))
        end_line(c);
    row->count = 0;
    row->line = c->line;
    *more = c->at < c->end;
    while (*more) {
        enum sv_status s = read_cell(c, row, err);
        if (s)
            return s;
        if (c->at == c->end || *c->at != ',')
            break;
        c->at++;
    }
    if (*more)
        end_line(c);
    return SV_OK;
}

int csv_column(const struct csv_row *head, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < head->count; i++)
        if (head->cells[i].len == len && strncasecmp(head->cells[i].at, name, len) == 0)
            return (int)i;
    return -1;
}

struct csv_cell csv_get(const struct csv_row *row, int column)
{
    if (column < 0 || (size_t)column >= row->count)
        return (struct csv_cell){"", 0};
    return row->cells[column];
}
