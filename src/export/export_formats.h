/* SPDX-License-Identifier: ISC */
/* export_formats: export --formats, the list of what can be written. */
#ifndef EXPORT_EXPORT_FORMATS_H
#define EXPORT_EXPORT_FORMATS_H

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"

/* The formats that have all of the words in their name, title, file or group; one that is
 * named so alone, with what there is to know of it. SV_MISSING: none. */
enum sv_status export_formats(struct cli *cli, const struct args *args,
                              struct sv_err *err) SV_MUST_USE;

#endif
