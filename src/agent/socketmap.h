/* SPDX-License-Identifier: ISC */
/*
 * socketmap: Postfix's lookups of a login, as smtp_sasl_password_maps makes them over
 * socketmap_table(5). Bytes in, bytes out; the connection is the server's.
 *
 * A request is one netstring "MAP KEY", its answer one netstring: "OK user:password",
 * "NOTFOUND ", "TEMP reason", "PERM reason". Postfix asks with up to three keys in turn,
 * until one is found: the sender's address (smtp_sender_dependent_authentication), the
 * name of the host that it is connected to, the destination as relayhost names it
 * ("[host]:port"). What is answered goes to that host, so a key is only answered with a
 * login whose own profile fits it: no login is for all hosts.
 *
 *   map "sasl"             every profile may answer
 *   map "sasl/PROFILE"     only this one, where it fits
 */
#ifndef AGENT_SOCKETMAP_H
#define AGENT_SOCKETMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"

/* A request without its netstring; no lookup of a login is longer. */
#define SOCKETMAP_REQUEST_MAX 1024u
#define SOCKETMAP_HOST_MAX 320u
/* What an answer may take: user and password, and words and netstring around them. */
#define SOCKETMAP_ANSWER_MAX (PROFILE_SECRET_MAX + 1024u)

struct socketmap_request {
    char profile[PROFILE_NAME_MAX + 1]; /* "": any */
    bool by_sender;                     /* `host` is a sender's address */
    char host[SOCKETMAP_HOST_MAX + 1];  /* without brackets */
    uint16_t port;                      /* 0: none was named */
};

enum socketmap_scan {
    SOCKETMAP_MORE,    /* what is there may become a request */
    SOCKETMAP_LOOKUP,  /* *out is one */
    SOCKETMAP_UNKNOWN, /* a request that no profile can answer: another map, no host */
    SOCKETMAP_BROKEN   /* no netstring, or too long a one: nothing more can be understood */
};

/* Looks at the first request in bytes[0..len); *used bytes of it are done with. */
enum socketmap_scan socketmap_scan(const uint8_t *bytes, size_t len, size_t *used,
                                   struct socketmap_request *out);

/* Whether this profile's login may be given for the request. */
bool socketmap_fits(const struct socketmap_request *request, const struct profile *p);

/* Which profile may answer: begun with the request alone, shown each profile in turn. */
struct socketmap_choice {
    struct socketmap_request request;
    unsigned fits; /* how many, at most 2 are counted */
    char name[PROFILE_NAME_MAX + 1], other[PROFILE_NAME_MAX + 1]; /* the first two, by name */
    uint64_t version;                                             /* of the first */
};
void socketmap_consider(struct socketmap_choice *choice, const struct profile *p);

/* SV_OK: name and version. SV_MISSING: none; also when a host without port fits several,
 * because Postfix asks with the port next. SV_CONFIG: several fit a sender or a host with its
 * port; the message names two of them. */
enum sv_status socketmap_chosen(const struct socketmap_choice *choice,
                                struct sv_err *err) SV_MUST_USE;

/* Makes the answer that gives the login. SV_DATA when Postfix cannot be told it: no user
 * name, a colon in it, or a password that is not UTF-8. */
enum sv_status socketmap_put_login(struct secret **answer, const struct profile *p,
                                   const struct secret *password, struct sv_err *err) SV_MUST_USE;

/* Writes the answer for a lookup that failed and returns its length, 0 when it does not
 * fit. SV_MISSING is NOTFOUND; what a change of the vault or of its state may mend is TEMP
 * (locked, denied, busy), the rest PERM. Postfix keeps the mail for all three but a
 * NOTFOUND, with which it goes on to ask, and then tries without a login. */
size_t socketmap_put_fault(uint8_t *dst, size_t capacity, enum sv_status status,
                           const struct sv_err *why);

#endif
