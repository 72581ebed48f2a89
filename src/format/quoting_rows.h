/* SPDX-License-Identifier: ISC */
/* quoting_rows: the function of each row of quotings.def, for the files that have them. */
#ifndef FORMAT_QUOTING_ROWS_H
#define FORMAT_QUOTING_ROWS_H

#include "format/quoting.h"

#define QUOTING(id, word, is_quoted, title)                                         \
    enum sv_status quote_##id(struct sink *out, const char *target, struct value v, \
                              struct sv_err *err) SV_MUST_USE;
#include "format/quotings.def"
#undef QUOTING

/* The syntaxes of double quotes, for UTF-8. `pairs`: a character, and the letter behind the
 * backslash or "u" for \u and four digits. */
enum sv_status quoting_double(struct sink *out, const char *target, struct value v,
                              const char *pairs, struct sv_err *err) SV_MUST_USE;
#define QUOTING_JSON_PAIRS "\"\"\\\\\bb\ff\nn\rr\tt"

#endif
