/* SPDX-License-Identifier: ISC */
/* audit_checkpoint: the part of the command audit that makes checkpoints for witnesses. */
#ifndef CMD_AUDIT_CHECKPOINT_H
#define CMD_AUDIT_CHECKPOINT_H

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"

/* audit checkpoint [--key | --consistency OLD | --witness-file FILE]. Opens the vault
 * and unlocks it as far as is needed. */
enum sv_status audit_checkpoint(struct cli *cli, const struct args *args,
                                struct sv_err *err) SV_MUST_USE;

#endif
