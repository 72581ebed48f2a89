/* SPDX-License-Identifier: ISC */
/*
 * seal: CSEAL and PKSEAL. Plaintext is only ever in secret memory: padding is
 * laid in a secret, and opening decrypts straight into one.
 */
#include "crypto/seal.h"

#include <string.h>

#include "base/buf.h"
#include "base/defence.h"
#include "crypto/padding.h"
#include "crypto/seal_known.h"

#define COMMIT_LEN 32
#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES
#define PAD_MIN 256u
#define PAD_MAX 16384u

/* Where the parts of a box begin. */
#define AT_NONCE 1
#define AT_COMMIT (AT_NONCE + SEAL_NONCE_LEN)
#define AT_CIPHER (AT_COMMIT + COMMIT_LEN)

_Static_assert(AT_CIPHER + TAG_LEN == SEAL_OVERHEAD, "a box is as long as its header says");
_Static_assert(COMMIT_LEN == crypto_verify_32_BYTES, "what compares commitments");
_Static_assert(SEAL_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20 nonce");

/* Ke || C of one box, with the context they were derived for. */
struct box_keys {
    uint8_t both[KEY_LEN + COMMIT_LEN];
    uint8_t ctx[SEAL_CONTEXT_LEN];
};

static void box_keys_wipe(struct box_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}
#define BOX_KEYS_OWNED __attribute__((cleanup(box_keys_wipe)))

/* What the two sides of a PKSEAL share, or K. */
struct shared_key {
    uint8_t bytes[KEY_LEN];
};

static void shared_key_wipe(struct shared_key *k)
{
    sodium_memzero(k, sizeof *k);
}
#define SHARED_KEY_OWNED __attribute__((cleanup(shared_key_wipe)))

static void pair_wipe(struct pkseal_pair *pair)
{
    sodium_memzero(pair, sizeof *pair);
}
#define PAIR_OWNED __attribute__((cleanup(pair_wipe)))

void seal_context_encode(uint8_t out[SEAL_CONTEXT_LEN], const struct seal_context *ctx)
{
    struct buf_writer w = buf_writer_over(out, SEAL_CONTEXT_LEN);

    buf_put_u8(&w, SUITE_ID);
    buf_put_bytes(&w, ctx->vault_id, sizeof ctx->vault_id);
    buf_put_u64(&w, ctx->epoch);
    buf_put_u8(&w, ctx->kind);
    buf_put_u64(&w, ctx->row);
    buf_put_u64(&w, ctx->version);
    buf_put_u8(&w, ctx->field);
    buf_put_u8(&w, ctx->role);
    if (!DEFENDED(CONTEXT))
        memset(out, 0, SEAL_CONTEXT_LEN);
}

size_t seal_padded_len(enum seal_padding padding, size_t len)
{
    if (padding == SEAL_EXACT)
        return len;
    for (size_t size = PAD_MIN; size <= PAD_MAX; size = DEFENDED(PADDING) ? 2 * size : size + 1)
        if (len < size)
            return size;
    return (len / PAD_MAX + 1) * PAD_MAX;
}

/* The unit that the padding is laid and looked for in. */
static size_t pad_block(size_t padded)
{
    return padded < PAD_MAX ? padded : PAD_MAX;
}

size_t seal_len(enum seal_padding padding, size_t plain_len)
{
    return SEAL_OVERHEAD + seal_padded_len(padding, plain_len);
}

size_t pkseal_len(enum seal_padding padding, size_t plain_len)
{
    return PKSEAL_OVERHEAD + seal_padded_len(padding, plain_len);
}

/* One message for every cause: which check failed is nobody's business. */
static enum sv_status fail_closed(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "a sealed record does not open: it was altered, damaged or put in another "
                   "place; run \"smtpvault verify\", and restore a backup if it agrees");
}

static void box_keys_derive(struct box_keys *keys, const uint8_t key[KEY_LEN],
                            const struct seal_context *ctx, const uint8_t *nonce)
{
    struct hash h;

    seal_context_encode(keys->ctx, ctx);
    hash_begin(&h, key, sizeof keys->both, "cseal");
    hash_field(&h, nonce, SEAL_NONCE_LEN);
    hash_field(&h, keys->ctx, sizeof keys->ctx);
    hash_end(&h, keys->both);
}

/* A secret holding pad(plain). */
static enum sv_status pad_plain(struct secret **out, const void *plain, size_t len,
                                struct sv_err *err)
{
    size_t padded = seal_padded_len(SEAL_PADDED, len);
    SECRET_OWNED struct secret *copy = NULL;
    enum sv_status status = secret_new(&copy, padded, err);

    if (status != SV_OK)
        return status;
    status = secret_append(copy, plain, len, err);
    if (status != SV_OK)
        return status;
    secret_set_len(copy, padded);
    if (sodium_pad(NULL, secret_poke(copy), len, pad_block(padded), padded) != 0)
        return sv_fail(err, SV_INTERNAL, "a plaintext of %zu bytes could not be padded", len);
    *out = copy;
    copy = NULL;
    return SV_OK;
}

enum sv_status seal_box_with_nonce(uint8_t *out, const uint8_t key[KEY_LEN],
                                   const struct seal_context *ctx, enum seal_padding padding,
                                   const void *plain, size_t len,
                                   const uint8_t nonce[SEAL_NONCE_LEN], struct sv_err *err)
{
    BOX_KEYS_OWNED struct box_keys keys;
    SECRET_OWNED struct secret *padded = NULL;

    if (padding == SEAL_PADDED) {
        enum sv_status status = pad_plain(&padded, plain, len, err);
        if (status != SV_OK)
            return status;
        plain = secret_peek(padded);
        len = secret_len(padded);
    }
    box_keys_derive(&keys, key, ctx, nonce);
    out[0] = SEAL_VERSION;
    memcpy(out + AT_NONCE, nonce, SEAL_NONCE_LEN);
    memcpy(out + AT_COMMIT, keys.both + KEY_LEN, COMMIT_LEN);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + AT_CIPHER, NULL, plain, len, keys.ctx,
                                                     sizeof keys.ctx, NULL, nonce, keys.both);
    return SV_OK;
}

enum sv_status seal_box(uint8_t *out, const uint8_t key[KEY_LEN], const struct seal_context *ctx,
                        enum seal_padding padding, const void *plain, size_t len,
                        struct sv_err *err)
{
    uint8_t nonce[SEAL_NONCE_LEN] = {0};

    if (DEFENDED(NONCE))
        randombytes_buf(nonce, sizeof nonce);
    return seal_box_with_nonce(out, key, ctx, padding, plain, len, nonce, err);
}

/* Takes the padding off. False unless it is the one that pad_plain lays. */
static bool unpad(struct secret *plain)
{
    size_t padded = secret_len(plain);
    size_t len;

    if (padded == 0 || !padding_find(&len, secret_peek(plain), padded, pad_block(padded)))
        return false;
    if (seal_padded_len(SEAL_PADDED, len) != padded)
        return false;
    secret_set_len(plain, len);
    return true;
}

enum sv_status seal_open(struct secret **plain, const uint8_t key[KEY_LEN],
                         const struct seal_context *ctx, enum seal_padding padding,
                         const uint8_t *box, size_t box_len, struct sv_err *err)
{
    BOX_KEYS_OWNED struct box_keys keys;
    SECRET_OWNED struct secret *opened = NULL;

    if (box_len < SEAL_OVERHEAD || box[0] != SEAL_VERSION)
        return fail_closed(err);
    box_keys_derive(&keys, key, ctx, box + AT_NONCE);
    if (DEFENDED(COMMITMENT) && crypto_verify_32(keys.both + KEY_LEN, box + AT_COMMIT) != 0)
        return fail_closed(err);
    enum sv_status status = secret_new(&opened, box_len - SEAL_OVERHEAD, err);
    if (status != SV_OK)
        return status;
    secret_set_len(opened, box_len - SEAL_OVERHEAD);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret_poke(opened), NULL, NULL, box + AT_CIPHER,
                                                   box_len - AT_CIPHER, keys.ctx, sizeof keys.ctx,
                                                   box + AT_NONCE, keys.both) != 0)
        return fail_closed(err);
    if (padding == SEAL_PADDED && !unpad(opened))
        return fail_closed(err);
    *plain = opened;
    opened = NULL;
    return SV_OK;
}

/* K of a PKSEAL. */
static void agreed_key(uint8_t key[KEY_LEN], const uint8_t shared[KEY_LEN],
                       const uint8_t ephemeral_pk[KEY_LEN], const uint8_t reader_pk[KEY_LEN],
                       const uint8_t *psk, const struct seal_context *ctx)
{
    static const uint8_t no_psk[KEY_LEN];
    uint8_t place[SEAL_CONTEXT_LEN];
    struct hash h;

    seal_context_encode(place, ctx);
    hash_begin(&h, psk == NULL ? no_psk : psk, KEY_LEN, "pkseal");
    hash_field(&h, shared, KEY_LEN);
    hash_field(&h, ephemeral_pk, KEY_LEN);
    hash_field(&h, reader_pk, KEY_LEN);
    hash_field(&h, place, sizeof place);
    hash_end(&h, key);
}

void pkseal_public(uint8_t pk[KEY_LEN], const uint8_t sk[KEY_LEN])
{
    (void)crypto_scalarmult_base(pk, sk);
}

/* The multiplication fails when the shared secret is all zero: pk is a point of low
 * order, and anybody could know the key. */
static enum sv_status pair_make(struct pkseal_pair *pair, const uint8_t pk[KEY_LEN],
                                const uint8_t ephemeral_sk[KEY_LEN], struct sv_err *err)
{
    (void)crypto_scalarmult_base(pair->ephemeral_pk, ephemeral_sk);
    if (crypto_scalarmult(pair->shared, ephemeral_sk, pk) == 0)
        return SV_OK;
    pair_wipe(pair);
    return sv_fail(err, SV_DATA,
                   "a public key to seal for is not a usable X25519 key; "
                   "the record that holds it was altered or damaged");
}

enum sv_status pkseal_prepare(struct pkseal_pair *pair, const uint8_t pk[KEY_LEN],
                              struct sv_err *err)
{
    uint8_t ephemeral_sk[KEY_LEN];

    randombytes_buf(ephemeral_sk, sizeof ephemeral_sk);
    enum sv_status status = pair_make(pair, pk, ephemeral_sk, err);
    sodium_memzero(ephemeral_sk, sizeof ephemeral_sk);
    return status;
}

static enum sv_status box_for(uint8_t *out, const struct pkseal_pair *pair,
                              const uint8_t pk[KEY_LEN], const uint8_t *psk,
                              const struct seal_context *ctx, enum seal_padding padding,
                              const void *plain, size_t len, const uint8_t nonce[SEAL_NONCE_LEN],
                              struct sv_err *err)
{
    SHARED_KEY_OWNED struct shared_key key;

    agreed_key(key.bytes, pair->shared, pair->ephemeral_pk, pk, psk, ctx);
    enum sv_status status =
        seal_box_with_nonce(out + KEY_LEN, key.bytes, ctx, padding, plain, len, nonce, err);
    if (status == SV_OK)
        memcpy(out, pair->ephemeral_pk, KEY_LEN);
    return status;
}

enum sv_status pkseal_box_with_ephemeral(uint8_t *out, const uint8_t pk[KEY_LEN],
                                         const uint8_t *psk, const struct seal_context *ctx,
                                         enum seal_padding padding, const void *plain, size_t len,
                                         const uint8_t ephemeral_sk[KEY_LEN],
                                         const uint8_t nonce[SEAL_NONCE_LEN], struct sv_err *err)
{
    PAIR_OWNED struct pkseal_pair pair;
    enum sv_status status = pair_make(&pair, pk, ephemeral_sk, err);

    return status != SV_OK ? status
                           : box_for(out, &pair, pk, psk, ctx, padding, plain, len, nonce, err);
}

enum sv_status pkseal_box_prepared(uint8_t *out, const struct pkseal_pair *pair,
                                   const uint8_t pk[KEY_LEN], const uint8_t *psk,
                                   const struct seal_context *ctx, enum seal_padding padding,
                                   const void *plain, size_t len, struct sv_err *err)
{
    uint8_t nonce[SEAL_NONCE_LEN] = {0};

    if (sodium_is_zero(pair->shared, sizeof pair->shared))
        return sv_fail(err, SV_INTERNAL, "an ephemeral key would be used again");
    if (DEFENDED(NONCE))
        randombytes_buf(nonce, sizeof nonce);
    return box_for(out, pair, pk, psk, ctx, padding, plain, len, nonce, err);
}

enum sv_status pkseal_box(uint8_t *out, const uint8_t pk[KEY_LEN], const uint8_t *psk,
                          const struct seal_context *ctx, enum seal_padding padding,
                          const void *plain, size_t len, struct sv_err *err)
{
    PAIR_OWNED struct pkseal_pair pair;
    enum sv_status status = pkseal_prepare(&pair, pk, err);

    return status != SV_OK
               ? status
               : pkseal_box_prepared(out, &pair, pk, psk, ctx, padding, plain, len, err);
}

enum sv_status pkseal_open(struct secret **plain, const struct pkseal_reader *reader,
                           const uint8_t *psk, const struct seal_context *ctx,
                           enum seal_padding padding, const uint8_t *box, size_t box_len,
                           struct sv_err *err)
{
    SHARED_KEY_OWNED struct shared_key shared = {0}, key;

    if (box_len < PKSEAL_OVERHEAD)
        return fail_closed(err);
    if (crypto_scalarmult(shared.bytes, reader->sk, box) != 0)
        return fail_closed(err);
    agreed_key(key.bytes, shared.bytes, box, reader->pk, psk, ctx);
    return seal_open(plain, key.bytes, ctx, padding, box + KEY_LEN, box_len - KEY_LEN, err);
}
