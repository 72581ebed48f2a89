/* SPDX-License-Identifier: ISC */
/*
 * link: smtpvault-net's end of the socketpair, descriptor 3.
 */
#ifndef SMTP_NET_LINK_H
#define SMTP_NET_LINK_H

#include "base/secret.h"
#include "smtp/wire_frame.h"

/* One whole frame, of whichever kind wire_frame_kind() tells. SV_USAGE when there is no
 * link, or its end has come; SV_DATA for what is no frame. */
enum sv_status net_link_read(struct secret **frame, struct sv_err *err) SV_MUST_USE;
enum sv_status net_link_write(const uint8_t *frame, size_t len, struct sv_err *err) SV_MUST_USE;

#endif
