/* SPDX-License-Identifier: ISC */
/*
 * confine: what smtpvault-net gives up before it talks to anybody: core dumps,
 * being traced, new privileges, many descriptors, its place in the file system,
 * and time without end.
 */
#ifndef SMTP_NET_CONFINE_H
#define SMTP_NET_CONFINE_H

#include <stdint.h>

#include "base/err.h"

enum sv_status net_confine(struct sv_err *err) SV_MUST_USE;

/* The process ends by SIGALRM this much later, whatever it hangs in. */
void net_confine_time(uint32_t ms);
/* It may wait as long as it likes, until that is called again: for its parent, which ends it. */
void net_confine_wait(void);

#endif
