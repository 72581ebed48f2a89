/* SPDX-License-Identifier: ISC */
/* terms: what the vault's policy says of profiles, for commands that show or make secrets. */
#ifndef CLI_TERMS_H
#define CLI_TERMS_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "domain/policy.h"
#include "domain/vault.h"

/* policy_apply to each, with one look at the policy. Where the session may not read it (with a
 * token), or the agent is of an older version, rotation.h goes on by the cards alone. */
enum sv_status terms_apply(struct vault *v, struct profile *items, size_t count,
                           struct sv_err *err) SV_MUST_USE;

/* A random secret for p, of the length and the alphabet that hold for it; of a narrower alphabet
 * where a file that holds p's secret could not say one of that. Without a policy that this
 * session may read, as is built in. */
enum sv_status terms_generate(struct cli *cli, const struct profile *p, struct secret **out,
                              struct sv_err *err) SV_MUST_USE;

#endif
