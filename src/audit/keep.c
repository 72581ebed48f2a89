/* SPDX-License-Identifier: ISC */
/*
 * keep: the numbers and texts that a log keeps beside its entries, and how the numbers
 * follow when their keys change: a number of a profile lies and is sealed under keys of the
 * profile's DEK, so with a new DEK it would seem never to have been used on this machine. The log
 * itself is not touched by that, and no entry is written.
 */
#include <sodium.h>
#include <string.h>

#include "audit/log.h"
#include "base/alloc.h"
#include "base/file.h"
#include "crypto/keys.h"
#include "crypto/seal.h"
#include "store/db.h"

#define NUMBER_LEN 8
#define BOX_LEN (SEAL_OVERHEAD + NUMBER_LEN)
#define MOVE_LEN (8 + 8 + BOX_LEN)

static enum sv_status seal_number(const uint8_t log_id[16], const struct audit_keep *keep,
                                  uint64_t number, uint8_t box[BOX_LEN], struct sv_err *err)
{
    struct seal_context ctx = audit_context(log_id, 0, SEAL_AUDIT_USE, (uint64_t)keep->row);
    uint8_t bytes[NUMBER_LEN];

    le64_put(bytes, number);
    return seal_box(box, keep->key, &ctx, SEAL_EXACT, bytes, sizeof bytes, err);
}

static enum sv_status open_number(struct audit *a, const uint8_t log_id[16],
                                  const struct audit_keep *which, const struct blob *box,
                                  uint64_t *number, struct sv_err *err)
{
    SECRET_OWNED struct secret *bytes = NULL;
    struct seal_context ctx = audit_context(log_id, 0, SEAL_AUDIT_USE, (uint64_t)which->row);
    enum sv_status st = seal_open(&bytes, which->key, &ctx, SEAL_EXACT, box->bytes, box->len, err);

    if (st != SV_OK)
        return st;
    if (secret_len(bytes) != NUMBER_LEN)
        return sv_fail(err, SV_DATA, "a number kept beside the log in %s is damaged", a->dir);
    *number = le64_get(secret_peek(bytes));
    return SV_OK;
}

/* SV_MISSING (err empty): there is none. SV_DATA: it does not open. */
static enum sv_status read_number(struct audit *a, const uint8_t log_id[16],
                                  const struct audit_keep *which, uint64_t *number,
                                  struct sv_err *err)
{
    BLOB_OWNED struct blob box = {0};
    enum sv_status st = db_get(a->db, TABLE_HEAD, which->row, &box, err);

    return st != SV_OK ? st : open_number(a, log_id, which, &box, number, err);
}

struct audit_keep audit_keep_of(uint8_t key[KEY_LEN], const uint8_t parent[KEY_LEN],
                                const char *place, const char *label, const void *what, size_t len)
{
    uint8_t row[KEY_LEN];

    kdf(row, parent, place, what, len);
    kdf(key, parent, label, what, len);
    return (struct audit_keep){.row = db_key_from(row), .key = key};
}

uint64_t audit_kept(struct audit *a, const struct audit_keep *which)
{
    uint64_t number = 0;

    return which->row == AUDIT_HEAD_KEY ||
                   read_number(a, a->committed.log_id, which, &number, NULL) != SV_OK
               ? 0
               : number;
}

uint64_t audit_kept_of(struct audit *a, const uint8_t parent[KEY_LEN], const char *place,
                       const char *label, const void *what, size_t len)
{
    BLOB_OWNED struct blob box = {0};
    uint8_t key[KEY_LEN];
    uint64_t number = 0;

    kdf(key, parent, place, what, len);
    const struct audit_keep which = {.row = db_key_from(key), .key = key};
    if (which.row == AUDIT_HEAD_KEY || db_get(a->db, TABLE_HEAD, which.row, &box, NULL) != SV_OK)
        return 0;
    kdf(key, parent, label, what, len);
    if (open_number(a, a->committed.log_id, &which, &box, &number, NULL) != SV_OK)
        number = 0;
    sodium_memzero(key, sizeof key);
    return number;
}

enum sv_status audit_keep_sum(struct audit *a, const struct audit_keep *keep, uint64_t *sum,
                              bool *within, struct sv_err *err)
{
    uint64_t so_far = 0;
    enum sv_status st = read_number(a, a->head.log_id, keep, &so_far, err);

    /* What was damaged is begun anew, unless a bound depends on it. */
    *within = keep->most == 0 || st != SV_DATA;
    if (st == SV_DATA || st == SV_MISSING)
        sv_err_clear(err);
    else if (st != SV_OK)
        return st;
    *sum = so_far > UINT64_MAX - keep->value ? UINT64_MAX : so_far + keep->value;
    if (keep->most != 0 && *sum > keep->most)
        *within = false;
    return SV_OK;
}

enum sv_status audit_kept_text(struct audit *a, const struct audit_keep *which,
                               struct secret **text, struct sv_err *err)
{
    BLOB_OWNED struct blob box = {0};
    struct seal_context ctx =
        audit_context(a->committed.log_id, 0, SEAL_AUDIT_USE, (uint64_t)which->row);
    enum sv_status st = which->row == AUDIT_HEAD_KEY
                            ? SV_MISSING
                            : db_get(a->db, TABLE_HEAD, which->row, &box, err);

    return st != SV_OK ? st
                       : seal_open(text, which->key, &ctx, SEAL_PADDED, box.bytes, box.len, err);
}

static enum sv_status put_text(struct audit *a, const struct audit_keep *keep, struct sv_err *err)
{
    struct seal_context ctx = audit_context(a->head.log_id, 0, SEAL_AUDIT_USE, (uint64_t)keep->row);
    size_t len = secret_len(keep->text), room = seal_len(SEAL_PADDED, len);
    SV_AUTOFREE uint8_t *box = sv_alloc(room);
    enum sv_status st;

    if (box == NULL)
        return sv_fail_nomem(err);
    st = seal_box(box, keep->key, &ctx, SEAL_PADDED, secret_peek(keep->text), len, err);
    return st != SV_OK ? st : db_put(a->db, TABLE_HEAD, keep->row, box, room, err);
}

enum sv_status audit_keep_put(struct audit *a, const struct audit_keep *keep, int64_t time,
                              struct sv_err *err)
{
    uint64_t number = keep->now ? (uint64_t)time : keep->value;
    uint8_t box[BOX_LEN];
    bool within;
    enum sv_status st = SV_OK;

    if (keep->text != NULL)
        return put_text(a, keep, err);
    if (keep->add)
        st = audit_keep_sum(a, keep, &number, &within, err);
    if (st != SV_OK || (st = seal_number(a->head.log_id, keep, number, box, err)) != SV_OK)
        return st;
    return db_put(a->db, TABLE_HEAD, keep->row, box, sizeof box, err);
}

void audit_moves_clear(struct audit_moves *m)
{
    blob_clear(&m->rows);
}

enum sv_status audit_keep_move(struct audit *a, const struct audit_keep *from,
                               const struct audit_keep *to, struct audit_moves *m,
                               struct sv_err *err)
{
    uint64_t number = audit_kept(a, from);
    uint8_t move[MOVE_LEN];
    enum sv_status st;

    if (number == 0 || to->row == AUDIT_HEAD_KEY || to->row == from->row)
        return SV_OK;
    le64_put(move, (uint64_t)from->row);
    le64_put(move + 8, (uint64_t)to->row);
    if ((st = seal_number(a->committed.log_id, to, number, move + 16, err)) != SV_OK)
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

enum sv_status audit_keeps_put(struct audit *a, const struct audit_moves *m, struct sv_err *err)
{
    return in_one(a, m, put_one, err);
}

enum sv_status audit_keeps_drop(struct audit *a, const struct audit_moves *m, bool kept,
                                struct sv_err *err)
{
    return in_one(a, m, kept ? drop_old : drop_new, err);
}
