/* SPDX-License-Identifier: ISC */
/* audit_prove: the part of the command audit that proves the log. */
#ifndef CMD_AUDIT_PROVE_H
#define CMD_AUDIT_PROVE_H

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"

/* audit verify, unlocked: --full, --witness-file. SV_FINDINGS when there are some. */
enum sv_status audit_prove(struct cli *cli, const struct args *args,
                           struct sv_err *err) SV_MUST_USE;

#endif
