/* SPDX-License-Identifier: ISC */
/*
 * lookups: which profile answers which lookup of Postfix, remembered as long as the vault
 * stays as it is. Postfix asks with the same few keys for every mail, and finding a profile
 * by its host takes a way through all of them: a second for a hundred thousand, in which
 * nobody else would be served.
 */
#ifndef AGENT_LOOKUPS_H
#define AGENT_LOOKUPS_H

#include "agent/socketmap.h"
#include "domain/vault.h"

struct lookups;
void lookups_free(struct lookups *l);

/* As socketmap_chosen has it, for the profiles of v. *l begins as NULL. */
enum sv_status lookups_find(struct lookups **l, struct vault *v,
                            const struct socketmap_request *request, struct socketmap_choice *out,
                            struct sv_err *err) SV_MUST_USE;

#endif
