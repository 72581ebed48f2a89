/* SPDX-License-Identifier: ISC */
/*
 * net_curl: how libcurl is held for any session: TLS 1.2 or newer and a verified
 * certificate, always; no proxy; every wait bounded.
 */
#ifndef SMTP_NET_CURL_H
#define SMTP_NET_CURL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct net_place {
    const char *host;
    uint16_t port;
    bool implicit; /* TLS from the start, else STARTTLS */
    const char *ca_file;
    uint32_t connect_ms, total_ms;
};

/* Once, before OpenSSL and libcurl have taken any memory: from here on they wipe what they
 * give back. False: they cannot start. */
bool net_curl_start(void);

/* For whatever is spoken. ca_file "": the system's authorities. */
CURLcode net_curl_secure(CURL *curl, const char *ca_file, uint32_t connect_ms);
/* For a session with a mail server: the same, SMTP under TLS and nothing else, up to the
 * answer to EHLO. */
CURLcode net_curl_prepare(CURL *curl, const struct net_place *place);

#endif
