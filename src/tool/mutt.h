/* SPDX-License-Identifier: ISC */
/* mutt: what mutt and NeoMutt have in common, which is all that we write. */
#ifndef TOOL_MUTT_H
#define TOOL_MUTT_H

#include "tool/format.h"

enum sv_status mutt_write(struct sink *out, const struct format_input *in,
                          struct sv_err *err) SV_MUST_USE;

#endif
