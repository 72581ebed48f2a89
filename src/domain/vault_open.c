/* SPDX-License-Identifier: ISC */
/* Opening, locked: everything that can be proved without a secret is proved here. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/vault_impl.h"

struct object_space vault_space(const struct vault *v)
{
    struct object_space space = {.epoch = v->state.epoch};

    memcpy(space.vault_id, v->header.vault_id, sizeof space.vault_id);
    return space;
}

enum sv_status vault_need_keys(const struct vault *v, struct sv_err *err)
{
    if (v->keys)
        return SV_OK;
    return sv_fail(err, SV_LOCKED, "The vault is locked.");
}

enum sv_status vault_state_dir(char **out, const char *state_root, const uint8_t vault_id[16],
                               struct sv_err *err)
{
    char hex[33];
    char *dir = path_join(state_root, text_hex(hex, vault_id, 16));

    if (!dir)
        return sv_fail_nomem(err);
    *out = dir;
    return SV_OK;
}

void vault_close(struct vault *v)
{
    if (!v)
        return;
    secret_free(v->keys);
    audit_close(v->audit);
    db_close(v->db);
    sv_free(v->path);
    sv_free(v->state_dir);
    sv_free(v->anchor_path);
    sv_free(v);
}

void vault_close_cleanup(struct vault **slot)
{
    vault_close(*slot);
}

bool vault_is_unlocked(const struct vault *v)
{
    return v->keys != NULL;
}

void vault_lock(struct vault *v)
{
    secret_free(v->keys);
    v->keys = NULL;
    v->via = VIA_NONE;
}

/* ---- the state ---- */

static enum sv_status older_than_seen(const struct vault_state *s, uint64_t epoch, uint64_t seq,
                                      struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "This vault is older than one that this machine has seen (epoch %" PRIu64
                   ", change %" PRIu64 "; seen: epoch %" PRIu64 ", change %" PRIu64
                   "). It was rolled back or restored. Use the newest copy.",
                   s->epoch, s->seq, epoch, seq);
}

/* The state must speak of this file: its header, its schema, its slots. */
static enum sv_status state_fits(struct vault *v, const struct vault_state *s, struct sv_err *err)
{
    uint8_t schema[32], slots[32];
    enum sv_status st;

    db_schema_hash(DB_VAULT, schema);
    if ((st = state_slots_hash(v->db, slots, err)))
        return st;
    if (memcmp(s->vault_id, v->header.vault_id, 16) == 0 &&
        memcmp(s->header_hash, v->header_hash, 32) == 0 &&
        memcmp(s->schema_hash, schema, 32) == 0 && memcmp(s->slots_hash, slots, 32) == 0 &&
        s->epoch > 0 && s->seq > 0)
        return SV_OK;
    return sv_fail(err, SV_DATA,
                   "The vault %s was altered or damaged: its signed state does not fit its header "
                   "or slots. Restore a backup.",
                   db_shown(v->db));
}

static enum sv_status meta_get(struct vault *v, int64_t key, struct blob *out, struct sv_err *err)
{
    enum sv_status st = db_get(v->db, TABLE_META, key, out, err);

    if (st != SV_MISSING)
        return st;
    return sv_fail(err, SV_DATA,
                   "%s is not a whole vault: a part of it is missing. Restore a backup.",
                   db_shown(v->db));
}

enum sv_status vault_refresh(struct vault *v, struct sv_err *err)
{
    struct state_point known = {.seq = v->state.seq};
    BLOB_OWNED struct blob b = {0};
    struct vault_state s;
    enum sv_status st;

    if ((st = meta_get(v, META_STATE, &b, err)))
        return st;
    if (b.len == STATE_LEN && memcmp(b.bytes, v->state_bytes, STATE_LEN) == 0)
        return SV_OK;
    if ((st = state_open(&s, b.bytes, b.len, err)) || (st = state_fits(v, &s, err)))
        return st;
    if (v->state.seq) {
        if (s.seq < v->state.seq || s.epoch < v->state.epoch)
            return older_than_seen(&s, v->state.epoch, v->state.seq, err);
        memcpy(known.chain, v->state.chain, 32);
        memcpy(known.verify_pk, v->state.verify_pk, 32);
        if ((st = state_reaches(v->db, &known, &s, err)))
            return st;
    }
    if (v->keys && memcmp(keys_peek(v->keys)->verify_pk, s.verify_pk, 32) != 0)
        return sv_fail(err, SV_LOCKED,
                       "The vault's keys were changed by another member; unlock it again.");
    v->state = s;
    memcpy(v->state_bytes, b.bytes, STATE_LEN);
    return SV_OK;
}

/* ---- the anchor ---- */

static enum sv_status anchor_check(struct vault *v, const struct anchor *a, struct sv_err *err)
{
    struct state_point seen = {.seq = a->seq};

    if (v->state.seq < a->seq || v->state.epoch < a->epoch)
        return older_than_seen(&v->state, a->epoch, a->seq, err);
    memcpy(seen.chain, a->chain, 32);
    memcpy(seen.verify_pk, a->verify_pk, 32);
    return state_reaches(v->db, &seen, &v->state, err);
}

enum sv_status vault_anchor(struct vault *v, struct sv_err *err)
{
    struct anchor a = {.epoch = v->state.epoch, .seq = v->state.seq};

    memcpy(a.chain, v->state.chain, 32);
    memcpy(a.verify_pk, v->state.verify_pk, 32);
    audit_mark_now(v->audit, &a.log);
    return anchor_write(v->anchor_path, &a, err);
}

/* ---- opening ---- */

static enum sv_status header_load(struct vault *v, struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    enum sv_status st = meta_get(v, META_HEADER, &b, err);

    if (st)
        return st;
    header_hash(v->header_hash, b.bytes, b.len);
    return header_decode(&v->header, b.bytes, b.len, db_shown(v->db), err);
}

static enum sv_status paths_set(struct vault *v, const struct vault_place *place,
                                struct sv_err *err)
{
    enum sv_status st = vault_state_dir(&v->state_dir, place->state_root, v->header.vault_id, err);

    if (st)
        return st;
    v->anchor_path = path_join(v->state_dir, "anchor");
    return v->anchor_path ? SV_OK : sv_fail_nomem(err);
}

/* What this machine's log must at least hold: the anchor's word, or the signed
 * state's when that speaks of the same log and is newer. */
static const struct audit_mark *log_remembered(const struct vault *v, const struct anchor *a)
{
    if (memcmp(v->state.log.log_id, a->log.log_id, 16) == 0 && v->state.log.size > a->log.size)
        return &v->state.log;
    return &a->log;
}

static enum sv_status prove(struct vault *v, const struct vault_place *place, struct anchor *a,
                            bool *anchored, struct sv_err *err)
{
    enum sv_status st;

    if ((st = db_begin_read(v->db, err)) || (st = header_load(v, err)) ||
        (st = paths_set(v, place, err)) || (st = vault_refresh(v, err)))
        return st;
    st = anchor_read(v->anchor_path, a, err);
    *anchored = st == SV_OK;
    if (st == SV_MISSING)
        return SV_OK;
    return st ? st : anchor_check(v, a, err);
}

enum sv_status vault_open(struct vault **out, const struct vault_place *place, bool read_only,
                          struct sv_err *err)
{
    VAULT_OWNED struct vault *v = sv_alloc(sizeof *v);
    struct anchor a = {0};
    bool anchored = false;
    enum sv_status st;

    if (!v || !(v->path = sv_strdup(place->path)))
        return sv_fail_nomem(err);
    v->read_only = read_only;
    if ((st = db_open(&v->db, place->path, DB_VAULT, read_only, err)))
        return st;
    st = prove(v, place, &a, &anchored, err);
    db_rollback(v->db);
    if (st)
        return st;
    if ((st = audit_open(&v->audit, v->state_dir, v->header.vault_id, v->state.audit_pk,
                         anchored ? log_remembered(v, &a) : NULL, err)))
        return st;
    if ((!anchored || v->state.seq > a.seq) && (st = vault_anchor(v, err)))
        return st;
    *out = v;
    v = NULL;
    return SV_OK;
}

enum sv_status vault_audit_resume(const struct vault_place *place, struct sv_err *err)
{
    VAULT_OWNED struct vault *v = sv_alloc(sizeof *v);
    struct anchor a = {0};
    bool anchored = false;
    enum sv_status st;

    if (!v || !(v->path = sv_strdup(place->path)))
        return sv_fail_nomem(err);
    if ((st = db_open(&v->db, place->path, DB_VAULT, true, err)))
        return st;
    st = prove(v, place, &a, &anchored, err);
    db_rollback(v->db);
    if (st)
        return st;
    if ((st = audit_resume(v->state_dir, v->header.vault_id, v->state.audit_pk,
                           "a loss was accepted by the owner", err)) ||
        (st =
             audit_open(&v->audit, v->state_dir, v->header.vault_id, v->state.audit_pk, NULL, err)))
        return st;
    return vault_anchor(v, err);
}

static enum sv_status count_slot(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                 struct sv_err *err)
{
    struct vault_ways *ways = context;
    struct slot_head head;
    enum sv_status st = slot_read_head(&head, bytes, len, err);

    (void)key;
    if (st)
        return st;
    ways->passphrase |= head.type == SLOT_PASSPHRASE;
    ways->keyfile |= head.type == SLOT_KEYFILE;
    ways->passphrase_keyfile |= head.type == SLOT_PASSPHRASE_KEYFILE;
    return SV_OK;
}

enum sv_status vault_ways(struct vault *v, struct vault_ways *ways, struct sv_err *err)
{
    memset(ways, 0, sizeof *ways);
    return db_walk(v->db, TABLE_SLOT, 0, SLOT_COUNT_MAX - 1, false, count_slot, ways, err);
}
