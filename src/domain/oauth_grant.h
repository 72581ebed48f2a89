/* SPDX-License-Identifier: ISC */
/*
 * oauth_grant: a login by OAuth2 as a vault keeps it, in the place of a password: what a
 * person once agreed to in a browser (RFC 6749), the program's own id that they agreed for,
 * and where the access tokens come from that a mail server takes.
 *
 * It travels as the secret of its profile, so that every change of a profile carries it; no
 * password is mistaken for one, since it begins with a NUL byte. It leaves the vault for
 * smtpvault-net alone: whoever is given a login of this kind is given an access token.
 *
 *   NUL "oauth2" NUL | made u64 | renewed u64 | TLV: tag u8, length u32, bytes, by tag
 *     1 client id   2 client secret   3 authorization, 4 token, 5 device endpoint
 *     6 scopes      7 file with certificates of authorities          8 refresh token
 */
#ifndef DOMAIN_OAUTH_GRANT_H
#define DOMAIN_OAUTH_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"
#include "smtp/oauth.h"

#define OAUTH_GRANT_MAX 16384 /* bytes of one */
#define OAUTH_CLIENT_SECRET_MAX 1024

struct oauth_grant {
    int64_t made;                 /* when somebody agreed: seconds since 1970, never 0 */
    int64_t renewed;              /* when the refresh token was given out */
    struct oauth_client client;   /* its secret is the one below */
    struct secret *client_secret; /* or NULL: a public client */
    struct secret *refresh;
};

void oauth_grant_clear(struct oauth_grant *g);
#define OAUTH_GRANT_OWNED __attribute__((cleanup(oauth_grant_clear)))

bool oauth_grant_is(const struct secret *secret);
/* When somebody agreed to it; 0: it is no grant. */
int64_t oauth_grant_made(const struct secret *secret);

/* The card of a login whose end is told anew: `end`, OAUTH_ENDLESS: none is known. Its
 * login_told follows as much as the end moves, so that the two say how long it lasts: a token
 * that each use renews lasts as long as it did, and one whose end stays was told when it was. */
void oauth_login_moves(struct profile *p, int64_t end);
/* Is its end put off by each use? */
bool oauth_login_slides(const struct profile *p);

/* SV_DATA: something in it is empty that must not be, or too long. */
enum sv_status oauth_grant_encode(struct secret **out, const struct oauth_grant *g,
                                  struct sv_err *err) SV_MUST_USE;
/* One encoding only: SV_DATA for every other one. *out is set on success only. */
enum sv_status oauth_grant_decode(struct oauth_grant *out, const struct secret *secret,
                                  struct sv_err *err) SV_MUST_USE;

/* What a profile may have for its secret: profile_check_secret, or a grant that is sound. */
enum sv_status oauth_check_secret(const struct secret *secret, struct sv_err *err) SV_MUST_USE;

/* user and token as the initial response of SASL's XOAUTH2, in base64. SV_DATA when the user
 * name is empty or has a byte in it that would end it. */
enum sv_status oauth_xoauth2(struct secret **out, const char *user, const struct secret *token,
                             struct sv_err *err) SV_MUST_USE;

#endif
