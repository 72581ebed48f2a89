/* SPDX-License-Identifier: ISC */
/* keys: the key tree and the signatures. */
#include "crypto/keys.h"

#include <string.h>

/* A zeroed key tree in secret memory. */
static enum sv_status tree_new(struct secret **out, struct sv_err *err)
{
    enum sv_status status = secret_new(out, sizeof(struct key_tree), err);

    if (status == SV_OK)
        secret_set_len(*out, sizeof(struct key_tree));
    return status;
}

static void fill_read(struct key_tree *tree)
{
    kdf(tree->index, tree->read, "index", NULL, 0);
    kdf(tree->wrap, tree->read, "wrap", NULL, 0);
}

static void fill_admin(struct key_tree *tree)
{
    uint8_t admin[KEY_LEN];
    uint8_t sign_seed[KEY_LEN];

    kdf(admin, tree->root, "admin", NULL, 0);
    kdf(tree->directory, admin, "directory", NULL, 0);
    kdf(sign_seed, admin, "sign", NULL, 0);
    kdf(tree->audit_sk, admin, "audit", NULL, 0);
    (void)crypto_sign_seed_keypair(tree->verify_pk, tree->sign_sk, sign_seed);
    (void)crypto_scalarmult_base(tree->audit_pk, tree->audit_sk);
    sodium_memzero(admin, sizeof admin);
    sodium_memzero(sign_seed, sizeof sign_seed);
}

enum sv_status keys_from_root(struct secret **out, const uint8_t root[KEY_LEN], struct sv_err *err)
{
    struct secret *keys = NULL;
    enum sv_status status = tree_new(&keys, err);

    if (status != SV_OK)
        return status;
    struct key_tree *tree = (struct key_tree *)(void *)secret_poke(keys);
    memcpy(tree->root, root, KEY_LEN);
    kdf(tree->read, root, "read", NULL, 0);
    fill_read(tree);
    fill_admin(tree);
    *out = keys;
    return SV_OK;
}

enum sv_status keys_from_read(struct secret **out, const uint8_t read[KEY_LEN],
                              const uint8_t verify_pk[32], struct sv_err *err)
{
    struct secret *keys = NULL;
    enum sv_status status = tree_new(&keys, err);

    if (status != SV_OK)
        return status;
    struct key_tree *tree = (struct key_tree *)(void *)secret_poke(keys);
    memcpy(tree->read, read, KEY_LEN);
    memcpy(tree->verify_pk, verify_pk, sizeof tree->verify_pk);
    fill_read(tree);
    *out = keys;
    return SV_OK;
}

enum sv_status keys_from_audit(struct secret **out, const uint8_t audit_sk[KEY_LEN],
                               const uint8_t verify_pk[32], struct sv_err *err)
{
    struct secret *keys = NULL;
    enum sv_status status = tree_new(&keys, err);

    if (status != SV_OK)
        return status;
    struct key_tree *tree = (struct key_tree *)(void *)secret_poke(keys);
    memcpy(tree->verify_pk, verify_pk, sizeof tree->verify_pk);
    memcpy(tree->audit_sk, audit_sk, sizeof tree->audit_sk);
    (void)crypto_scalarmult_base(tree->audit_pk, tree->audit_sk);
    *out = keys;
    return SV_OK;
}

enum sv_status keys_from_public(struct secret **out, const uint8_t verify_pk[32],
                                const uint8_t audit_pk[KEY_LEN], struct sv_err *err)
{
    struct secret *keys = NULL;
    enum sv_status status = tree_new(&keys, err);

    if (status != SV_OK)
        return status;
    struct key_tree *tree = (struct key_tree *)(void *)secret_poke(keys);
    memcpy(tree->verify_pk, verify_pk, sizeof tree->verify_pk);
    memcpy(tree->audit_pk, audit_pk, sizeof tree->audit_pk);
    *out = keys;
    return SV_OK;
}

const struct key_tree *keys_peek(const struct secret *keys)
{
    return (const struct key_tree *)(const void *)secret_peek(keys);
}

void keys_card(uint8_t out[KEY_LEN], const uint8_t dek[KEY_LEN])
{
    kdf(out, dek, "card", NULL, 0);
}

void keys_secret(uint8_t out[KEY_LEN], const uint8_t dek[KEY_LEN])
{
    kdf(out, dek, "secret", NULL, 0);
}

void keys_from_seed(uint8_t sk[KEY_LEN], uint8_t pk[KEY_LEN], uint8_t psk[KEY_LEN],
                    const uint8_t seed[KEY_LEN])
{
    kdf(sk, seed, "x25519", NULL, 0);
    kdf(psk, seed, "psk", NULL, 0);
    (void)crypto_scalarmult_base(pk, sk);
}

void keys_public(uint8_t pk[KEY_LEN], const uint8_t seed[KEY_LEN])
{
    uint8_t sk[KEY_LEN], psk[KEY_LEN];

    keys_from_seed(sk, pk, psk, seed);
    sodium_memzero(sk, sizeof sk);
    sodium_memzero(psk, sizeof psk);
}

static void sign_digest(uint8_t digest[64], const char *label, const void *msg, size_t len)
{
    struct hash h;

    hash_begin(&h, NULL, 64, "sign");
    hash_field(&h, label, strlen(label));
    hash_field(&h, msg, len);
    hash_end(&h, digest);
}

void sign_message(uint8_t sig[64], const uint8_t sk[64], const char *label, const void *msg,
                  size_t len)
{
    uint8_t digest[64];

    sign_digest(digest, label, msg, len);
    (void)crypto_sign_detached(sig, NULL, digest, sizeof digest, sk);
}

bool sign_verify(const uint8_t sig[64], const uint8_t pk[32], const char *label, const void *msg,
                 size_t len)
{
    uint8_t digest[64];

    sign_digest(digest, label, msg, len);
    return crypto_sign_verify_detached(sig, digest, sizeof digest, pk) == 0;
}
