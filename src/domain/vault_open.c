/* SPDX-License-Identifier: ISC */
/* Opening, locked: everything that can be proved without a secret is proved here. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/vault_impl.h"
#include "domain/vault_token.h"

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
    if (v->remote)
        return sv_fail(err, SV_LOCKED,
                       "this takes the vault's own keys, which the agent does not hand out: add "
                       "--no-agent");
    return sv_fail(err, SV_LOCKED, "the vault is locked: unlock it first");
}

enum sv_status vault_need_read(const struct vault *v, struct sv_err *err)
{
    enum sv_status st = vault_need_keys(v, err);

    if (st == SV_OK && v->role == ROLE_AUDITOR)
        return sv_fail(err, SV_DENIED,
                       "an auditor reads the log and no profile: unlock the vault as a reader or "
                       "an administrator");
    return st;
}

/* Whoever can put files there can take the anchor away, and what it remembers. */
static enum sv_status folder_is_ours(const char *path, struct sv_err *err)
{
    enum file_kind kind;
    enum sv_status st = file_look(path, &kind, err);

    return st || kind == FILE_ABSENT ? st : file_check_folder(path, err);
}

enum sv_status vault_state_dir(char **out, const char *state_root, const uint8_t vault_id[16],
                               struct sv_err *err)
{
    char hex[33];
    char *dir = path_join(state_root, text_hex(hex, vault_id, 16));
    enum sv_status st;

    if (!dir)
        return sv_fail_nomem(err);
    if ((st = folder_is_ours(state_root, err)) || (st = folder_is_ours(dir, err))) {
        sv_free(dir);
        return st;
    }
    *out = dir;
    return SV_OK;
}

void vault_close(struct vault *v)
{
    if (!v)
        return;
    if (v->remote)
        v->remote->close(v->far);
    secret_free(v->keys);
    secret_free(v->audit_keys);
    token_session_free(v->token);
    audit_close(v->audit);
    db_close(v->db);
    sv_free(v->path);
    sv_free(v->state_dir);
    sv_free(v->anchor_path);
    sv_free(v->anchor_lock);
    sv_free(v);
}

void vault_close_cleanup(struct vault **slot)
{
    vault_close(*slot);
}

bool vault_is_unlocked(const struct vault *v)
{
    return v->keys != NULL || v->remote != NULL;
}

void vault_lock(struct vault *v)
{
    secret_free(v->keys);
    secret_free(v->audit_keys);
    v->keys = v->audit_keys = NULL;
    token_session_free(v->token);
    v->token = NULL;
    v->via = VIA_NONE;
    if (v->audit)
        audit_unprepare(v->audit);
    v->owner_here = false;
}

/* ---- the state ---- */

enum sv_status vault_slots_prove(struct vault *v, const struct vault_state *s, struct sv_err *err)
{
    uint8_t slots[32];
    enum sv_status st = state_slots_hash(v->db, slots, err);

    if (st || !DEFENDED(SLOTS) || memcmp(s->slots_hash, slots, 32) == 0)
        return st;
    return sv_fail(
        err, SV_DATA,
        "%s: the vault was altered or damaged (its signed state does not fit its key slots): "
        "restore a backup",
        db_shown(v->db));
}

/* The state must speak of this file: its header, its schema, its slots. */
static enum sv_status state_fits(struct vault *v, const struct vault_state *s, struct sv_err *err)
{
    uint8_t schema[32];

    db_schema_hash(DB_VAULT, schema);
    if (memcmp(s->vault_id, v->header.vault_id, 16) == 0 &&
        (!DEFENDED(HEADER) || memcmp(s->header_hash, v->header_hash, 32) == 0) &&
        memcmp(s->schema_hash, schema, 32) == 0 && s->epoch > 0 && s->seq > 0)
        return vault_slots_prove(v, s, err);
    return sv_fail(
        err, SV_DATA,
        "%s: the vault was altered or damaged (its signed state does not fit its header): "
        "restore a backup",
        db_shown(v->db));
}

static enum sv_status meta_get(struct vault *v, int64_t key, struct blob *out, struct sv_err *err)
{
    enum sv_status st = db_get(v->db, TABLE_META, key, out, err);

    if (st != SV_MISSING)
        return st;
    return sv_fail(err, SV_DATA,
                   "%s is not a whole vault, its header or its state is missing: restore a backup",
                   db_shown(v->db));
}

/* A newer state than the one known so far must follow from it. */
static enum sv_status state_follows(struct vault *v, const struct vault_state *s,
                                    struct sv_err *err)
{
    struct state_point known = {.seq = v->state.seq};

    if (known.seq == 0)
        return SV_OK;
    if (s->seq < v->state.seq || s->epoch < v->state.epoch)
        return vault_older_than_seen(s, v->state.epoch, v->state.seq, err);
    memcpy(known.chain, v->state.chain, 32);
    memcpy(known.verify_pk, v->state.verify_pk, 32);
    return state_reaches(v->db, &known, s, err);
}

static enum sv_status state_load(struct vault *v, struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    struct vault_state s;
    enum sv_status st;

    if ((st = meta_get(v, META_STATE, &b, err)))
        return st;
    if (b.len == STATE_LEN && memcmp(b.bytes, v->state_bytes, STATE_LEN) == 0)
        return SV_OK;
    if ((st = state_open(&s, b.bytes, b.len, err)) || (st = state_fits(v, &s, err)) ||
        (st = state_follows(v, &s, err)))
        return st;
    v->state = s;
    memcpy(v->state_bytes, b.bytes, STATE_LEN);
    if (v->audit)
        audit_set_key(v->audit, s.audit_pk);
    return SV_OK;
}

enum sv_status vault_refresh(struct vault *v, struct sv_err *err)
{
    enum sv_status st;

    if ((st = state_load(v, err)) || (st = vault_anchor_meet(v, err)))
        return st;
    if (v->keys && memcmp(keys_peek(v->keys)->verify_pk, v->state.verify_pk, 32) != 0) {
        vault_lock(v);
        return sv_fail(err, SV_LOCKED,
                       "the vault's keys were changed by another member: unlock it again");
    }
    return SV_OK;
}

/* ---- opening ---- */

static enum sv_status header_load(struct vault *v, struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    enum sv_status st = meta_get(v, META_HEADER, &b, err);

    if (st)
        return st;
    if ((st = header_decode(&v->header, b.bytes, b.len, db_shown(v->db), err)))
        return st;
    header_hash(v->header_hash, b.bytes, b.len);
    return SV_OK;
}

static enum sv_status paths_set(struct vault *v, const struct vault_place *place,
                                struct sv_err *err)
{
    enum sv_status st = vault_state_dir(&v->state_dir, place->state_root, v->header.vault_id, err);

    if (st)
        return st;
    v->anchor_path = path_join(v->state_dir, "anchor");
    v->anchor_lock = path_join(v->state_dir, "anchor.lock");
    return v->anchor_path && v->anchor_lock ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status prove(struct vault *v, const struct vault_place *place, struct sv_err *err)
{
    enum sv_status st;

    if ((st = db_begin_read(v->db, err)) || (st = header_load(v, err)) ||
        (place->state_root && (st = paths_set(v, place, err))) || (st = vault_refresh(v, err))) {
        db_rollback(v->db);
        return st;
    }
    db_rollback(v->db);
    return SV_OK;
}

/* What this machine's log must at least hold: the anchor's word, or the signed
 * state's when that speaks of the same log and is newer. Without an anchor the log
 * is asked for its id first. */
static enum sv_status log_open(struct vault *v, struct sv_err *err)
{
    const struct audit_mark *signed_mark = &v->state.log;
    struct audit_mark remembered;
    enum sv_status st;

    if (v->anchor_met) {
        remembered = v->met.log;
    } else {
        if ((st = audit_open(&v->audit, v->state_dir, v->header.vault_id, v->state.audit_pk, NULL,
                             err)))
            return st;
        audit_mark_now(v->audit, &remembered);
    }
    if (memcmp(signed_mark->log_id, remembered.log_id, 16) == 0 &&
        signed_mark->size > remembered.size)
        remembered = *signed_mark;
    else if (v->audit)
        return SV_OK;
    audit_close(v->audit);
    v->audit = NULL;
    return audit_open(&v->audit, v->state_dir, v->header.vault_id, v->state.audit_pk, &remembered,
                      err);
}

static enum sv_status open_proved(struct vault **out, const struct vault_place *place,
                                  bool read_only, struct sv_err *err)
{
    VAULT_OWNED struct vault *v = sv_alloc(sizeof *v);
    enum sv_status st;

    if (!v || !(v->path = sv_strdup(place->path)))
        return sv_fail_nomem(err);
    v->read_only = read_only;
    if ((st = db_open(&v->db, place->path, DB_VAULT, read_only, err)) ||
        (st = prove(v, place, err)))
        return st;
    *out = v;
    v = NULL;
    return SV_OK;
}

enum sv_status vault_open(struct vault **out, const struct vault_place *place, bool read_only,
                          struct sv_err *err)
{
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st;

    if ((st = open_proved(&v, place, read_only, err)) || (st = log_open(v, err)) ||
        (st = vault_anchor_advance(v, err)))
        return st;
    *out = v;
    v = NULL;
    return SV_OK;
}

enum sv_status vault_open_inspect(struct vault **out, const struct vault_place *place,
                                  struct sv_err *err)
{
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st = open_proved(&v, place, true, err);

    if (st)
        return st;
    st = audit_open_inspect(&v->audit, v->state_dir, v->header.vault_id, err);
    if (st == SV_MISSING)
        return vault_open(out, place, true, err);
    if (st)
        return st;
    v->inspecting = true;
    *out = v;
    v = NULL;
    return SV_OK;
}

enum sv_status vault_file_open(struct vault **out, const char *path, struct sv_err *err)
{
    const struct vault_place place = {.path = path};
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st = open_proved(&v, &place, true, err);

    if (st)
        return st;
    v->inspecting = true;
    *out = v;
    v = NULL;
    return SV_OK;
}

enum sv_status vault_audit_resume(const struct vault_place *place, struct sv_err *err)
{
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st;

    if ((st = open_proved(&v, place, true, err)) ||
        (st = audit_resume(v->state_dir, v->header.vault_id, v->state.audit_pk,
                           "a loss was accepted by the owner", err)) ||
        (st =
             audit_open(&v->audit, v->state_dir, v->header.vault_id, v->state.audit_pk, NULL, err)))
        return st;
    return vault_anchor_renew(v, err);
}
