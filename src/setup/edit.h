/* SPDX-License-Identifier: ISC */
/*
 * edit: a text as lines that stay, go or come. It is made while the text is changed, so that
 * what is shown of a change is the change.
 */
#ifndef SETUP_EDIT_H
#define SETUP_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"

struct edit_line {
    const char *bytes; /* with its line feed, if it has one */
    size_t len;
    char mark; /* ' ' stays, '-' goes, '+' comes */
    bool ours; /* of a block that smtpvault writes: holds no secret */
    char *own; /* the bytes, where they are not borrowed */
};

struct edit {
    struct edit_line *lines;
    size_t count, room;
    bool failed; /* no memory */
};
#define EDIT_OWNED __attribute__((cleanup(edit_clear)))
void edit_clear(struct edit *e);

/* A line at `at`, borrowed; edit_insert_own copies `before` and the line into one. No memory:
 * e->failed. */
void edit_insert(struct edit *e, size_t at, char mark, bool ours, const char *bytes, size_t len);
void edit_insert_own(struct edit *e, size_t at, char mark, const char *before, const char *bytes,
                     size_t len, const char *after);

bool edit_changes(const struct edit *e);
/* The text as it becomes. SV_NOMEM. */
enum sv_status edit_text(const struct edit *e, struct blob *out, struct sv_err *err) SV_MUST_USE;
/* As diff -u writes it, controls made printable, and of lines that are not ours the secrets as
 * "***". `name`: of the file. */
void edit_diff(const struct edit *e, struct sink *out, const char *name);
/* The number (from 1) in the new text of the first line outside our blocks that seems to hold a
 * secret; 0: there is none. */
size_t edit_secret_line(const struct edit *e);

/* Up to and with the next line feed. */
size_t edit_line_len(const char *text, size_t len);

#endif
