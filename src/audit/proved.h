/* SPDX-License-Identifier: ISC */
/*
 * proved: how far a log was proved, so that the next time only what is new costs.
 * For the files beside it only.
 *
 * ckpt, key s, a multiple of AUDIT_PROVED_STRIDE:
 *   CSEAL(KDF(audit sk, "proved"), {log id, epoch 0, SEAL_AUDIT_PROVED, row = s}, exact,
 *         generation || A_s(32) || time of entry s - 1 || clock reversals so far
 *         || the first one's entry || its seconds || entries that could not be proved
 *         || 2 x (size || root(32)): the marks that were met so far
 *         || frontier of s leaves, popcount(s) x 32)
 *
 * A row says that the first s entries were proved, without a finding but for clocks.
 * Only who has today's audit secret key can make one that opens: rows of an epoch that
 * is over do not count, for whoever left then knows its key. A row that is deleted,
 * damaged, or taken from an earlier time costs time and proves nothing less.
 *
 * What stands in the rows before the place is not looked at again: they may have been
 * altered since. The tree's head is still proved to continue what was proved, so such
 * rows do not belong to it. One stretch before the place, another one each time, is
 * proved again, and `full` proves all.
 */
#ifndef AUDIT_PROVED_H
#define AUDIT_PROVED_H

#include "audit/checking.h"

/* How many of the first entries are known to be in the order of their times, from the
 * newest row that counts; inside a transaction. 0: nothing is known. */
enum sv_status proved_in_order(struct audit *a, const uint8_t log_id[16], const struct secret *keys,
                               uint64_t *size, struct sv_err *err) SV_MUST_USE;
/* Chooses the newest row that counts, whose marks are the present ones or lie behind
 * it, and moves `next` there; else to the first entry. */
enum sv_status proved_begin(struct checking *c, struct sv_err *err) SV_MUST_USE;
/* Proves one stretch before `next` again, chosen at random. */
enum sv_status proved_again(struct checking *c, struct sv_err *err) SV_MUST_USE;
/* At a multiple of the stride: keeps a row for proved_store, when there is no finding. */
enum sv_status proved_note(struct checking *c, struct sv_err *err) SV_MUST_USE;
/* Writes the rows, outside of any transaction. */
enum sv_status proved_store(struct checking *c, struct sv_err *err) SV_MUST_USE;

#endif
