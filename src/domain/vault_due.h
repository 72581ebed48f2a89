/* SPDX-License-Identifier: ISC */
/* vault_due: what is due (due.h) in a vault that is open. */
#ifndef DOMAIN_VAULT_DUE_H
#define DOMAIN_VAULT_DUE_H

#include "domain/due.h"
#include "domain/vault.h"

/* All clocks that this session can see, sorted; tokens for administrators only. The profiles know
 * their terms then, and are what the items point to: both are the caller's. */
enum sv_status vault_due(struct vault *v, const struct due_wish *wish,
                         struct profile_list *profiles, struct due_list *list,
                         struct sv_err *err) SV_MUST_USE;

#endif
