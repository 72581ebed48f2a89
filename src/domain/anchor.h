/* SPDX-License-Identifier: ISC */
/*
 * anchor: what this machine remembers of the newest state it has seen, so that an
 * older or forked copy of the vault is refused. A file of 193 bytes beside the
 * log, replaced atomically:
 *
 *   "svanchor" 8 | suite u8 | epoch u64 | seq u64 | c 32 | verify_pk 32
 *   | log id 16 | log size u64 | log root 32 | clock u64 | 8 zeros | BLAKE2b-256("anchor", all
 * before) 32
 *
 * Not secret, and not proof against a person who can write your files: it is
 * proof against an older copy arriving from elsewhere.
 */
#ifndef DOMAIN_ANCHOR_H
#define DOMAIN_ANCHOR_H

#include <stdint.h>

#include "audit/audit.h"
#include "base/err.h"

struct anchor {
    uint64_t epoch, seq;
    uint8_t chain[32];
    uint8_t verify_pk[32];
    struct audit_mark log;
    int64_t clock; /* the latest time that this machine's clock has shown, about to the minute */
};

/* SV_MISSING (err empty) when there is none; SV_DATA when it is damaged. */
enum sv_status anchor_read(const char *path, struct anchor *out, struct sv_err *err) SV_MUST_USE;
enum sv_status anchor_write(const char *path, const struct anchor *a,
                            struct sv_err *err) SV_MUST_USE;
/* Where a loss of power may bring the one before back. */
enum sv_status anchor_write_soon(const char *path, const struct anchor *a,
                                 struct sv_err *err) SV_MUST_USE;

#endif
