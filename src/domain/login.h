/* SPDX-License-Identifier: ISC */
/* login: what a server is shown of a profile, where that is not what is kept. */
#ifndef DOMAIN_LOGIN_H
#define DOMAIN_LOGIN_H

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"
#include "smtp/target.h"

/* Of Amazon SES the password is derived (ses.h). Where a provider wants the secret in both
 * fields, as Postmark does, and the profile names no user, the secret is the user name too. */
enum sv_status login_shown(struct profile *p, struct secret **secret,
                           struct sv_err *err) SV_MUST_USE;

/* Is that so of this profile, as it is kept? */
bool login_user_is_secret(const struct profile *p);

/* Is its mechanism one of OAuth2's? */
bool login_is_oauth(const struct profile *p);
/* Is the secret an access token, or what one is made of? */
bool login_by_token(const struct profile *p);

/* How it is encrypted, as a session says it and as a profile does. A profile without TLS has
 * no such session. */
enum smtp_tls login_tls(const struct profile *p);
enum profile_tls login_profile_tls(enum smtp_tls tls);

/* Takes the user name away where it is the secret: for what everybody may see. */
void login_hide_user(struct profile *p, const struct secret *secret);

#endif
