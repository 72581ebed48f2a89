/* SPDX-License-Identifier: ISC */
/*
 * git_secret: what git gives its helpers to keep beside a password (git-credential(1)): when
 * that ends, the refresh token that it was made with, or, in place of a password, what a
 * server is sent as it is. A password with nothing beside it is kept as every other secret
 * is; so is what else there is in one secret, so that every change of a profile carries it.
 * No password is mistaken for one, since it begins with a NUL byte.
 *
 *   NUL "git" NUL | when it ends u64, 0: not known | TLV: tag u8, length u32, bytes, by tag
 *     1 password   2 refresh token   3 scheme that the password is sent as (authtype)
 *
 * Git alone is given all of it; everybody else the password (vault_row_given).
 */
#ifndef DOMAIN_GIT_SECRET_H
#define DOMAIN_GIT_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define GIT_SECRET_MAX 16384 /* bytes of one */
#define GIT_AUTHTYPE_MAX 64

struct git_secret {
    struct secret *password; /* may be empty, for what needs none: never NULL once split */
    struct secret *refresh;  /* or NULL */
    char authtype[GIT_AUTHTYPE_MAX + 1];
    int64_t expires; /* seconds since 1970; 0: not known */
};

void git_secret_clear(struct git_secret *g);
#define GIT_SECRET_OWNED __attribute__((cleanup(git_secret_clear)))

bool git_secret_is(const struct secret *secret);

/* As it is kept: the bare password where that is all, and not empty. SV_DATA: a part is too
 * long, or has a byte in it that no line of git's has. */
enum sv_status git_secret_join(struct secret **out, const struct git_secret *g,
                               struct sv_err *err) SV_MUST_USE;
/* A secret of any other kind is a password. One encoding only: SV_DATA for every other one. */
enum sv_status git_secret_split(struct git_secret *out, const struct secret *secret,
                                struct sv_err *err) SV_MUST_USE;
/* *secret becomes its password. */
enum sv_status git_secret_strip(struct secret **secret, struct sv_err *err) SV_MUST_USE;

/* What a profile may have for its secret: one of these, a login by OAuth2 (oauth_grant.h), or
 * what profile_check_secret takes. */
enum sv_status kept_check_secret(const struct secret *secret, struct sv_err *err) SV_MUST_USE;

#endif
