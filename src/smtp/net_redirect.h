/* SPDX-License-Identifier: ISC */
/* redirect: waits on this machine for the browser of redirect.h. It tells its port first. */
#ifndef SMTP_NET_REDIRECT_H
#define SMTP_NET_REDIRECT_H

#include "base/secret.h"

enum sv_status net_redirect_serve(const struct secret *request, struct sv_err *err) SV_MUST_USE;

#endif
