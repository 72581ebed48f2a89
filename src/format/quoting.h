/* SPDX-License-Identifier: ISC */
/*
 * quoting: a value as a syntax has it, one row in quotings.def for each. A quoting
 * writes the value with all that goes around it (quotes, where there are any), or
 * refuses it (SV_DATA, naming target, character and place). `render` has them by name.
 */
#ifndef FORMAT_QUOTING_H
#define FORMAT_QUOTING_H

#include "base/err.h"
#include "base/sink.h"
#include "format/escape.h"

struct quoting {
    const char *name;
    bool quotes;       /* with quotes around, so that none may stand there already */
    const char *title; /* "a string of TOML, in double quotes" */
    enum sv_status (*write)(struct sink *out, const char *target, struct value v,
                            struct sv_err *err);
};

/* quoting_json ...: for a format's row. */
#define QUOTING(id, word, quotes, title) extern const struct quoting quoting_##id;
#include "format/quotings.def"
#undef QUOTING

extern const struct quoting *const quotings[];
extern const size_t quoting_count;
const struct quoting *quoting_find(const char *name); /* NULL: there is none */

#endif
