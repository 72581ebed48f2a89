/* SPDX-License-Identifier: ISC */
/*
 * text: the small facts about bytes that are text. No locale, no allocation
 * unless said.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Strict UTF-8 (RFC 3629): no overlong form, no surrogate, at most U+10FFFF. */
bool text_is_utf8(const void *bytes, size_t len);
/* The length (1..4) of the first character and its code point; 0 when there is
 * none or it is not strict UTF-8. */
size_t text_decode(const void *bytes, size_t len, uint32_t *code_point);
/* Has a C0, DEL or (in UTF-8) C1 control character, or U+2028/2029, or a bidi
 * override (U+202A..202E, U+2066..2069), which would lie on a terminal. */
bool text_has_control(const char *text, size_t len);
/* ASCII case-insensitive equality. */
bool text_equal_nocase(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);

/* Copies `text` for a terminal or a message: control characters, escapes and
 * invalid UTF-8 as \xNN, cut at a character with "..." when it does not fit.
 * Always NUL-terminated. Returns dst. */
char *text_printable(char *dst, size_t capacity, const char *text, size_t len);

/* Columns that len bytes take on a terminal, counting characters: which are wide is
 * not known without a locale, and would at worst misalign a row. */
size_t text_columns(const char *text, size_t len);

/* Breaks text between words into lines of at most `width` columns; a word that is
 * longer stands alone, and what stands in double quotes stays whole, so that a
 * command can be copied. The first line begins at column `at`, each other behind
 * `indent` blanks. Returns dst, or text itself when width is 0 or dst too small. */
const char *text_fold(char *dst, size_t capacity, const char *text, size_t at, size_t indent,
                      size_t width);

/* Decimal, whole string, within [min, max]. */
bool text_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* "90d", "12h", "30m", "2w", "1y" (365 days), "45" (days): seconds. */
bool text_parse_duration(const char *text, int64_t *seconds);

/* The same with seconds ("90s") and never without a unit, at least 1 second: for what
 * lasts while somebody waits. */
bool text_parse_span(const char *text, int64_t *seconds);

/* RFC 3339 UTC "2026-11-23T10:00:00Z"; beyond the year 9999 plain seconds. */
#define TEXT_TIME_MAX 32
char *text_time_utc(char dst[TEXT_TIME_MAX], int64_t when);
/* Local time "2026-11-23 11:00". */
char *text_time_local(char dst[TEXT_TIME_MAX], int64_t when);
/* "in 3 days", "2 hours ago", "just now": rounded to the nearest unit. */
char *text_time_relative(char dst[TEXT_TIME_MAX], int64_t when, int64_t now);
/* How many days of the local calendar it is from now to when: 0 is the same day, however long it
 * is. */
int64_t text_days_apart(int64_t when, int64_t now);
/* RFC 3339, "2026-11-23" (the local midnight), or a duration back from now
 * ("7d"). */
bool text_parse_time(const char *text, int64_t now, int64_t *out);
/* The same for times to come: a duration goes on from now. */
bool text_parse_until(const char *text, int64_t now, int64_t *out);
/* The beginning of a day of the calendar, local time. One that was asked for lately, with the
 * same TZ, is remembered: long lists ask for the same few. */
int64_t text_day_begin(int year, int month, int day);

/* Printable ASCII, each character from `least` on: ' ', or '!' where no blank may be. */
bool text_is_visible(const char *text, char least);
/* Whether a list of words, blanks between, has this one; ASCII case-insensitive. */
bool text_has_word(const char *list, const char *word, size_t len);

/* Hex, lower case; dst holds 2 * len + 1. */
char *text_hex(char *dst, const void *bytes, size_t len);
/* The value of a digit of hex, of either case; -1: it is none. */
int text_hex_value(char c);

/* Glob of fnmatch(3) without special treatment of '/'; a pattern without
 * wildcards matches as a substring. */
bool text_matches(const char *pattern, const char *text);

/* The edit distance of two words, ASCII case ignored (a swap of neighbours counts 1). Words are
 * short: longer ones than 32 bytes are SIZE_MAX away. */
size_t text_distance(const char *a, const char *b);
/* The nearest of `count` words within an edit distance of 2 (a swap of neighbours
 * counts 1), or NULL; the first of equals. */
const char *text_nearest(const char *word, const char *const *words, size_t count);

#endif
