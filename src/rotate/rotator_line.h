/* SPDX-License-Identifier: ISC */
/*
 * rotator_line: which rotator, and what it is told, in one line: as --hook and a policy take it,
 * and as the record of a rotation remembers it.
 *
 *   PROGRAM [KEY=VALUE | --with PROFILE | --limit SPAN]...
 *
 * Words are parted and quoted as in words.h; of several of one key the last counts.
 */
#ifndef ROTATE_ROTATOR_LINE_H
#define ROTATE_ROTATOR_LINE_H

#include <stdint.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/words.h"
#include "domain/rotation_record.h"
#include "rotator/rotator.h"

struct rotator_line {
    struct words words;  /* whose texts the rest borrows */
    const char *program; /* a name or a path */
    const char *with;    /* a profile; NULL: none */
    int64_t limit_ms;
    const char *params[ROTATOR_PARAMS_MAX];
    size_t param_count;
};
void rotator_line_clear(struct rotator_line *line);
#define ROTATOR_LINE_OWNED __attribute__((cleanup(rotator_line_clear)))

/* SV_USAGE. */
enum sv_status rotator_line_parse(struct rotator_line *out, const char *text,
                                  struct sv_err *err) SV_MUST_USE;
/* SV_USAGE: its program is a path that depends on the folder it is started in. */
enum sv_status rotator_line_check_fixed(const struct rotator_line *line,
                                        struct sv_err *err) SV_MUST_USE;
/* `base` with the options --set and --with behind it, as short as it can be said, a path in it
 * absolute. SV_USAGE: it is no such line, or too long. */
enum sv_status rotator_line_make(char dst[ROTATION_HOOK_MAX + 1], const char *base,
                                 const struct args *args, struct sv_err *err) SV_MUST_USE;
/* What people call it: the program's name without its folder. */
const char *rotator_line_title(const struct rotator_line *line);
/* The program's file, from the folders of this user, machine and installation. Owner frees. */
enum sv_status rotator_line_find(const struct rotator_line *line, char **path,
                                 struct sv_err *err) SV_MUST_USE;

#endif
