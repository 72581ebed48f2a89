/* SPDX-License-Identifier: ISC */
/* remote: the vault that an agent holds open, as a struct vault (domain/vault_remote.h). */
#ifndef AGENT_REMOTE_H
#define AGENT_REMOTE_H

#include "agent/client.h"
#include "domain/vault_remote.h"

/* Takes the client over when it succeeds. */
enum sv_status remote_vault(struct vault **out, struct agent_client *client,
                            struct sv_err *err) SV_MUST_USE;

#endif
