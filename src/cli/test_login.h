/* SPDX-License-Identifier: ISC */
/* test_login: one login at a profile's server, and its verdict in the log. */
#ifndef CLI_TEST_LOGIN_H
#define CLI_TEST_LOGIN_H

#include "base/err.h"
#include "cli/cli.h"
#include "domain/profile.h"
#include "smtp/target.h"

struct login_wish {
    const char *ca_file; /* or NULL */
    uint32_t total_ms;   /* 0: as smtp_test has it */
};

/* The profile's host as the network helper takes it: an IPv6 address without its brackets. */
enum sv_status test_login_host(char *dst, size_t capacity, const struct profile *p,
                               struct sv_err *err) SV_MUST_USE;

/* helper: self_helper's. *p gets the profile as it is kept; owner: profile_clear. SV_OK
 * whenever there is a verdict. The secret is revealed when the server's offer stands, and
 * goes only to the server that the profile has then. */
enum sv_status test_login(struct cli *cli, const char *helper, const char *name,
                          const struct login_wish *wish, struct profile *p,
                          struct smtp_result *result, struct sv_err *err) SV_MUST_USE;

#endif
