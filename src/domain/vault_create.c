/* SPDX-License-Identifier: ISC */
/*
 * Making a vault: everything is built beside its place and moved there whole, so
 * that a crash leaves no half vault behind, and nothing that is there is replaced.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/scratch.h"
#include "base/text.h"
#include "crypto/random.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

/* What is being made, and what has to go when it fails. */
struct making {
    struct scratch scratch;
    char *draft;      /* the file in it until it is moved into place */
    const char *path; /* its place, once it is there */
    struct scratch state_scratch;
    char *state_draft; /* likewise of this machine's folder, with the log */
    char *state_dir;   /* its place */
    bool state_there;
    struct vault *v; /* path, db, audit, keys as they come */
    struct blob slot;
    struct slot_public slot_keys;
    enum slot_type type;
    bool cost_chosen;
    bool done;
};

/* A log that holds nothing but its own beginning. */
static void state_dir_remove(const char *dir)
{
    FD_OWNED int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        scratch_empty(fd);
    (void)rmdir(dir);
}

static void making_clear(struct making *m)
{
    vault_close(m->v);
    scratch_clear(&m->scratch);
    scratch_clear(&m->state_scratch);
    if (!m->done && m->path)
        (void)unlink(m->path);
    if (!m->done && m->state_there)
        state_dir_remove(m->state_dir);
    blob_clear(&m->slot);
    sodium_memzero(&m->slot_keys, sizeof m->slot_keys);
    sv_free(m->draft);
    sv_free(m->state_draft);
    sv_free(m->state_dir);
}

enum slot_type vault_slot_type(const struct slot_credentials *cred)
{
    if (cred->identity_pk)
        return SLOT_IDENTITY;
    if (cred->recovery)
        return SLOT_RECOVERY;
    if (!cred->passphrase)
        return SLOT_KEYFILE;
    return cred->keyfile_hash ? SLOT_PASSPHRASE_KEYFILE : SLOT_PASSPHRASE;
}

/* A journal without its file would be replayed into the new one. */
static enum sv_status no_journal_there(const char *path, const char *shown, struct sv_err *err)
{
    size_t room = strlen(path) + sizeof "-journal";
    SV_AUTOFREE char *journal = sv_alloc(room);
    enum file_kind kind;
    enum sv_status st;

    if (!journal)
        return sv_fail_nomem(err);
    (void)snprintf(journal, room, "%s-journal", path);
    if ((st = file_look(journal, &kind, err)) || kind == FILE_ABSENT)
        return st;
    return sv_fail(err, SV_EXISTS,
                   "%s-journal is left over from another vault: move it away and try again", shown);
}

static enum sv_status nothing_there(const char *path, struct sv_err *err)
{
    char shown[512];
    enum file_kind kind;
    enum sv_status st;

    text_printable(shown, sizeof shown, path, strlen(path));
    if ((st = file_look(path, &kind, err)))
        return st;
    if (kind != FILE_ABSENT)
        return sv_fail(err, SV_EXISTS,
                       "%s exists already: a vault is never replaced; name another file", shown);
    return no_journal_there(path, shown, err);
}

static enum sv_status draft_path(struct making *m, const char *path, struct sv_err *err)
{
    SV_AUTOFREE char *dir = path_dir(path);
    enum sv_status st;

    if (!dir)
        return sv_fail_nomem(err);
    if ((st = file_make_dirs(dir, err)) || (st = scratch_new(&m->scratch, dir, err)))
        return st;
    m->draft = path_join(m->scratch.path, "vault.db");
    return m->draft ? SV_OK : sv_fail_nomem(err);
}

/* New keys for epoch 1, and the one slot that opens them. */
static enum sv_status make_keys(struct making *m, const struct slot_credentials *cred,
                                const struct argon2_cost *cost, struct sv_err *err)
{
    struct vault *v = m->v;
    struct slot_place place = {.epoch = 1, .number = 0};
    SECRET_OWNED struct secret *root = NULL, *bundle = NULL;
    enum sv_status st;

    random_bytes(v->header.vault_id, sizeof v->header.vault_id);
    v->header.created = env_now();
    memcpy(place.vault_id, v->header.vault_id, sizeof place.vault_id);
    if ((st = secret_new(&root, KEY_LEN, err)))
        return st;
    secret_set_len(root, KEY_LEN);
    random_bytes(secret_poke(root), KEY_LEN);
    if ((st = keys_from_root(&v->keys, secret_peek(root), err)) ||
        (st = vault_bundle_make(&bundle, ROLE_ADMIN, place.epoch, keys_peek(v->keys), NULL, err)))
        return st;
    return slot_make(&m->slot, &place, m->type, ROLE_ADMIN, cost, cred, secret_peek(bundle),
                     secret_len(bundle), &m->slot_keys, err);
}

/* The folder of a vault that never comes to be must not stay. */
static enum sv_status state_draft(struct making *m, const char *state_root, struct sv_err *err)
{
    enum sv_status st;

    if ((st = vault_state_dir(&m->state_dir, state_root, m->v->header.vault_id, err)) ||
        (st = file_make_dirs(state_root, err)) ||
        (st = scratch_new(&m->state_scratch, state_root, err)))
        return st;
    m->state_draft = path_join(m->state_scratch.path, "log");
    return m->state_draft ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status make_log(struct making *m, const char *state_root, struct sv_err *err)
{
    struct vault *v = m->v;
    struct audit_event event = {.op = AUDIT_INIT, .result = AUDIT_OK};
    enum sv_status st;

    vault_event_by(v, &event);
    if ((st = state_draft(m, state_root, err)) ||
        (st = audit_open(&v->audit, m->state_draft, v->header.vault_id,
                         keys_peek(v->keys)->audit_pk, NULL, err)))
        return st;
    return audit_append(v->audit, &event, NULL, NULL, err);
}

static enum sv_status put_directory(struct making *m, uint8_t root[32], struct sv_err *err)
{
    const struct key_tree *k = keys_peek(m->v->keys);
    struct object_space space = vault_space(m->v);
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {.type = (uint8_t)m->type,
                                                          .role = ROLE_ADMIN,
                                                          .cost_chosen = m->cost_chosen,
                                                          .keys = m->slot_keys,
                                                          .created = m->v->header.created,
                                                          .label = "owner"};
    SECRET_OWNED struct secret *empty = NULL, *card = NULL, *wrap = NULL, *nothing = NULL;
    BLOB_OWNED struct blob row = {0};
    int64_t id = object_id(k->directory, OBJECT_DIRECTORY, DIRECTORY_NAME, strlen(DIRECTORY_NAME));
    enum sv_status st;

    if ((st = directory_new(&empty, err)) || (st = directory_put(&card, empty, &entry, err)) ||
        (st = secret_new(&nothing, 1, err)) ||
        (st = object_wrap_new(&wrap, OBJECT_DIRECTORY, 1, NULL, err)) ||
        (st = object_seal(&row, &space, id, k->directory, wrap, card, nothing, err)) ||
        (st = db_put(m->v->db, TABLE_OBJ, id, row.bytes, row.len, err)))
        return st;
    return tree_rebuild(m->v->db, root, err);
}

static enum sv_status put_state(struct making *m, struct sv_err *err)
{
    static const uint8_t no_chain[32];
    struct vault *v = m->v;
    struct vault_state *s = &v->state;
    uint8_t header[HEADER_LEN], hist[HIST_LEN] = {0};
    enum sv_status st;

    header_encode(header, &v->header);
    header_hash(s->header_hash, header, sizeof header);
    memcpy(s->vault_id, v->header.vault_id, 16);
    memcpy(s->verify_pk, keys_peek(v->keys)->verify_pk, 32);
    memcpy(s->audit_pk, keys_peek(v->keys)->audit_pk, 32);
    db_schema_hash(DB_VAULT, s->schema_hash);
    audit_mark_now(v->audit, &s->log);
    s->seq = 1;
    s->written = v->header.created;
    if ((st = state_slots_hash(v->db, s->slots_hash, err)))
        return st;
    state_seal(v->state_bytes, hist, s, no_chain, keys_peek(v->keys)->sign_sk);
    if ((st = db_put(v->db, TABLE_META, META_HEADER, header, sizeof header, err)) ||
        (st = db_put(v->db, TABLE_META, META_STATE, v->state_bytes, STATE_LEN, err)))
        return st;
    return db_put(v->db, TABLE_HIST, 1, hist, sizeof hist, err);
}

static enum sv_status make_file(struct making *m, struct sv_err *err)
{
    struct vault *v = m->v;
    enum sv_status st;

    v->state.epoch = 1;
    if ((st = db_create(&v->db, m->draft, DB_VAULT, err)) || (st = db_begin_write(v->db, err)) ||
        (st = db_put(v->db, TABLE_SLOT, 0, m->slot.bytes, m->slot.len, err)) ||
        (st = put_directory(m, v->state.root, err)) || (st = put_state(m, err)) ||
        (st = db_commit(v->db, err)))
        return st;
    db_close(v->db);
    v->db = NULL;
    return SV_OK;
}

/* Moved into its place, the vault is there: it is opened as any other, and given its
 * keys. */
static enum sv_status open_made(struct making *m, const struct vault_place *place,
                                struct vault **out, struct sv_err *err)
{
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st;

    audit_close(m->v->audit);
    m->v->audit = NULL;
    if ((st = file_move_new(m->state_draft, m->state_dir, err)))
        return st;
    m->state_there = true;
    if ((st = file_move_new(m->draft, place->path, err)))
        return st;
    m->path = place->path;
    if ((st = vault_open(&v, place, false, err)) || (st = vault_adopt_keys(v, &m->v->keys, err)))
        return st;
    v->role = ROLE_ADMIN;
    v->via = m->v->via;
    memcpy(v->slot_pk, m->slot_keys.pk, sizeof v->slot_pk);
    *out = v;
    v = NULL;
    return SV_OK;
}

enum sv_status vault_credentials_check(const struct slot_credentials *cred, struct sv_err *err)
{
    if (!cred->passphrase && !cred->keyfile_hash && !cred->identity_pk && !cred->recovery)
        return sv_fail(err, SV_USAGE, "a vault needs a passphrase or a key file");
    if (cred->passphrase && secret_len(cred->passphrase) == 0)
        return sv_fail(err, SV_USAGE, "the passphrase is empty: give one, or a key file");
    return SV_OK;
}

enum sv_status vault_create(struct vault **out, const struct vault_place *place,
                            const struct slot_credentials *cred, const struct argon2_cost *cost,
                            struct sv_err *err)
{
    __attribute__((cleanup(making_clear))) struct making m = {.type = vault_slot_type(cred)};
    struct argon2_cost measured = {0};
    enum sv_status st;

    if (!(m.v = sv_alloc(sizeof *m.v)))
        return sv_fail_nomem(err);
    m.v->via = cred->passphrase ? VIA_PASSPHRASE : VIA_KEYFILE;
    if ((st = vault_credentials_check(cred, err)) || (st = nothing_there(place->path, err)) ||
        (st = draft_path(&m, place->path, err)))
        return st;
    m.cost_chosen = cost && slot_uses_argon2(m.type);
    if (!cost && slot_uses_argon2(m.type)) {
        if ((st = argon2_calibrate(&measured, err)))
            return st;
        cost = &measured;
    }
    if ((st = make_keys(&m, cred, cost ? cost : &measured, err)) ||
        (st = make_log(&m, place->state_root, err)) || (st = make_file(&m, err)) ||
        (st = open_made(&m, place, out, err)))
        return st;
    m.done = true;
    return SV_OK;
}
