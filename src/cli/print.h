/* SPDX-License-Identifier: ISC */
/*
 * print: messages on stderr ("smtpvault: ..."), and how data looks to people.
 * Foreign text goes through text_printable before it comes here.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/sink.h"
#include "cli/cli.h"

/* Folded between words on a terminal. Nothing when --quiet. */
void print_note(const struct cli *cli, const char *fmt, ...) SV_PRINTF(2, 3);
void print_warning(const struct cli *cli, const char *fmt, ...) SV_PRINTF(2, 3);
/* Always; the status's meaning when the message is empty. */
void print_error(enum sv_status status, const struct sv_err *err);

bool print_is_terminal(int fd);
/* Columns of the terminal behind fd; 0 when it is none or does not say. */
size_t print_width(int fd);
bool print_color(const struct cli *cli, int fd);
void print_bold(struct sink *out, const struct cli *cli, const char *text);

/* What is longer is not folded. */
#define PRINT_PARAGRAPH_MAX 4096
/* A text and a line feed behind a label that ends at column `at`, folded below its
 * own beginning when stdout is a terminal. */
void print_paragraph(struct sink *out, size_t at, const char *text);

/* A line over and over on a terminal's stderr; text NULL takes it away. */
void print_progress(const struct cli *cli, const char *text);

/* Columns padded to width, and on a terminal that is too narrow cut. cells: rows *
 * columns, none NULL, printable. */
void print_table(struct sink *out, const struct cli *cli, const char *const *heads,
                 const char *const *cells, size_t rows, size_t columns);

/* A growing grid of copied cells for print_table. */
struct grid {
    char **cells;
    size_t count, capacity;
    bool failed; /* no memory: grid_print says so */
};
void grid_add(struct grid *g, const char *text); /* made printable; NULL or "": "-" */
void grid_addf(struct grid *g, const char *fmt, ...) SV_PRINTF(2, 3);
enum sv_status grid_print(const struct grid *g, struct sink *out, const struct cli *cli,
                          const char *const *heads, size_t columns, struct sv_err *err) SV_MUST_USE;
void grid_clear(struct grid *g);
#define GRID_OWNED __attribute__((cleanup(grid_clear)))

#endif
