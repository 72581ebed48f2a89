/* SPDX-License-Identifier: ISC */
#include "agent/fetch.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/proto.h"
#include "agent/serve.h"
#include "base/alloc.h"
#include "base/env.h"

enum sv_status fetch_batch_new(struct fetch_batch *b, struct sv_err *err)
{
    b->items = sv_alloc_array(FETCH_BATCH_MAX, sizeof *b->items);
    b->ones = sv_alloc_array(FETCH_BATCH_MAX, sizeof *b->ones);
    b->questions = sv_alloc_array(FETCH_BATCH_MAX, sizeof *b->questions);
    b->stale = sv_alloc_array(FETCH_BATCH_MAX, sizeof *b->stale);
    b->count = 0;
    return b->items != NULL && b->ones != NULL && b->questions != NULL && b->stale != NULL
               ? SV_OK
               : sv_fail_nomem(err);
}

void fetch_batch_clear(struct fetch_batch *b)
{
    sv_free(b->items);
    sv_free(b->ones);
    sv_free(b->questions);
    sv_free(b->stale);
    *b = (struct fetch_batch){0};
}

struct fetch *fetch_begin(struct agent *a, struct peer *p, struct sv_err *err)
{
    struct fetch_batch *b = &a->batch;
    const struct caller *caller;
    enum sv_status s = SV_OK;
    if (b->count == FETCH_BATCH_MAX)
        s = sv_fail(err, SV_LOCKED, "the agent has too much to do: try again");
    if (s == SV_OK)
        s = peer_caller(p, &caller, err);
    if (s != SV_OK)
        return NULL;
    struct fetch *f = &b->items[b->count++];
    memset(f, 0, sizeof *f);
    f->peer = p;
    f->caller = *caller;
    f->why.via = VIA_AGENT;
    f->why.token = p->pass;
    return f;
}

struct fetch *fetch_again(struct agent *a, const struct fetch *f)
{
    struct fetch_batch *b = &a->batch;
    if (b->count == FETCH_BATCH_MAX)
        return NULL;
    b->items[b->count] = *f;
    return &b->items[b->count++];
}

void fetch_forget(struct agent *a, const struct peer *p)
{
    struct fetch_batch *b = &a->batch;
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].peer != p)
            b->items[kept++] = b->items[i];
    memset(b->items + kept, 0, (b->count - kept) * sizeof *b->items);
    b->count = kept;
}

#define TELL_MS 5000

bool fetch_tell_due(int64_t *told_ms)
{
    int64_t now = env_monotonic_ms();
    if (now - *told_ms < TELL_MS)
        return false;
    *told_ms = now;
    return true;
}

void fetch_tell(struct agent *a, const struct fetch *f)
{
    struct buf_writer w = frame_answer(a->out, SV_OK, true);
    if (f->peer != NULL && f->peer->protocol == &serve_frames &&
        frame_end(a->out, &w, NULL) == SV_OK)
        peer_send(f->peer, a->out, false);
    secret_set_len(a->out, 0);
}

/* Its access token has run out. False: too many wait already. */
static bool put_off_stale(struct agent *a, const struct fetch *f, struct reveal_one *one)
{
    if (renew_later(a, f))
        return true;
    one->status =
        sv_fail(&one->err, SV_LOCKED, "too much is waiting for access tokens already: try again");
    return false;
}

/* Somebody has to say yes first. False: nobody can. */
static bool put_off(struct agent *a, const struct fetch *f, struct reveal_one *one)
{
    if (one->why.stale != NULL && *one->why.stale)
        return put_off_stale(a, f, one);
    char *question = *one->why.question;
    *one->why.question = NULL;
    if (confirm_later(a, f, question))
        return true;
    one->status = sv_fail(&one->err, SV_DENIED,
                          "\"%s\" is given to this caller only when somebody confirms it, and too "
                          "much is waiting to be confirmed already",
                          f->name);
    return false;
}

static void answer(struct agent *a, struct fetch *f, struct reveal_one *one)
{
    if (one->status == SV_OK)
        a->released++;
    else
        a->refused += one->status == SV_DENIED;
    if (!f->peer->gone)
        f->answer(a, f, one);
    profile_clear(&one->profile);
    secret_free(one->secret);
    one->secret = NULL;
}

void fetch_serve(struct agent *a)
{
    struct fetch_batch *b = &a->batch;
    if (b->count == 0)
        return;
    for (size_t i = 0; i < b->count; i++) {
        struct fetch *f = &b->items[i];
        f->why.note = f->note[0] != '\0' ? f->note : NULL;
        f->why.caller = &f->caller;
        memset(&b->ones[i], 0, sizeof b->ones[i]);
        b->ones[i].name = f->name;
        b->ones[i].why = f->why;
        /* Without anybody to ask it is asked for now, and refused. */
        if (f->why.confirm == CONFIRM_ASK && a->confirming.fd >= 0) {
            b->ones[i].why.confirm = CONFIRM_LATER;
            b->ones[i].why.question = &b->questions[i];
        }
        b->stale[i] = false;
        if (a->renewing.fd >= 0)
            b->ones[i].why.stale = &b->stale[i];
        if (f->unrenewed.status != SV_OK)
            b->ones[i].why.unrenewed = &f->unrenewed;
    }
    vault_reveal_many(a->vault, b->ones, b->count);
    for (size_t i = 0; i < b->count; i++)
        if (b->ones[i].status != SV_FINDINGS || !put_off(a, &b->items[i], &b->ones[i]))
            answer(a, &b->items[i], &b->ones[i]);
    b->count = 0;
    life_use(&a->life);
}
