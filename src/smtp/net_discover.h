/* SPDX-License-Identifier: ISC */
/* net_discover: smtpvault-net's side of discover.h. */
#ifndef SMTP_NET_DISCOVER_H
#define SMTP_NET_DISCOVER_H

#include "smtp/discover.h"

/* Serves one WIRE_DISCOVER frame. A document is read with nothing left to reach. */
enum sv_status net_discover_serve(const struct secret *request, struct sv_err *err) SV_MUST_USE;

#endif
