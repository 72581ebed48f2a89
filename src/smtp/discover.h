/* SPDX-License-Identifier: ISC */
/*
 * discover: the servers for sending that a mail domain itself names, by SRV records
 * (RFC 6186, RFC 8314 section 5.1) or by an autoconfig document; and who receives its
 * mail (MX), since that is mostly who sends it too. All is read in smtpvault-net, in its
 * prison. Only the domain is told to others, never the part of an address before the @.
 *
 * Neither is to be believed without a look: an answer of the name service is not
 * signed, so whoever can forge it could name a server of their own.
 */
#ifndef SMTP_DISCOVER_H
#define SMTP_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "smtp/target.h"

#define DISCOVER_SERVERS_MAX 16
#define DISCOVER_DOCUMENT_MAX 65536
#define DISCOVER_MX_MAX 4

enum discover_end {
    DISCOVER_FOUND = 1,
    DISCOVER_NOTHING,    /* the domain names no server, or says that it has none */
    DISCOVER_UNANSWERED, /* the name service did not answer */
    DISCOVER_MALFORMED   /* what came is no such answer or document */
};

enum discover_source { DISCOVER_SRV = 1, DISCOVER_AUTOCONFIG };
/* What the document says that the user name is; "" and no word where it does not. */
enum discover_username { DISCOVER_ANY, DISCOVER_ADDRESS, DISCOVER_LOCAL_PART, DISCOVER_DOMAIN };

struct discover_server {
    char host[256];
    uint16_t port;
    enum smtp_tls tls;
    enum discover_source source;
    enum discover_username username;
    bool oauth2; /* takes nothing else */
};

/* The servers to be tried first stand first. */
struct discovered {
    enum discover_end end;
    uint8_t count;
    struct discover_server servers[DISCOVER_SERVERS_MAX];
    uint8_t mx_count;
    char mx[DISCOVER_MX_MAX][256]; /* who receives its mail: whoever that is, mostly sends it */
    char name[128];                /* of the provider, for people; or "" */
    char why[128];                 /* with DISCOVER_MALFORMED; or "" */
};

/* The domain as it is asked for: of letters, digits, hyphens and dots, not an address. */
bool discover_is_domain(const char *domain);

/* Asks the name service for _submissions._tcp, _submission._tcp and MX. SV_OK whenever
 * there is an outcome; else as helper.h says. SV_USAGE for what is no domain. */
enum sv_status discover_srv(const char *helper, const char *domain, struct discovered *out,
                            struct sv_err *err) SV_MUST_USE;

/* Reads a document. SV_OK likewise; SV_DATA when it is too large. */
enum sv_status discover_document(const char *helper, const char *domain,
                                 const struct secret *document, struct discovered *out,
                                 struct sv_err *err) SV_MUST_USE;

/* All of it: the name service, and the document at https://autoconfig.DOMAIN/ or, when there is
 * none, below https://DOMAIN/.well-known/. Servers that the document names stand first: it
 * came from the domain by HTTPS. ca_file: NULL for the system's authorities. */
enum sv_status discover_domain(const char *helper, const char *domain, const char *ca_file,
                               struct discovered *out, struct sv_err *err) SV_MUST_USE;

/* Adds what is in `more` behind what is in out, each once. */
void discover_merge(struct discovered *out, const struct discovered *more);

#endif
