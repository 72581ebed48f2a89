/* SPDX-License-Identifier: ISC */
#include "agent/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/force.h"
#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/file.h"

#define LOCK_PATIENCE_MS 3000

struct agent_client {
    int fd;
    uint64_t vault; /* which one it is asked about */
    int patience_ms;
    bool ended; /* by the other side, in good order */
    struct secret *frame;
};

void agent_client_close(struct agent_client *c)
{
    if (c == NULL)
        return;
    file_close_cleanup(&c->fd);
    secret_free(c->frame);
    sv_free(c);
}

void agent_client_close_cleanup(struct agent_client **slot)
{
    agent_client_close(*slot);
    *slot = NULL;
}

/* ---- connecting ---- */

/* Whoever bound the socket must own it, and be this user, root, or a service. */
static enum sv_status check_peer(int fd, const struct agent_place *place, struct sv_err *err)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t len = sizeof peer;
    struct stat socket;
    if (!DEFENDED(AGENT_PEER))
        return SV_OK;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return sv_fail_errno(err, SV_DENIED, errno, "cannot tell who answers at %s", place->socket);
    if (peer.uid == getuid() || peer.uid == 0)
        return SV_OK;
    if (place->named && stat(place->socket, &socket) == 0 && socket.st_uid == peer.uid)
        return SV_OK;
    return sv_fail(err, SV_DENIED,
                   "user %u answers at %s, and is not asked: remove that socket, or add --no-agent",
                   (unsigned)peer.uid, place->socket);
}

static enum sv_status open_socket(int *out, const struct agent_place *place, struct sv_err *err)
{
    FD_OWNED int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (fd < 0)
        return sv_fail_errno(err, SV_UNREACHABLE, errno, "cannot make a socket");
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", place->socket);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return SV_MISSING;
        return sv_fail_errno(err, errno == EACCES ? SV_DENIED : SV_UNREACHABLE, errno,
                             "cannot reach the agent at %s", place->socket);
    }
    *out = fd;
    fd = -1;
    return SV_OK;
}

enum sv_status agent_connect(struct agent_client **out, const struct agent_place *place,
                             struct sv_err *err)
{
    FD_OWNED int fd = -1;
    CLIENT_OWNED struct agent_client *c = NULL;
    enum sv_status s = agent_place_check(place, err);
    if (s == SV_OK)
        s = open_socket(&fd, place, err);
    if (s == SV_OK)
        s = check_peer(fd, place, err);
    if (s != SV_OK)
        return s;
    if ((c = sv_alloc(sizeof *c)) == NULL)
        return sv_fail_nomem(err);
    c->fd = fd;
    c->patience_ms = WIRE_PATIENCE_MS;
    c->vault = place->vault;
    fd = -1;
    if ((s = frame_new(&c->frame, err)) != SV_OK)
        return s;
    *out = c;
    c = NULL;
    return SV_OK;
}

/* ---- asking ---- */

static enum sv_status gone(struct sv_err *err)
{
    return sv_fail(err, SV_UNREACHABLE,
                   "the agent went away before it answered: \"smtpvault status\" tells whether it "
                   "is back, \"smtpvault unlock\" starts it");
}

/* The number of the process that listens; one that is stopped has to be ended by that. */
static const char *who(int fd, char dst[16])
{
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || peer.pid <= 0)
        return "that listens there";
    (void)snprintf(dst, 16, "%ld", (long)peer.pid);
    return dst;
}

static enum sv_status wait_for(const struct agent_client *c, struct sv_err *err)
{
    char process[16];
    int n = file_wait(c->fd, POLLIN, env_monotonic_ms() + c->patience_ms);
    if (n == 0)
        return sv_fail(err, SV_LOCKED,
                       "the agent did not answer within %d seconds: it is busy or stopped; try "
                       "again, or end the process %s",
                       c->patience_ms / 1000, who(c->fd, process));
    return n > 0 ? SV_OK : sv_fail_errno(err, SV_UNREACHABLE, errno, "cannot wait for the agent");
}

static enum sv_status receive(struct agent_client *c, struct sv_err *err)
{
    enum sv_status s = wait_for(c, err);
    if (s != SV_OK)
        return s;
    secret_set_len(c->frame, 0);
    ssize_t n = recv(c->fd, secret_poke(c->frame), secret_capacity(c->frame), MSG_TRUNC);
    c->ended = n == 0;
    if (n <= 0)
        return gone(err);
    if ((size_t)n > secret_capacity(c->frame))
        return sv_fail(err, SV_DATA, "a message of the agent is too long");
    secret_written(c->frame, (size_t)n);
    return SV_OK;
}

struct buf_writer agent_begin(struct agent_client *c, enum wire_op op)
{
    return frame_request(c->frame, op, c->vault);
}

enum sv_status agent_next(struct agent_client *c, struct buf_reader *r, bool *more,
                          struct sv_err *err)
{
    enum sv_status s;
    /* Nothing, and more to come: it takes longer. */
    do {
        s = receive(c, err);
        if (s == SV_OK)
            s = frame_read_answer(c->frame, more, r, err);
    } while (s == SV_OK && *more && r->left == 0);
    return s;
}

enum sv_status agent_ask(struct agent_client *c, const struct buf_writer *w, struct buf_reader *r,
                         bool *more, struct sv_err *err)
{
    enum sv_status s = frame_end(c->frame, w, err);
    if (s != SV_OK)
        return s;
    ssize_t n = send(c->fd, secret_peek(c->frame), secret_len(c->frame), MSG_NOSIGNAL);
    secret_set_len(c->frame, 0);
    return n < 0 ? gone(err) : agent_next(c, r, more, err);
}

enum sv_status agent_ask_status(struct agent_client *c, struct agent_status *status,
                                struct sv_err *err)
{
    struct buf_writer w = agent_begin(c, WIRE_STATUS);
    struct buf_reader r;
    bool more;
    enum sv_status s = agent_ask(c, &w, &r, &more, err);
    if (s != SV_OK)
        return s;
    proto_get_status(&r, status);
    return proto_done(&r, err);
}

enum sv_status agent_ask_token(struct agent_client *c, const struct secret *text,
                               struct sv_err *err)
{
    struct buf_writer w = agent_begin(c, WIRE_TOKEN);
    struct buf_reader r;
    bool more;
    proto_put_token(&w, text);
    enum sv_status s = agent_ask(c, &w, &r, &more, err);
    return s == SV_OK ? proto_done(&r, err) : s;
}

enum sv_status agent_ask_lock(struct agent_client *c, bool *forced, struct sv_err *err)
{
    struct buf_writer w = agent_begin(c, WIRE_LOCK);
    struct buf_reader r;
    bool more;
    c->patience_ms = LOCK_PATIENCE_MS;
    enum sv_status s = agent_ask(c, &w, &r, &more, err);
    *forced = s == SV_LOCKED && force_end(c->fd);
    c->ended = c->ended || *forced;
    if (s == SV_OK)
        return sv_fail(err, SV_DATA, "the agent answered where it should have ended");
    if (!c->ended)
        return s;
    sv_err_clear(err);
    return SV_OK;
}
