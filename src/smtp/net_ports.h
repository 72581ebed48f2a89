/* SPDX-License-Identifier: ISC */
/* net_ports: one look at ports (ports.h), all side by side, in smtpvault-net. */
#ifndef SMTP_NET_PORTS_H
#define SMTP_NET_PORTS_H

#include "base/secret.h"

/* A request of kind PORTS, answered with PORTS_SEEN. Once in a process: a name lookup that
 * hangs is left behind. */
enum sv_status net_ports_serve(const struct secret *request, struct sv_err *err) SV_MUST_USE;

#endif
