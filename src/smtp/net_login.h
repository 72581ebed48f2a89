/* SPDX-License-Identifier: ISC */
/*
 * login: the login test on the side of the network (WIRE_LOGIN).
 */
#ifndef SMTP_NET_LOGIN_H
#define SMTP_NET_LOGIN_H

#include "base/secret.h"

enum sv_status net_login_serve(const struct secret *request, struct sv_err *err) SV_MUST_USE;

#endif
