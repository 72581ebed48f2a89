/* SPDX-License-Identifier: ISC */
/*
 * args: the words of one command line, taken apart. GNU long options anywhere
 * (`--host x`, `--host=x`), letters in clusters (`-nq`, `-oFILE`), `--` ends the
 * options. An option is spelled out in full: an abbreviation that works today
 * would be another option tomorrow.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/command.h"

struct args;

/* The options that every command takes. */
extern const struct option_spec option_globals[];

/* Parses argv[0 .. argc) behind the command's name (c NULL: before it; parsing
 * stops at the first word then, and *used tells how many were taken). Global
 * options are stored in cli. SV_USAGE naming the word; an option that looks like
 * a secret (--password=...) gets the hint instead, and no value is ever repeated.
 * The words are borrowed. */
enum sv_status args_parse(struct args **out, const struct command *c, struct cli *cli, int argc,
                          char *const *argv, int *used, struct sv_err *err) SV_MUST_USE;
/* Checks the number of words; apart from args_parse so that --help wins. */
enum sv_status args_check_count(const struct args *args, struct sv_err *err) SV_MUST_USE;
void args_free(struct args *args);
void args_free_cleanup(struct args **slot);
#define ARGS_OWNED __attribute__((cleanup(args_free_cleanup)))

const char *args_value(const struct args *args, const char *option); /* the last one, or NULL */
bool args_flag(const struct args *args, const char *option);
/* The nth value (from 0) of an option that repeats, or NULL. */
const char *args_nth(const struct args *args, const char *option, size_t n);
size_t args_count(const struct args *args);
const char *args_word(const struct args *args, size_t i); /* NULL beyond the end */
char *const *args_rest(const struct args *args);          /* behind "--", or NULL */

#endif
