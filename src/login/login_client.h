/* SPDX-License-Identifier: ISC */
/* login_client: who asks for a login by OAuth2, and where: from options, the login before, the
 * provider's row, and the person. */
#ifndef LOGIN_LOGIN_CLIENT_H
#define LOGIN_LOGIN_CLIENT_H

#include "cli/args.h"
#include "cli/cli.h"
#include "domain/oauth_grant.h"
#include "domain/profile.h"

#define LOGIN_CLIENT_OPTIONS                                                                      \
    {                                                                                             \
        "client-id", 0, "ID", COMPLETES_NOTHING, "the id that the provider gave your program",    \
        false},                                                                                   \
        {"client-secret-from",                                                                    \
         0,                                                                                       \
         "SOURCE",                                                                                \
         COMPLETES_SOURCE,                                                                        \
         "where its secret comes from; many have none",                                           \
         false},                                                                                  \
        {"auth-url", 0, "URL", COMPLETES_NOTHING, "where a person agrees", false},                \
        {"token-url", 0, "URL", COMPLETES_NOTHING, "where tokens come from", false},              \
        {"device-url", 0, "URL", COMPLETES_NOTHING, "where the device flow begins", false},       \
        {"scopes", 0, "WORDS", COMPLETES_NOTHING, "what to ask for, a blank between", false},     \
    {                                                                                             \
        "ca-file", 0, "FILE", COMPLETES_FILE, "certificates to trust besides the system's", false \
    }

/* What is wrong by itself. */
enum sv_status login_client_check(struct cli *cli, const struct args *args,
                                  struct sv_err *err) SV_MUST_USE;
/* Completes what is in g, the grant before it or nothing; p knows then when the client's secret
 * ends, if anybody said. SV_USAGE: what is missing, and the option that gives it. */
enum sv_status login_client_fill(struct cli *cli, const struct args *args, struct profile *p,
                                 struct oauth_grant *g, struct sv_err *err) SV_MUST_USE;

#endif
