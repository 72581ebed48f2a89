/* SPDX-License-Identifier: ISC */
/*
 * git_request: what git tells its credential helpers (git-credential(1), INPUT/OUTPUT
 * FORMAT): lines "KEY=VALUE" up to an empty line or the end; of a key that comes twice the
 * last one counts, keys that are not known do not count.
 */
#ifndef CLI_GIT_REQUEST_H
#define CLI_GIT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"

/* git puts no limit; a request of ours is far below. */
#define GIT_REQUEST_MAX 65536
#define GIT_HOST_MAX 320
#define GIT_USER_MAX 1024

struct git_request {
    bool smtp;                   /* protocol=smtp; no other is ours */
    char host[GIT_HOST_MAX + 1]; /* without the port, brackets of an address as they came */
    uint16_t port;               /* 0: none was named */
    bool has_user;
    char user[GIT_USER_MAX + 1];
    struct secret *password; /* or NULL */
};

/* SV_DATA: that is not git's format. What no login of ours can have (a host that is none,
 * a value that is too long) makes a request that fits nothing: smtp is false then. Owner:
 * git_request_clear. */
enum sv_status git_request_parse(struct git_request *out, const struct secret *input,
                                 struct sv_err *err) SV_MUST_USE;
void git_request_clear(struct git_request *r);
#define GIT_REQUEST_OWNED __attribute__((cleanup(git_request_clear)))

/* Is it for this login: its host, its port and, where one is named, its user? Without a port
 * the program that asks connects to 25, or to 465 with TLS. */
bool git_request_fits(const struct git_request *r, const struct profile *p);
/* Does it name this login's user, or server, but not both: a name that looks like ours? */
bool git_request_resembles(const struct git_request *r, const struct profile *p);

#endif
