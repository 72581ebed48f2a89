/* SPDX-License-Identifier: ISC */
#include "cli/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"

/* One write(2) a message, so that lines of two processes do not mix. Whatever was put
 * into it, a path of the environment for one, cannot talk to the terminal. */
static void message(const char *kind, const char *fmt, va_list list) SV_PRINTF(2, 0);
static void message(const char *kind, const char *fmt, va_list list)
{
    char text[SV_ERR_TEXT_MAX], line[SV_ERR_TEXT_MAX + 64];
    vsnprintf(text, sizeof text, fmt, list);
    size_t head = (size_t)snprintf(line, sizeof line, "smtpvault: %s", kind);
    text_printable(line + head, sizeof line - head - 1, text, strlen(text));
    size_t len = strlen(line);
    line[len] = '\n';
    (void)!write(STDERR_FILENO, line, len + 1);
}

void print_note(const struct cli *cli, const char *fmt, ...)
{
    if (cli->quiet)
        return;
    va_list list;
    va_start(list, fmt);
    message("", fmt, list);
    va_end(list);
}

void print_warning(const struct cli *cli, const char *fmt, ...)
{
    if (cli->quiet)
        return;
    va_list list;
    va_start(list, fmt);
    message("warning: ", fmt, list);
    va_end(list);
}

static void print_line(const char *fmt, ...) SV_PRINTF(1, 2);
static void print_line(const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    message("", fmt, list);
    va_end(list);
}

void print_error(enum sv_status status, const struct sv_err *err)
{
    print_line("%s", err->text[0] != '\0' ? err->text : sv_status_text(status));
}

bool print_is_terminal(int fd)
{
    return isatty(fd) == 1;
}

bool print_color(const struct cli *cli, int fd)
{
    if (cli->color != COLOR_AUTO)
        return cli->color == COLOR_ALWAYS;
    const char *term = env_get("TERM");
    return env_get("NO_COLOR") == NULL && print_is_terminal(fd) && term != NULL &&
           strcmp(term, "dumb") != 0;
}

void print_bold(struct sink *out, const struct cli *cli, const char *text)
{
    bool color = print_color(cli, STDOUT_FILENO);
    sink_puts(out, color ? "\033[1m" : "");
    sink_puts(out, text);
    sink_puts(out, color ? "\033[0m" : "");
}

void print_progress(const struct cli *cli, const char *text)
{
    if (cli->quiet || !print_is_terminal(STDERR_FILENO))
        return;
    char line[160];
    int len = snprintf(line, sizeof line, "\r\033[K%s", text != NULL ? text : "");
    (void)!write(STDERR_FILENO, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

/* Columns a text takes, counting characters; double width is not known without a
 * locale and would at worst misalign a row. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void put_row(struct sink *out, const struct cli *cli, const char *const *cells,
                    const size_t *widths, size_t columns, bool head)
{
    for (size_t c = 0; c < columns; c++) {
        if (head)
            print_bold(out, cli, cells[c]);
        else
            sink_puts(out, cells[c]);
        for (size_t n = width_of(cells[c]); c + 1 < columns && n < widths[c] + 2; n++)
            sink_puts(out, " ");
    }
    sink_puts(out, "\n");
}

#define COLUMNS_MAX 16

void print_table(struct sink *out, const struct cli *cli, const char *const *heads,
                 const char *const *cells, size_t rows, size_t columns)
{
    size_t widths[COLUMNS_MAX] = {0};
    columns = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
    for (size_t i = 0; i < rows * columns; i++) {
        size_t w = width_of(cells[i]);
        if (w > widths[i % columns])
            widths[i % columns] = w;
    }
    for (size_t c = 0; heads != NULL && c < columns; c++) {
        size_t w = width_of(heads[c]);
        if (w > widths[c])
            widths[c] = w;
    }
    if (heads != NULL)
        put_row(out, cli, heads, widths, columns, true);
    for (size_t r = 0; r < rows; r++)
        put_row(out, cli, cells + r * columns, widths, columns, false);
}

#define CELL_MAX 512

void grid_add(struct grid *g, const char *text)
{
    if (g->count == g->capacity) {
        size_t capacity = g->capacity != 0 ? g->capacity * 2 : 64;
        char **cells = sv_resize(g->cells, capacity * sizeof *cells);
        if (cells == NULL) {
            g->failed = true;
            return;
        }
        g->cells = cells;
        g->capacity = capacity;
    }
    char cell[CELL_MAX];
    if (text == NULL || text[0] == '\0')
        text = "-";
    g->cells[g->count] = sv_strdup(text_printable(cell, sizeof cell, text, strlen(text)));
    if (g->cells[g->count] == NULL)
        g->failed = true;
    else
        g->count++;
}

void grid_addf(struct grid *g, const char *fmt, ...)
{
    char cell[CELL_MAX];
    va_list list;
    va_start(list, fmt);
    vsnprintf(cell, sizeof cell, fmt, list);
    va_end(list);
    grid_add(g, cell);
}

enum sv_status grid_print(const struct grid *g, struct sink *out, const struct cli *cli,
                          const char *const *heads, size_t columns, struct sv_err *err)
{
    if (g->failed)
        return sv_fail_nomem(err);
    print_table(out, cli, heads, (const char *const *)g->cells, g->count / columns, columns);
    return SV_OK;
}

void grid_clear(struct grid *g)
{
    for (size_t i = 0; i < g->count; i++)
        sv_free(g->cells[i]);
    sv_free(g->cells);
    *g = (struct grid){0};
}

const char *print_article(const char *word)
{
    return strchr("aeiouAEIOU", word[0]) != NULL ? "an" : "a";
}
