/* SPDX-License-Identifier: ISC */
#include "cli/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"

/* Lines narrower than this would be single words. */
#define WIDTH_MIN 20

size_t print_width(int fd)
{
    struct winsize size;
    if (!print_is_terminal(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < WIDTH_MIN)
        return 0;
    return size.ws_col;
}

/* One write(2) a message, so that lines of two processes do not mix. Whatever was put
 * into it, a path of the environment for one, cannot talk to the terminal. For people
 * it is folded; for a log it is one line. */
static void message(const char *kind, const char *fmt, va_list list) SV_PRINTF(2, 0);
static void message(const char *kind, const char *fmt, va_list list)
{
    char text[SV_ERR_TEXT_MAX], line[SV_ERR_TEXT_MAX + 64];
    vsnprintf(text, sizeof text, fmt, list);
    size_t head = (size_t)snprintf(line, sizeof line, "smtpvault: %s", kind);
    text_printable(line + head, sizeof line - head - 1, text, strlen(text));
    size_t len = strlen(line);
    line[len] = '\n';
    line[len + 1] = '\0';
    char folded[2 * sizeof line];
    const char *lines = text_fold(folded, sizeof folded, line, 0, 2, print_width(STDERR_FILENO));
    (void)!write(STDERR_FILENO, lines, strlen(lines));
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

void print_paragraph(struct sink *out, size_t at, const char *text)
{
    char folded[PRINT_PARAGRAPH_MAX];
    sink_puts(out, text_fold(folded, sizeof folded, text, at, at, print_width(STDOUT_FILENO)));
    sink_puts(out, "\n");
}

void print_progress(const struct cli *cli, const char *text)
{
    if (cli->quiet || !print_is_terminal(STDERR_FILENO))
        return;
    char line[160], shown[sizeof line - 8] = "";
    if (text != NULL)
        text_printable(shown, sizeof shown, text, strlen(text));
    int len = snprintf(line, sizeof line, "\r\033[K%s", shown);
    (void)!write(STDERR_FILENO, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

static size_t width_of(const char *text)
{
    return text_columns(text, strlen(text));
}

#define CUT "\xE2\x80\xA6" /* U+2026, an ellipsis */

/* A cell, cut when it is wider than its column; the columns it takes. */
static size_t put_cell(struct sink *out, const char *cell, size_t width)
{
    if (width_of(cell) <= width) {
        sink_puts(out, cell);
        return width_of(cell);
    }
    size_t len = 0;
    uint32_t code_point;
    for (size_t n = 0; n + 1 < width; n++)
        len += text_decode(cell + len, strlen(cell + len), &code_point);
    sink_printf(out, "%.*s" CUT, (int)len, cell);
    return width;
}

#define COLUMNS_MAX 16
/* A time takes this much, and nothing is left of one that is cut. */
#define COLUMN_WHOLE 16
/* Narrower, a column would not tell anything; and the first one, which names the rest. */
#define COLUMN_MIN 10
#define COLUMN_FIRST_MIN 20

struct layout {
    size_t widths[COLUMNS_MAX];
    size_t columns, gap;
};

static void put_blanks(struct sink *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sink_puts(out, " ");
}

/* The first cell is what the next command is typed with, so it is never cut: where it is wider
 * than its column it has a line of its own, and the others stand below in their places. */
static void put_row(struct sink *out, const struct cli *cli, const char *const *cells,
                    const struct layout *l, bool head)
{
    bool bold = head && print_color(cli, STDOUT_FILENO);
    for (size_t c = 0; c < l->columns; c++) {
        bool alone = c == 0 && l->columns > 1 && width_of(cells[c]) > l->widths[c];
        sink_puts(out, bold ? "\033[1m" : "");
        size_t put = put_cell(out, cells[c], alone ? SIZE_MAX : l->widths[c]);
        sink_puts(out, bold ? "\033[0m" : "");
        sink_puts(out, alone ? "\n" : "");
        if (c + 1 < l->columns)
            put_blanks(out, l->widths[c] + l->gap - (alone ? 0 : put));
    }
    sink_puts(out, "\n");
}

static bool may_give_way(const struct layout *l, const bool *whole, size_t c)
{
    return !whole[c] && l->widths[c] > (c == 0 ? COLUMN_FIRST_MIN : COLUMN_MIN);
}

/* The widest column that may be cut gives way, until the terminal has room. What is left over. */
static size_t give_way(struct layout *l, const bool *whole, size_t total, size_t room)
{
    for (; total > room; total--) {
        size_t widest = l->columns;
        for (size_t c = 0; c < l->columns; c++) {
            if (may_give_way(l, whole, c) &&
                (widest == l->columns || l->widths[c] > l->widths[widest]))
                widest = c;
        }
        if (widest == l->columns)
            return total;
        l->widths[widest]--;
    }
    return total;
}

/* What a program reads is never cut. Where it is not enough that the wide columns give way, they
 * stand closer, and then what is short gives way as well. */
static void fit(struct layout *l, size_t room)
{
    bool whole[COLUMNS_MAX];
    size_t total = l->gap * (l->columns - 1);
    for (size_t c = 0; c < l->columns; c++) {
        whole[c] = l->widths[c] <= COLUMN_WHOLE && c + 1 < l->columns;
        total += l->widths[c];
    }
    if (room == 0 || (total = give_way(l, whole, total, room)) <= room)
        return;
    l->gap = 1;
    total -= l->columns - 1;
    memset(whole, 0, sizeof whole);
    (void)give_way(l, whole, total, room);
}

void print_table(struct sink *out, const struct cli *cli, const char *const *heads,
                 const char *const *cells, size_t rows, size_t columns)
{
    struct layout l = {.columns = columns < COLUMNS_MAX ? columns : COLUMNS_MAX, .gap = 2};
    for (size_t c = 0; c < l.columns; c++)
        l.widths[c] = width_of(heads[c]);
    for (size_t i = 0; i < rows * columns; i++) {
        size_t w = width_of(cells[i]), c = i % columns;
        if (c < l.columns && w > l.widths[c])
            l.widths[c] = w;
    }
    fit(&l, print_width(STDOUT_FILENO));
    put_row(out, cli, heads, &l, true);
    for (size_t r = 0; r < rows; r++)
        put_row(out, cli, cells + r * columns, &l, false);
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
