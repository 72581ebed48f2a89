/* SPDX-License-Identifier: ISC */
/* rotate_plan: who a rotation would concern, and what it would do; after it, who is behind. */
#ifndef ROTATE_ROTATE_PLAN_H
#define ROTATE_ROTATE_PLAN_H

#include "cli/cli.h"
#include "rotate/rotate_use.h"

/* rotate --plan: changes nothing. */
enum sv_status rotate_plan(struct cli *cli, const struct args *args, const char *name,
                           struct sv_err *err) SV_MUST_USE;
/* rotate --status of name; of all that are under way (NULL). (rotate_behind.c) */
enum sv_status rotate_status(struct cli *cli, const struct args *args, const char *name,
                             struct sv_err *err) SV_MUST_USE;

#endif
