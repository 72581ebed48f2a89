/* SPDX-License-Identifier: ISC */
/* Checkpoints of the log with the vault's keys. Nothing is signed that was not proved. */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "domain/vault_impl.h"
#include "domain/vault_note.h"

size_t vault_note_unsigned(const struct vault *v, char out[AUDIT_NOTE_MAX_LEN])
{
    struct audit_mark now;

    audit_mark_now(v->audit, &now);
    return audit_note_text(out, v->header.vault_id, &now);
}

enum sv_status vault_note_key(struct vault *v, char out[AUDIT_NOTE_MAX_LEN], struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    struct audit_mark now;
    enum sv_status st = vault_audit_keys(v, &keys, err);

    if (st)
        return st;
    audit_mark_now(v->audit, &now);
    audit_note_key(out, v->header.vault_id, now.log_id, keys);
    return SV_OK;
}

static enum sv_status prove(struct vault *v, struct audit_mark *now, struct sv_err *err)
{
    struct audit_report report = {0};
    enum sv_status st = vault_audit_verify_new(v, &report, err);

    if (st)
        return st;
    /* Clocks are no reason: what was written when is in the entries, and proved. */
    if (report.findings > report.time_reversals)
        return sv_fail(err, SV_DATA,
                       "no checkpoint is made of a log that is not whole: %.400s; see "
                       "\"smtpvault audit verify\"",
                       report.first);
    *now = report.mark;
    return SV_OK;
}

enum sv_status vault_note_sign(struct vault *v, char out[AUDIT_NOTE_MAX_LEN], size_t *len,
                               struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    struct audit_mark now;
    enum sv_status st;

    if ((st = vault_audit_keys(v, &keys, err)) || (st = prove(v, &now, err)))
        return st;
    *len = audit_note_sign(out, v->header.vault_id, &now, keys);
    return SV_OK;
}

enum sv_status vault_note_continue(struct vault *v, const char *old, size_t old_len,
                                   const char *note, size_t note_len,
                                   struct audit_consistency *proof, struct sv_err *err)
{
    const char *at = old, *end = old + old_len, *new_at = note;
    SECRET_OWNED struct secret *keys = NULL;
    struct audit_note from, to;
    struct sv_err inner = {""};
    enum sv_status st;

    if ((st = vault_audit_keys(v, &keys, err)) ||
        (st = audit_note_next(&to, &new_at, note + note_len, v->header.vault_id, keys, err)))
        return st;
    if ((st = audit_note_next(&from, &at, end, v->header.vault_id, keys, &inner)))
        return sv_fail(err, st, "the older checkpoint: %.400s", inner.text);
    if (memcmp(from.mark.log_id, to.mark.log_id, sizeof to.mark.log_id) != 0)
        return sv_fail(err, SV_DATA, "the older checkpoint is of another log of this vault");
    if (from.mark.size == 0 || from.mark.size > to.mark.size)
        return sv_fail(err, SV_DATA,
                       "the older checkpoint is of %" PRIu64 " entries, and the log has %" PRIu64,
                       from.mark.size, to.mark.size);
    if ((st = audit_consistency_make(v->audit, from.mark.size, to.mark.size, proof, err)))
        return st;
    if (!audit_consistency_holds(proof, from.mark.root, to.mark.root))
        return sv_fail(err, SV_DATA,
                       "the log does not continue the older checkpoint: its first %" PRIu64
                       " entries are others",
                       from.mark.size);
    return SV_OK;
}

enum sv_status vault_note_witness(struct vault *v, const char *path, const struct audit_mark *now,
                                  struct audit_witness *verdict, struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    BLOB_OWNED struct blob file = {0};
    enum sv_status st;

    if ((st = vault_audit_keys(v, &keys, err)) ||
        (st = file_read_blob(path, AUDIT_WITNESS_MAX, &file, err)))
        return st;
    return audit_witness_check(v->audit, &file, v->header.vault_id, keys, now, verdict, err);
}

enum sv_status vault_note_append(struct vault *v, const char *path, bool *added, struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    BLOB_OWNED struct blob file = {0};
    struct audit_witness verdict;
    char note[AUDIT_NOTE_MAX_LEN];
    struct audit_mark now;
    enum sv_status st;

    if ((st = vault_audit_keys(v, &keys, err)) || (st = audit_witness_read(path, &file, err)) ||
        (st = prove(v, &now, err)) ||
        (st = audit_witness_check(v->audit, &file, v->header.vault_id, keys, &now, &verdict, err)))
        return st;
    if (verdict.findings > 0)
        return sv_fail(err, SV_DATA, "the log and %.300s do not agree, nothing was added: %.400s",
                       path, verdict.first);
    *added = verdict.newest.size != now.size;
    if (!*added)
        return SV_OK;
    size_t len = audit_note_sign(note, v->header.vault_id, &now, keys);
    return audit_witness_append(path, &file, note, len, err);
}
