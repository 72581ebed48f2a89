/* SPDX-License-Identifier: ISC */
/* serve_credential: systemd's LoadCredential= (credential.h) at a running agent. A unit that
 * is granted its profile gets the secret's bytes and the end; one that is refused gets more
 * than a credential may have, so that systemd does not start it. */
#ifndef AGENT_SERVE_CREDENTIAL_H
#define AGENT_SERVE_CREDENTIAL_H

#include "agent/peer.h"

extern const struct peer_protocol serve_credential;

#endif
