/* SPDX-License-Identifier: ISC */
/*
 * pool: ephemeral pairs for appends to come, made while nobody waits: a pair costs
 * two multiplications on the curve, three quarters of what an append computes. For
 * the files beside it only.
 *
 * A pair seals the entries of one append and is wiped after it, whatever became of it.
 * Entries have numbers of their own, which are part of the key, so no two boxes have one
 * key; and who could read the pair in memory could read those entries beside it. All
 * pairs are for one audit key, and are dropped when that is another one, and in a child
 * after fork(2), which would seal with the same pairs as its parent.
 */
#ifndef AUDIT_POOL_H
#define AUDIT_POOL_H

#include "audit/log.h"
#include "crypto/seal.h"

/* Makes pairs for the audit key until there are `count`, at most AUDIT_POOL_MAX, or it
 * cannot: then entries are sealed without. */
void audit_pool_fill(struct audit *a, size_t count);
size_t audit_pool_count(const struct audit *a);
void audit_pool_drop(struct audit *a);

/* Wipes the pair of the append that is over; without any there is nothing to do. */
void audit_pool_spend(struct audit *a);

/* pkseal_box for the audit key pk, without psk and padded, with this append's pair where
 * the pool has one for that key. */
enum sv_status audit_pool_box(struct audit *a, uint8_t *out, const uint8_t pk[KEY_LEN],
                              const struct seal_context *ctx, const void *plain, size_t len,
                              struct sv_err *err) SV_MUST_USE;

#endif
