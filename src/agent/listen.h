/* SPDX-License-Identifier: ISC */
/* listen: the agent's own socket: made so that no other user can reach it and no second
 * agent takes it, and taken away again. */
#ifndef AGENT_LISTEN_H
#define AGENT_LISTEN_H

#include "agent/place.h"

struct agent_socket {
    int fd;
    int lock_fd;        /* held as long as the socket is ours */
    const char *remove; /* the path to take away, or NULL: it came from outside */
    char lock_path[128];
};
#define AGENT_SOCKET_NONE                       \
    {                                           \
        .fd = -1, .lock_fd = -1, .remove = NULL \
    }

/* Makes the socket at the place (mode 0600), which must outlive it. wait_ms: how long another
 * agent may take to give it up; SV_EXISTS: one holds it. A socket that a killed agent left is
 * replaced. */
enum sv_status agent_socket_make(struct agent_socket *out, const struct agent_place *place,
                                 int wait_ms, struct sv_err *err) SV_MUST_USE;
void agent_socket_close(struct agent_socket *s);
#define AGENT_SOCKET_OWNED __attribute__((cleanup(agent_socket_close)))

#endif
