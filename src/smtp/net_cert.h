/* SPDX-License-Identifier: ISC */
/*
 * cert: what a TLS handshake showed: version, cipher, the leaf's issuer, names and end,
 * the keys of the authorities above it. OpenSSL judges as it would without this; here it
 * is only looked at, also where it judges that the certificate is no good.
 */
#ifndef SMTP_NET_CERT_H
#define SMTP_NET_CERT_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "smtp/target.h"

struct net_cert {
    struct smtp_offer *offer; /* is filled */
    int64_t begun, secured;   /* env_monotonic_ms, 0: not reached */
};

/* For the one session of this context. `cert` outlives it. False: no memory. */
bool net_cert_watch(SSL_CTX *context, struct net_cert *cert);

#endif
