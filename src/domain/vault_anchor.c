/* SPDX-License-Identifier: ISC */
/*
 * The anchor of an open vault: met whenever the state is read, advanced whenever
 * a newer state was proved. Other processes of this machine do the same to the same
 * file, so it is looked at again under a lock before it is replaced, and never
 * replaced by less.
 *
 * At first sight there is nothing that a state could follow from, and anybody can
 * sign one with a key of their own. So the first anchor is written only once a way
 * into the vault has shown that the key is the vault's: a forged file that was
 * looked at locked must not shut out the true one.
 */
#include <inttypes.h>
#include <string.h>

#include "base/defence.h"
#include "base/env.h"
#include "base/file.h"
#include "domain/vault_impl.h"

#define ANCHOR_LOCK_MS 10000
#define CLOCK_STEP 60 /* seconds that the anchor's clock may lag */

enum sv_status vault_older_than_seen(const struct vault_state *s, uint64_t epoch, uint64_t seq,
                                     struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "this vault is older than one that this machine has seen (epoch %" PRIu64
                   ", change %" PRIu64 "; seen: epoch %" PRIu64 ", change %" PRIu64
                   "): it was rolled back or restored; use the newest copy, or, when it was "
                   "restored on purpose elsewhere, run \"smtpvault restore --accept-rollback\" "
                   "here as well",
                   s->epoch, s->seq, epoch, seq);
}

/* The state must be the anchor's, or follow from it. */
static enum sv_status anchor_check(struct vault *v, const struct anchor *a, struct sv_err *err)
{
    struct state_point seen = {.seq = a->seq};

    if (!DEFENDED(ANCHOR))
        return SV_OK;
    if (v->state.seq < a->seq || v->state.epoch < a->epoch)
        return vault_older_than_seen(&v->state, a->epoch, a->seq, err);
    memcpy(seen.chain, a->chain, 32);
    memcpy(seen.verify_pk, a->verify_pk, 32);
    return state_reaches(v->db, &seen, &v->state, err);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* clock: what the anchor before said, 0 without one. */
static enum sv_status anchor_put(struct vault *v, const struct audit_mark *log, int64_t clock,
                                 struct sv_err *err)
{
    struct anchor a = {.epoch = v->state.epoch,
                       .seq = v->state.seq,
                       .log = *log,
                       .clock = later(clock, env_now())};

    memcpy(a.chain, v->state.chain, 32);
    memcpy(a.verify_pk, v->state.verify_pk, 32);
    return anchor_write(v->anchor_path, &a, err);
}

enum sv_status vault_anchor_advance(struct vault *v, struct sv_err *err)
{
    FD_OWNED int lock = -1;
    struct audit_mark log;
    struct anchor a;
    enum sv_status st;

    if (v->inspecting || !v->anchor_path)
        return SV_OK;
    /* Mostly there is nothing to say: it was met with this state. */
    if (v->anchor_met && v->met.seq == v->state.seq)
        return SV_OK;
    audit_mark_now(v->audit, &log);
    if ((st = file_lock(v->anchor_lock, ANCHOR_LOCK_MS, &lock, err)))
        return st;
    /* A restore sets the anchor back while it holds this lock: what we have open is the
     * vault that was replaced then, and has no say any more. */
    if ((st = db_check_place(v->db, err)))
        return st;
    st = anchor_read(v->anchor_path, &a, err);
    if (st == SV_MISSING)
        return v->keys ? anchor_put(v, &log, 0, err) : SV_OK;
    /* Another process may have gone on since: then its anchor says more than ours. */
    if (st || a.seq > v->state.seq || (st = anchor_check(v, &a, err)) || a.seq == v->state.seq)
        return st;
    /* Of a log that was resumed meanwhile, or has grown, theirs is the newer mark. */
    if (memcmp(a.log.log_id, log.log_id, sizeof log.log_id) != 0 || a.log.size > log.size)
        log = a.log;
    return anchor_put(v, &log, a.clock, err);
}

enum sv_status vault_anchor_renew(struct vault *v, struct sv_err *err)
{
    FD_OWNED int lock = -1;
    struct audit_mark log;
    struct anchor a;
    enum sv_status st;

    audit_mark_now(v->audit, &log);
    if ((st = file_lock(v->anchor_lock, ANCHOR_LOCK_MS, &lock, err)))
        return st;
    /* Only the log begins anew: what was seen of the vault stays, and may be more by
     * now than this process has seen. */
    st = anchor_read(v->anchor_path, &a, err);
    if (st == SV_MISSING)
        return SV_OK;
    if (st)
        return st;
    a.log = log;
    return anchor_write(v->anchor_path, &a, err);
}

/* Before anything else is written with a clock that was set back, the anchor has been told
 * what it said before. Nobody is kept from reading when that cannot be: what is promised of a
 * clock is promised of one that was seen. */
static void clock_raise(struct vault *v)
{
    FD_OWNED int lock = -1;
    struct sv_err ignored;
    struct anchor a;

    if (v->inspecting || file_lock(v->anchor_lock, 0, &lock, &ignored) ||
        anchor_read(v->anchor_path, &a, &ignored) || env_now() <= a.clock)
        return;
    a.clock = env_now();
    (void)!anchor_write_soon(v->anchor_path, &a, &ignored);
}

int64_t vault_clock(const struct vault *v)
{
    int64_t now = env_now();

    if (!DEFENDED(TOKEN_CLOCK))
        return now;
    return later(now, later(v->state.written, v->anchor_met ? v->met.clock : 0));
}

enum sv_status vault_anchor_meet(struct vault *v, struct sv_err *err)
{
    struct anchor a = {0};
    enum sv_status st;

    if (!v->anchor_path)
        return SV_OK;
    st = anchor_read(v->anchor_path, &a, err);
    if (st == SV_OK && (st = anchor_check(v, &a, err)))
        return st;
    if (st && st != SV_MISSING)
        return st;
    v->anchor_met = st == SV_OK;
    v->met = a;
    if (st == SV_OK && env_now() > a.clock + CLOCK_STEP)
        clock_raise(v);
    /* While the vault is being opened there is no log yet to speak of. */
    if (v->audit && (st == SV_MISSING || a.seq < v->state.seq))
        return vault_anchor_advance(v, err);
    return SV_OK;
}
