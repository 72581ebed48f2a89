/* SPDX-License-Identifier: ISC */
/* audit: opening a log, and where it stands; appending is in audit/append.c. */
#include "audit/audit.h"

#include <stdio.h>
#include <string.h>

#include "audit/pool.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/defence.h"
#include "base/file.h"
#include "crypto/seal.h"

void audit_close(struct audit *a)
{
    if (a == NULL)
        return;
    db_close(a->db);
    secret_free(a->seal);
    audit_pool_drop(a);
    sv_free(a->dir);
    sv_free(a->db_path);
    sv_free(a->seal_path);
    sv_free(a->lock_path);
    sv_free(a);
}

void audit_close_cleanup(struct audit **slot)
{
    audit_close(*slot);
    *slot = NULL;
}

/* ---- opening ---- */

static enum sv_status check_remembered(const struct audit *a, const struct audit_mark *m,
                                       struct sv_err *err)
{
    uint8_t root[MERKLE_LEN];

    if (!DEFENDED(LOG_MARK) || m == NULL || m->size == 0)
        return SV_OK;
    if (memcmp(m->log_id, a->head.log_id, sizeof m->log_id) != 0)
        return audit_log_lost(a, err, "it is another log than the one this machine has written");
    if (a->head.tree.size < m->size)
        return audit_log_lost(a, err, "it has %llu entries, this machine has seen %llu",
                              (unsigned long long)a->head.tree.size, (unsigned long long)m->size);
    if (a->head.tree.size > m->size)
        return SV_OK;
    frontier_root(&a->head.tree, root);
    if (memcmp(root, m->root, sizeof root) != 0)
        return audit_log_lost(a, err, "its %llu entries are not the ones this machine has seen",
                              (unsigned long long)m->size);
    return SV_OK;
}

/* There is no row yet: that is right for a log that was never begun only. */
static enum sv_status begin_first(struct audit *a, const struct audit_mark *remembered,
                                  struct sv_err *err)
{
    enum sv_status st = audit_seal_read(a->seal, a->seal_path, NULL);
    const struct audit_seal *s = audit_seal_peek(a->seal);

    if (remembered != NULL && remembered->size > 0)
        return audit_log_lost(a, err, "it is gone, and this machine has seen %llu entries",
                              (unsigned long long)remembered->size);
    if (st == SV_OK && (s->next > 0 || s->generation > 0))
        return audit_log_lost(a, err, "it is gone, and its seal has seen %llu entries",
                              (unsigned long long)s->next);
    if (a->db == NULL && (st = audit_log_clear_way(a, err)) != SV_OK)
        return st;
    return audit_log_begin(a, AUDIT_LOG_BEGIN, "", err);
}

/* audit.db cannot be opened as one. If the seal says that no entry was ever
 * acknowledged, the process that was making it died: begin again. */
static enum sv_status begin_again(struct audit *a, const struct audit_mark *remembered,
                                  struct sv_err *err)
{
    struct sv_err inner = {""};
    enum sv_status st = audit_seal_read(a->seal, a->seal_path, NULL);
    const struct audit_seal *s = audit_seal_peek(a->seal);

    if (err != NULL)
        inner = *err;
    if (st != SV_OK || s->next > 0 || s->generation > 0 ||
        (remembered != NULL && remembered->size > 0))
        return audit_log_lost(a, err, "%s", inner.text);
    sv_err_clear(err);
    if ((st = audit_log_set_aside(a, err)) != SV_OK)
        return st;
    return audit_log_begin(a, AUDIT_LOG_BEGIN, "", err);
}

static enum sv_status open_locked(struct audit *a, const struct audit_mark *remembered,
                                  struct sv_err *err)
{
    enum file_kind kind = FILE_ABSENT;
    enum sv_status st = file_look(a->db_path, &kind, err);

    if (st != SV_OK)
        return st;
    if (kind == FILE_ABSENT)
        return begin_first(a, remembered, err);
    st = audit_log_open_db(a, err);
    if (st == SV_DATA)
        return begin_again(a, remembered, err);
    if (st != SV_OK || (st = db_begin_read(a->db, err)) != SV_OK)
        return st;
    st = audit_log_load(a, err);
    db_rollback(a->db);
    if (st == SV_MISSING)
        return begin_first(a, remembered, err);
    if (st != SV_OK || (st = check_remembered(a, remembered, err)) != SV_OK)
        return st;
    st = audit_log_ready(a, true, err);
    db_rollback(a->db);
    return st;
}

/* A log that is written: its folder is there, and the lock is held. */
static enum sv_status new_locked(struct audit **out, const char *dir, const uint8_t vault_id[16],
                                 const uint8_t audit_pk[32], int *lock, struct sv_err *err)
{
    enum sv_status st = audit_log_new(out, dir, err);

    if (st != SV_OK)
        return st;
    memcpy((*out)->vault_id, vault_id, sizeof(*out)->vault_id);
    memcpy((*out)->own_pk, audit_pk, sizeof(*out)->own_pk);
    if ((st = file_make_dirs(dir, err)) != SV_OK || (st = audit_log_lock(*out, lock, err)) != SV_OK)
        return audit_log_refuse(dir, st, err);
    return SV_OK;
}

enum sv_status audit_open(struct audit **out, const char *dir, const uint8_t vault_id[16],
                          const uint8_t audit_pk[32], const struct audit_mark *remembered,
                          struct sv_err *err)
{
    AUDIT_OWNED struct audit *a = NULL;
    FD_OWNED int lock = -1;
    enum sv_status st = new_locked(&a, dir, vault_id, audit_pk, &lock, err);

    if (st != SV_OK)
        return st;
    st = open_locked(a, remembered, err);
    audit_seal_wipe(a->seal);
    if (st != SV_OK)
        return audit_log_refuse(dir, st, err);
    *out = a;
    a = NULL;
    return SV_OK;
}

enum sv_status audit_open_inspect(struct audit **out, const char *dir, const uint8_t vault_id[16],
                                  struct sv_err *err)
{
    AUDIT_OWNED struct audit *a = NULL;
    enum sv_status st = audit_log_new(&a, dir, err);

    if (st != SV_OK)
        return st;
    memcpy(a->vault_id, vault_id, sizeof a->vault_id);
    a->inspecting = true;
    if ((st = audit_log_open_db(a, err)) != SV_OK)
        return st;
    *out = a;
    a = NULL;
    return SV_OK;
}

enum sv_status audit_resume(const char *dir, const uint8_t vault_id[16], const uint8_t audit_pk[32],
                            const char *note, struct sv_err *err)
{
    AUDIT_OWNED struct audit *a = NULL;
    FD_OWNED int lock = -1;
    enum sv_status st = new_locked(&a, dir, vault_id, audit_pk, &lock, err);

    if (st != SV_OK)
        return st;
    if ((st = audit_log_set_aside(a, err)) != SV_OK ||
        (st = audit_log_begin(a, AUDIT_LOG_RESUME, note, err)) != SV_OK)
        return audit_log_refuse(dir, st, err);
    return SV_OK;
}

enum sv_status audit_stay_small(struct audit *a, struct sv_err *err)
{
    return a->db != NULL ? db_stay_small(a->db, err) : SV_OK;
}

void audit_set_key(struct audit *a, const uint8_t audit_pk[32])
{
    if (memcmp(a->own_pk, audit_pk, sizeof a->own_pk) == 0)
        return;
    memcpy(a->own_pk, audit_pk, sizeof a->own_pk);
    a->new_pk = true;
    audit_pool_drop(a);
}

bool audit_prepare(struct audit *a, size_t count)
{
    size_t there = audit_pool_count(a);

    a->prepares = true;
    audit_pool_fill(a, there + count);
    return audit_pool_count(a) == there + count && there + count < AUDIT_POOL_MAX;
}

void audit_unprepare(struct audit *a)
{
    a->prepares = false;
    audit_pool_drop(a);
}

void audit_mark_now(const struct audit *a, struct audit_mark *mark)
{
    memcpy(mark->log_id, a->committed.log_id, sizeof mark->log_id);
    mark->size = a->committed.tree.size;
    frontier_root(&a->committed.tree, mark->root);
}

enum sv_status audit_refresh(struct audit *a, struct sv_err *err)
{
    enum sv_status st = audit_log_same_file(a, err);

    if (st != SV_OK || (st = db_begin_read(a->db, err)) != SV_OK)
        return st;
    if ((st = audit_log_load(a, err)) == SV_MISSING)
        st = audit_log_lost(a, err, "all of its rows were deleted");
    db_rollback(a->db);
    return st;
}

enum sv_status audit_hold(struct audit *a, struct sv_err *err)
{
    return db_begin_read(a->db, err);
}

void audit_release(struct audit *a)
{
    db_rollback(a->db);
}
