/* SPDX-License-Identifier: ISC */
/*
 * token: what the row of a token holds, besides what every row has (object.h):
 *
 *   card:   tag u8, length u32, value; tags in ascending order:
 *           1 label, 1 .. 64 bytes without control characters | 2 created u64
 *           | 3 until u64, left out when there is no end
 *           | 4 least epoch u64 | 5 least seq u64: no state before it is believed
 *           | 6 exe, 1 .. 255 bytes, absolute, without control characters: the only program
 *           that it is given to; left out: any
 *           | 7 most uses u64, not 0, and never without 8; left out: no limit
 *           | 8 agent u64, 1: only an agent admits it, and the DEKs of its bundle are zero bytes;
 *           left out: its holder opens the file with it
 *   secret: tag 5, length u32, then: verify key 32 | audit public key 32 | count u16,
 *           then for each profile in byte order of the names:
 *           row id u64 | version u64 | DEK 32 | length u8 | name
 *
 * The secret is the bundle. It lives in a struct secret, encoded.
 */
#ifndef DOMAIN_TOKEN_H
#define DOMAIN_TOKEN_H

#include <stdint.h>

#include "audit/caller.h"
#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "domain/profile.h"

#define TOKEN_LABEL_MAX 64
#define TOKEN_PROFILES_MAX 256

struct token_policy {
    char label[TOKEN_LABEL_MAX + 1];
    int64_t created;
    int64_t until; /* seconds since 1970; 0: no end */
    uint64_t epoch, seq;
    char exe[CALLER_TEXT_MAX]; /* "": any */
    uint64_t most_uses;        /* 0: no limit */
    bool agent;
};

/* What a policy may be, as far as it can be said without a vault; SV_USAGE. */
enum sv_status token_policy_check(const struct token_policy *p, struct sv_err *err) SV_MUST_USE;
/* A card as secret memory, since it is sealed from there. */
enum sv_status token_policy_encode(struct secret **out, const struct token_policy *p,
                                   struct sv_err *err) SV_MUST_USE;
/* SV_DATA: malformed, or with a condition that this version does not know and so must not
 * pass over. */
enum sv_status token_policy_decode(struct token_policy *out, const struct secret *card,
                                   struct sv_err *err) SV_MUST_USE;

/* One profile of a bundle. */
struct token_holding {
    int64_t id;
    uint64_t version;
    uint8_t dek[KEY_LEN];
    char name[PROFILE_NAME_MAX + 1];
};
void token_holding_wipe(struct token_holding *h);
#define HOLDING_OWNED __attribute__((cleanup(token_holding_wipe)))

/* Whose states a bundle believes, and to whom the log is sealed. */
struct token_trust {
    uint8_t verify_pk[KEY_LEN], audit_pk[KEY_LEN];
};

/* A bundle without profiles. */
enum sv_status token_bundle_new(struct secret **out, const struct token_trust *trust,
                                struct sv_err *err) SV_MUST_USE;
/* SV_DATA unless it is whole and in order. count may be NULL. */
enum sv_status token_bundle_check(const struct secret *bundle, struct token_trust *trust,
                                  uint32_t *count, struct sv_err *err) SV_MUST_USE;
/* A copy in which `h` stands, in the place of the holding with the row id `instead` when there
 * is one. SV_USAGE: more than TOKEN_PROFILES_MAX; SV_EXISTS (err empty): the name is there. */
enum sv_status token_bundle_put(struct secret **out, const struct secret *bundle, int64_t instead,
                                const struct token_holding *h, struct sv_err *err) SV_MUST_USE;
/* A copy without the row id; none is no fault. */
enum sv_status token_bundle_without(struct secret **out, const struct secret *bundle, int64_t id,
                                    struct sv_err *err) SV_MUST_USE;
/* A copy with zero bytes for DEKs: what is in a file for whoever may not open it there. */
enum sv_status token_bundle_keyless(struct secret **out, const struct secret *bundle,
                                    struct sv_err *err) SV_MUST_USE;
/* The holding at a place, 0 .. count - 1; SV_MISSING (err empty) beyond the last. */
enum sv_status token_bundle_at(const struct secret *bundle, uint32_t place,
                               struct token_holding *out, struct sv_err *err) SV_MUST_USE;
/* By name, or by row id; SV_MISSING (err empty). */
enum sv_status token_bundle_find(const struct secret *bundle, const char *name,
                                 struct token_holding *out, struct sv_err *err) SV_MUST_USE;
enum sv_status token_bundle_find_id(const struct secret *bundle, int64_t id,
                                    struct token_holding *out, struct sv_err *err) SV_MUST_USE;

#endif
