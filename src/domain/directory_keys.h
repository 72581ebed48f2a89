/* SPDX-License-Identifier: ISC */
/*
 * directory_keys: the secret part of the directory's row. TLV (tag u8, length u32,
 * value), tags in ascending order, each once and only where it holds something, so
 * that it is empty in a vault that has seen one epoch and no identity:
 *
 *   tag 2: audit secret keys of the epochs before, oldest first:
 *          count u16, then epoch u64 | sk 32 each
 *   tag 3: whom slots of type 4 were made for, so that nobody is added twice:
 *          count u16, then slot number u32 | identity public key 32 each
 *   tag 4: u32, the slot number to try first for the next member
 *   tag 5: members who were removed, so that the log can be read with their names:
 *          slot number u32 | removed u64 | label length u8 | label each, oldest first
 */
#ifndef DOMAIN_DIRECTORY_KEYS_H
#define DOMAIN_DIRECTORY_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "domain/directory.h"

/* Each takes the encoded part and gives a changed copy; SV_DATA when it is malformed. */
enum sv_status directory_keys_add_audit(struct secret **out, const struct secret *part,
                                        uint64_t epoch, const uint8_t sk[KEY_LEN],
                                        struct sv_err *err) SV_MUST_USE;
enum sv_status directory_keys_add_identity(struct secret **out, const struct secret *part,
                                           uint32_t number, const uint8_t pk[KEY_LEN],
                                           struct sv_err *err) SV_MUST_USE;
enum sv_status directory_keys_drop_identity(struct secret **out, const struct secret *part,
                                            uint32_t number, struct sv_err *err) SV_MUST_USE;
enum sv_status directory_keys_set_next(struct secret **out, const struct secret *part,
                                       uint32_t next, struct sv_err *err) SV_MUST_USE;

struct directory_former {
    uint32_t number; /* of the slot */
    int64_t left;    /* when it was removed */
    char label[DIRECTORY_LABEL_MAX + 1];
};
enum sv_status directory_keys_add_former(struct secret **out, const struct secret *part,
                                         const struct directory_former *former,
                                         struct sv_err *err) SV_MUST_USE;
/* The one at a place, 0 .., oldest first; SV_MISSING (err empty) beyond the last. */
enum sv_status directory_keys_former(const struct secret *part, uint32_t place,
                                     struct directory_former *out, struct sv_err *err) SV_MUST_USE;

/* The audit keys, newest first, each u64 epoch | sk 32: what tag 2 holds, turned round. */
#define DIRECTORY_AUDIT_KEY_LEN (8 + KEY_LEN)
enum sv_status directory_keys_audit(struct secret **out, const struct secret *part,
                                    struct sv_err *err) SV_MUST_USE;
/* *found: one of the slots was made for pk, *number says which. */
enum sv_status directory_keys_find_identity(const struct secret *part, const uint8_t pk[KEY_LEN],
                                            bool *found, uint32_t *number,
                                            struct sv_err *err) SV_MUST_USE;
/* 0 when nothing was ever set. */
enum sv_status directory_keys_next(const struct secret *part, uint32_t *next,
                                   struct sv_err *err) SV_MUST_USE;

#endif
