/* SPDX-License-Identifier: ISC */
/* change: the text of a tool's file with a login's block in it, and without it again. */
#ifndef SETUP_CHANGE_H
#define SETUP_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "setup/edit.h"
#include "setup/tool.h"

/* What is in a file. */
struct setup_found {
    char **names; /* of the profiles that have a block, or are asked for otherwise */
    size_t count;
};
#define SETUP_FOUND_OWNED __attribute__((cleanup(setup_found_clear)))
void setup_found_clear(struct setup_found *found);
/* Unless it is there. false: no memory. */
bool setup_found_add(struct setup_found *found, const char *name);

/* SV_DATA, naming the line: a block without an end, a NUL. */
enum sv_status setup_look(const char *text, size_t len, struct setup_found *found,
                          struct sv_err *err) SV_MUST_USE;

/* The change that puts `body`, lines of the tool's syntax, in as the block of this profile, or
 * takes the block out (body NULL). Where a login has a block it stays in its place. The lines
 * borrow from text and block; `block` is made here and the caller's. alone: this is the tool's
 * default login. SV_DATA as above. */
enum sv_status setup_change(const struct setup_tool *tool, const char *text, size_t len,
                            const char *name, const struct blob *body, bool alone,
                            struct blob *block, struct edit *edit, struct sv_err *err) SV_MUST_USE;

#endif
