/* SPDX-License-Identifier: ISC */
/*
 * entry: one event as bytes: the plaintext of an entry, 1 to 255 of them.
 *
 * A sequence of records: tag (u8), length (u8, at least 1), that many bytes. The
 * tags ascend, none comes twice, and what is zero or empty has no record. A tag
 * that is not in this table, a length out of its bounds or a record that is cut
 * short makes the entry unreadable.
 *
 *   tag  bytes     what
 *    1   3         operation (ops.def), result, via: one byte each; always there
 *    2   number    time, seconds since 1970, UTC (two's complement of 64 bits)
 *    3   number    seconds since boot (48 bits)
 *    4   number    uid (32 bits)
 *    5   number    pid (32 bits)
 *    6   number    version of the profile
 *    7   number    1 + number of the entry that this one ends
 *    8   1 .. 128  profile
 *    9   1 .. 64   token
 *   10   1 .. 96   note
 *   11   1 .. 253  executable
 *   12   1 .. 253  parents
 *   13   1 .. 253  unit
 *   14   1 .. 253  working folder
 *   15   number    1 + number of the key slot that opened the vault (16 bits)
 *   16   1 .. 31   terminal
 *   17   1 .. 63   package of the executable, and its version
 *   18   1 .. 253  script
 *   19   8         the beginning of the executable's BLAKE2b-256
 *
 * number: little-endian, 1 to 8 bytes, the last one not zero. Texts hold no NUL;
 * they may be no UTF-8 where the system gave none.
 *
 * Where not all fits, terminal, package, script and hash are left out, in this order and
 * each as a whole, before anything else gives. Texts that even so do not fit are cut in
 * the order note, working folder, parents, unit, executable: first each down to 16 bytes,
 * "..." included, and where that is not enough each away altogether, in the same order. A
 * note keeps its beginning, the others their end. Cuts fall between characters. Profile and
 * token are never cut: with all numbers they are 255 bytes at the most.
 */
#ifndef AUDIT_ENTRY_H
#define AUDIT_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "audit/audit.h"
#include "base/err.h"

#define AUDIT_ENTRY_MAX 255

/* Returns the length. event->seq is not part of it. */
size_t audit_entry_encode(uint8_t out[AUDIT_ENTRY_MAX], const struct audit_event *event);

/* SV_DATA: not an entry, or one of a later version. event->seq is set to 0. */
enum sv_status audit_entry_decode(struct audit_event *event, const uint8_t *bytes, size_t len,
                                  struct sv_err *err) SV_MUST_USE;

#endif
