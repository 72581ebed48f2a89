/* SPDX-License-Identifier: ISC */
/*
 * server: the agent's loop. One process, one thread, nothing that waits: it reads at most
 * one request of each client a round, releases what was asked for in batches that share a
 * sync, and keeps what a slow client does not take. Keys leave it in no answer.
 *
 * It ends, and the vault is locked then: when its time is over or nobody asked for a
 * while, when the machine was suspended, on SIGTERM, SIGINT, SIGHUP, when it is asked to,
 * when the vault's file was replaced or its keys were changed.
 */
#ifndef AGENT_SERVER_H
#define AGENT_SERVER_H

#include <stddef.h>

#include "agent/listen.h"
#include "agent/peer.h"
#include "domain/vault.h"

/* More connections than this: the one that was silent for the longest time ends. */
#define SERVER_PEERS_MAX 1024

struct agent_listener {
    int fd;
    const struct peer_protocol *protocol;
};

struct agent_options {
    const char *path;      /* of the vault, for status and to see that it is still there */
    const char *version;   /* of this program */
    int64_t longest, idle; /* seconds; 0: never */
    const struct agent_listener *listeners;
    size_t listener_count;
    bool others;                /* other users may fetch, where the socket lets them in */
    const char *const *aliases; /* of credentials: credential.h */
    size_t alias_count;
    struct agent_socket *socket;  /* taken away before the last client hears of the end */
    int confirm_fd;               /* agent/confirm.h; taken over; -1: nobody can be asked */
    int renew_fd;                 /* agent/renew.h; taken over; -1: no token is renewed */
    void (*ended)(void *context); /* the vault is locked, and no client has heard of it; NULL */
    void *context;
    int lock_fd; /* readable, or at its end: lock now (agent/sleep); -1: none */
};

/* Signals that end it are blocked from here on until server_run reads them: before the
 * socket is there. */
void server_hold_signals(void);

/* Serves an unlocked vault until it ends; locks it. *why: static words. */
enum sv_status server_run(struct vault *v, const struct agent_options *options, const char **why,
                          struct sv_err *err) SV_MUST_USE;

#endif
