/* SPDX-License-Identifier: ISC */
/* import_show: how people and programs see what an import found. Never a secret. */
#ifndef ADOPT_IMPORT_SHOW_H
#define ADOPT_IMPORT_SHOW_H

#include "base/err.h"
#include "base/sink.h"
#include "cli/cli.h"
#include "format/json.h"
#include "import/plan.h"
#include "import/source.h"

/* What --formats gives. */
enum sv_status import_show_formats(struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* A row for each login but those that are no mail, which are counted. problems: only what is
 * not simply stored. */
enum sv_status import_show_table(const struct cli *cli, struct sink *out, const struct plan *plan,
                                 bool problems, struct sv_err *err) SV_MUST_USE;
/* "12 new, 3 as they are, 1 in conflict": a sentence without its end. */
#define IMPORT_COUNTS_MAX 400
char *import_show_counts(char dst[IMPORT_COUNTS_MAX], const struct plan *plan);
/* Everything but the end of the object, in which more may stand. */
void import_show_json(struct json *j, const struct import_source *source, const struct plan *plan,
                      bool dry_run);

#endif
