/* SPDX-License-Identifier: ISC */
/*
 * An edit is a byte and its operands; the byte modulo EDITS says which.
 */
#include "vault_edit.h"

#include "crypto/seal.h"
#include "row_edit.h"
#include "store/tree.h"

#define EDITS_MAX 24

/* The edits of row_edit.h come first. */
enum edit {
    EDIT_SEAL = ROW_EDITS, /* an object, sealed with the vault's keys: kind, card, secret */
    EDIT_SLOT,  /* a slot that the administrator's key file opens: number, role, bundle */
    EDIT_STATE, /* a field of the state that is signed: which, bytes */
    EDIT_SQL,   /* late_edit_add */
    EDIT_PAGE,
    EDITS
};

static const struct tables tables = {TABLE_META, TABLE_HIST};

struct editing {
    struct buf_reader *in;
    struct db *db;
    struct secret *keys;
    struct vault_state state;
    bool with_keys; /* an edit used a key that nobody but an administrator has */
    struct late_edits late;
};

/* ---- what takes keys ---- */

static struct object_space space_of(const struct editing *e)
{
    struct object_space space = {.epoch = e->state.epoch};

    memcpy(space.vault_id, e->state.vault_id, sizeof space.vault_id);
    return space;
}

/* The card is of fields as `profile_decode` wants them, or any bytes. */
static struct secret *take_card(struct editing *e, uint8_t kind, uint64_t version)
{
    uint8_t name_len = buf_get_u8(e->in);
    PROFILE_OWNED struct profile p = {.name = NULL, .version = version};
    struct secret *card = NULL;
    size_t len;
    const uint8_t *bytes = fuzz_some(e->in, name_len % 128, &len);

    if (name_len >= 128 || kind == OBJECT_DIRECTORY)
        return fuzz_secret(bytes, len);
    FUZZ_OWNED char *name = fuzz_string(bytes, len);
    buf_get_bytes(e->in, p.uid, 1);
    struct sv_err err = {""};
    if (profile_set(&p, profile_field("name"), name, &err) != SV_OK ||
        profile_encode(&card, &p, &err) != SV_OK)
        return fuzz_secret(bytes, len);
    return card;
}

static void edit_seal(struct editing *e)
{
    const struct key_tree *k = keys_peek(e->keys);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *secret = NULL;
    BLOB_OWNED struct blob row = {0};
    struct object_space space = space_of(e);
    uint8_t kind = buf_get_u8(e->in) % 7, where = buf_get_u8(e->in);
    uint64_t version = buf_get_u8(e->in);
    size_t len;

    card = take_card(e, kind, version);
    const uint8_t *bytes = fuzz_some(e->in, buf_get_u8(e->in), &len);
    secret = fuzz_secret(bytes, len);
    int64_t id = where % 4 == 0 ? row_edit_key(e->db, TABLE_OBJ, e->in)
                                : object_id(k->index, kind, bytes, len < 8 ? len : 8);
    if (where % 4 == 1)
        id = object_id(k->directory, OBJECT_DIRECTORY, DIRECTORY_NAME, strlen(DIRECTORY_NAME));
    PROFILE_OWNED struct profile p = {.name = NULL};
    if (where % 4 > 1 && profile_decode(&p, secret_peek(card), secret_len(card), NULL) == SV_OK)
        id = kind == OBJECT_VERSION ? object_version_id(k->index, p.uid, version)
                                    : object_id(k->index, OBJECT_PROFILE, p.name, strlen(p.name));
    const uint8_t *key = kind == OBJECT_DIRECTORY ? k->directory : k->wrap;
    CHECK(object_wrap_new(&wrap, kind, version, NULL, NULL) == SV_OK);
    CHECK(object_seal(&row, &space, id, key, wrap, card, secret, NULL) == SV_OK);
    if (id >= 0)
        row_edit_put(e->db, TABLE_OBJ, id, row.bytes, row.len);
    e->with_keys = true;
}

static void edit_slot(struct editing *e)
{
    SECRET_OWNED struct secret *key = kit_keyfile(KIT_ADMIN);
    const struct slot_credentials cred = {.keyfile_hash = key};
    const struct argon2_cost none = {0};
    struct slot_place place = {.epoch = e->state.epoch, .number = buf_get_u8(e->in)};
    BLOB_OWNED struct blob slot = {0};
    struct slot_public pub;
    uint8_t role = buf_get_u8(e->in), mode = buf_get_u8(e->in);
    size_t len;
    const uint8_t *bundle = fuzz_some(e->in, mode % 128, &len);

    memcpy(place.vault_id, e->state.vault_id, sizeof place.vault_id);
    FUZZ_OWNED uint8_t *plain = fuzz_copy(bundle, len);
    if (mode >= 128 && len >= 9)
        le64_put(plain + 1, e->state.epoch);
    if (slot_make(&slot, &place, SLOT_KEYFILE, role, &none, &cred, plain, len, &pub, NULL) == SV_OK)
        row_edit_put(e->db, TABLE_SLOT, place.number, slot.bytes, slot.len);
    e->with_keys = true;
}

static void edit_state(struct editing *e)
{
    struct vault_state *s = &e->state;
    uint8_t *const fields[] = {s->vault_id,    s->root,     s->slots_hash, s->schema_hash,
                               s->header_hash, s->audit_pk, s->log.log_id, s->log.root};
    uint8_t which = buf_get_u8(e->in);

    if (which % 12 < 8) {
        size_t at = buf_get_u8(e->in) % 16;
        fields[which % 12][at] ^= buf_get_u8(e->in);
        return;
    }
    uint64_t value = which < 128 ? buf_get_u8(e->in) : buf_get_u64(e->in);
    switch (which % 12) {
    case 8:
        s->epoch = value;
        break;
    case 9:
        s->seq = value;
        break;
    case 10:
        s->log.size = value;
        break;
    default:
        s->written = (int64_t)value;
        break;
    }
}

/* ---- one after the other ---- */

static void edit_all(struct editing *e)
{
    for (int i = 0; i < EDITS_MAX && e->in->left > 0; i++) {
        enum edit edit = buf_get_u8(e->in) % EDITS;
        switch (edit) {
        case EDIT_SEAL:
            edit_seal(e);
            break;
        case EDIT_SLOT:
            edit_slot(e);
            break;
        case EDIT_STATE:
            edit_state(e);
            break;
        case EDIT_SQL:
        case EDIT_PAGE:
            late_edit_add(&e->late, edit == EDIT_SQL, e->in);
            break;
        default:
            row_edit(e->db, &tables, (enum row_edit)edit, e->in);
            break;
        }
    }
}

/* ---- putting right ---- */

static void sign(struct editing *e, unsigned mend)
{
    struct vault_state *s = &e->state;
    const struct vault_state *was = kit_state();
    uint8_t bytes[STATE_LEN], hist[HIST_LEN] = {0}, pk[32], sk[64];
    static const uint8_t seed[32] = "somebody else who signs states.";
    bool forked = (mend & MEND_FORK) != 0;

    if (s->seq == was->seq && !forked)
        s->seq++;
    (void)crypto_sign_seed_keypair(pk, sk, seed);
    if ((mend & MEND_FOREIGN) != 0)
        memcpy(s->verify_pk, pk, sizeof pk);
    state_seal(bytes, hist, s, forked ? kit_chain_before() : was->chain,
               (mend & MEND_FOREIGN) != 0 ? sk : keys_peek(e->keys)->sign_sk);
    row_edit_put(e->db, TABLE_META, META_STATE, bytes, sizeof bytes);
    row_edit_put(e->db, TABLE_HIST, (int64_t)s->seq, hist, sizeof hist);
}

static void mend_rows(struct editing *e, unsigned mend)
{
    if ((mend & MEND_TREE) != 0)
        CHECK(tree_rebuild(e->db, e->state.root, NULL) == SV_OK);
    if ((mend & MEND_SLOTS) != 0)
        CHECK(state_slots_hash(e->db, e->state.slots_hash, NULL) == SV_OK);
    if ((mend & MEND_SIGN) != 0)
        sign(e, mend);
}

bool vault_edit_file(const char *path, unsigned mend, struct buf_reader *in)
{
    SECRET_OWNED struct secret *keys = kit_keys();
    struct editing e = {.in = in, .keys = keys, .state = *kit_state()};

    CHECK(db_open(&e.db, path, DB_VAULT, false, NULL) == SV_OK);
    CHECK(db_begin_write(e.db, NULL) == SV_OK);
    edit_all(&e);
    mend_rows(&e, mend);
    CHECK(db_commit(e.db, NULL) == SV_OK);
    db_close(e.db);
    late_edit_run(&e.late, path);
    return e.with_keys || ((mend & MEND_SIGN) != 0 && (mend & MEND_FOREIGN) == 0);
}
