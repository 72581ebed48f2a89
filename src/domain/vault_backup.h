/* SPDX-License-Identifier: ISC */
/*
 * vault_backup: copies of a vault, and the way back.
 *
 * A backup is a vault of its own: FILE opens wherever a vault does. Beside it stands the
 * copy of this machine's log, FILE.log (audit/copy.h); the vault was signed with its
 * beginning. What is sealed stays sealed, so neither needs a secret.
 */
#ifndef DOMAIN_VAULT_BACKUP_H
#define DOMAIN_VAULT_BACKUP_H

#include "base/progress.h"
#include "domain/vault.h"

/* Where the log of the backup `file` stands; owner frees with sv_free. */
char *vault_backup_log(const char *file);

struct vault_backup {
    uint64_t epoch, seq;
    int64_t written;  /* when that state was signed */
    uint64_t entries; /* of the log */
};
/* Copies vault and log as they are now, while others go on using them, proves both from
 * the files just written, gives them their names (the vault's last, so that what has
 * its name is whole), and records it. SV_EXISTS: there is a file of that name, or
 * none can be made there. SV_LOCKED: a writer kept the vault for too long, or
 * progress gave up. On failure nothing is left behind. */
enum sv_status vault_backup(struct vault *v, const char *file, const struct progress *progress,
                            struct vault_backup *made, struct sv_err *err) SV_MUST_USE;

/* From here on the session's log is the one beside a backup, which any machine of this
 * vault may have written: vault_audit_read and vault_audit_verify are of that.
 * Nothing is released or recorded any more. SV_DATA: no log, or another vault's. */
enum sv_status vault_audit_of(struct vault *v, const char *path, struct sv_err *err) SV_MUST_USE;

/* ---- the way back ---- */

/* What a backup is to this machine. */
enum vault_restore_kind {
    RESTORE_FIRST,   /* it has not seen this vault yet */
    RESTORE_FOLLOWS, /* the newest state that was seen here, or one that follows from it */
    RESTORE_OLDER,   /* this machine has seen a newer one */
    RESTORE_FORKED   /* this machine has seen one from which it does not follow */
};

struct vault_restoring;

/* Copies `file`, a vault, beside the place and proves it from its first commit on;
 * nothing is changed yet. file may be the vault at the place itself: then that is to be
 * accepted as it stands. SV_DATA: file is damaged, or of another vault than
 * the one at the place. A vault at the place that cannot be opened is no
 * obstacle. progress as in vault_backup. */
enum sv_status vault_restore_begin(struct vault_restoring **out, const struct vault_place *place,
                                   const char *file, const struct progress *progress,
                                   struct sv_err *err) SV_MUST_USE;
void vault_restore_free(struct vault_restoring *r);
void vault_restore_cleanup(struct vault_restoring **slot);
#define RESTORING_OWNED __attribute__((cleanup(vault_restore_cleanup)))

struct vault_restore {
    enum vault_restore_kind kind;
    uint64_t epoch, seq; /* of the backup */
    int64_t written;
    uint64_t seen_epoch, seen_seq; /* here; 0 with RESTORE_FIRST */
    bool in_place;                 /* file is the vault at the place */
    const char *kept;              /* after the commit: what was there before; or NULL */
};
void vault_restore_look(const struct vault_restoring *r, struct vault_restore *out);

/* The vault of the backup, which an administrator must unlock before an older or forked
 * one is accepted; a try that fails is in this machine's log. Borrowed. */
enum sv_status vault_restore_vault(struct vault_restoring *r, struct vault **v,
                                   struct sv_err *err) SV_MUST_USE;

/* Puts it in place in one step, between two entries in the log. What was at the place is
 * kept under another name. accept: an older or forked one as well; what this machine
 * remembers is then set back to it. SV_LOCKED also when what this machine has seen
 * changed since the beginning. */
enum sv_status vault_restore_commit(struct vault_restoring *r, bool accept,
                                    struct sv_err *err) SV_MUST_USE;

#endif
