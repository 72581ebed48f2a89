/* SPDX-License-Identifier: ISC */
/*
 * https: one request over HTTPS (RFC 9110), made by smtpvault-net, and its answer: for the
 * endpoints of OAuth2 and for what a domain says of its mail servers. TLS 1.2 or newer and a
 * verified certificate, always; plain HTTP to this machine only. No cookie, no proxy, no
 * user name in the URL.
 *
 * A request with a body is sent once, to the server that the URL names: it holds secrets, so
 * no redirect is followed. One without follows at most HTTPS_REDIRECTS, within its scheme.
 */
#ifndef SMTP_HTTPS_H
#define SMTP_HTTPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define HTTPS_URL_MAX 2048
#define HTTPS_BODY_MAX (48U * 1024)    /* of a request */
#define HTTPS_ANSWER_MAX (256U * 1024) /* of an answer */
#define HTTPS_REDIRECTS 3
#define HTTPS_TOTAL_MS 15000

struct https_request {
    char url[HTTPS_URL_MAX];
    const struct secret *body; /* NULL: GET, else POST */
    const char *content_type;  /* of the body; NULL without one */
    char ca_file[4096];        /* "": the system's authorities */
    uint32_t total_ms;         /* 0: HTTPS_TOTAL_MS */
    size_t max;                /* bytes that the answer's body may have; 0: HTTPS_ANSWER_MAX */
};

/* body: never NULL, maybe empty; the caller's to free. */
struct https_answer {
    int status;            /* 200 .. 599 */
    char content_type[64]; /* printable, "" when not said; cut */
    struct secret *body;
};

/* SV_OK whenever there is a whole answer, whatever its status. SV_UNREACHABLE: name lookup,
 * connection, TLS, certificate, time, a body that broke off. SV_DATA: more bytes than `max`, no
 * HTTP, a redirect elsewhere. SV_USAGE: a URL that is not asked. SV_MISSING: no such CA file.
 * SV_CONFIG, SV_INTERNAL: the helper. *answer is set on success only. */
enum sv_status https_ask(const char *helper, const struct https_request *request,
                         struct https_answer *answer, struct sv_err *err) SV_MUST_USE;

void https_answer_clear(struct https_answer *answer);
#define HTTPS_ANSWER_OWNED __attribute__((cleanup(https_answer_clear)))

struct https_place {
    char host[256]; /* of an address of IPv6 without its brackets */
    uint16_t port;
    bool plain; /* http, to this machine */
};
/* False for a URL that is not asked: another scheme, plain HTTP elsewhere, a user name, a
 * fragment, bytes that a URL has none of. */
bool https_url_split(const char *url, struct https_place *place);

#endif
