/* SPDX-License-Identifier: ISC */
/*
 * git_request: what git tells its credential helpers (git-credential(1), INPUT/OUTPUT
 * FORMAT): lines "KEY=VALUE" up to an empty line or the end; of a key that comes twice the
 * last one counts, an empty value of a key that ends in "[]" forgets the ones before it, and
 * keys that are not known do not count.
 */
#ifndef CMD_GIT_REQUEST_H
#define CMD_GIT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/git_secret.h"

/* git puts no limit; a request of ours is far below. */
#define GIT_REQUEST_MAX 65536
#define GIT_PROTOCOL_MAX 32
#define GIT_HOST_MAX 320
#define GIT_USER_MAX 1024
#define GIT_PATH_MAX 1024

struct git_request {
    bool usable; /* it names a protocol and a place of which there can be a login */
    char protocol[GIT_PROTOCOL_MAX + 1];
    char host[GIT_HOST_MAX + 1]; /* without the port, brackets of an address as they came */
    uint16_t port;               /* 0: none was named */
    bool has_user, has_path;
    char user[GIT_USER_MAX + 1];
    char path[GIT_PATH_MAX + 1];
    bool authtype;           /* git understands a secret that is sent as it is, with its scheme */
    bool ephemeral;          /* what comes with it is not to be kept */
    bool sent_as_is;         /* given.password came as "credential" */
    struct git_secret given; /* what git has; password NULL: none */
};

/* SV_DATA: that is not git's format. What no login of ours can have (a host that is none,
 * a value that is too long) makes a request that is not usable. Owner: git_request_clear. */
enum sv_status git_request_parse(struct git_request *out, const struct secret *input,
                                 struct sv_err *err) SV_MUST_USE;
void git_request_clear(struct git_request *r);
#define GIT_REQUEST_OWNED __attribute__((cleanup(git_request_clear)))

/* protocol=smtp: a login that sends mail is meant. */
bool git_request_is_mail(const struct git_request *r);

#endif
