/* SPDX-License-Identifier: ISC */
/* state_path: what this machine keeps of a vault beside its log: one file for each. */
#ifndef CLI_STATE_PATH_H
#define CLI_STATE_PATH_H

#include "base/err.h"
#include "cli/cli.h"

/* what: "remind". The file of this run's vault, whether it is there or not; owner frees. */
enum sv_status state_path(const struct cli *cli, const char *what, char **out,
                          struct sv_err *err) SV_MUST_USE;

#endif
