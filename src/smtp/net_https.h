/* SPDX-License-Identifier: ISC */
/* https: one request over HTTPS by libcurl, for the other side of the link. */
#ifndef SMTP_NET_HTTPS_H
#define SMTP_NET_HTTPS_H

#include "base/err.h"
#include "base/secret.h"

enum sv_status net_https_serve(const struct secret *request, struct sv_err *err) SV_MUST_USE;

#endif
