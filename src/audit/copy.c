/* SPDX-License-Identifier: ISC */
#include "audit/copy.h"

#include <string.h>

#include "audit/log.h"
#include "base/alloc.h"
#include "base/file.h"

/* Between two looks at the watch. */
#define ENTRIES_AT_ONCE 4096

enum sv_status audit_copy_make(struct audit *a, const char *path, const struct progress *watch,
                               struct sv_err *err)
{
    return db_backup(a->db, path, watch, err);
}

static enum sv_status damaged(const struct audit *a, const char *what, struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "%s, the log's copy beside a backup, was altered or damaged: %s",
                   db_shown(a->db), what);
}

static enum sv_status load(struct audit *copy, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = db_get(copy->db, TABLE_HEAD, AUDIT_HEAD_KEY, &row, err);

    if (st != SV_OK && st != SV_MISSING)
        return st;
    if (st == SV_MISSING || !audit_head_decode(&copy->head, row.bytes, row.len))
        return damaged(copy, "its head is gone or unreadable", err);
    if (memcmp(copy->head.vault_id, copy->vault_id, sizeof copy->vault_id) != 0)
        return sv_fail(err, SV_DATA, "%s is the log of another vault: name the right file",
                       db_shown(copy->db));
    copy->committed = copy->head;
    return SV_OK;
}

enum sv_status audit_copy_open(struct audit **out, const char *path, const uint8_t vault_id[16],
                               struct sv_err *err)
{
    SV_AUTOFREE char *dir = path_dir(path);
    AUDIT_OWNED struct audit *a = NULL;
    enum sv_status st = dir ? audit_log_new(&a, dir, err) : sv_fail_nomem(err);

    if (st != SV_OK)
        return st;
    a->inspecting = a->copy = true;
    memcpy(a->vault_id, vault_id, sizeof a->vault_id);
    sv_free(a->db_path);
    if (!(a->db_path = sv_strdup(path)))
        return sv_fail_nomem(err);
    if ((st = db_open(&a->db, path, DB_AUDIT, true, err)) != SV_OK || (st = load(a, err)) != SV_OK)
        return st;
    *out = a;
    a = NULL;
    return SV_OK;
}

/* ---- proving ---- */

struct summing {
    struct audit *copy;
    const struct audit_mark *mark; /* NULL: none, or met already */
    const struct progress *watch;
    struct frontier tree;
};

static enum sv_status meet_mark(struct summing *s, struct sv_err *err)
{
    uint8_t root[MERKLE_LEN];

    if (s->mark == NULL || s->mark->size != s->tree.size)
        return SV_OK;
    frontier_root(&s->tree, root);
    if (memcmp(root, s->mark->root, sizeof root) != 0)
        return damaged(s->copy, "it does not begin as the vault was signed with", err);
    s->mark = NULL;
    return SV_OK;
}

static enum sv_status add_entry(void *context, int64_t key, const uint8_t *row, size_t len,
                                struct sv_err *err)
{
    struct summing *s = context;
    uint8_t leaf[MERKLE_LEN];

    if ((uint64_t)key != s->tree.size || len != AUDIT_ROW_LEN)
        return damaged(s->copy, "an entry is missing or has a wrong form", err);
    merkle_leaf(leaf, row + AUDIT_TAG_LEN, len - AUDIT_TAG_LEN);
    frontier_push(&s->tree, leaf);
    enum sv_status st = meet_mark(s, err);
    if (st == SV_OK && s->tree.size % ENTRIES_AT_ONCE == 0)
        st = progress_tell(s->watch, s->tree.size, s->copy->head.tree.size, err);
    return st;
}

static enum sv_status sum_up(struct summing *s, struct sv_err *err)
{
    const struct frontier *want = &s->copy->head.tree;
    enum sv_status st =
        db_walk(s->copy->db, TABLE_ENTRY, INT64_MIN, INT64_MAX, false, add_entry, s, err);

    if (st != SV_OK)
        return st;
    if (s->tree.size != want->size ||
        memcmp(s->tree.nodes, want->nodes, frontier_count(want->size) * MERKLE_LEN) != 0)
        return damaged(s->copy, "its head does not sum up its entries", err);
    if (s->mark != NULL)
        return damaged(s->copy, "it ends before the place that the vault was signed with", err);
    return SV_OK;
}

enum sv_status audit_copy_prove(struct audit *copy, const struct audit_mark *signed_mark,
                                const struct progress *watch, struct sv_err *err)
{
    struct summing s = {.copy = copy, .watch = watch};
    enum sv_status st;

    if (signed_mark != NULL && signed_mark->size > 0 &&
        memcmp(signed_mark->log_id, copy->head.log_id, sizeof signed_mark->log_id) == 0)
        s.mark = signed_mark;
    if ((st = db_check_pages(copy->db, err)) != SV_OK ||
        (st = db_begin_read(copy->db, err)) != SV_OK)
        return st;
    st = sum_up(&s, err);
    db_rollback(copy->db);
    return st;
}
