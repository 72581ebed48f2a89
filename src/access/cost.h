/* SPDX-License-Identifier: ISC */
/* cost: Argon2id's cost as an option spells it: t=3,m=262144,p=4. */
#ifndef ACCESS_COST_H
#define ACCESS_COST_H

#include "base/err.h"
#include "crypto/argon2id.h"

/* What is left out is argon2_default's. SV_USAGE for another spelling or a cost
 * outside argon2id.h's floors and ceilings. */
enum sv_status cost_parse(const char *text, struct argon2_cost *out,
                          struct sv_err *err) SV_MUST_USE;

#endif
