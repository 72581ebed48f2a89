/* SPDX-License-Identifier: ISC */
/*
 * fetch: releases in batches. Whoever asks while the log is being synced waits for the
 * next batch; all of a batch share one sync. That the entry of each is on disk before any
 * secret leaves is vault_reveal_many's promise.
 */
#ifndef AGENT_FETCH_H
#define AGENT_FETCH_H

#include "agent/peer.h"
#include "domain/vault.h"

#define FETCH_BATCH_MAX 256

struct fetch {
    struct peer *peer;
    char name[PROFILE_NAME_MAX + 1];
    char note[AUDIT_NOTE_MAX + 1];
    struct reveal why;
    struct caller caller;
    struct reveal_unrenewed unrenewed; /* SV_OK: nothing failed */
    /* Sends the outcome: `one` has the card and the secret, or a status and its message. */
    void (*answer)(struct agent *a, struct fetch *f, struct reveal_one *one);
};

struct fetch_batch {
    struct fetch *items; /* FETCH_BATCH_MAX of them */
    struct reveal_one *ones;
    char **questions; /* of those that somebody has to confirm */
    bool *stale;      /* those whose access token has to be renewed */
    size_t count;
};

enum sv_status fetch_batch_new(struct fetch_batch *b, struct sv_err *err) SV_MUST_USE;
void fetch_batch_clear(struct fetch_batch *b);

/* A place for one more request of this peer, its caller and way filled in; NULL when there is
 * none, and then err says why (SV_LOCKED: the batch is full; SV_DENIED: nobody can say who
 * asks). */
struct fetch *fetch_begin(struct agent *a, struct peer *p, struct sv_err *err);
/* The same request once more: its caller is known already. */
struct fetch *fetch_again(struct agent *a, const struct fetch *f);
/* Its client is told that it waits (wire.h), or it would give up. */
void fetch_tell(struct agent *a, const struct fetch *f);
/* Is it time to tell those who wait? The time when they were told the last time is kept. */
bool fetch_tell_due(int64_t *told_ms);
/* This client is gone: what it asked for is taken out of the batch, and released to nobody. */
void fetch_forget(struct agent *a, const struct peer *p);
/* Releases what was collected, and answers. */
void fetch_serve(struct agent *a);

#endif
