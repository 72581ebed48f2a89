/* SPDX-License-Identifier: ISC */
/* vault_policy: the policy of a vault (policy.h), read and changed a rule at a time. */
#ifndef DOMAIN_VAULT_POLICY_H
#define DOMAIN_VAULT_POLICY_H

#include "domain/policy.h"
#include "domain/vault.h"

/* For whoever may read all profiles; SV_DENIED: this session may not (a token's, an auditor's).
 * A vault without one has no rules. *out is the caller's. */
enum sv_status vault_policy(struct vault *v, struct policy *out, struct sv_err *err) SV_MUST_USE;

/* policy_change in the vault, with one entry in its log. profile: whose rule it is, and
 * change->uid is its uid, as it was read (SV_LOCKED: it is another login meanwhile); NULL: a
 * rule of another scope. A profile's own period goes into its card (a new version of it), in the
 * same change, but for "never" where a wider rule says one. SV_MISSING: there is no such profile
 * or, where nothing is put, no such rule; of a profile's terms that are given up alone, all. */
enum sv_status vault_policy_change(struct vault *v, const char *profile,
                                   const struct policy_rule *change, unsigned drop,
                                   struct sv_err *err) SV_MUST_USE;

#endif
