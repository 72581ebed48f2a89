/* SPDX-License-Identifier: ISC */
/*
 * vault_drill: a restore for practice. A backup is restored into a folder that is thrown
 * away, opened there as on a new machine, proved as a whole, and compared with
 * the vault that is in use. Nothing is released, recorded or remembered.
 */
#ifndef DOMAIN_VAULT_DRILL_H
#define DOMAIN_VAULT_DRILL_H

#include "base/progress.h"
#include "domain/vault.h"

/* Opens the backup, so that it can be unlocked before the drill; this is optional.
 * SV_DATA: it is damaged; the drill then has nothing to do. */
enum sv_status vault_drill_open(struct vault **out, const char *file,
                                struct sv_err *err) SV_MUST_USE;

enum vault_drill_live {
    DRILL_NO_VAULT,   /* there is none at the place */
    DRILL_UNREADABLE, /* there is something that cannot be opened */
    DRILL_ANOTHER,    /* of another id */
    DRILL_FOLLOWS,    /* the backup's state, or later */
    DRILL_OLDER,      /* the backup is the newer one */
    DRILL_FORKED
};

struct vault_drill {
    uint64_t findings;
    uint64_t epoch, seq; /* of the backup */
    int64_t written;     /* its last change */
    bool unlocked;       /* names are known */
    bool opened;         /* every box was opened */
    uint64_t profiles;   /* when unlocked */
    bool has_log;
    uint64_t entries; /* of the log's copy */
    enum vault_drill_live live;
    uint64_t live_epoch, live_seq;
    bool compared; /* both could be looked into: */
    uint64_t live_profiles, added, removed, changed;
};

/* backup: from vault_drill_open; file: its name; place: the vault in use, in whose
 * state_root the drill's folder stands. Findings are told one by one. SV_OK also when
 * there are some. */
enum sv_status vault_drill(struct vault *backup, const char *file, const struct vault_place *place,
                           const struct vault_verifying *how, struct vault_drill *out,
                           struct sv_err *err) SV_MUST_USE;

#endif
