/* SPDX-License-Identifier: ISC */
/*
 * probe: one login over libcurl, and what was seen of it.
 */
#ifndef SMTP_NET_PROBE_H
#define SMTP_NET_PROBE_H

#include "smtp/target.h"

struct net_probe;

/* NULL: no memory, or libcurl cannot start. */
struct net_probe *net_probe_new(const struct smtp_target *target, const struct secret *secret);

/* Connects, logs in, sends NOOP. Fills the whole result. Once. */
void net_probe_run(struct net_probe *probe, struct smtp_result *result);

/* Sends QUIT where there is a session, which may take a moment. */
void net_probe_free(struct net_probe *probe);

#endif
