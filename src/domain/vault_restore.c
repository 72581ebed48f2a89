/* SPDX-License-Identifier: ISC */
/*
 * The order of a restore: the backup is proved, copied beside its place and proved there;
 * it is judged by what this machine has seen. Then, under the write lock: BEGUN entry
 * -> the old vault's write lock, the anchor's lock, judged once more -> the anchor is
 * set back (only when that was accepted) -> the old file gets its second name -> the
 * new one replaces it -> OK entry.
 *
 * The anchor first: killed in between, the vault that is still there follows from the
 * older state, and goes on as if nothing had been. At each moment a whole vault is at
 * the place.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/scratch.h"
#include "base/text.h"
#include "domain/vault_backup.h"
#include "domain/vault_impl.h"
#include "domain/vault_place.h"

#define ANCHOR_LOCK_MS 10000

enum part { PROVE_SOURCE, COPY, PROVE_COPY, PARTS };

struct vault_restoring {
    char *file, *path, *state_dir, *anchor_path, *anchor_lock, *write_lock;
    char shown[300]; /* file */
    struct scratch scratch;
    char *draft;
    struct vault *v; /* the copy; in place: the vault itself */
    bool in_place;
    struct vault_restore is;
    char *kept;
};

void vault_restore_free(struct vault_restoring *r)
{
    if (!r)
        return;
    vault_close(r->v);
    scratch_clear(&r->scratch);
    sv_free(r->draft);
    sv_free(r->file);
    sv_free(r->path);
    sv_free(r->state_dir);
    sv_free(r->anchor_path);
    sv_free(r->anchor_lock);
    sv_free(r->write_lock);
    sv_free(r->kept);
    sv_free(r);
}

void vault_restore_cleanup(struct vault_restoring **slot)
{
    vault_restore_free(*slot);
    *slot = NULL;
}

void vault_restore_look(const struct vault_restoring *r, struct vault_restore *out)
{
    *out = r->is;
    out->in_place = r->in_place;
    out->kept = r->kept;
}

/* ---- proving and copying ---- */

static enum sv_status not_restorable(const struct vault_restoring *r, enum sv_status st,
                                     const struct sv_err *why, struct sv_err *err)
{
    if (st != SV_DATA)
        return sv_fail(err, st, "%s", why->text);
    return sv_fail(err, st, "%s cannot be restored: %.600s", r->shown, why->text);
}

static enum sv_status open_proved(struct vault **out, const char *path,
                                  const struct progress *progress, struct sv_err *err)
{
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st;

    if ((st = vault_file_open(&v, path, err)) || (st = vault_file_prove(v, progress, err)))
        return st;
    *out = v;
    v = NULL;
    return SV_OK;
}

static enum sv_status draft_make(struct vault_restoring *r, struct vault *source,
                                 struct progress_part *part, struct sv_err *err)
{
    SV_AUTOFREE char *dir = path_dir(r->path);
    enum sv_status st;

    if (!dir)
        return sv_fail_nomem(err);
    if ((st = file_make_dirs(dir, err)) || (st = scratch_new(&r->scratch, dir, err)))
        return st;
    if (!(r->draft = path_join(r->scratch.path, "vault.db")))
        return sv_fail_nomem(err);
    if ((st = db_backup(source->db, r->draft, progress_part(part, COPY), err)) ||
        (st = open_proved(&r->v, r->draft, progress_part(part, PROVE_COPY), err)))
        return st;
    if (memcmp(r->v->state_bytes, source->state_bytes, STATE_LEN) != 0)
        return sv_fail(err, SV_LOCKED, "%s was changed while it was read: try again", r->shown);
    /* Messages and questions speak of the file that was named. */
    sv_free(r->v->path);
    return (r->v->path = sv_strdup(r->file)) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status take_in(struct vault_restoring *r, const struct progress *progress,
                              struct sv_err *err)
{
    struct progress_part part = {.whole = progress, .parts = r->in_place ? 1 : PARTS};
    VAULT_OWNED struct vault *source = NULL;
    struct sv_err why = {""};
    enum sv_status st = open_proved(&source, r->file, progress_part(&part, PROVE_SOURCE), &why);

    if (st)
        return not_restorable(r, st, &why, err);
    if (!r->in_place)
        return draft_make(r, source, &part, err);
    r->v = source;
    source = NULL;
    return SV_OK;
}

/* ---- judging ---- */

static void see(struct vault_restoring *r, uint64_t epoch, uint64_t seq,
                enum vault_restore_kind kind)
{
    if (kind > r->is.kind)
        r->is.kind = kind;
    if (seq > r->is.seen_seq || epoch > r->is.seen_epoch) {
        r->is.seen_epoch = epoch;
        r->is.seen_seq = seq;
    }
}

/* Does the backup's state follow from one that was seen? */
static enum sv_status judge(struct vault_restoring *r, uint64_t epoch,
                            const struct state_point *seen, struct sv_err *err)
{
    const struct vault_state *s = &r->v->state;
    struct sv_err why;
    enum sv_status st;

    if (s->seq < seen->seq || s->epoch < epoch) {
        see(r, epoch, seen->seq, RESTORE_OLDER);
        return SV_OK;
    }
    st = state_reaches(r->v->db, seen, s, &why);
    if (st && st != SV_DATA)
        return sv_fail(err, st, "%s", why.text);
    see(r, epoch, seen->seq, st ? RESTORE_FORKED : RESTORE_FOLLOWS);
    return SV_OK;
}

/* anchor: what this machine remembers; *has is false when it remembers nothing. */
static enum sv_status judge_by_anchor(struct vault_restoring *r, struct anchor *anchor, bool *has,
                                      struct sv_err *err)
{
    struct state_point seen = {0};
    enum sv_status st = anchor_read(r->anchor_path, anchor, err);

    *has = st == SV_OK;
    if (st)
        return st == SV_MISSING ? SV_OK : st;
    seen.seq = anchor->seq;
    memcpy(seen.chain, anchor->chain, 32);
    memcpy(seen.verify_pk, anchor->verify_pk, 32);
    return judge(r, anchor->epoch, &seen, err);
}

static enum sv_status another_vault(const struct vault_restoring *r, const struct vault *there,
                                    struct sv_err *err)
{
    char here[33], backup[33];

    return sv_fail(err, SV_DATA,
                   "%s is a backup of another vault (%s) than the one at %s (%s): restore it to a "
                   "place of its own with --vault FILE",
                   r->shown, text_hex(backup, r->v->header.vault_id, 16), db_shown(there->db),
                   text_hex(here, there->header.vault_id, 16));
}

/* By the vault at the place, which may be newer than the anchor. One that cannot be read
 * is why people restore. */
static enum sv_status judge_by_place(struct vault_restoring *r, struct sv_err *err)
{
    VAULT_OWNED struct vault *there = NULL;
    struct state_point seen = {0};
    enum sv_status st;

    if (r->in_place)
        return SV_OK;
    st = vault_file_open(&there, r->path, err);
    if (st == SV_MISSING || st == SV_DATA || st == SV_IO)
        return SV_OK;
    if (st)
        return st;
    if (memcmp(there->header.vault_id, r->v->header.vault_id, 16) != 0)
        return another_vault(r, there, err);
    seen.seq = there->state.seq;
    memcpy(seen.chain, there->state.chain, 32);
    memcpy(seen.verify_pk, there->state.verify_pk, 32);
    return judge(r, there->state.epoch, &seen, err);
}

/* ---- the beginning ---- */

static enum sv_status paths_set(struct vault_restoring *r, const struct vault_place *place,
                                struct sv_err *err)
{
    enum sv_status st =
        vault_state_dir(&r->state_dir, place->state_root, r->v->header.vault_id, err);

    if (st)
        return st;
    r->anchor_path = path_join(r->state_dir, "anchor");
    r->anchor_lock = path_join(r->state_dir, "anchor.lock");
    r->write_lock = path_join(r->state_dir, "write.lock");
    return r->anchor_path && r->anchor_lock && r->write_lock ? SV_OK : sv_fail_nomem(err);
}

enum sv_status vault_restore_begin(struct vault_restoring **out, const struct vault_place *place,
                                   const char *file, const struct progress *progress,
                                   struct sv_err *err)
{
    RESTORING_OWNED struct vault_restoring *r = sv_alloc(sizeof *r);
    struct anchor anchor;
    enum sv_status st;
    bool has;

    if (!r || !(r->file = sv_strdup(file)) || !(r->path = sv_strdup(place->path)))
        return sv_fail_nomem(err);
    text_printable(r->shown, sizeof r->shown, file, strlen(file));
    r->in_place = file_is_same(file, place->path);
    if ((st = take_in(r, progress, err)) || (st = paths_set(r, place, err)))
        return st;
    r->is.epoch = r->v->state.epoch;
    r->is.seq = r->v->state.seq;
    r->is.written = r->v->state.written;
    if ((st = judge_by_anchor(r, &anchor, &has, err)) || (st = judge_by_place(r, err)))
        return st;
    *out = r;
    r = NULL;
    return SV_OK;
}

/* ---- the log ---- */

/* This machine's, which goes on whatever is restored; on a new machine it begins. */
static enum sv_status log_open(struct vault_restoring *r, struct sv_err *err)
{
    struct vault *v = r->v;
    struct anchor a;
    enum sv_status st;

    if (v->audit)
        return SV_OK;
    st = anchor_read(r->anchor_path, &a, err);
    if (st && st != SV_MISSING)
        return st;
    if ((st = audit_open(&v->audit, r->state_dir, v->header.vault_id, v->state.audit_pk,
                         st == SV_OK ? &a.log : NULL, err)))
        return st;
    v->inspecting = false;
    return SV_OK;
}

enum sv_status vault_restore_vault(struct vault_restoring *r, struct vault **v, struct sv_err *err)
{
    enum sv_status st = log_open(r, err);

    if (st == SV_OK)
        *v = r->v;
    return st;
}

static enum sv_status record(struct vault_restoring *r, struct audit_event *event,
                             enum audit_result result, struct sv_err *err)
{
    event->result = result;
    vault_event_by(r->v, event);
    return audit_append(r->v->audit, event, NULL, NULL, err);
}

static void describe(const struct vault_restoring *r, struct audit_event *event)
{
    if (r->is.kind == RESTORE_FIRST)
        (void)snprintf(event->note, sizeof event->note, "to epoch %" PRIu64 ", change %" PRIu64,
                       r->is.epoch, r->is.seq);
    else
        (void)snprintf(event->note, sizeof event->note,
                       "to epoch %" PRIu64 ", change %" PRIu64 "; seen: epoch %" PRIu64
                       ", change %" PRIu64,
                       r->is.epoch, r->is.seq, r->is.seen_epoch, r->is.seen_seq);
}

/* ---- the commit ---- */

static enum sv_status allowed(const struct vault_restoring *r, bool accept, struct sv_err *err)
{
    enum sv_status st;

    if (r->is.kind < RESTORE_OLDER)
        return SV_OK;
    if (!accept)
        return sv_fail(err, SV_DATA,
                       r->is.kind == RESTORE_OLDER
                           ? "%s is older than what this machine has seen (it is of epoch %" PRIu64
                             ", change %" PRIu64 "; seen: epoch %" PRIu64 ", change %" PRIu64
                             "): what came after it would be lost; if that is what you want, add "
                             "--accept-rollback"
                           : "%s has parted from what this machine has seen (it is of epoch "
                             "%" PRIu64 ", change %" PRIu64 "; seen: epoch %" PRIu64
                             ", change %" PRIu64 "): the changes made here would be lost; if that "
                             "is what you want, add --accept-rollback",
                       r->shown, r->is.epoch, r->is.seq, r->is.seen_epoch, r->is.seen_seq);
    if ((st = vault_need_keys(r->v, err)))
        return st;
    if (r->v->role != ROLE_ADMIN)
        return sv_fail(err, SV_DENIED,
                       "only an administrator may set the vault back: unlock it as one");
    return SV_OK;
}

static enum sv_status seen_changed(const struct vault_restoring *r,
                                   const struct vault_restore *before, struct sv_err *err)
{
    if (r->is.kind == before->kind && r->is.seen_seq == before->seen_seq &&
        r->is.seen_epoch == before->seen_epoch)
        return SV_OK;
    return sv_fail(err, SV_LOCKED,
                   "the vault was changed while its backup was looked at: run it again");
}

/* What else is remembered stays: the log goes on, and so does the clock. */
static enum sv_status set_back(struct vault_restoring *r, const struct anchor *before, bool has,
                               struct sv_err *err)
{
    const struct vault_state *s = &r->v->state;
    struct anchor a = {.clock = env_now()};

    if (has)
        a = *before;
    else
        audit_mark_now(r->v->audit, &a.log);
    a.epoch = s->epoch;
    a.seq = s->seq;
    memcpy(a.chain, s->chain, 32);
    memcpy(a.verify_pk, s->verify_pk, 32);
    return anchor_write(r->anchor_path, &a, err);
}

/* Under all locks: nobody on this machine can see or change anything in between. */
static enum sv_status change_place(struct vault_restoring *r, struct sv_err *err)
{
    const struct vault_restore before = r->is;
    FD_OWNED int lock = -1;
    DB_OWNED struct db *old = NULL;
    struct anchor anchor;
    enum sv_status st;
    bool has;

    if (!r->in_place && (st = vault_place_hold(&old, r->path, err)))
        return st;
    if ((st = file_lock(r->anchor_lock, ANCHOR_LOCK_MS, &lock, err)))
        return st;
    r->is.kind = RESTORE_FIRST;
    r->is.seen_epoch = r->is.seen_seq = 0;
    if ((st = judge_by_anchor(r, &anchor, &has, err)) || (st = judge_by_place(r, err)) ||
        (st = seen_changed(r, &before, err)) ||
        (r->is.kind >= RESTORE_OLDER && (st = set_back(r, &anchor, has, err))))
        return st;
    return r->in_place ? SV_OK : vault_place_take(r->draft, r->path, &r->kept, err);
}

enum sv_status vault_restore_commit(struct vault_restoring *r, bool accept, struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_RESTORE};
    struct sv_err ignored, why = {""};
    FD_OWNED int lock = -1;
    enum sv_status st;

    if ((st = allowed(r, accept, err)) || (st = log_open(r, err)) ||
        (st = file_lock(r->write_lock, WRITE_LOCK_MS, &lock, err)))
        return st;
    describe(r, &event);
    if ((st = record(r, &event, AUDIT_BEGUN, err)))
        return st;
    event.begun = 1 + event.seq;
    if ((st = change_place(r, err))) {
        (void)!record(r, &event, AUDIT_FAILED, &ignored);
        return st;
    }
    st = record(r, &event, AUDIT_OK, &why);
    return st ? sv_fail(err, st,
                        "the vault was restored, but the end of it could not be "
                        "recorded: %.600s",
                        why.text)
              : SV_OK;
}
