/* SPDX-License-Identifier: ISC */
#include "agent/peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "domain/vault_token.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

/* A handle of the process itself, from the socket where the kernel gives it, else by number:
 * caller_of_peer finds out whether that number was given away meanwhile. */
static int pidfd_of(int fd, pid_t pid)
{
    int pidfd = -1;
    socklen_t len = sizeof pidfd;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
        return pidfd;
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

struct peer *peer_accept(int listener, const struct peer_protocol *protocol)
{
    FD_OWNED int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct ucred from = {0};
    socklen_t len = sizeof from;
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &from, &len) != 0)
        return NULL;
    struct peer *p = sv_alloc(sizeof *p);
    if (p == NULL)
        return NULL;
    p->fd = fd;
    fd = -1;
    p->pid = from.pid;
    p->uid = from.uid;
    p->gid = from.gid;
    p->pidfd = pidfd_of(p->fd, p->pid);
    p->protocol = protocol;
    p->used_ms = env_monotonic_ms();
    return p;
}

void peer_free(struct peer *p)
{
    if (p == NULL)
        return;
    file_close_cleanup(&p->fd);
    file_close_cleanup(&p->pidfd);
    blob_clear(&p->queue);
    blob_clear(&p->input);
    token_session_free(p->pass);
    sv_free(p);
}

enum sv_status peer_caller(struct peer *p, const struct caller **out, struct sv_err *err)
{
    if (!p->caller_known)
        p->caller_status = p->protocol->itself
                               ? caller_of_asker(&p->caller, p->pidfd, p->pid, p->uid, p->gid, err)
                               : caller_of_peer(&p->caller, p->pidfd, p->pid, p->uid, p->gid, err);
    else if (p->caller_status != SV_OK)
        return sv_fail(err, p->caller_status, "the process that asked is not there any more");
    p->caller_known = true;
    *out = &p->caller;
    return p->caller_status;
}

bool peer_receive(struct peer *p, struct secret *frame)
{
    secret_set_len(frame, 0);
    ssize_t n = recv(p->fd, secret_poke(frame), secret_capacity(frame), MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0 || (size_t)n > secret_capacity(frame)) {
        p->gone = true;
        return false;
    }
    secret_written(frame, (size_t)n);
    p->used_ms = env_monotonic_ms();
    return true;
}

/* ---- sending ---- */

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
}

static void queue_frame(struct peer *p, const struct secret *frame)
{
    uint8_t head[4];
    le32_put(head, (uint32_t)secret_len(frame));
    if (p->queue.len - p->queue_at + secret_len(frame) > PEER_QUEUE_MAX ||
        !blob_append(&p->queue, head, sizeof head) ||
        !blob_append(&p->queue, secret_peek(frame), secret_len(frame)))
        p->gone = true;
}

void peer_send(struct peer *p, const struct secret *frame, bool secret)
{
    if (p->gone)
        return;
    if (!peer_has_queue(p)) {
        ssize_t n = send(p->fd, secret_peek(frame), secret_len(frame), MSG_NOSIGNAL);
        if (n == (ssize_t)secret_len(frame))
            return;
        if (!would_wait()) {
            p->gone = true;
            return;
        }
    }
    if (secret)
        p->gone = true;
    else
        queue_frame(p, frame);
}

bool peer_has_queue(const struct peer *p)
{
    return p->queue_at < p->queue.len || p->zeros > 0;
}

static void flush_zeros(struct peer *p)
{
    static const uint8_t zeros[4096];
    while (p->zeros > 0) {
        ssize_t n =
            send(p->fd, zeros, p->zeros < sizeof zeros ? p->zeros : sizeof zeros, MSG_NOSIGNAL);
        if (n <= 0) {
            p->gone = !would_wait();
            return;
        }
        p->zeros -= (size_t)n;
        p->gone = p->zeros == 0;
    }
}

void peer_flush(struct peer *p)
{
    while (p->queue_at < p->queue.len && !p->gone) {
        const uint8_t *at = p->queue.bytes + p->queue_at;
        size_t len = le32_get(at);
        ssize_t n = send(p->fd, at + 4, len, MSG_NOSIGNAL);
        if (n != (ssize_t)len) {
            p->gone = !would_wait();
            return;
        }
        p->queue_at += 4 + len;
        p->used_ms = env_monotonic_ms();
    }
    blob_clear(&p->queue);
    p->queue_at = 0;
    if (!p->gone)
        flush_zeros(p);
}
