/* SPDX-License-Identifier: ISC */
/*
 * keys: the key tree of an epoch.
 *
 *   RK (32 random bytes, new in each epoch)
 *    +- K_read = KDF(RK, "read")     +- K_idx  = KDF(K_read, "index")
 *    |                               +- K_wrap = KDF(K_read, "wrap")
 *    +- K_adm  = KDF(RK, "admin")    +- K_dir  = KDF(K_adm, "directory")
 *                                    +- Ed25519 seed = KDF(K_adm, "sign")
 *                                    +- audit X25519 sk = KDF(K_adm, "audit")
 *   K_wrap seals DEK_p (one for each profile) -> card key = KDF(DEK, "card"),
 *                                                secret key = KDF(DEK, "secret")
 */
#ifndef CRYPTO_KEYS_H
#define CRYPTO_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"

enum role { ROLE_ADMIN = 1, ROLE_READER = 2, ROLE_AUDITOR = 3, ROLE_TOKEN = 4 };

/* Lives only inside a secret (keys_peek below): plain bytes, all of KEY_LEN. */
struct key_tree {
    uint8_t root[KEY_LEN]; /* RK; zero for a reader and an auditor */
    uint8_t read[KEY_LEN];
    uint8_t index[KEY_LEN];
    uint8_t wrap[KEY_LEN];
    uint8_t directory[KEY_LEN]; /* admin only, else zero; likewise below */
    uint8_t sign_sk[64];        /* Ed25519, libsodium's form */
    uint8_t verify_pk[32];      /* Ed25519 public */
    uint8_t audit_sk[KEY_LEN];  /* X25519; an auditor has it too */
    uint8_t audit_pk[KEY_LEN];  /* X25519 public */
};

/* `*out` is a secret of sizeof(struct key_tree) bytes. */
enum sv_status keys_from_root(struct secret **out, const uint8_t root[KEY_LEN],
                              struct sv_err *err) SV_MUST_USE;
/* What a reader has: read, index, wrap and the verify key handed to it. */
enum sv_status keys_from_read(struct secret **out, const uint8_t read[KEY_LEN],
                              const uint8_t verify_pk[32], struct sv_err *err) SV_MUST_USE;
/* What an auditor has: the audit key pair and the verify key handed to it. */
enum sv_status keys_from_audit(struct secret **out, const uint8_t audit_sk[KEY_LEN],
                               const uint8_t verify_pk[32], struct sv_err *err) SV_MUST_USE;
/* What the holder of a token has: public keys only. */
enum sv_status keys_from_public(struct secret **out, const uint8_t verify_pk[32],
                                const uint8_t audit_pk[KEY_LEN], struct sv_err *err) SV_MUST_USE;
const struct key_tree *keys_peek(const struct secret *keys);

/* card and secret keys of a DEK. */
void keys_card(uint8_t out[KEY_LEN], const uint8_t dek[KEY_LEN]);
void keys_secret(uint8_t out[KEY_LEN], const uint8_t dek[KEY_LEN]);

/* seed -> (X25519 sk, pk, psk): sk = KDF(seed, "x25519"), psk = KDF(seed, "psk"). */
void keys_from_seed(uint8_t sk[KEY_LEN], uint8_t pk[KEY_LEN], uint8_t psk[KEY_LEN],
                    const uint8_t seed[KEY_LEN]);

/* The pk alone. */
void keys_public(uint8_t pk[KEY_LEN], const uint8_t seed[KEY_LEN]);

/* Ed25519 (RFC 8032) over a framed, labelled hash of the message: the signed
 * bytes are BLAKE2b-512("sign", label, message). */
void sign_message(uint8_t sig[64], const uint8_t sk[64], const char *label, const void *msg,
                  size_t len);
bool sign_verify(const uint8_t sig[64], const uint8_t pk[32], const char *label, const void *msg,
                 size_t len);

#endif
