/* SPDX-License-Identifier: ISC */
/*
 * endpoint: where a login is known to be used: at the profile's own server and port, and at the
 * other ports of that host which its provider's row has (provider.h), built in or of the user's
 * own. Other hosts of a row are left out: most are there for other customers.
 */
#ifndef DOMAIN_ENDPOINT_H
#define DOMAIN_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/profile.h"

#define ENDPOINTS_MAX 3 /* a login that fails everywhere is not to lock an account */

struct endpoint {
    uint16_t port;
    enum profile_tls tls;
    bool tried; /* for the words: a login there told something of the secret */
};

/* The first is the profile's own; then those of the row, in its order. Ports 25, 80 and 443 are
 * left out, and what the row has from one source only. Returns how many. */
size_t endpoints_of(struct endpoint out[ENDPOINTS_MAX], const struct profile *p);

#define ENDPOINTS_SAID_MAX 49
/* "1 login" where there is one endpoint; else "2 logins, ports 587 and 465", or "1 login, port
 * 587; 465 untried". At least one was tried. Returns dst. */
char *endpoints_say(char dst[ENDPOINTS_SAID_MAX], const struct endpoint *ends, size_t count);
/* Those that were tried: "port 587", "ports 587, 465 and 2525". Returns dst. */
char *endpoints_list(char dst[ENDPOINTS_SAID_MAX], const struct endpoint *ends, size_t count);
/* Do words of endpoints_say tell of a login at that port? */
bool endpoints_told(const char *said, uint16_t port);

#endif
