/* SPDX-License-Identifier: ISC */
#include "agent/serve_socketmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "agent/lookups.h"
#include "agent/socketmap.h"
#include "base/env.h"

/* ---- answers ---- */

static void send_fault(struct agent *a, struct peer *p, enum sv_status status,
                       const struct sv_err *why)
{
    uint8_t bytes[SOCKETMAP_ANSWER_MAX];
    size_t len = socketmap_put_fault(bytes, sizeof bytes, status, why);

    secret_set_len(a->out, 0);
    if (len == 0 || secret_append(a->out, bytes, len, NULL) != SV_OK) {
        p->gone = true;
        return;
    }
    peer_send(p, a->out, false);
    secret_set_len(a->out, 0);
}

static void answer_login(struct agent *a, struct fetch *f, struct reveal_one *one)
{
    SECRET_OWNED struct secret *answer = NULL;
    enum sv_status s = one->status;

    if (s == SV_OK)
        s = socketmap_put_login(&answer, &one->profile, one->secret, &one->err);
    if (s == SV_OK)
        peer_send(f->peer, answer, true);
    else
        send_fault(a, f->peer, s, &one->err);
}

/* ---- requests ---- */

/* The version that fits is the one that is released: were the profile given another host
 * meanwhile, its new password would go to the old one. */
static enum sv_status look_up(struct agent *a, struct peer *p,
                              const struct socketmap_request *request, struct sv_err *err)
{
    struct socketmap_choice choice;
    enum sv_status s = lookups_find(&a->lookups, a->vault, request, &choice, err);

    if (s != SV_OK)
        return s;
    struct fetch *f = fetch_begin(a, p, err);
    if (f == NULL)
        return SV_LOCKED;
    (void)snprintf(f->name, sizeof f->name, "%s", choice.name);
    (void)snprintf(f->note, sizeof f->note, "socketmap");
    f->why.op = AUDIT_GET;
    f->why.version = choice.version;
    f->answer = answer_login;
    return SV_OK;
}

/* What is there of the next request, behind what came of it before. The bytes stay with the
 * socket until it is known how many of them are this request's: the next one has its own turn.
 * -1: the connection is at its end. */
static ssize_t look(struct peer *p, uint8_t *bytes, size_t capacity)
{
    if (p->input.len > 0)
        memcpy(bytes, p->input.bytes, p->input.len);
    ssize_t n = recv(p->fd, bytes + p->input.len, capacity - p->input.len, MSG_PEEK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return n > 0 ? n : -1;
}

/* Takes n of the bytes that were looked at. */
static bool take(struct peer *p, uint8_t *bytes, size_t n)
{
    p->used_ms = env_monotonic_ms();
    return recv(p->fd, bytes, n, 0) == (ssize_t)n;
}

static void readable(struct agent *a, struct peer *p)
{
    uint8_t bytes[SOCKETMAP_REQUEST_MAX + 8];
    struct socketmap_request request;
    struct sv_err err = {""};
    size_t used, before = p->input.len;
    enum sv_status s = SV_MISSING;

    ssize_t n = look(p, bytes, sizeof bytes);
    if (n <= 0) {
        p->gone = n < 0;
        return;
    }
    enum socketmap_scan seen = socketmap_scan(bytes, before + (size_t)n, &used, &request);
    if (seen == SOCKETMAP_MORE) {
        p->gone = !take(p, bytes + before, (size_t)n) ||
                  !blob_append(&p->input, bytes + before, (size_t)n);
        return;
    }
    if (seen == SOCKETMAP_BROKEN || !take(p, bytes + before, used - before)) {
        p->gone = true;
        return;
    }
    blob_clear(&p->input);
    if (seen == SOCKETMAP_LOOKUP)
        s = look_up(a, p, &request, &err);
    if (s != SV_OK)
        send_fault(a, p, s, &err);
}

const struct peer_protocol serve_socketmap = {.readable = readable, .itself = true};
