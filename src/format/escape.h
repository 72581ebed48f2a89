/* SPDX-License-Identifier: ISC */
/*
 * escape: values on their way into another program's syntax. A format first
 * refuses what its syntax cannot say, then writes with one of the quotings here.
 * All write straight into the sink, so that a secret stays in guarded memory.
 */
#ifndef FORMAT_ESCAPE_H
#define FORMAT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/sink.h"

/* Borrowed bytes, and the word for them in a message ("password", "user name"). */
struct value {
    const uint8_t *bytes;
    size_t len;
    const char *what;
};
struct value value_text(const char *what, const char *text); /* NULL: empty */
struct value value_secret(const struct secret *secret);      /* NULL: empty */

/* SV_DATA when a NUL or one of the characters in `refused` is in v. The message
 * names target, value, character and place, never the value: "msmtp cannot hold
 * this password: line feed (0x0A) at byte 7". Bytes count from 1. */
enum sv_status escape_refuse(const char *target, struct value v, const char *refused,
                             struct sv_err *err) SV_MUST_USE;
/* The same message for a byte at `at` (from 0) that a format found itself. */
enum sv_status escape_refuse_at(const char *target, struct value v, size_t at,
                                struct sv_err *err) SV_MUST_USE;

/* The same when v is not UTF-8 throughout. */
enum sv_status escape_refuse_not_utf8(const char *target, struct value v,
                                      struct sv_err *err) SV_MUST_USE;

/* SV_DATA when v is longer than the program reads: many cut silently. */
enum sv_status escape_refuse_long(const char *target, struct value v, size_t limit,
                                  struct sv_err *err) SV_MUST_USE;

/* Every byte but the unreserved of RFC 3986 section 2.3 as %XX. */
void escape_percent(struct sink *out, struct value v);
/* POSIX shell, XCU 2.2.2: '...', with '\'' for a single quote. */
void escape_single(struct sink *out, struct value v);
/* "...", with a backslash before each of `specials`. */
void escape_double(struct sink *out, struct value v, const char *specials);
/* "...", with backslash, double quote, tab and line ends as C writes them. */
void escape_c(struct sink *out, struct value v);
/* The same without the quotes around it. */
void escape_c_inside(struct sink *out, struct value v);

/* True when v means itself wherever words are split: letters, digits and
 * @ % _ + , . / : = - and not "-" first, not empty. */
bool value_is_plain(struct value v);

#define LINE_ENDS "\n\r"

#endif
