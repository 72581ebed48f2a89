/* SPDX-License-Identifier: ISC */
/*
 * sasl: the client's side of a login (RFC 4422) for SMTP (RFC 4954), without a network:
 * challenges go in and responses come out, both in base64. PLAIN (RFC 4616), LOGIN,
 * CRAM-MD5 (RFC 2195), SCRAM-SHA-256 (RFC 5802, 7677; the server's proof is checked),
 * XOAUTH2 (Google, Microsoft) and OAUTHBEARER (RFC 7628).
 *
 * User names and passwords go as they are: SASLprep (RFC 4013) would change nothing of
 * ASCII, nor of composed UTF-8 as keyboards make it.
 */
#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

struct sasl;

struct sasl_who {
    const char *username, *host; /* borrowed as long as the login goes on */
    uint16_t port;
    const char *nonce; /* NULL: a random one, as it must be; tests know theirs */
};

/* The mechanism to use, of those offered ("PLAIN LOGIN") and wanted ("AUTH=PLAIN;
 * AUTH=LOGIN"; "": PLAIN or LOGIN, or for a token OAUTHBEARER or XOAUTH2), the first
 * wanted first. NULL: none in common. */
const char *sasl_choose(const char *offered, const char *wanted, bool token);

/* The secret is borrowed. SV_USAGE for a mechanism that sasl_choose never names. */
enum sv_status sasl_new(struct sasl **out, const char *mechanism, const struct sasl_who *who,
                        const struct secret *secret, struct sv_err *err) SV_MUST_USE;
void sasl_free(struct sasl *sasl);
void sasl_free_cleanup(struct sasl **slot);
#define SASL_OWNED __attribute__((cleanup(sasl_free_cleanup)))

/* The client speaks first: sasl_answer(sasl, "", ...) before any challenge. */
bool sasl_begins(const struct sasl *sasl);

/* The response to a challenge, base64 both, and nothing around them. SV_DATA: what the
 * server says is no challenge of this mechanism, or its proof is wrong; the exchange is to
 * be broken off. */
enum sv_status sasl_answer(struct sasl *sasl, const char *challenge, struct secret **response,
                           struct sv_err *err) SV_MUST_USE;

/* All was sent, and checked, that a success rests on: a server that says yes before has
 * not seen the secret. */
bool sasl_complete(const struct sasl *sasl);

#endif
