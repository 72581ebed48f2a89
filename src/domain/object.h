/* SPDX-License-Identifier: ISC */
/*
 * object: one row of table obj. Profiles, their older versions, the directory,
 * policies and token bundles all have this shape, so that a row does not tell
 * what it is:
 *
 *   E 32 | wrap 114 | card length u32 | card box | secret box
 *
 *   wrap   = CSEAL(K_wrap, ctx{SEAL_WRAP, row = id}, SEAL_EXACT; kind u8 | version u64 | DEK 32)
 *            K_dir in place of K_wrap for the kinds that only an admin may open
 *   card   = CSEAL(KDF(DEK, "card"), ctx{SEAL_CARD, row = id, version, field = kind}, SEAL_PADDED)
 *   secret = CSEAL(KDF(DEK, "secret"), ctx{SEAL_SECRET, row = id, version, field = kind},
 * SEAL_PADDED) E      = 32 random bytes
 *
 *   in a token's row: E | wrap = PKSEAL(pk, psk, ctx{SEAL_TOKEN, row = id, role = token},
 *                                       SEAL_EXACT; the same plaintext)
 *
 * id = the low 63 bits of LE64(BLAKE2b-256(K_idx; "id", kind u8, name)); 0 becomes 1.
 *   profile: name is the profile's name; version: uid 16 | version u64
 *   directory: keyed with K_dir, name "directory"; token: keyed with its psk, name: epoch u64
 *
 * Every row has a DEK of its own, so that what opens a profile opens no older version of it.
 */
#ifndef DOMAIN_OBJECT_H
#define DOMAIN_OBJECT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"

enum object_kind {
    OBJECT_PROFILE = 1,
    OBJECT_VERSION = 2,
    OBJECT_DIRECTORY = 3,
    OBJECT_TOKEN = 4,
    OBJECT_POLICY = 5
};

#define OBJECT_WRAP_PLAIN 41
#define OBJECT_WRAP_LEN 114
#define OBJECT_HEAD_LEN (32 + OBJECT_WRAP_LEN + 4)

/* Where objects live: everything an id or a context needs besides the object. */
struct object_space {
    uint8_t vault_id[16];
    uint64_t epoch;
};

/* 63 bits of a hash, never 0. */
int64_t object_id(const uint8_t key[KEY_LEN], enum object_kind kind, const void *name, size_t len);
int64_t object_version_id(const uint8_t key[KEY_LEN], const uint8_t uid[16], uint64_t version);

/* What the wrap told: lives in secret memory (the DEK). */
struct object_wrap {
    uint8_t kind;
    uint64_t version;
    uint8_t dek[KEY_LEN];
};
const struct object_wrap *object_wrap_peek(const struct secret *wrap);

/* A wrap for a new object: dek NULL makes a new one. */
enum sv_status object_wrap_new(struct secret **out, enum object_kind kind, uint64_t version,
                               const uint8_t *dek, struct sv_err *err) SV_MUST_USE;

/* Seals a whole row. */
enum sv_status object_seal(struct blob *out, const struct object_space *space, int64_t id,
                           const uint8_t wrap_key[KEY_LEN], const struct secret *wrap,
                           const struct secret *card, const struct secret *secret,
                           struct sv_err *err) SV_MUST_USE;

/* The same for the holder of a token: wrapped to two keys of KEY_LEN bytes each. */
struct object_reader {
    const uint8_t *pk, *psk;
};
enum sv_status object_seal_to(struct blob *out, const struct object_space *space, int64_t id,
                              const struct object_reader *reader, const struct secret *wrap,
                              const struct secret *card, const struct secret *secret,
                              struct sv_err *err) SV_MUST_USE;
/* Opens such a wrap; sk belongs to reader->pk. SV_DATA: not sealed to these keys here. */
enum sv_status object_open_wrap_to(struct secret **out, const struct object_space *space,
                                   int64_t id, const struct object_reader *reader,
                                   const uint8_t sk[KEY_LEN], const uint8_t *row, size_t len,
                                   struct sv_err *err) SV_MUST_USE;

/* Opens the wrap. SV_DATA: not sealed to this key here. */
enum sv_status object_open_wrap(struct secret **out, const struct object_space *space, int64_t id,
                                const uint8_t wrap_key[KEY_LEN], const uint8_t *row, size_t len,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status object_open_card(struct secret **out, const struct object_space *space, int64_t id,
                                const struct secret *wrap, const uint8_t *row, size_t len,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status object_open_secret(struct secret **out, const struct object_space *space, int64_t id,
                                  const struct secret *wrap, const uint8_t *row, size_t len,
                                  struct sv_err *err) SV_MUST_USE;

/* The secret part's plaintext: one TLV, tag u8, length u32, bytes. Tag 1 is the
 * password, key or bare token; 2 a login by OAuth2 (oauth_grant.h); 3 a login of git's
 * that is more than a password (git_secret.h). */
#define SECRET_TAG_PASSWORD 1
#define SECRET_TAG_OAUTH 2
#define SECRET_TAG_GIT 3
enum sv_status object_secret_encode(struct secret **out, const struct secret *password,
                                    struct sv_err *err) SV_MUST_USE;
enum sv_status object_secret_decode(struct secret **password, const struct secret *plain,
                                    struct sv_err *err) SV_MUST_USE;

#endif
