/* SPDX-License-Identifier: ISC */
/*
 * side_socket: a listening stream socket for programs of other users, where no systemd
 * makes it: Postfix's lookups, systemd's credentials. The group of its folder may connect
 * (mode 0660), so the folder says who: chgrp postfix, chmod 750.
 */
#ifndef AGENT_SIDE_SOCKET_H
#define AGENT_SIDE_SOCKET_H

#include "base/err.h"

struct side_socket {
    int fd;
    const char *path; /* to be taken away; borrowed */
};
#define SIDE_SOCKET_NONE       \
    {                          \
        .fd = -1, .path = NULL \
    }

/* "PATH" or "unix:PATH", absolute: the path; NULL with SV_USAGE for anything else. An
 * address of the network is refused: nobody could say who connects there. */
const char *side_socket_path(const char *word, struct sv_err *err);

/* SV_DENIED: others can put files into the folder. SV_EXISTS: somebody serves there, or it is
 * no socket. One that nobody serves any more is replaced. */
enum sv_status side_socket_make(struct side_socket *out, const char *path,
                                struct sv_err *err) SV_MUST_USE;
void side_socket_close(struct side_socket *s);

#endif
