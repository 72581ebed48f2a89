/* SPDX-License-Identifier: ISC */
/*
 * renew: access tokens, from the token endpoint, for a process that may wait for the network.
 * What asks is smtpvault-net.
 */
#ifndef CLI_RENEW_H
#define CLI_RENEW_H

#include "domain/vault_oauth.h"

/* Renews the logins by OAuth2 of a vault that was opened here. */
void renew_here(struct vault *v);

/* As vault_renewer.ask; context is not used. */
enum sv_status renew_ask(void *context, const struct oauth_grant *g, struct oauth_tokens *tokens,
                         enum oauth_end *end, struct sv_err *err) SV_MUST_USE;

#endif
