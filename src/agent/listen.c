/* SPDX-License-Identifier: ISC */
#include "agent/listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

#define BACKLOG 4096

static enum sv_status fail_here(const struct agent_place *place, struct sv_err *err)
{
    return sv_fail_errno(err, SV_IO, errno, "cannot make the agent's socket %s", place->socket);
}

/* What a killed agent left; anything but a socket is not ours to remove. */
static enum sv_status clear_way(const struct agent_place *place, struct sv_err *err)
{
    struct stat st;
    if (lstat(place->socket, &st) != 0)
        return errno == ENOENT ? SV_OK : fail_here(place, err);
    if (!S_ISSOCK(st.st_mode))
        return sv_fail(err, SV_EXISTS, "%s is in the way of the agent's socket: move it elsewhere",
                       place->socket);
    return unlink(place->socket) == 0 || errno == ENOENT ? SV_OK : fail_here(place, err);
}

static enum sv_status open_socket(int *out, const struct agent_place *place, struct sv_err *err)
{
    FD_OWNED int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", place->socket);
    /* Nobody can connect before it listens, so the mode is in time. */
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(place->socket, 0600) != 0 || listen(fd, BACKLOG) != 0)
        return fail_here(place, err);
    *out = fd;
    fd = -1;
    return SV_OK;
}

enum sv_status agent_socket_make(struct agent_socket *out, const struct agent_place *place,
                                 int wait_ms, struct sv_err *err)
{
    AGENT_SOCKET_OWNED struct agent_socket s = AGENT_SOCKET_NONE;
    enum sv_status st = agent_place_make(place, err);
    if (st != SV_OK)
        return st;
    (void)snprintf(s.lock_path, sizeof s.lock_path, "%s.lock", place->socket);
    st = file_lock(s.lock_path, wait_ms, &s.lock_fd, err);
    if (st == SV_LOCKED)
        return sv_fail(err, SV_EXISTS,
                       "an agent keeps this vault open already: \"smtpvault status\" shows it, "
                       "\"smtpvault lock\" ends it");
    if (st != SV_OK || (st = clear_way(place, err)) != SV_OK ||
        (st = open_socket(&s.fd, place, err)) != SV_OK)
        return st;
    s.remove = place->socket;
    *out = s;
    s = (struct agent_socket)AGENT_SOCKET_NONE;
    return SV_OK;
}

/* The lock's file stays: whoever waits for it holds the same one. */
void agent_socket_close(struct agent_socket *s)
{
    if (s->remove != NULL)
        (void)unlink(s->remove);
    file_close_cleanup(&s->fd);
    file_close_cleanup(&s->lock_fd);
    *s = (struct agent_socket)AGENT_SOCKET_NONE;
}
