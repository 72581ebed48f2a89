/* SPDX-License-Identifier: ISC */
#include "smtp/net_talk.h"

#include <poll.h>
#include <sodium.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"

#define QUIT_MS 500

struct net_talk *net_talk_new(struct net_connection *connection, int64_t deadline)
{
    struct net_talk *talk = sv_alloc(sizeof(*talk));
    if (talk == NULL)
        return NULL;
    talk->connection = connection;
    talk->deadline = deadline;
    return talk;
}

void net_talk_free(struct net_talk *talk)
{
    if (talk != NULL)
        sodium_memzero(talk->buffer, sizeof(talk->buffer)); /* a server may repeat the secret */
    sv_free(talk);
}

void net_talk_free_cleanup(struct net_talk **slot)
{
    net_talk_free(*slot);
}

static bool fail(struct net_talk *talk, enum smtp_fault fault)
{
    talk->fault = fault;
    return false;
}

static bool wait_for(struct net_talk *talk, short events)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(talk->connection->curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD)
        return fail(talk, FAULT_DROPPED);
    int n = file_wait(fd, events, talk->deadline);
    return n > 0 || fail(talk, n == 0 ? FAULT_TIMEOUT : FAULT_OTHER);
}

/* ---- out ---- */

bool net_talk_send(struct net_talk *talk, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (talk->fault == FAULT_NONE && len > 0) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(talk->connection->curl, at, len, &sent);
        if (code != CURLE_OK && code != CURLE_AGAIN)
            return fail(talk, FAULT_DROPPED);
        at += sent;
        len -= sent;
        if (code == CURLE_AGAIN && !wait_for(talk, POLLOUT))
            return false;
    }
    return talk->fault == FAULT_NONE;
}

bool net_talk_say(struct net_talk *talk, const char *line)
{
    transcript_sent(&talk->connection->transcript, line, strlen(line));
    return net_talk_send(talk, line, strlen(line)) && net_talk_send(talk, "\r\n", 2);
}

/* ---- in ---- */

/* Takes what is there; false when there is nothing, which is a fault only at the end. */
static bool take(struct net_talk *talk)
{
    size_t got = 0;
    CURLcode code = curl_easy_recv(talk->connection->curl, talk->buffer + talk->have,
                                   sizeof(talk->buffer) - talk->have, &got);
    if (code != CURLE_AGAIN && (code != CURLE_OK || got == 0))
        return fail(talk, FAULT_DROPPED);
    talk->have += got;
    return got > 0;
}

static bool fill(struct net_talk *talk)
{
    while (!take(talk))
        if (talk->fault != FAULT_NONE || !wait_for(talk, POLLIN))
            return false;
    /* A server that always has more to say is not waited for, so the wait does not end it. */
    return env_monotonic_ms() < talk->deadline || fail(talk, FAULT_TIMEOUT);
}

/* Takes the lines that are whole out of the buffer, up to the end of a reply. */
static bool take_lines(struct net_talk *talk, bool *whole)
{
    struct transcript *t = &talk->connection->transcript;
    char *end;
    while (!*whole && (end = memchr(talk->buffer, '\n', talk->have)) != NULL) {
        size_t len = (size_t)(end + 1 - talk->buffer);
        bool goes_on = transcript_received(t, talk->buffer, len);
        talk->have -= len;
        memmove(talk->buffer, end + 1, talk->have);
        if (!goes_on)
            return fail(talk, FAULT_REPLY);
        *whole = t->open == 0;
    }
    return true;
}

bool net_talk_hear(struct net_talk *talk)
{
    bool whole = false;
    while (talk->fault == FAULT_NONE && take_lines(talk, &whole) && !whole) {
        if (talk->have == sizeof(talk->buffer)) {
            talk->connection->transcript.breach = BREACH_LENGTH;
            return fail(talk, FAULT_REPLY);
        }
        if (!fill(talk))
            return false;
    }
    return whole;
}

bool net_talk_quiet(struct net_talk *talk)
{
    struct transcript *t = &talk->connection->transcript;
    if (talk->have == 0 && !take(talk))
        return talk->fault == FAULT_NONE;
    if (!net_talk_hear(talk))
        return false;
    if (t->last != 421)
        t->breach = BREACH_EARLY;
    return fail(talk, FAULT_REPLY);
}

bool net_talk_ask(struct net_talk *talk, const char *line)
{
    if (!net_talk_say(talk, line) || !net_talk_hear(talk))
        return false;
    return talk->connection->transcript.last < 400 || fail(talk, FAULT_REPLY);
}

void net_talk_quit(struct net_talk *talk)
{
    talk->fault = FAULT_NONE;
    talk->deadline = env_monotonic_ms() + QUIT_MS;
    if (net_talk_say(talk, "QUIT"))
        (void)net_talk_hear(talk);
}
