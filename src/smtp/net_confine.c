/* SPDX-License-Identifier: ISC */
#include "smtp/net_confine.h"

#include <unistd.h>

#include "base/confine.h"

#define FILES_MAX 64 /* sockets, name lookup, certificates */

enum sv_status net_confine(struct sv_err *err)
{
    return confine("smtpvault-net", FILES_MAX, err);
}

void net_confine_time(uint32_t ms)
{
    alarm(ms / 1000 + 3);
}

void net_confine_wait(void)
{
    alarm(0);
}
