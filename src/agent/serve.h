/* SPDX-License-Identifier: ISC */
/* serve: the requests of wire.h, one function each. */
#ifndef AGENT_SERVE_H
#define AGENT_SERVE_H

#include "agent/peer.h"

/* Reads one frame and answers it; a request for a secret is put into the batch. */
extern const struct peer_protocol serve_frames;

#endif
