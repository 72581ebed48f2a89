/* SPDX-License-Identifier: ISC */
/*
 * peer: one client's connection. Nothing here ever waits: what a client does not take is
 * kept for it up to a bound, and what holds a secret is not kept at all.
 */
#ifndef AGENT_PEER_H
#define AGENT_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit/caller.h"
#include "base/buf.h"
#include "base/secret.h"

/* What is kept for a client that reads slowly, in bytes. */
#define PEER_QUEUE_MAX (64u << 20)

struct agent;
struct peer;
struct token_session;

/* What a connection speaks. readable: there is something to read, or its end; it reads at
 * most one request, so that everybody has a turn. opened, or NULL: it was just taken, and
 * its client may wait to be told something, or have asked already. */
struct peer_protocol {
    void (*readable)(struct agent *a, struct peer *p);
    void (*opened)(struct agent *a, struct peer *p);
    bool itself; /* the peer is who asks, and not the client that somebody started */
};

struct peer {
    int fd, pidfd;
    pid_t pid;
    uid_t uid;
    gid_t gid;
    const struct peer_protocol *protocol;
    struct caller caller; /* peer_caller */
    enum sv_status caller_status;
    bool caller_known;
    int64_t used_ms; /* when it was last heard */
    struct blob queue;
    size_t queue_at;
    struct blob input;          /* of a protocol that reads bytes and not frames */
    size_t zeros;               /* still to be sent behind the queue; then the connection ends */
    bool gone;                  /* to be closed */
    struct token_session *pass; /* of the token that it has shown; NULL: none */
};

/* Takes a connection that waits at a listener; NULL: there is none (any more), or no room. */
struct peer *peer_accept(int listener, const struct peer_protocol *protocol);
void peer_free(struct peer *p);

/* Who is behind it: SV_DENIED when that cannot be said for sure any more. Asked once. */
enum sv_status peer_caller(struct peer *p, const struct caller **out,
                           struct sv_err *err) SV_MUST_USE;

/* One frame into `frame`. False: there is none; p->gone when there never will be, or when it
 * was longer than a frame may be. */
bool peer_receive(struct peer *p, struct secret *frame);
/* secret: it is sent now or the connection ends. */
void peer_send(struct peer *p, const struct secret *frame, bool secret);
bool peer_has_queue(const struct peer *p);
/* Sends what waits, as far as it goes. */
void peer_flush(struct peer *p);

#endif
