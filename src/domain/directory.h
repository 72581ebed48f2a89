/* SPDX-License-Identifier: ISC */
/*
 * directory: the admins' list of slots, so that one of them can make a new epoch
 * for everybody without their passphrases. One object, sealed under K_dir.
 *
 *   card:   count u16, then for each slot: number u32 | type u8 | role u8 | pk 32 | psk 32
 *           | created u64 | label length u16 | label
 *           The label is UTF-8 without control characters.
 *           The high bit of type: the cost of its Argon2id was chosen by hand.
 *   secret: directory_keys.h
 *
 * The psk makes it secret: a directory lives in a struct secret, encoded.
 */
#ifndef DOMAIN_DIRECTORY_H
#define DOMAIN_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/slot.h"

#define DIRECTORY_NAME "directory"
#define DIRECTORY_LABEL_MAX 64

struct directory_entry {
    uint32_t number;
    uint8_t type, role;
    bool cost_chosen; /* by its owner: never raised without being asked */
    struct slot_public keys;
    int64_t created;
    char label[DIRECTORY_LABEL_MAX + 1];
};

/* Wipes the psk. */
void directory_entry_wipe(struct directory_entry *entry);
#define DIRECTORY_ENTRY_OWNED __attribute__((cleanup(directory_entry_wipe)))

/* A directory without entries. */
enum sv_status directory_new(struct secret **out, struct sv_err *err) SV_MUST_USE;
/* A copy of `dir` with `entry` added, or put in the place of its number's. */
enum sv_status directory_put(struct secret **out, const struct secret *dir,
                             const struct directory_entry *entry, struct sv_err *err) SV_MUST_USE;
/* SV_MISSING (err empty) when the number has no entry; SV_DATA when malformed. */
enum sv_status directory_get(const struct secret *dir, uint32_t number, struct directory_entry *out,
                             struct sv_err *err) SV_MUST_USE;
/* The entry at a place, 0 .. count - 1; SV_MISSING (err empty) beyond the last. */
enum sv_status directory_at(const struct secret *dir, uint32_t place, struct directory_entry *out,
                            struct sv_err *err) SV_MUST_USE;
/* A copy without the entry of `number`; none is no fault. */
enum sv_status directory_without(struct secret **out, const struct secret *dir, uint32_t number,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status directory_count(const struct secret *dir, uint32_t *count,
                               struct sv_err *err) SV_MUST_USE;

#endif
