/* SPDX-License-Identifier: ISC */
/*
 * slot: one way into the vault: KDF parameters, a wrapped seed, a bundle.
 *
 *   passphrase [+ key file] --Argon2id--> KEK --CSEAL--> seed
 *   key file alone          --KDF------->  KEK --CSEAL--> seed
 *   recovery secret         --KDF------->  KEK --CSEAL--> seed
 *   identity (X25519)                          --PKSEAL-> seed
 *   seed -> (X25519 sk, psk);  bundle = PKSEAL(pk, psk, what the role may have)
 *
 * Encoded: ver(1)=1 suite(1) type(1) role(1) t(4) m_kib(4) p(4) salt(32)
 *          seed box (SEAL_EXACT: 32 + 73; an identity's 32 + 105) | bundle length LE32
 *          | bundle (PKSEAL, padded)
 * binding = vault id(16) slot number(4) and everything before the seed box (48). It is
 * Argon2's associated data, and the seed box's key is KDF(KEK, "slot", binding). The
 * KEK of a key file alone is BLAKE2b(key hash; "keyfile-slot", vault id, LE64 number, salt),
 * that of a recovery secret the same over it with "recovery-slot". An identity's seed box
 * is PKSEAL to its public key with psk = BLAKE2b("identity-slot", binding): the row does
 * not show whom it is for.
 * Contexts: kind SEAL_SLOT_SEED with epoch 0 (the seed outlives epochs) and
 * SEAL_SLOT_BUNDLE with the epoch; row = slot number, version and field 0, the slot's role.
 */
#ifndef CRYPTO_SLOT_H
#define CRYPTO_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "crypto/argon2id.h"
#include "crypto/keys.h"

enum slot_type {
    SLOT_PASSPHRASE = 1,
    SLOT_KEYFILE = 2,            /* a key file alone, no Argon2: its 32 random bytes need none */
    SLOT_PASSPHRASE_KEYFILE = 3, /* both: the key file is the second factor */
    SLOT_IDENTITY = 4,           /* an X25519 identity (crypto/identity.h) */
    SLOT_RECOVERY = 5            /* 32 random bytes, kept as shares (crypto/share.h) */
};

#define SLOT_HEAD_LEN 48
#define SLOT_MAX_LEN 8192
#define SLOT_COUNT_MAX 256 /* slot numbers 0 .. 255 */

/* The readable part. */
struct slot_head {
    uint8_t type;
    uint8_t role;
    struct argon2_cost cost; /* all zero where no Argon2 is used */
    uint8_t salt[ARGON2_SALT_LEN];
};

/* Where the slot stands. */
struct slot_place {
    uint8_t vault_id[16];
    uint64_t epoch;
    uint32_t number;
};

/* What is presented to a slot: just what its type demands, the others NULL.
 * keyfile_hash: KEY_LEN bytes, made by keyfile_hash(). identity: its secret key, to open;
 * identity_pk: its public key, KEY_LEN bytes, to make. recovery: KEY_LEN random bytes. */
struct slot_credentials {
    const struct secret *passphrase;
    const struct secret *keyfile_hash;
    const struct secret *identity;
    const uint8_t *identity_pk;
    const struct secret *recovery;
};

/* What the directory keeps of a slot, so that an admin can re-key for everyone. */
struct slot_public {
    uint8_t pk[KEY_LEN];
    uint8_t psk[KEY_LEN];
};

/* Types whose key costs an Argon2id. */
bool slot_uses_argon2(enum slot_type type);

/* BLAKE2b-256 of the file's bytes under the label "keyfile". */
enum sv_status keyfile_hash(struct secret **out, const struct secret *content,
                            struct sv_err *err) SV_MUST_USE;
/* A new key file's text: "smtpvault-keyfile-1 " + base64 of 48 random bytes + "\n". */
enum sv_status keyfile_make(struct secret **content, struct sv_err *err) SV_MUST_USE;
/* True for text made by keyfile_make: only such a file may open a vault alone. */
bool keyfile_is_ours(const struct secret *content);

/* Makes a slot: new salt, new seed, and a bundle holding `bundle_plain`. The
 * cost comes from the caller's code, never from a file. */
enum sv_status slot_make(struct blob *out, const struct slot_place *place, enum slot_type type,
                         enum role role, const struct argon2_cost *cost,
                         const struct slot_credentials *cred, const void *bundle_plain,
                         size_t bundle_len, struct slot_public *public_out,
                         struct sv_err *err) SV_MUST_USE;

/* The same slot with another bundle, sealed to the keys that the directory keeps of it:
 * for the epoch in place. Nothing of its owner is needed, and nothing but the bundle
 * changes. */
enum sv_status slot_reseal(struct blob *out, const uint8_t *bytes, size_t len,
                           const struct slot_place *place, const struct slot_public *keys,
                           const void *bundle_plain, size_t bundle_len,
                           struct sv_err *err) SV_MUST_USE;

/* SV_DATA unless the bytes are a slot this suite knows, with costs in bounds. */
enum sv_status slot_read_head(struct slot_head *head, const uint8_t *bytes, size_t len,
                              struct sv_err *err) SV_MUST_USE;

/* True when the credentials are of the kind this type asks for. */
bool slot_accepts(const struct slot_head *head, const struct slot_credentials *cred);

/* Opens the slot. SV_DENIED: not the right passphrase or key file (or edited
 * parameters: they cannot be told apart). SV_DATA: the slot itself is broken.
 * seed_out may be NULL. */
enum sv_status slot_open(struct secret **bundle_plain, struct secret **seed_out,
                         const uint8_t *bytes, size_t len, const struct slot_place *place,
                         const struct slot_credentials *cred, struct sv_err *err) SV_MUST_USE;

#endif
