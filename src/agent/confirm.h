/* SPDX-License-Identifier: ISC */
/*
 * confirm: fetches that wait for a person's yes. The person is asked by another process,
 * one question at a time, so that the agent goes on serving everybody else: it writes the
 * question to a SOCK_SEQPACKET socket and reads "y", "n", or "x" and why nobody could be
 * asked. Clients that wait are told so now and then (wire.h), or they would give up.
 */
#ifndef AGENT_CONFIRM_H
#define AGENT_CONFIRM_H

#include "agent/fetch.h"

/* Fetches that wait at the same time; more are refused. */
#define CONFIRM_WAITING_MAX 32
#define CONFIRM_QUESTION_MAX 4096
#define CONFIRM_ANSWER_MAX (1 + SV_ERR_TEXT_MAX)

struct confirm_waiting {
    struct fetch fetch;
    char *question;
};

struct confirming {
    int fd; /* the other process; -1: nobody can be asked */
    struct confirm_waiting *waiting[CONFIRM_WAITING_MAX];
    size_t count;
    bool asked; /* the first one has been sent */
    int64_t told_ms;
    char nobody[SV_ERR_TEXT_MAX]; /* why, of the answer at hand */
};

void confirming_clear(struct confirming *c);

/* Puts a fetch aside until its question (taken over) is answered. False: there is no room, or
 * nobody to ask. */
bool confirm_later(struct agent *a, const struct fetch *f, char *question);
/* The socket is readable: the fetch goes into the batch with its answer, or all that wait do,
 * because the process has ended. */
void confirm_hear(struct agent *a);
/* Sends what is next, and tells those who wait that they still do. */
void confirm_go_on(struct agent *a);
/* This client is gone; what it asked for is given to nobody. */
void confirm_forget(struct agent *a, const struct peer *p);

#endif
