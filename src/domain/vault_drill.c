/* SPDX-License-Identifier: ISC */
#include "domain/vault_drill.h"

#include <stdlib.h>
#include <string.h>

#include "audit/copy.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/scratch.h"
#include "domain/vault_backup.h"
#include "domain/vault_impl.h"

enum part { RESTORE, VERIFY, LOG, PARTS };

struct drilling {
    struct vault *backup;
    const char *file;
    const struct vault_place *live;
    const struct vault_verifying *how;
    struct progress_part part;
    struct scratch scratch;
    char *path, *state_root; /* in the scratch folder */
    struct vault *restored;
    struct vault_drill is;
};

static void drilling_clear(struct drilling *d)
{
    vault_close(d->restored);
    scratch_clear(&d->scratch);
    sv_free(d->path);
    sv_free(d->state_root);
}

enum sv_status vault_drill_open(struct vault **out, const char *file, struct sv_err *err)
{
    return vault_file_open(out, file, err);
}

static enum sv_status judge(struct drilling *d, enum sv_status st, struct sv_err *err)
{
    if (st != SV_DATA)
        return st;
    d->is.findings++;
    if (d->how->tell)
        d->how->tell(d->how->context, err->text);
    err->text[0] = '\0';
    return SV_OK;
}

/* What opened one copy of a vault opens every other one of the same epoch. */
static enum sv_status lend_keys(struct vault *to, const struct vault *from, struct sv_err *err)
{
    const struct key_tree *k;
    enum sv_status st;

    if (!from->keys || (from->role != ROLE_ADMIN && from->role != ROLE_READER) ||
        from->state.epoch != to->state.epoch ||
        memcmp(from->state.verify_pk, to->state.verify_pk, 32) != 0)
        return SV_OK;
    k = keys_peek(from->keys);
    st = from->role == ROLE_ADMIN ? keys_from_root(&to->keys, k->root, err)
                                  : keys_from_read(&to->keys, k->read, k->verify_pk, err);
    if (st)
        return st;
    to->role = from->role;
    to->slot = from->slot;
    to->via = from->via;
    return SV_OK;
}

/* ---- the restore ---- */

static enum sv_status restore(struct drilling *d, struct sv_err *err)
{
    RESTORING_OWNED struct vault_restoring *r = NULL;
    const struct vault_place place = {.path = d->path, .state_root = d->state_root};
    enum sv_status st;

    if ((st = vault_restore_begin(&r, &place, d->file, progress_part(&d->part, RESTORE), err)) ||
        (st = vault_restore_commit(r, false, err)))
        return st;
    return vault_open(&d->restored, &place, true, err);
}

static enum sv_status count_profiles(struct drilling *d, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status st = vault_list(d->restored, &list, err);

    d->is.profiles = list.count;
    return st;
}

static enum sv_status verify(struct drilling *d, struct sv_err *err)
{
    struct vault_verifying how = *d->how;
    uint64_t findings = 0;
    enum sv_status st;

    how.boxes = true;
    how.progress = progress_part(&d->part, VERIFY);
    if ((st = lend_keys(d->restored, d->backup, err)) ||
        (st = vault_verify_as(d->restored, &how, &findings, err)))
        return st;
    d->is.findings += findings;
    d->is.unlocked = vault_is_unlocked(d->restored);
    d->is.opened = vault_opens_boxes(d->restored);
    return d->is.unlocked && findings == 0 ? judge(d, count_profiles(d, err), err) : SV_OK;
}

/* A backup without its log is a backup all the same. */
static enum sv_status verify_log(struct drilling *d, struct sv_err *err)
{
    AUDIT_OWNED struct audit *copy = NULL;
    SV_AUTOFREE char *path = vault_backup_log(d->file);
    struct audit_mark mark;
    enum sv_status st;

    if (!path)
        return sv_fail_nomem(err);
    st = audit_copy_open(&copy, path, d->backup->header.vault_id, err);
    if (st == SV_MISSING)
        return SV_OK;
    d->is.has_log = true;
    if (st ||
        (st = audit_copy_prove(copy, &d->backup->state.log, progress_part(&d->part, LOG), err)))
        return st;
    audit_mark_now(copy, &mark);
    d->is.entries = mark.size;
    return SV_OK;
}

/* ---- the comparison ---- */

static int by_uid(const void *a, const void *b)
{
    return memcmp(((const struct profile *)a)->uid, ((const struct profile *)b)->uid,
                  sizeof((const struct profile *)a)->uid);
}

static void sort(struct profile_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_uid);
}

static void count_differences(struct vault_drill *is, struct profile_list *then,
                              struct profile_list *now)
{
    size_t i = 0, j = 0;

    sort(then);
    sort(now);
    while (i < then->count || j < now->count) {
        int order = i == then->count  ? 1
                    : j == now->count ? -1
                                      : by_uid(&then->items[i], &now->items[j]);
        is->removed += order < 0;
        is->added += order > 0;
        is->changed += order == 0 && (then->items[i].version != now->items[j].version ||
                                      strcmp(then->items[i].name, now->items[j].name) != 0);
        i += order <= 0;
        j += order >= 0;
    }
    is->live_profiles = now->count;
    is->compared = true;
}

static enum sv_status compare_profiles(struct drilling *d, struct vault *live, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list then = {0}, now = {0};
    enum sv_status st = lend_keys(live, d->backup, err);

    if (st || !live->keys)
        return st;
    if ((st = vault_list(d->restored, &then, err)) || (st = vault_list(live, &now, err)))
        return st;
    count_differences(&d->is, &then, &now);
    return SV_OK;
}

static enum sv_status relate(struct drilling *d, struct vault *live, struct sv_err *err)
{
    const struct vault_state *then = &d->backup->state, *now = &live->state;
    struct state_point from = {.seq = then->seq};
    struct sv_err why;
    enum sv_status st;

    if (now->seq < then->seq) {
        d->is.live = DRILL_OLDER;
        return SV_OK;
    }
    memcpy(from.chain, then->chain, 32);
    memcpy(from.verify_pk, then->verify_pk, 32);
    st = state_reaches(live->db, &from, now, &why);
    if (st && st != SV_DATA)
        return sv_fail(err, st, "%s", why.text);
    d->is.live = st ? DRILL_FORKED : DRILL_FOLLOWS;
    return SV_OK;
}

/* Whatever is wrong with the vault in use is no finding about the backup. */
static enum sv_status compare(struct drilling *d, struct sv_err *err)
{
    VAULT_OWNED struct vault *live = NULL;
    struct sv_err why;
    enum sv_status st = vault_file_open(&live, d->live->path, &why);

    d->is.live = st == SV_MISSING ? DRILL_NO_VAULT : DRILL_UNREADABLE;
    if (st)
        return SV_OK;
    d->is.live_epoch = live->state.epoch;
    d->is.live_seq = live->state.seq;
    if (memcmp(live->header.vault_id, d->backup->header.vault_id, 16) != 0) {
        d->is.live = DRILL_ANOTHER;
        return SV_OK;
    }
    if ((st = relate(d, live, err)) || !d->restored || d->is.findings)
        return st;
    st = compare_profiles(d, live, &why);
    return st == SV_OK || st == SV_DATA ? SV_OK : sv_fail(err, st, "%s", why.text);
}

static enum sv_status begin(struct drilling *d, struct sv_err *err)
{
    enum sv_status st;

    if ((st = file_make_dirs(d->live->state_root, err)) ||
        (st = scratch_new(&d->scratch, d->live->state_root, err)))
        return st;
    d->path = path_join(d->scratch.path, "vault.db");
    d->state_root = path_join(d->scratch.path, "state");
    return d->path && d->state_root ? SV_OK : sv_fail_nomem(err);
}

enum sv_status vault_drill(struct vault *backup, const char *file, const struct vault_place *place,
                           const struct vault_verifying *how, struct vault_drill *out,
                           struct sv_err *err)
{
    __attribute__((cleanup(drilling_clear))) struct drilling d = {
        .backup = backup,
        .file = file,
        .live = place,
        .how = how,
        .part = {.whole = how->progress, .parts = PARTS},
        .is = {.epoch = backup->state.epoch,
               .seq = backup->state.seq,
               .written = backup->state.written}};
    enum sv_status st;

    if ((st = begin(&d, err)) || (st = judge(&d, restore(&d, err), err)) ||
        (d.restored && (st = judge(&d, verify(&d, err), err))) ||
        (st = judge(&d, verify_log(&d, err), err)) || (st = compare(&d, err)))
        return st;
    *out = d.is;
    return SV_OK;
}
