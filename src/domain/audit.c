/* SPDX-License-Identifier: ISC */
/* audit: opening a log, appending to it, where it stands. */
#include "domain/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/defence.h"
#include "base/file.h"
#include "crypto/seal.h"
#include "domain/audit_log.h"

/* What cannot be written means refusal, whichever call found it. */
static enum sv_status refuse(const char *dir, enum sv_status st, struct sv_err *err)
{
    struct sv_err inner = {""};

    if (st == SV_OK || st == SV_DATA || st == SV_LOCKED || st == SV_INTERNAL)
        return st;
    if (err != NULL)
        inner = *err;
    return sv_fail(err, SV_IO,
                   "the audit log in %s cannot be written, and nothing is released without it: %s",
                   dir, inner.text);
}

void audit_close(struct audit *a)
{
    if (a == NULL)
        return;
    db_close(a->db);
    secret_free(a->seal);
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

enum sv_status audit_open(struct audit **out, const char *dir, const uint8_t vault_id[16],
                          const uint8_t audit_pk[32], const struct audit_mark *remembered,
                          struct sv_err *err)
{
    AUDIT_OWNED struct audit *a = NULL;
    FD_OWNED int lock = -1;
    enum sv_status st = audit_log_new(&a, dir, err);

    if (st != SV_OK)
        return st;
    memcpy(a->vault_id, vault_id, sizeof a->vault_id);
    memcpy(a->own_pk, audit_pk, sizeof a->own_pk);
    if ((st = file_make_dirs(dir, err)) != SV_OK || (st = audit_log_lock(a, &lock, err)) != SV_OK)
        return refuse(dir, st, err);
    st = open_locked(a, remembered, err);
    audit_seal_wipe(a->seal);
    if (st != SV_OK)
        return refuse(dir, st, err);
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
    enum sv_status st = audit_log_new(&a, dir, err);

    if (st != SV_OK)
        return st;
    memcpy(a->vault_id, vault_id, sizeof a->vault_id);
    memcpy(a->own_pk, audit_pk, sizeof a->own_pk);
    if ((st = file_make_dirs(dir, err)) != SV_OK || (st = audit_log_lock(a, &lock, err)) != SV_OK ||
        (st = audit_log_set_aside(a, err)) != SV_OK ||
        (st = audit_log_begin(a, AUDIT_LOG_RESUME, note, err)) != SV_OK)
        return refuse(dir, st, err);
    return SV_OK;
}

void audit_set_key(struct audit *a, const uint8_t audit_pk[32])
{
    if (memcmp(a->own_pk, audit_pk, sizeof a->own_pk) == 0)
        return;
    memcpy(a->own_pk, audit_pk, sizeof a->own_pk);
    a->new_pk = true;
}

/* ---- appending ---- */

static enum sv_status put_use(struct audit *a, const struct audit_use *use, int64_t when,
                              struct sv_err *err)
{
    uint8_t time[8], box[SEAL_OVERHEAD + sizeof time];
    struct seal_context ctx = audit_context(a->head.log_id, 0, SEAL_AUDIT_USE, (uint64_t)use->row);

    le64_put(time, (uint64_t)when);
    enum sv_status st = seal_box(box, use->key, &ctx, SEAL_EXACT, time, sizeof time, err);
    if (st != SV_OK)
        return st;
    return db_put(a->db, TABLE_HEAD, use->row, box, sizeof box, err);
}

static enum sv_status append_locked(struct audit *a, struct audit_event *event,
                                    const struct audit_use *use, struct sv_err *err)
{
    enum sv_status st = audit_log_same_file(a, err);

    if (st != SV_OK || (st = audit_log_ready(a, a->new_pk, err)) != SV_OK)
        return st;
    a->new_pk = false;
    audit_log_stamp(a, event);
    if ((st = audit_log_put(a, event, err)) != SV_OK ||
        (use != NULL && (st = put_use(a, use, event->time, err)) != SV_OK) ||
        (st = audit_log_commit(a, err)) != SV_OK) {
        db_rollback(a->db);
        return st;
    }
    /* The entry is durable already; a write-ahead log that cannot be moved now
     * is moved by a later append. */
    st = db_checkpoint(a->db, AUDIT_WAL_BYTES, NULL);
    return SV_OK;
}

enum sv_status audit_append(struct audit *a, struct audit_event *event, const struct audit_use *use,
                            struct audit_mark *mark, struct sv_err *err)
{
    FD_OWNED int lock = -1;

    if (a->inspecting || (use != NULL && use->row == AUDIT_HEAD_KEY))
        return sv_fail(err, SV_INTERNAL, "an entry for a log that is only looked at, or for row 0");
    audit_log_know_caller(a);
    enum sv_status st = audit_log_lock(a, &lock, err);
    if (st == SV_OK)
        st = append_locked(a, event, use, err);
    audit_seal_wipe(a->seal);
    if (st != SV_OK)
        return refuse(a->dir, st, err);
    if (mark != NULL)
        audit_mark_now(a, mark);
    return SV_OK;
}

void audit_mark_now(const struct audit *a, struct audit_mark *mark)
{
    memcpy(mark->log_id, a->committed.log_id, sizeof mark->log_id);
    mark->size = a->committed.tree.size;
    frontier_root(&a->committed.tree, mark->root);
}

enum sv_status audit_hold(struct audit *a, struct sv_err *err)
{
    return db_begin_read(a->db, err);
}

void audit_release(struct audit *a)
{
    db_rollback(a->db);
}

int64_t audit_last_used(struct audit *a, const struct audit_use *use)
{
    BLOB_OWNED struct blob box = {0};
    SECRET_OWNED struct secret *time = NULL;
    struct seal_context ctx =
        audit_context(a->committed.log_id, 0, SEAL_AUDIT_USE, (uint64_t)use->row);

    if (use->row == AUDIT_HEAD_KEY || db_get(a->db, TABLE_HEAD, use->row, &box, NULL) != SV_OK ||
        seal_open(&time, use->key, &ctx, SEAL_EXACT, box.bytes, box.len, NULL) != SV_OK ||
        secret_len(time) != 8)
        return 0;
    return (int64_t)le64_get(secret_peek(time));
}
