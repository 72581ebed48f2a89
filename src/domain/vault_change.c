/* SPDX-License-Identifier: ISC */
/*
 * The one path of every mutation: lock, BEGUN entry (durable), write transaction,
 * fresh proved state, the caller's rows, signed state, COMMIT, anchor, DONE entry.
 * So a change that was made is always in the log, whenever the power fails.
 */
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

static enum sv_status write_lock(struct vault *v, int *fd, struct sv_err *err)
{
    SV_AUTOFREE char *path = path_join(v->state_dir, "write.lock");

    return path ? file_lock(path, v->patience_ms != 0 ? v->patience_ms : WRITE_LOCK_MS, fd, err)
                : sv_fail_nomem(err);
}

/* One durable write; what was told before comes first. */
static enum sv_status append_events(struct vault_change *c, const struct vault_change_told *told,
                                    struct sv_err *err)
{
    size_t before = told ? told->count : 0, count = before + c->event_count;
    SV_AUTOFREE struct audit_item *items = sv_alloc_array(count, sizeof *items);

    if (!items)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < count; i++) {
        items[i] =
            (struct audit_item){.event = i < before ? told->events[i] : &c->events[i - before]};
        vault_event_by(c->v, items[i].event);
    }
    return audit_append_many(c->v->audit, items, count, NULL, err);
}

static enum sv_status record_begun(struct vault_change *c, const struct vault_change_told *told,
                                   struct sv_err *err)
{
    enum sv_status st;

    for (size_t i = 0; i < c->event_count; i++)
        c->events[i].result = AUDIT_BEGUN;
    if ((st = append_events(c, told, err)))
        return st;
    for (size_t i = 0; i < c->event_count; i++)
        c->events[i].begun = 1 + c->events[i].seq;
    c->begun = true;
    return SV_OK;
}

void vault_set_patience(struct vault *v, int ms)
{
    v->patience_ms = ms;
}

enum sv_status vault_need_admin(const struct vault *v, struct sv_err *err)
{
    enum sv_status st = vault_need_keys(v, err);

    if (st)
        return st;
    if (v->role != ROLE_ADMIN || v->pass)
        return sv_fail(err, SV_DENIED,
                       "%s changes nothing in the vault: unlock it as an administrator",
                       v->pass                   ? "a token"
                       : v->role == ROLE_READER  ? "a reader"
                       : v->role == ROLE_AUDITOR ? "an auditor"
                                                 : "a token");
    if (v->read_only)
        return sv_fail(err, SV_IO, "%s was opened for reading only", db_shown(v->db));
    return SV_OK;
}

enum sv_status vault_allow_changes(struct vault *v, struct sv_err *err)
{
    enum sv_status st;

    if (v->remote)
        return SV_OK;
    if ((st = vault_need_keys(v, err)))
        return st;
    if (v->read_only && !v->inspecting && v->role == ROLE_ADMIN && !v->pass) {
        if ((st = db_allow_writes(v->db, err)))
            return st;
        v->read_only = false;
    }
    return vault_need_admin(v, err);
}

static enum sv_status begin(struct vault_change *c, const struct vault_change_told *told,
                            struct sv_err *err)
{
    struct vault *v = c->v;
    enum sv_status st;

    if ((st = vault_need_admin(v, err)) || (st = write_lock(v, &c->lock_fd, err)) ||
        (st = record_begun(c, told, err)) || (st = db_begin_write(v->db, err)))
        return st;
    c->in_transaction = true;
    /* The slots too, though the state is the one already known: what stands in the
     * table when we sign becomes a way into the vault. */
    if ((st = vault_refresh(v, err)) || (st = vault_slots_prove(v, &v->state, err)))
        return st;
    memcpy(c->root, v->state.root, 32);
    return SV_OK;
}

void vault_change_event(struct audit_event *event, enum audit_op op, const char *profile,
                        const char *note)
{
    memset(event, 0, sizeof *event);
    event->op = op;
    if (profile)
        text_printable(event->profile, sizeof event->profile, profile, strlen(profile));
    if (note)
        text_printable(event->note, sizeof event->note, note, strlen(note));
}

enum sv_status vault_change_begin(struct vault_change *c, struct vault *v, enum audit_op op,
                                  const char *profile, const char *note, struct sv_err *err)
{
    memset(c, 0, sizeof *c);
    c->v = v;
    c->lock_fd = -1;
    vault_change_event(&c->event, op, profile, note);
    c->events = &c->event;
    c->event_count = 1;
    return begin(c, NULL, err);
}

enum sv_status vault_change_begin_many(struct vault_change *c, struct vault *v,
                                       struct audit_event *events, size_t count,
                                       const struct vault_change_told *told, struct sv_err *err)
{
    memset(c, 0, sizeof *c);
    c->v = v;
    c->lock_fd = -1;
    c->events = events;
    c->event_count = count;
    return begin(c, told, err);
}

/* The caller is told the fault that came first; that these entries could not be written
 * either shows in the log as changes without an end. */
static void record_failed(struct vault_change *c)
{
    struct sv_err ignored;

    for (size_t i = 0; i < c->event_count; i++)
        c->events[i].result = AUDIT_FAILED;
    (void)!append_events(c, NULL, &ignored);
}

void vault_change_clear(struct vault_change *c)
{
    if (c->in_transaction)
        db_rollback(c->v->db);
    /* Harmless where it fails: marks that no key finds. A change that may have been made
     * needs them. */
    if (c->v && !c->made && !c->unsure)
        (void)!audit_keeps_drop(c->v->audit, &c->moves, false, NULL);
    audit_moves_clear(&c->moves);
    secret_free(c->next_keys);
    if (c->begun)
        record_failed(c);
    vault_oauth_let_go(c);
    if (c->v)
        file_close_cleanup(&c->lock_fd);
}

enum sv_status vault_change_put(struct vault_change *c, int64_t id, const struct blob *bytes,
                                struct sv_err *err)
{
    struct db *db = c->v->db;
    enum sv_status st;

    if ((st = tree_verify_path(db, c->root, id, err)) ||
        (st = db_put(db, TABLE_OBJ, id, bytes->bytes, bytes->len, err)))
        return st;
    return tree_update(db, id, c->root, err);
}

enum sv_status vault_change_delete(struct vault_change *c, int64_t id, struct sv_err *err)
{
    struct db *db = c->v->db;
    enum sv_status st;

    if ((st = tree_verify_path(db, c->root, id, err)) ||
        (st = db_delete(db, TABLE_OBJ, id, NULL, err)))
        return st;
    return tree_update(db, id, c->root, err);
}

enum sv_status vault_change_part(struct vault_change *c, struct vault_change_part *part,
                                 struct sv_err *err)
{
    memcpy(part->root, c->root, sizeof part->root);
    part->moves = c->moves.rows.len;
    return db_part_begin(c->v->db, err);
}

enum sv_status vault_change_part_end(struct vault_change *c, const struct vault_change_part *part,
                                     bool keep, struct sv_err *err)
{
    if (!keep) {
        memcpy(c->root, part->root, sizeof c->root);
        c->moves.rows.len = part->moves;
    }
    return db_part_end(c->v->db, keep, err);
}

/* Signs state and history for the keys that hold from here on. */
static enum sv_status state_sign(struct vault_change *c, struct vault_state *s,
                                 uint8_t bytes[STATE_LEN], struct sv_err *err)
{
    struct vault *v = c->v;
    const struct key_tree *now = keys_peek(v->keys);
    const struct key_tree *next = c->next_keys ? keys_peek(c->next_keys) : now;
    uint8_t hist[HIST_EPOCH_LEN] = {0}, h[32];
    size_t len = HIST_LEN;
    enum sv_status st;

    if (c->next_keys) {
        s->epoch++;
        memcpy(s->verify_pk, next->verify_pk, sizeof s->verify_pk);
        memcpy(s->audit_pk, next->audit_pk, sizeof s->audit_pk);
        if (v->state.epoch == 1 &&
            (st = state_hist_first(v->db, now->verify_pk, now->sign_sk, err)))
            return st;
    }
    state_seal(bytes, h, s, v->state.chain, next->sign_sk);
    memcpy(hist, h, sizeof h);
    if (c->next_keys) {
        state_hist_epoch(hist, h, s->chain, next->verify_pk, now->sign_sk);
        len = HIST_EPOCH_LEN;
    }
    return db_put(v->db, TABLE_HIST, (int64_t)s->seq, hist, len, err);
}

/* The next state over what stands in the tables now. */
static enum sv_status state_next(struct vault_change *c, struct vault_state *s,
                                 uint8_t bytes[STATE_LEN], struct sv_err *err)
{
    struct vault *v = c->v;
    enum sv_status st;

    *s = v->state;
    s->seq++;
    s->written = env_now();
    memcpy(s->root, c->root, 32);
    audit_mark_now(v->audit, &s->log);
    if ((st = state_slots_hash(v->db, s->slots_hash, err)) || (st = state_sign(c, s, bytes, err)))
        return st;
    return db_put(v->db, TABLE_META, META_STATE, bytes, STATE_LEN, err);
}

/* The session goes on with what was committed. */
static void change_adopt(struct vault_change *c, const struct vault_state *s,
                         const uint8_t bytes[STATE_LEN])
{
    struct vault *v = c->v;

    c->in_transaction = false;
    c->begun = false;
    c->made = true;
    v->state = *s;
    memcpy(v->state_bytes, bytes, STATE_LEN);
    if (c->next_keys) {
        secret_free(v->keys);
        v->keys = c->next_keys;
        c->next_keys = NULL;
        audit_set_key(v->audit, s->audit_pk);
    }
}

/* Is this the state in the file? */
static enum sv_status state_stands(struct vault *v, const uint8_t bytes[STATE_LEN], bool *stands,
                                   struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    enum sv_status st = db_begin_read(v->db, err);

    if (st)
        return st;
    st = db_get(v->db, TABLE_META, META_STATE, &b, err);
    db_rollback(v->db);
    *stands = st == SV_OK && b.len == STATE_LEN && memcmp(b.bytes, bytes, STATE_LEN) == 0;
    return st;
}

/* A commit that fails has changed nothing, but for its last step: the journal's name is
 * gone, and only the folder could not be written to the disk. Then the change stands, and
 * a crash might still undo it. *why: the fault of a change that stands, or empty. */
static enum sv_status commit(struct vault_change *c, const uint8_t bytes[STATE_LEN],
                             struct sv_err *why, struct sv_err *err)
{
    struct vault *v = c->v;
    enum sv_status st = db_commit(v->db, why);
    bool stands = false;

    if (st == SV_OK) {
        why->text[0] = '\0';
        return SV_OK;
    }
    if (state_stands(v, bytes, &stands, NULL)) {
        c->unsure = true;
        c->begun = false; /* that it failed is more than anybody knows */
        return sv_fail(err, st,
                       "%.600s; whether the change was made cannot be read: look at the vault "
                       "before you try again",
                       why->text);
    }
    return stands ? SV_OK : sv_fail(err, st, "%s", why->text);
}

enum sv_status vault_change_commit(struct vault_change *c, uint64_t version, struct sv_err *err)
{
    struct vault *v = c->v;
    struct sv_err why, later;
    uint8_t bytes[STATE_LEN];
    struct vault_state s;
    enum sv_status st;

    /* Marks under their next keys first: a crash must not make a profile seem unused. */
    if ((st = state_next(c, &s, bytes, err)) || (st = audit_keeps_put(v->audit, &c->moves, err)) ||
        (st = commit(c, bytes, &why, err)))
        return st;
    change_adopt(c, &s, bytes);
    c->event.version = version;
    for (size_t i = 0; i < c->event_count; i++)
        if (c->events[i].result == AUDIT_BEGUN)
            c->events[i].result = AUDIT_OK;
    /* Without an anchor the log still takes the end; the first fault is the one told. */
    if (vault_anchor_advance(v, &later) && why.text[0] == '\0')
        why = later;
    if (append_events(c, NULL, &later) && why.text[0] == '\0')
        why = later;
    /* What a crash may still undo needs its old marks. */
    if (why.text[0] == '\0' && audit_keeps_drop(v->audit, &c->moves, true, &later))
        why = later;
    if (why.text[0] == '\0')
        return SV_OK;
    return sv_fail(err, SV_IO, "the change was made, but its end could not be recorded: %.600s",
                   why.text);
}
