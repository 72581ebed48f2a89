/* SPDX-License-Identifier: ISC */
/* serve_socketmap: Postfix's lookups (socketmap.h) at a running agent. Whoever the socket's
 * mode lets in may ask; what is given is for the grants to say. */
#ifndef AGENT_SERVE_SOCKETMAP_H
#define AGENT_SERVE_SOCKETMAP_H

#include "agent/peer.h"

extern const struct peer_protocol serve_socketmap;

#endif
