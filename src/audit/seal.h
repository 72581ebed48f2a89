/* SPDX-License-Identifier: ISC */
/*
 * seal: the file `seal`, the only place where the live key of a log is.
 * Each entry moves the key forward and this file is overwritten in place, so
 * that no older key is left anywhere: not in a journal, not in a freed block of
 * the database. Always 137 bytes, within one sector, written by one pwrite(2):
 *
 *   offset  bytes
 *      0      8   "svseal1\n"
 *      8     16   log id
 *     24      1   flags: 1 the live key is here, 2 the upcoming key is here
 *     25      8   generation, LE64
 *     33      8   next: the number of the entry that the live key is for, LE64
 *     41     32   the live key A_next (zero without flag 1)
 *     73     32   the upcoming key, A_0 of generation + 1 (zero without flag 2)
 *    105     32   BLAKE2b-256("seal-file", the 105 bytes before)
 *
 * It is written after the commit of an entry and not synced: after a crash it may
 * lag behind the log and is caught up (audit/log.h). It can never lead.
 *
 * The upcoming key is there while a new generation begins, from before the commit
 * that begins it: whether that commit happens or not, the key is not lost.
 */
#ifndef AUDIT_SEAL_H
#define AUDIT_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define AUDIT_SEAL_LEN 137
#define AUDIT_TAG_LEN 16

/* Lives only inside a secret made by audit_seal_new. */
struct audit_seal {
    uint8_t log_id[16];
    bool has_live, has_upcoming;
    uint64_t generation;
    uint64_t next;
    uint8_t live[KEY_LEN];
    uint8_t upcoming[KEY_LEN];
    uint8_t file[AUDIT_SEAL_LEN]; /* its bytes as last read or written */
};

enum sv_status audit_seal_new(struct secret **out, struct sv_err *err) SV_MUST_USE;
/* Borrowed. The struct is zero after audit_seal_wipe. */
struct audit_seal *audit_seal_poke(struct secret *box);
const struct audit_seal *audit_seal_peek(const struct secret *box);
void audit_seal_wipe(struct secret *box);

/* SV_MISSING: there is none. SV_DATA: it is not one, or its checksum is wrong. */
enum sv_status audit_seal_read(struct secret *box, const char *path,
                               struct sv_err *err) SV_MUST_USE;
/* Makes the file, or replaces one that cannot be read; synced. */
enum sv_status audit_seal_make(struct secret *box, const char *path,
                               struct sv_err *err) SV_MUST_USE;
/* Overwrites the file in place. sync: only before a commit that begins a generation. */
enum sv_status audit_seal_write(struct secret *box, const char *path, bool sync,
                                struct sv_err *err) SV_MUST_USE;

/* ---- the evolving key ---- */

/* BLAKE2b-128(key; "tag", LE64(seq), leaf). */
void audit_tag(uint8_t tag[AUDIT_TAG_LEN], const uint8_t key[KEY_LEN], uint64_t seq,
               const uint8_t leaf[32]);
/* BLAKE2b-128(key; "close", LE64(size)): ends a generation. */
void audit_closing_tag(uint8_t tag[AUDIT_TAG_LEN], const uint8_t key[KEY_LEN], uint64_t size);
/* In place: key = A_{i+1} = the first 32 of the 40 bytes BLAKE2b-320("evolve", A_i);
 * returns the last 8 as LE64: the mask of entry i's clock. */
uint64_t audit_evolve(uint8_t key[KEY_LEN]);

#endif
