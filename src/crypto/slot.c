/* SPDX-License-Identifier: ISC */
/*
 * slot: making, reading and opening.
 *
 * The head, the vault's id and the slot's number ("binding", below) are Argon2's
 * associated data, and go into the key of the seed box once more: so an edited
 * byte of the head gives an unrelated key also where no Argon2 is used.
 *
 * The seed box's context leaves the epoch at 0: an administrator who begins a new
 * epoch seals the bundle anew to the slot's public key, but cannot touch the seed,
 * which only its owner's passphrase opens. The bundle's context has the epoch.
 */
#include "crypto/slot.h"

#include <string.h>

#include "crypto/seal.h"

#define SLOT_VERSION 1
#define SEED_BOX_LEN (KEY_LEN + SEAL_OVERHEAD)
#define SEED_PKBOX_LEN (KEY_LEN + PKSEAL_OVERHEAD)
#define BINDING_LEN (16 + 4 + SLOT_HEAD_LEN)
#define BUNDLE_MIN_LEN (PKSEAL_OVERHEAD + 256)

_Static_assert(SLOT_HEAD_LEN == 4 + 3 * 4 + ARGON2_SALT_LEN, "the head is as slot.h draws it");

/* A slot's bytes, borrowed. */
struct parts {
    const uint8_t *head_bytes; /* SLOT_HEAD_LEN */
    const uint8_t *seed_box;   /* seed_box_len() */
    const uint8_t *bundle;
    size_t bundle_len;
    struct slot_head head;
};

/* What comes of a seed: its key pair, and what both sides of the bundle share. */
struct seed_keys {
    uint8_t sk[KEY_LEN];
    struct slot_public pub;
};

static void seed_keys_wipe(struct seed_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}
#define SEED_KEYS_OWNED __attribute__((cleanup(seed_keys_wipe)))

/* ---- kinds of slots ---- */

bool slot_uses_argon2(enum slot_type type)
{
    return type == SLOT_PASSPHRASE || type == SLOT_PASSPHRASE_KEYFILE;
}

static bool uses_keyfile(uint8_t type)
{
    return type == SLOT_KEYFILE || type == SLOT_PASSPHRASE_KEYFILE;
}

static size_t seed_box_len(uint8_t type)
{
    return type == SLOT_IDENTITY ? SEED_PKBOX_LEN : SEED_BOX_LEN;
}

/* Given just when it is wanted, and then a whole key. */
static bool key_fits(const struct secret *key, bool wanted)
{
    return (key != NULL) == wanted && (key == NULL || secret_len(key) == KEY_LEN);
}

bool slot_accepts(const struct slot_head *head, const struct slot_credentials *cred)
{
    return (cred->passphrase != NULL) == slot_uses_argon2(head->type) &&
           key_fits(cred->keyfile_hash, uses_keyfile(head->type)) &&
           key_fits(cred->identity, head->type == SLOT_IDENTITY) &&
           key_fits(cred->recovery, head->type == SLOT_RECOVERY);
}

/* Nobody needs an identity's secret key to make a slot for it. */
static bool slot_made_from(const struct slot_head *head, const struct slot_credentials *cred)
{
    if (head->type != SLOT_IDENTITY)
        return cred->identity_pk == NULL && slot_accepts(head, cred);
    return cred->identity_pk != NULL && cred->passphrase == NULL && cred->keyfile_hash == NULL &&
           cred->identity == NULL && cred->recovery == NULL;
}

/* ---- bytes ---- */

static void head_encode(uint8_t out[SLOT_HEAD_LEN], const struct slot_head *head)
{
    struct buf_writer w = buf_writer_over(out, SLOT_HEAD_LEN);

    buf_put_u8(&w, SLOT_VERSION);
    buf_put_u8(&w, SUITE_ID);
    buf_put_u8(&w, head->type);
    buf_put_u8(&w, head->role);
    buf_put_u32(&w, head->cost.passes);
    buf_put_u32(&w, head->cost.memory_kib);
    buf_put_u32(&w, head->cost.lanes);
    buf_put_bytes(&w, head->salt, sizeof head->salt);
}

static enum sv_status fail_broken(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "a key slot is damaged or was made by a newer smtpvault; "
                   "update smtpvault, or restore a backup");
}

static enum sv_status parse(struct parts *out, const uint8_t *bytes, size_t len, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    struct parts p = {.head_bytes = bytes};
    uint8_t version = buf_get_u8(&r);
    uint8_t suite = buf_get_u8(&r);

    p.head.type = buf_get_u8(&r);
    p.head.role = buf_get_u8(&r);
    p.head.cost.passes = buf_get_u32(&r);
    p.head.cost.memory_kib = buf_get_u32(&r);
    p.head.cost.lanes = buf_get_u32(&r);
    buf_get_bytes(&r, p.head.salt, sizeof p.head.salt);
    p.seed_box = buf_get_view(&r, seed_box_len(p.head.type));
    p.bundle = buf_get_block(&r, SLOT_MAX_LEN, &p.bundle_len);
    if (!buf_reader_done(&r) || len > SLOT_MAX_LEN || p.bundle_len < BUNDLE_MIN_LEN ||
        version != SLOT_VERSION || suite != SUITE_ID || p.head.type < SLOT_PASSPHRASE ||
        p.head.type > SLOT_RECOVERY || p.head.role < ROLE_ADMIN || p.head.role > ROLE_TOKEN)
        return fail_broken(err);
    if (slot_uses_argon2(p.head.type)) {
        enum sv_status status = argon2_cost_check(&p.head.cost, err);
        if (status != SV_OK)
            return status;
    } else if (p.head.cost.passes != 0 || p.head.cost.memory_kib != 0 || p.head.cost.lanes != 0) {
        return fail_broken(err);
    }
    *out = p;
    return SV_OK;
}

enum sv_status slot_read_head(struct slot_head *head, const uint8_t *bytes, size_t len,
                              struct sv_err *err)
{
    struct parts p;
    enum sv_status status = parse(&p, bytes, len, err);

    if (status == SV_OK)
        *head = p.head;
    return status;
}

/* ---- keys ---- */

static struct seal_context seed_context(const struct slot_place *place,
                                        const struct slot_head *head)
{
    struct seal_context ctx = {.kind = SEAL_SLOT_SEED, .row = place->number, .role = head->role};

    memcpy(ctx.vault_id, place->vault_id, sizeof ctx.vault_id);
    return ctx;
}

static struct seal_context bundle_context(const struct slot_place *place,
                                          const struct slot_head *head)
{
    struct seal_context ctx = seed_context(place, head);

    ctx.kind = SEAL_SLOT_BUNDLE;
    ctx.epoch = place->epoch;
    return ctx;
}

/* What random bytes give, which need no Argon2. */
static void random_kek(uint8_t out[KEY_LEN], const struct secret *key, const char *label,
                       const struct slot_place *place, const uint8_t salt[ARGON2_SALT_LEN])
{
    struct hash h;

    hash_begin(&h, secret_peek(key), KEY_LEN, label);
    hash_field(&h, place->vault_id, sizeof place->vault_id);
    hash_u64(&h, place->number);
    hash_field(&h, salt, ARGON2_SALT_LEN);
    hash_end(&h, out);
}

static void binding_encode(uint8_t out[BINDING_LEN], const struct slot_place *place,
                           const uint8_t head_bytes[SLOT_HEAD_LEN])
{
    struct buf_writer w = buf_writer_over(out, BINDING_LEN);

    buf_put_bytes(&w, place->vault_id, sizeof place->vault_id);
    buf_put_u32(&w, place->number);
    buf_put_bytes(&w, head_bytes, SLOT_HEAD_LEN);
}

/* The key of the seed box. `cred` is what the type asks for. */
static enum sv_status slot_kek(struct secret **out, const struct slot_head *head,
                               const uint8_t binding[BINDING_LEN], const struct slot_place *place,
                               const struct slot_credentials *cred, struct sv_err *err)
{
    SECRET_OWNED struct secret *kek = NULL;
    enum sv_status status = secret_new(&kek, KEY_LEN, err);

    if (status != SV_OK)
        return status;
    if (slot_uses_argon2(head->type)) {
        status = argon2_derive(kek, cred->passphrase, head->salt,
                               cred->keyfile_hash == NULL ? NULL : secret_peek(cred->keyfile_hash),
                               binding, BINDING_LEN, &head->cost, err);
        if (status != SV_OK)
            return status;
    } else {
        secret_set_len(kek, KEY_LEN);
        if (head->type == SLOT_RECOVERY)
            random_kek(secret_poke(kek), cred->recovery, "recovery-slot", place, head->salt);
        else
            random_kek(secret_poke(kek), cred->keyfile_hash, "keyfile-slot", place, head->salt);
    }
    kdf(secret_poke(kek), secret_peek(kek), "slot", binding, BINDING_LEN);
    *out = kek;
    kek = NULL;
    return SV_OK;
}

/* What both sides of an identity's seed box know beside the keys. */
static void identity_psk(uint8_t out[KEY_LEN], const uint8_t binding[BINDING_LEN])
{
    struct hash h;

    hash_begin(&h, NULL, KEY_LEN, "identity-slot");
    hash_field(&h, binding, BINDING_LEN);
    hash_end(&h, out);
}

/* ---- making ---- */

static enum sv_status check_wish(const struct slot_head *head, const struct slot_credentials *cred,
                                 size_t bundle_len, struct sv_err *err)
{
    if (!slot_made_from(head, cred) || head->role < ROLE_ADMIN || head->role > ROLE_TOKEN ||
        SLOT_HEAD_LEN + seed_box_len(head->type) + 4 + pkseal_len(SEAL_PADDED, bundle_len) >
            SLOT_MAX_LEN) {
        return sv_fail(err, SV_INTERNAL, "a key slot of type %u for role %u cannot be made",
                       head->type, head->role);
    }
    return slot_uses_argon2(head->type) ? argon2_cost_check(&head->cost, err) : SV_OK;
}

static enum sv_status put_bundle(struct buf_writer *w, const struct slot_place *place,
                                 const struct slot_head *head, const struct slot_public *pub,
                                 const void *plain, size_t len, struct sv_err *err)
{
    uint8_t box[SLOT_MAX_LEN];
    struct seal_context ctx = bundle_context(place, head);
    enum sv_status status = pkseal_box(box, pub->pk, pub->psk, &ctx, SEAL_PADDED, plain, len, err);

    if (status == SV_OK)
        buf_put_block(w, box, pkseal_len(SEAL_PADDED, len));
    return status;
}

static enum sv_status put_seed(struct buf_writer *w, const struct slot_place *place,
                               const struct slot_head *head,
                               const uint8_t head_bytes[SLOT_HEAD_LEN],
                               const struct slot_credentials *cred, const struct secret *seed,
                               struct sv_err *err)
{
    SECRET_OWNED struct secret *kek = NULL;
    uint8_t binding[BINDING_LEN], psk[KEY_LEN], box[SEED_PKBOX_LEN];
    struct seal_context ctx = seed_context(place, head);
    enum sv_status status;

    binding_encode(binding, place, head_bytes);
    if (head->type == SLOT_IDENTITY) {
        identity_psk(psk, binding);
        status = pkseal_box(box, cred->identity_pk, psk, &ctx, SEAL_EXACT, secret_peek(seed),
                            KEY_LEN, err);
    } else {
        status = slot_kek(&kek, head, binding, place, cred, err);
        if (status == SV_OK)
            status =
                seal_box(box, secret_peek(kek), &ctx, SEAL_EXACT, secret_peek(seed), KEY_LEN, err);
    }
    if (status == SV_OK)
        buf_put_bytes(w, box, seed_box_len(head->type));
    return status;
}

enum sv_status slot_make(struct blob *out, const struct slot_place *place, enum slot_type type,
                         enum role role, const struct argon2_cost *cost,
                         const struct slot_credentials *cred, const void *bundle_plain,
                         size_t bundle_len, struct slot_public *public_out, struct sv_err *err)
{
    struct slot_head head = {.type = (uint8_t)type, .role = (uint8_t)role};
    uint8_t bytes[SLOT_MAX_LEN];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    SECRET_OWNED struct secret *seed = NULL;
    SEED_KEYS_OWNED struct seed_keys keys;
    uint8_t head_bytes[SLOT_HEAD_LEN];

    if (slot_uses_argon2(head.type))
        head.cost = *cost;
    enum sv_status status = check_wish(&head, cred, bundle_len, err);
    if (status != SV_OK)
        return status;
    status = secret_new(&seed, KEY_LEN, err);
    if (status != SV_OK)
        return status;
    secret_set_len(seed, KEY_LEN);
    randombytes_buf(secret_poke(seed), KEY_LEN);
    randombytes_buf(head.salt, sizeof head.salt);
    keys_from_seed(keys.sk, keys.pub.pk, keys.pub.psk, secret_peek(seed));
    head_encode(head_bytes, &head);
    buf_put_bytes(&w, head_bytes, sizeof head_bytes);
    status = put_seed(&w, place, &head, head_bytes, cred, seed, err);
    if (status != SV_OK)
        return status;
    status = put_bundle(&w, place, &head, &keys.pub, bundle_plain, bundle_len, err);
    if (status != SV_OK)
        return status;
    BLOB_OWNED struct blob made = {0};
    if (!blob_append(&made, bytes, w.len))
        return sv_fail_nomem(err);
    *out = made;
    made = (struct blob){0};
    *public_out = keys.pub;
    return SV_OK;
}

enum sv_status slot_reseal(struct blob *out, const uint8_t *bytes, size_t len,
                           const struct slot_place *place, const struct slot_public *keys,
                           const void *bundle_plain, size_t bundle_len, struct sv_err *err)
{
    BLOB_OWNED struct blob made = {0};
    uint8_t row[SLOT_MAX_LEN];
    struct buf_writer w = buf_writer_over(row, sizeof row);
    struct parts p;
    enum sv_status status = parse(&p, bytes, len, err);

    if (status != SV_OK)
        return status;
    size_t before = (size_t)(p.bundle - bytes) - sizeof(uint32_t);
    if (before + sizeof(uint32_t) + pkseal_len(SEAL_PADDED, bundle_len) > SLOT_MAX_LEN)
        return sv_fail(err, SV_INTERNAL, "a bundle of %zu bytes does not fit a slot", bundle_len);
    buf_put_bytes(&w, bytes, before);
    status = put_bundle(&w, place, &p.head, keys, bundle_plain, bundle_len, err);
    if (status != SV_OK)
        return status;
    if (!blob_append(&made, row, w.len))
        return sv_fail_nomem(err);
    *out = made;
    made = (struct blob){0};
    return SV_OK;
}

/* ---- opening ---- */

static enum sv_status fail_denied(uint8_t type, struct sv_err *err)
{
    static const char *const names[] = {
        [SLOT_PASSPHRASE] = "the passphrase does",
        [SLOT_KEYFILE] = "the key file does",
        [SLOT_PASSPHRASE_KEYFILE] = "this passphrase with this key file does",
        [SLOT_IDENTITY] = "this identity does",
        [SLOT_RECOVERY] = "these recovery shares do",
    };

    return sv_fail(err, SV_DENIED, "%s not open the vault; try again", names[type]);
}

static enum sv_status open_identity_seed(struct secret **out, const struct parts *p,
                                         const uint8_t binding[BINDING_LEN],
                                         const struct seal_context *ctx,
                                         const struct slot_credentials *cred, struct sv_err *err)
{
    uint8_t psk[KEY_LEN], pk[KEY_LEN];
    struct pkseal_reader reader = {secret_peek(cred->identity), pk};

    identity_psk(psk, binding);
    pkseal_public(pk, reader.sk);
    return pkseal_open(out, &reader, psk, ctx, SEAL_EXACT, p->seed_box, SEED_PKBOX_LEN, err);
}

static enum sv_status open_seed(struct secret **out, const struct parts *p,
                                const struct slot_place *place, const struct slot_credentials *cred,
                                struct sv_err *err)
{
    SECRET_OWNED struct secret *kek = NULL;
    uint8_t binding[BINDING_LEN];
    struct seal_context ctx = seed_context(place, &p->head);
    enum sv_status status;

    binding_encode(binding, place, p->head_bytes);
    if (p->head.type == SLOT_IDENTITY) {
        status = open_identity_seed(out, p, binding, &ctx, cred, err);
    } else {
        status = slot_kek(&kek, &p->head, binding, place, cred, err);
        if (status != SV_OK)
            return status;
        status = seal_open(out, secret_peek(kek), &ctx, SEAL_EXACT, p->seed_box, SEED_BOX_LEN, err);
    }
    return status == SV_DATA ? fail_denied(p->head.type, err) : status;
}

enum sv_status slot_open(struct secret **bundle_plain, struct secret **seed_out,
                         const uint8_t *bytes, size_t len, const struct slot_place *place,
                         const struct slot_credentials *cred, struct sv_err *err)
{
    struct parts p;
    SECRET_OWNED struct secret *seed = NULL;
    SEED_KEYS_OWNED struct seed_keys keys;
    enum sv_status status = parse(&p, bytes, len, err);

    if (status != SV_OK)
        return status;
    if (!slot_accepts(&p.head, cred))
        return sv_fail(err, SV_DENIED, "the vault's key slot asks for another kind of key");
    status = open_seed(&seed, &p, place, cred, err);
    if (status != SV_OK)
        return status;
    keys_from_seed(keys.sk, keys.pub.pk, keys.pub.psk, secret_peek(seed));
    struct seal_context ctx = bundle_context(place, &p.head);
    struct pkseal_reader reader = {keys.sk, keys.pub.pk};
    status = pkseal_open(bundle_plain, &reader, keys.pub.psk, &ctx, SEAL_PADDED, p.bundle,
                         p.bundle_len, err);
    if (status == SV_OK && seed_out != NULL) {
        *seed_out = seed;
        seed = NULL;
    }
    return status;
}
