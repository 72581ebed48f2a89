/* SPDX-License-Identifier: ISC */
/*
 * state: the header and the signed state of a vault, the two rows of table meta,
 * and the history chain. Numbers are little-endian.
 *
 *   meta 0, header, never changed (42 bytes):
 *     "smtpvault-vault\n" 16 | format u8 = 1 | suite u8 = 1 | vault id 16 | created u64
 *
 *   meta 1, state (core | c_n 32 | signature 64):
 *     core: "svstate1" 8 | suite u8 | vault id 16 | epoch u64 (from 1) | seq u64 (from 1)
 *         | tree root 32 | slots hash 32 | schema hash 32 | header hash 32
 *         | verify_pk 32 (Ed25519) | audit_pk 32 (X25519)
 *         | log id 16 | log size u64 | log root 32 | written u64
 *     h_n = BLAKE2b-256("core", core)      c_n = BLAKE2b-256("chain", c_{n-1}, h_n),  c_0 = 32
 * zeros signature = Ed25519 of ("state", core | c_n) by the epoch's key
 *
 *   hist n: h_n 32 | flag u8 = 0, or, when commit n began an epoch:
 *           h_n 32 | flag u8 = 1 | new verify_pk 32 | signature 64 of ("epoch", h_n | c_n | new
 *           verify_pk) by the key of the epoch before
 *   hist 1 gets the second form when the first epoch ends, with that epoch's key and signed
 *   by it: so the whole history can be proved from its first commit.
 *
 *   slots hash  = BLAKE2b-256("slots"; for each slot row in order: number u64, bytes)
 *   header hash = BLAKE2b-256("header", meta 0)
 */
#ifndef DOMAIN_STATE_H
#define DOMAIN_STATE_H

#include <stdint.h>

#include "audit/audit.h"
#include "base/err.h"
#include "crypto/hash.h"
#include "store/db.h"

#define META_HEADER 0
#define META_STATE 1

#define HEADER_LEN 42
#define STATE_CORE_LEN 297
#define STATE_LEN (STATE_CORE_LEN + 32 + 64)
#define HIST_LEN 33
#define HIST_EPOCH_LEN (HIST_LEN + 32 + 64)

struct vault_header {
    uint8_t vault_id[16];
    int64_t created;
};

struct vault_state {
    uint8_t vault_id[16];
    uint64_t epoch, seq;
    uint8_t root[32];
    uint8_t slots_hash[32];
    uint8_t schema_hash[32];
    uint8_t header_hash[32];
    uint8_t verify_pk[32];
    uint8_t audit_pk[32];
    struct audit_mark log;
    int64_t written;
    uint8_t chain[32]; /* c_n */
};

void header_encode(uint8_t out[HEADER_LEN], const struct vault_header *h);
/* SV_DATA: not a vault; an unknown format or suite is named. */
enum sv_status header_decode(struct vault_header *out, const uint8_t *bytes, size_t len,
                             const char *path, struct sv_err *err) SV_MUST_USE;
void header_hash(uint8_t out[32], const uint8_t *bytes, size_t len);

/* Fills chain from the chain before (32 zeros for seq 1), signs, encodes; h_out
 * gets h_n. sign_sk: Ed25519 secret key, 64 bytes. */
void state_seal(uint8_t out[STATE_LEN], uint8_t h_out[32], struct vault_state *state,
                const uint8_t chain_before[32], const uint8_t sign_sk[64]);
/* Decodes and checks the signature under the state's own verify key. SV_DATA also when
 * epoch or seq is 0, or seq no row number. */
enum sv_status state_open(struct vault_state *out, const uint8_t *bytes, size_t len,
                          struct sv_err *err) SV_MUST_USE;
void state_chain(uint8_t chain[32], const uint8_t h[32]); /* c := H(c, h) */

/* hist n of a commit that begins an epoch: chain is c_n, sign_sk the ending epoch's. */
void state_hist_epoch(uint8_t out[HIST_EPOCH_LEN], const uint8_t h[32], const uint8_t chain[32],
                      const uint8_t verify_pk[32], const uint8_t sign_sk[64]);
/* Gives hist 1 the form that the end of the first epoch asks for. */
enum sv_status state_hist_first(struct db *db, const uint8_t verify_pk[32],
                                const uint8_t sign_sk[64], struct sv_err *err) SV_MUST_USE;

/* Recomputes the slots hash from the table. */
enum sv_status state_slots_hash(struct db *db, uint8_t out[32], struct sv_err *err) SV_MUST_USE;

/* Walks hist from after (seq, chain, verify key) to the state and demands that
 * it arrives at its chain and its verify key. SV_DATA: another history. */
struct state_point {
    uint64_t seq;
    uint8_t chain[32];
    uint8_t verify_pk[32];
};
enum sv_status state_reaches(struct db *db, const struct state_point *from,
                             const struct vault_state *to, struct sv_err *err) SV_MUST_USE;
/* The same from the first commit on, through all epochs; SV_DATA says where it breaks. */
enum sv_status state_history_whole(struct db *db, const struct vault_state *to,
                                   struct sv_err *err) SV_MUST_USE;

#endif
