/* SPDX-License-Identifier: ISC */
/*
 * other_way: a server, port or TLS mode that would do where the profile's does not, offered to a
 * person and, with their yes, put into the profile.
 */
#ifndef LOGIN_OTHER_WAY_H
#define LOGIN_OTHER_WAY_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/cli.h"
#include "login/test_probe.h"

struct other_way {
    char host[256]; /* an IPv6 address without its brackets */
    uint16_t port;
    enum smtp_tls tls;
};

/* What the verdict says for certain, so that no look is needed: the other TLS mode on the same
 * port. False: nothing. */
bool other_way_certain(struct other_way *way, const struct profile *p, enum smtp_verdict verdict);
/* What a look found, also where its certificate is another matter. False: nothing. */
bool other_way_found(struct other_way *way, const struct probe_report *report);

/* Asks on the terminal, and changes the profile of that name. *taken: it was changed; an end of
 * input is no. */
enum sv_status other_way_offer(struct cli *cli, const char *name, const struct other_way *way,
                               bool *taken, struct sv_err *err) SV_MUST_USE;

#endif
