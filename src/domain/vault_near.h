/* SPDX-License-Identifier: ISC */
/*
 * vault_near: the name that was probably meant, where a message says that there is no such
 * profile. Names are no secret to who has opened the vault; a token sees those alone that it
 * opens.
 */
#ifndef DOMAIN_VAULT_NEAR_H
#define DOMAIN_VAULT_NEAR_H

#include "domain/vault.h"

/* How such a message begins, or goes on; the name and a quote stand behind it. */
#define NEAR_NONE "there is no profile \""

/* The name of the list that was meant by a word that is none of it: one slip or two away, or in
 * a group ("gmail": "private/gmail"); NULL. */
const char *near_name(const struct profile_list *list, const char *word);
/* Puts it into the message, where there is one; once. */
void vault_say_near(struct vault *v, struct sv_err *err);

#endif
