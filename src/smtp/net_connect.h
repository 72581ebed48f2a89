/* SPDX-License-Identifier: ISC */
/*
 * connect: a session with a mail server up to where it offers logins: name, TCP, TLS,
 * EHLO, by libcurl. It is given no user name and no secret, so it can send none.
 */
#ifndef SMTP_NET_CONNECT_H
#define SMTP_NET_CONNECT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "smtp/classify.h"
#include "smtp/net_cert.h"

#define NET_SOCKETS 8 /* attempts at addresses that are under way at once */

struct net_connection {
    const struct smtp_target *target;
    CURL *curl;
    struct transcript transcript;
    struct smtp_offer offer;
    struct net_cert cert;
    int sockets[NET_SOCKETS]; /* that libcurl opened; it closes them */
    size_t socket_count;
    int64_t begun, greeted, ended; /* env_monotonic_ms, 0: not reached */
    char detail[CURL_ERROR_SIZE];
};

/* NULL: no memory, or libcurl has none. */
struct net_connection *net_connection_new(const struct smtp_target *target);
/* Once. Fills the evidence; FAULT_NONE: the session stands, and its offer is known. */
void net_connection_open(struct net_connection *c, struct smtp_evidence *evidence);
/* Times up to here, and the offer. */
void net_connection_tell(const struct net_connection *c, struct smtp_result *result);
void net_connection_free(struct net_connection *c);
void net_connection_free_cleanup(struct net_connection **slot);
#define NET_CONNECTION_OWNED __attribute__((cleanup(net_connection_free_cleanup)))

#endif
