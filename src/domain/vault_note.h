/* SPDX-License-Identifier: ISC */
/*
 * vault_note: checkpoints of this machine's log (audit/note.h), for witnesses. All but
 * vault_note_unsigned need a session that may read the log. Nothing is signed that was
 * not proved just before.
 */
#ifndef DOMAIN_VAULT_NOTE_H
#define DOMAIN_VAULT_NOTE_H

#include "audit/consistency.h"
#include "audit/witness.h"
#include "domain/vault.h"

/* Where the log stands, locked too; returns the length. */
size_t vault_note_unsigned(const struct vault *v, char out[AUDIT_NOTE_MAX_LEN]);
/* The public key, as verifiers of signed notes take it. */
enum sv_status vault_note_key(struct vault *v, char out[AUDIT_NOTE_MAX_LEN],
                              struct sv_err *err) SV_MUST_USE;
/* SV_DATA when the log is not whole. */
enum sv_status vault_note_sign(struct vault *v, char out[AUDIT_NOTE_MAX_LEN], size_t *len,
                               struct sv_err *err) SV_MUST_USE;
/* Proves that `note`, of now, continues `old`. SV_DATA when it does not, or when one of
 * them is not a checkpoint of this log signed by one of this vault's keys. */
enum sv_status vault_note_continue(struct vault *v, const char *old, size_t old_len,
                                   const char *note, size_t note_len,
                                   struct audit_consistency *proof, struct sv_err *err) SV_MUST_USE;
/* Holds the log, which stands at `now`, against a file of checkpoints. SV_MISSING:
 * there is no file. */
enum sv_status vault_note_witness(struct vault *v, const char *path, const struct audit_mark *now,
                                  struct audit_witness *verdict, struct sv_err *err) SV_MUST_USE;
/* Adds a checkpoint of now to the file; *added is false when it has it already. SV_DATA,
 * and the file as it was, when a checkpoint in it and the log do not agree. */
enum sv_status vault_note_append(struct vault *v, const char *path, bool *added,
                                 struct sv_err *err) SV_MUST_USE;

#endif
