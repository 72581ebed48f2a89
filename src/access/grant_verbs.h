/* SPDX-License-Identifier: ISC */
/* grant_verbs: what the files of the command `grant` share. */
#ifndef ACCESS_GRANT_VERBS_H
#define ACCESS_GRANT_VERBS_H

#include "cli/cli.h"
#include "cli/verbs.h"
#include "domain/vault_grant.h"

verb_step grant_list, grant_learn;

/* For everything but `list`: the vault's keys, with the passphrase asked for again in a shell. */
enum sv_status grant_session(struct cli *cli, struct sv_err *err) SV_MUST_USE;

#endif
