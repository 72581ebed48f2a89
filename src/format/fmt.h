/* SPDX-License-Identifier: ISC */
/*
 * fmt: the write functions behind formats.def. Each is called with a profile that
 * has host, port and TLS mode, and without a secret only where the format has a
 * hook.
 */
#ifndef FORMAT_FMT_H
#define FORMAT_FMT_H

#include "format/format.h"

#define FORMAT(name, title, file, hook, many, document, between, begin, end)           \
    enum sv_status fmt_##name##_write(struct sink *out, const struct format_input *in, \
                                      struct sv_err *err);
#include "format/formats.def"
#undef FORMAT

enum sv_status fmt_json_begin(struct sink *out, struct sv_err *err);
enum sv_status fmt_json_end(struct sink *out, struct sv_err *err);

#endif
