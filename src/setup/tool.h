/* SPDX-License-Identifier: ISC */
/*
 * tool: how a program that sends mail is set up. One row in tools.def and one const struct
 * setup_NAME for each: a block of lines in its own file, written by a row of tool/formats.def,
 *
 *     # smtpvault: begin NAME
 *     ...
 *     # smtpvault: end NAME
 *
 * and a comment in the place of each line that would stand in the way of the block,
 *
 *     # smtpvault: off for NAME: LINE
 *
 * so that all of it can be taken out again, byte for byte. A tool that cannot ask a command
 * has advice in place of a block.
 */
#ifndef SETUP_TOOL_H
#define SETUP_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "setup/edit.h"

/* Where in a file a line stands, for clashes(); starts as zero but for the first two. */
struct setup_scan {
    const char *name; /* of the profile */
    bool alone;       /* the block is the tool's default login */
    bool inside, goes_on;
};

struct setup_tool {
    const char *name, *alias; /* alias: NULL where there is none */
    const char *title;
    const char *program;      /* found in PATH when the tool is installed; NULL: always there */
    const char *const *files; /* the first that exists, else the first: "~/.msmtprc"; NULL-ended */
    const char *format;       /* the row of tool/formats.def that writes the block */
    bool root;                /* the file is root's */
    bool reminds;             /* it is our own reminder, which a timer starts: no login is set up */
    bool unit;                /* the file is a drop-in of one service, and no row of `files` */
    bool many;                /* a block for each login; else a new one replaces the old */
    bool in_place; /* a block stands where the first line in its way was; else at the end */
    /* Said afterwards, or NULL: "%s" stands for the profile's name, "%q" for the same in a line to
     * be typed, "%u" for the unit, "%c" for the copy. then_user: where it is not root who asks;
     * then_copy: with a copy; then_beside: where another login is the tool's default. */
    const char *then, *then_user, *then_copy, *then_beside;
    /* Where the format's lines have it that the agent listens, or NULL: it is not the agent that is
     * asked. user_socket: for who is not root, NULL: the same. */
    const char *socket, *user_socket;
    /* The line, up to a file's path, that reads a copy of the login from that file in place of the
     * line that begins so up to its "= "; NULL: it cannot. */
    const char *copy;
    const char *advice; /* why there is no block, and what there is instead */
    /* Whether a line outside the blocks would stand in the way; NULL: none does. Asked for
     * each line in order. */
    bool (*clashes)(struct setup_scan *scan, const char *line, size_t len);
    /* Whether a line of a block was put there by the tool itself, as git does behind the last
     * line of a section, and has to outlive the block; NULL: the tool writes nothing. */
    bool (*foreign)(const char *line, size_t len);
    /* Whether the text has a default login of its own, so that the block must not be another; NULL:
     * it never matters. */
    bool (*has_default)(const char *text, size_t len);
    /* SV_EXISTS: the text has a login of this name that cannot stand beside ours; NULL: no. */
    enum sv_status (*refuses)(const char *text, size_t len, const char *name, struct sv_err *err);
    /* What has to stand behind the format's lines, in a text without a block; NULL: nothing. Owner
     * frees; NULL: no memory. */
    char *(*more)(const char *text, size_t len, const char *name);
};

extern const struct setup_tool *const setup_tools[];
extern const size_t setup_tool_count;
const struct setup_tool *setup_tool_find(const char *word); /* by name or alias, or NULL */

#define TOOL(id) extern const struct setup_tool setup_##id;
#include "setup/tools.def"
#undef TOOL

/* A line's first word is `key`, case ignored, and what follows it is not part of a word. */
bool setup_line_has_key(const char *line, size_t len, const char *key);
/* A line is the header "[NAME]" of a section, blanks around it ignored. */
bool setup_line_is_section(const char *line, size_t len, const char *name);

#endif
