/* SPDX-License-Identifier: ISC */
/* exposed: what a member or a token's holder takes along, for people and programs. */
#ifndef ACCESS_EXPOSED_H
#define ACCESS_EXPOSED_H

#include "cli/cli.h"
#include "domain/vault_members.h"
#include "format/json.h"

/* The members "log_read" and "exposed" of an object. */
void exposed_put_json(struct json *j, const struct offboarding *o);
/* Nothing when the list is empty. */
enum sv_status exposed_put_table(struct cli *cli, const struct offboarding *o,
                                 struct sv_err *err) SV_MUST_USE;

#endif
