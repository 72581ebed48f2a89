/* SPDX-License-Identifier: ISC */
/* place: where the agent's socket is (wire.h), and whether whoever made it may be asked. */
#ifndef AGENT_PLACE_H
#define AGENT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct agent_place {
    char *socket;   /* absolute */
    char *folder;   /* of the socket */
    uint64_t vault; /* wire_place_hash of its real path; 0 when the socket is named */
    bool named;     /* by SMTPVAULT_AGENT: it may be another user's, a service */
};
void agent_place_clear(struct agent_place *place);
#define PLACE_OWNED __attribute__((cleanup(agent_place_clear)))

/* For the vault at `vault` (NULL: the one that needs no --vault). SV_MISSING (err empty):
 * that vault is not there, or there is no folder for a socket. SV_CONFIG: SMTPVAULT_AGENT is
 * not absolute, or the path is longer than a socket's may be. */
enum sv_status agent_place_find(struct agent_place *place, const char *vault,
                                struct sv_err *err) SV_MUST_USE;

/* Makes the folder, 0700, or finds it private; SV_DENIED when others can put files there. */
enum sv_status agent_place_make(const struct agent_place *place, struct sv_err *err) SV_MUST_USE;

/* What stands there: SV_MISSING (err empty) when nothing does; SV_DENIED when it is no socket,
 * or folder and socket are not the doing of this user, of root, or (named) of one user who
 * alone could put it there. */
enum sv_status agent_place_check(const struct agent_place *place, struct sv_err *err) SV_MUST_USE;

#endif
