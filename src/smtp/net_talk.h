/* SPDX-License-Identifier: ISC */
/*
 * talk: SMTP by hand over a session that stands (net_connect.h): commands out, whole
 * replies in, every wait and every length bounded. What is received goes to the transcript.
 */
#ifndef SMTP_NET_TALK_H
#define SMTP_NET_TALK_H

#include "base/secret.h"
#include "smtp/net_connect.h"

struct net_talk {
    struct net_connection *connection;
    int64_t deadline;      /* env_monotonic_ms */
    enum smtp_fault fault; /* FAULT_NONE, or why the talk is over */
    size_t have;           /* in `buffer` */
    char buffer[TRANSCRIPT_LINE_MAX];
};

/* NULL: no memory. */
struct net_talk *net_talk_new(struct net_connection *connection, int64_t deadline);
void net_talk_free(struct net_talk *talk);
void net_talk_free_cleanup(struct net_talk **slot);
#define NET_TALK_OWNED __attribute__((cleanup(net_talk_free_cleanup)))

/* A command, whole but for its CR LF. False: the fault says why. */
bool net_talk_say(struct net_talk *talk, const char *line);
/* What nobody may see: goes past the transcript. Adds no CR LF. */
bool net_talk_send(struct net_talk *talk, const void *bytes, size_t len);
/* One whole reply; its code is the transcript's `last`. */
bool net_talk_hear(struct net_talk *talk);
/* Both. A code of 400 or more is FAULT_REPLY. */
bool net_talk_ask(struct net_talk *talk, const char *line);

/* Nothing came that was not asked for. RFC 5321 section 3.8: but for a 421, which may come
 * at any time and is FAULT_REPLY. */
bool net_talk_quiet(struct net_talk *talk);

/* QUIT, and a moment for the answer. */
void net_talk_quit(struct net_talk *talk);

#endif
