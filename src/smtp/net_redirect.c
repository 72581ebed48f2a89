/* SPDX-License-Identifier: ISC */
/*
 * Browsers open connections that they never use, and ask for pictures of the page; others on
 * this machine may connect for worse. So several connections are heard side by side, each
 * briefly, and all but the awaited one are sent away without an end to the waiting.
 */
#include "smtp/net_redirect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "smtp/net_confine.h"
#include "smtp/net_link.h"
#include "smtp/prison.h"
#include "smtp/redirect.h"

#define VISITORS 8
#define VISIT_MS 10000
#define BIND_TRIES 16

struct visitor {
    int fd; /* -1: none */
    int64_t since;
    struct secret *request;
};

struct waiting {
    const struct redirect_wish *wish;
    int listeners[2]; /* 127.0.0.1, ::1; -1: none */
    struct visitor visitors[VISITORS];
    struct redirect seen;
    bool given_up; /* nobody is there any more to be told */
};

/* ---- listening ---- */

static int listen_on(const struct sockaddr *address, socklen_t len)
{
    int on = 1;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, address, len) == 0 && listen(fd, VISITORS) == 0)
        return fd;
    int failed = errno;
    close(fd);
    errno = failed;
    return -1;
}

static int listen_v4(uint16_t port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return listen_on((struct sockaddr *)&a, sizeof(a));
}

static int listen_v6(uint16_t port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    a.sin6_addr = in6addr_loopback;
    return listen_on((struct sockaddr *)&a, sizeof(a));
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in a;
    socklen_t len = sizeof(a);
    return getsockname(fd, (struct sockaddr *)&a, &len) == 0 ? ntohs(a.sin_port) : 0;
}

/* The same port on both addresses: "localhost" may be either. A machine without IPv6 has one.
 * 0: errno says why not. */
static uint16_t open_port(struct waiting *w)
{
    for (int i = 0; i < BIND_TRIES; i++) {
        w->listeners[0] = listen_v4(w->wish->port);
        uint16_t port = w->listeners[0] < 0 ? 0 : port_of(w->listeners[0]);
        if (port == 0)
            return 0;
        w->listeners[1] = w->wish->both ? listen_v6(port) : -1;
        if (!w->wish->both || w->listeners[1] >= 0 || errno != EADDRINUSE)
            return port;
        close(w->listeners[0]);
        w->listeners[0] = -1;
        if (w->wish->port != 0)
            break;
    }
    errno = EADDRINUSE;
    return 0;
}

static enum sv_status tell_port(uint16_t port, int failed, uint16_t wanted, struct sv_err *err)
{
    uint8_t frame[WIRE_REDIRECT_PORT_MAX];
    size_t len = 0;
    struct redirect_place place = {.port = port};
    if (port == 0)
        snprintf(place.words, sizeof(place.words),
                 "port %u of this machine cannot be listened on: %s", (unsigned)wanted,
                 strerror(failed));
    enum sv_status status = redirect_put_place(frame, &len, &place, err);
    return status == SV_OK ? net_link_write(frame, len, err) : status;
}

/* ---- visitors ---- */

static void send_away(struct visitor *v)
{
    if (v->fd >= 0)
        close(v->fd);
    secret_free(v->request);
    *v = (struct visitor){.fd = -1};
}

static void answer(struct visitor *v, const char *status, const char *heading, const char *words)
{
    char page[1024], reply[2048];
    int len = snprintf(page, sizeof(page),
                       "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<title>smtpvault</title></head><body><h1>%s</h1><p>%s</p></body></html>\n",
                       heading, words);
    int whole = snprintf(reply, sizeof(reply),
                         "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
                         "Content-Length: %d\r\nConnection: close\r\nCache-Control: no-store\r\n"
                         "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
                         "Content-Security-Policy: default-src 'none'\r\n\r\n%s",
                         status, len, page);
    (void)!write(v->fd, reply, (size_t)whole); /* one that does not fit the socket is not read */
    (void)shutdown(v->fd, SHUT_WR);
}

/* Whether this was the one. */
static bool hear(struct waiting *w, struct visitor *v)
{
    switch (w->seen.seen) {
    case REDIRECT_MORE:
        return false;
    case REDIRECT_CODE:
        answer(v, "200 OK", "Done here", "Close this page and go back to smtpvault.");
        return true;
    case REDIRECT_REFUSED:
        answer(v, "200 OK", "Nothing was agreed to",
               "Close this page and go back to smtpvault, which says why.");
        return true;
    case REDIRECT_OTHER:
        answer(v, "404 Not Found", "Nothing here", "There is no such page.");
        break;
    default:
        answer(v, "400 Bad Request", "Not what was waited for",
               "This page was not opened by the login that waits. Open the address that "
               "smtpvault shows once more.");
    }
    send_away(v);
    return false;
}

static enum sv_status listen_to(struct waiting *w, struct visitor *v, bool *ours,
                                struct sv_err *err)
{
    uint8_t *bytes = secret_poke(v->request);
    size_t have = secret_len(v->request);
    ssize_t n = read(v->fd, bytes + have, REDIRECT_REQUEST_MAX - have);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return SV_OK;
    if (n <= 0) {
        send_away(v);
        return SV_OK;
    }
    have += (size_t)n;
    secret_set_len(v->request, have);
    enum sv_status status = redirect_read((const char *)bytes, have, w->wish->state, &w->seen, err);
    if (status == SV_OK)
        *ours = hear(w, v);
    return status;
}

/* Whoever has been here longest goes, when there is no room. */
static struct visitor *room_for_one(struct waiting *w)
{
    struct visitor *oldest = &w->visitors[0];
    for (size_t i = 0; i < VISITORS; i++) {
        if (w->visitors[i].fd < 0)
            return &w->visitors[i];
        if (w->visitors[i].since < oldest->since)
            oldest = &w->visitors[i];
    }
    send_away(oldest);
    return oldest;
}

static enum sv_status welcome(struct waiting *w, int listener, struct sv_err *err)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return SV_OK; /* it has gone again */
    struct visitor *v = room_for_one(w);
    enum sv_status status = secret_new(&v->request, REDIRECT_REQUEST_MAX, err);
    if (status != SV_OK) {
        close(fd);
        return status;
    }
    v->fd = fd;
    v->since = env_monotonic_ms();
    return SV_OK;
}

/* ---- waiting ---- */

static size_t gather_polls(struct waiting *w, struct pollfd polls[VISITORS + 3])
{
    size_t count = 0;
    polls[count++] = (struct pollfd){.fd = WIRE_LINK, .events = POLLIN};
    for (size_t i = 0; i < 2; i++)
        polls[count++] = (struct pollfd){.fd = w->listeners[i], .events = POLLIN};
    for (size_t i = 0; i < VISITORS; i++) {
        struct visitor *v = &w->visitors[i];
        if (v->fd >= 0 && env_monotonic_ms() - v->since > VISIT_MS)
            send_away(v);
        polls[count++] = (struct pollfd){.fd = v->fd, .events = POLLIN};
    }
    return count;
}

static enum sv_status wait_for_browser(struct waiting *w, int64_t deadline, struct sv_err *err)
{
    struct pollfd polls[VISITORS + 3];
    bool ours = false;
    enum sv_status status = SV_OK;
    while (status == SV_OK && !ours) {
        int64_t left = deadline - env_monotonic_ms();
        if (left <= 0) {
            w->seen = (struct redirect){.seen = REDIRECT_NOBODY};
            return SV_OK;
        }
        size_t count = gather_polls(w, polls);
        if (poll(polls, count, left < 1000 ? (int)left : 1000) < 0)
            continue;
        w->given_up = polls[0].revents != 0;
        if (w->given_up)
            return SV_OK;
        for (size_t i = 0; i < 2 && status == SV_OK; i++)
            if (w->listeners[i] >= 0 && polls[1 + i].revents != 0)
                status = welcome(w, w->listeners[i], err);
        for (size_t i = 0; i < VISITORS && status == SV_OK && !ours; i++)
            if (polls[3 + i].fd >= 0 && polls[3 + i].revents != 0 &&
                w->visitors[i].fd == polls[3 + i].fd)
                status = listen_to(w, &w->visitors[i], &ours, err);
    }
    return status;
}

static enum sv_status tell_seen(struct waiting *w, struct sv_err *err)
{
    SECRET_OWNED struct secret *frame = NULL;
    enum sv_status status = redirect_put_seen(&frame, &w->seen, err);
    return status == SV_OK ? net_link_write(secret_peek(frame), secret_len(frame), err) : status;
}

enum sv_status net_redirect_serve(const struct secret *request, struct sv_err *err)
{
    struct redirect_wish wish;
    struct waiting w = {.wish = &wish, .listeners = {-1, -1}};
    for (size_t i = 0; i < VISITORS; i++)
        w.visitors[i].fd = -1;
    enum sv_status status =
        redirect_get_wish(secret_peek(request), secret_len(request), &wish, err);
    if (status != SV_OK)
        return status;
    net_confine_time(wish.wait_ms);
    int64_t deadline = env_monotonic_ms() + wish.wait_ms;
    uint16_t port = open_port(&w);
    status = tell_port(port, errno, wish.port, err);
    if (status != SV_OK || port == 0)
        return status;
    status = prison_listen(err);
    if (status == SV_OK)
        status = wait_for_browser(&w, deadline, err);
    if (status == SV_OK && !w.given_up)
        status = tell_seen(&w, err);
    redirect_clear(&w.seen);
    for (size_t i = 0; i < VISITORS; i++)
        send_away(&w.visitors[i]);
    return status;
}
