/* SPDX-License-Identifier: ISC */
/*
 * vault_backup: copies of a vault, and the way back.
 *
 * A backup is a vault of its own: FILE opens wherever a vault does. Beside it stands the
 * copy of this machine's log, FILE.log (audit_copy.h); the vault was signed with its
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

#endif
