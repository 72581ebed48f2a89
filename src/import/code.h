/* SPDX-License-Identifier: ISC */
/*
 * code: settings in a program's own language. Names that are given a value are found, wherever
 * they stand: NAME = "x", $a['b'] = 'x', 'b' => 'x', b: 'x', define('B', 'x'), and what is in
 * brackets goes by the path of names. Comments are passed over. A value is taken when it is one
 * literal and nothing else; what would have to be evaluated is told as such.
 */
#ifndef IMPORT_CODE_H
#define IMPORT_CODE_H

#include "import/literal_code.h"

struct code_rules {
    enum code_language language;
    /* A value of this path, before it is taken: what the program makes of it; NULL. */
    void (*mend)(const char *path, struct literal *value);
};

enum sv_status code_read(struct settings *out, char *at, char *end, const struct code_rules *rules,
                         struct sv_err *err) SV_MUST_USE;

#endif
