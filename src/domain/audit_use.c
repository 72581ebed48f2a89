/* SPDX-License-Identifier: ISC */
/*
 * audit_use: marks of last use under other keys. A mark lies and is sealed under keys
 * of its profile's DEK, so a profile that gets a new DEK would seem never to have been
 * used on this machine. The log itself is not touched, and no entry is written.
 */
#include <string.h>

#include "base/file.h"
#include "crypto/seal.h"
#include "domain/audit_log.h"

#define TIME_LEN 8
#define BOX_LEN (SEAL_OVERHEAD + TIME_LEN)
#define MOVE_LEN (8 + 8 + BOX_LEN)

void audit_moves_clear(struct audit_moves *m)
{
    blob_clear(&m->rows);
}

enum sv_status audit_use_move(struct audit *a, const struct audit_use *from,
                              const struct audit_use *to, struct audit_moves *m, struct sv_err *err)
{
    struct seal_context ctx =
        audit_context(a->committed.log_id, 0, SEAL_AUDIT_USE, (uint64_t)to->row);
    int64_t when = audit_last_used(a, from);
    uint8_t time[TIME_LEN], move[MOVE_LEN];
    enum sv_status st;

    if (when == 0 || to->row == AUDIT_HEAD_KEY || to->row == from->row)
        return SV_OK;
    le64_put(time, (uint64_t)when);
    le64_put(move, (uint64_t)from->row);
    le64_put(move + 8, (uint64_t)to->row);
    if ((st = seal_box(move + 16, to->key, &ctx, SEAL_EXACT, time, sizeof time, err)) != SV_OK)
        return st;
    return blob_append(&m->rows, move, sizeof move) ? SV_OK : sv_fail_nomem(err);
}

/* Runs `each` over all moves in one transaction, under the log's lock. */
static enum sv_status
in_one(struct audit *a, const struct audit_moves *m,
       enum sv_status (*each)(struct audit *, const uint8_t *, struct sv_err *), struct sv_err *err)
{
    FD_OWNED int lock = -1;
    enum sv_status st;

    if (m->rows.len == 0)
        return SV_OK;
    if ((st = audit_log_lock(a, &lock, err)) != SV_OK ||
        (st = audit_log_same_file(a, err)) != SV_OK || (st = db_begin_write(a->db, err)) != SV_OK)
        return st;
    for (size_t at = 0; at < m->rows.len && st == SV_OK; at += MOVE_LEN)
        st = each(a, m->rows.bytes + at, err);
    if (st == SV_OK)
        st = db_commit(a->db, err);
    db_rollback(a->db);
    return st;
}

static enum sv_status put_one(struct audit *a, const uint8_t *move, struct sv_err *err)
{
    return db_put(a->db, TABLE_HEAD, (int64_t)le64_get(move + 8), move + 16, BOX_LEN, err);
}

static enum sv_status drop_old(struct audit *a, const uint8_t *move, struct sv_err *err)
{
    return db_delete(a->db, TABLE_HEAD, (int64_t)le64_get(move), NULL, err);
}

static enum sv_status drop_new(struct audit *a, const uint8_t *move, struct sv_err *err)
{
    return db_delete(a->db, TABLE_HEAD, (int64_t)le64_get(move + 8), NULL, err);
}

enum sv_status audit_use_put(struct audit *a, const struct audit_moves *m, struct sv_err *err)
{
    return in_one(a, m, put_one, err);
}

enum sv_status audit_use_drop(struct audit *a, const struct audit_moves *m, bool kept,
                              struct sv_err *err)
{
    return in_one(a, m, kept ? drop_old : drop_new, err);
}
