/* SPDX-License-Identifier: ISC */
/*
 * note: where a log stands, as a checkpoint that others can keep
 * (c2sp.org/tlog-checkpoint):
 *
 *   origin: "smtpvault/" vault id in hex "/" log id in hex; also the name of the key
 *   the number of entries, in decimal
 *   the root, in base64
 *
 *   "— " origin " " signature (crypto/note.h)
 *
 * The key comes of the audit secret key of its epoch, so whoever may read the log can
 * sign for it and knows the keys of older notes as well.
 *
 * A witness file is notes one after another, the oldest first, a blank line between
 * two of them. It is kept where the log's machine cannot alter it unnoticed.
 */
#ifndef AUDIT_NOTE_H
#define AUDIT_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "audit/audit.h"
#include "base/err.h"
#include "base/secret.h"

#define AUDIT_ORIGIN_MAX 80
/* A note with our own signature; others may have added theirs. */
#define AUDIT_NOTE_MAX_LEN 400
#define AUDIT_WITNESS_MAX ((size_t)64 << 20)

void audit_note_origin(char out[AUDIT_ORIGIN_MAX], const uint8_t vault_id[16],
                       const uint8_t log_id[16]);
/* The three lines. Returns the length. */
size_t audit_note_text(char out[AUDIT_NOTE_MAX_LEN], const uint8_t vault_id[16],
                       const struct audit_mark *mark);
/* The whole note, signed with the newest of the keys. */
size_t audit_note_sign(char out[AUDIT_NOTE_MAX_LEN], const uint8_t vault_id[16],
                       const struct audit_mark *mark, const struct secret *keys);
/* "origin+key id in hex+base64": the newest key as verifiers take it. */
void audit_note_key(char out[AUDIT_NOTE_MAX_LEN], const uint8_t vault_id[16],
                    const uint8_t log_id[16], const struct secret *keys);

/* Takes the next note off *at .. end and says where the log stood. keys NULL: the
 * signature is not looked at. SV_DATA: it is no checkpoint, not signed by any of the
 * keys, forged, or of another vault. mark.log_id says of which log. */
struct audit_note {
    const char *text; /* borrowed */
    size_t len;       /* of the signed text */
    struct audit_mark mark;
};
enum sv_status audit_note_next(struct audit_note *note, const char **at, const char *end,
                               const uint8_t vault_id[16], const struct secret *keys,
                               struct sv_err *err) SV_MUST_USE;

#endif
