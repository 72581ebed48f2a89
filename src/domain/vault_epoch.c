/* SPDX-License-Identifier: ISC */
/*
 * A new epoch: new keys for everything, inside one change.
 *
 * Every row moves, since its id comes of a key too. The whole tree is proved first, and
 * what that reading shows gives each row its next id. Then the rows are sealed anew in
 * the order of those ids, a window of them at a time: read and sealed, the old ones
 * deleted, the new ones put. So memory holds 24 bytes a row and one window, the file
 * keeps its size within a third, and both tables are written nearly in their order. One
 * secret is open at a time. An old and a new row meet on one id once in 2^63; the count
 * at the end would be wrong then, and nothing is changed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/defence.h"
#include "crypto/random.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

#define WINDOW_BYTES ((size_t)8 << 20)
#define PROGRESS_EVERY 256

struct turn {
    int64_t from, to;
    uint8_t kind;
};

struct epoch {
    struct vault *v;   /* under the keys that end */
    struct vault next; /* the same vault under those that begin; owns nothing */
    struct vault_change *c;
    const struct vault_epoch_wish *wish;
    struct blob turns;  /* struct turn */
    struct blob logins; /* int64_t: where they are renewed */
    int64_t directory;
    uint64_t done, total;
};

static void epoch_clear(struct epoch *e)
{
    blob_clear(&e->turns);
    blob_clear(&e->logins);
}
#define EPOCH_OWNED __attribute__((cleanup(epoch_clear)))

static enum sv_status tell(struct epoch *e, struct sv_err *err)
{
    e->done++;
    if (e->done % PROGRESS_EVERY != 0 && e->done != e->total)
        return SV_OK;
    return progress_tell(e->wish->progress, e->done, e->total, err);
}

static enum sv_status keys_make(struct epoch *e, struct sv_err *err)
{
    SECRET_OWNED struct secret *root = NULL;
    enum sv_status st = secret_new(&root, KEY_LEN, err);

    if (st)
        return st;
    secret_set_len(root, KEY_LEN);
    if (DEFENDED(NEW_ROOT))
        random_bytes(secret_poke(root), KEY_LEN);
    else
        memcpy(secret_poke(root), keys_peek(e->v->keys)->root, KEY_LEN);
    if ((st = keys_from_root(&e->c->next_keys, secret_peek(root), err)))
        return st;
    e->next = *e->v;
    e->next.keys = e->c->next_keys;
    e->next.state.epoch++;
    e->next.state.seq++;
    return SV_OK;
}

/* ---- the first reading: where every row goes ---- */

static enum sv_status plan_row(struct epoch *e, struct vault_row *row, enum object_kind kind,
                               struct sv_err *err)
{
    const uint8_t *index = keys_peek(e->c->next_keys)->index;
    const struct profile *p = &row->profile;
    struct turn turn = {.from = row->id, .kind = (uint8_t)kind};
    enum sv_status st = vault_row_open(e->v, kind, row, err);

    if (st)
        return st;
    turn.to = kind == OBJECT_PROFILE ? object_id(index, kind, p->name, strlen(p->name))
                                     : object_version_id(index, p->uid, p->version);
    if (!blob_append(&e->turns, &turn, sizeof turn))
        return sv_fail_nomem(err);
    if (kind == OBJECT_PROFILE && p->authorized) {
        int64_t place = vault_oauth_place(row->wrap, p->authorized);
        if (!blob_append(&e->logins, &place, sizeof place))
            return sv_fail_nomem(err);
    }
    if ((st = tell(e, err)) || !e->wish->seen)
        return st;
    if (kind == OBJECT_PROFILE)
        vault_row_times(e->v, row);
    return e->wish->seen(e->wish->seen_context, p, kind == OBJECT_PROFILE, err);
}

static enum sv_status plan_policy(struct epoch *e, int64_t id, struct sv_err *err)
{
    struct turn turn = {.from = id, .to = vault_policy_id(&e->next), .kind = OBJECT_POLICY};

    return blob_append(&e->turns, &turn, sizeof turn) ? tell(e, err) : sv_fail_nomem(err);
}

static enum sv_status plan_visit(void *context, int64_t id, const uint8_t *bytes, size_t len,
                                 struct sv_err *err)
{
    struct epoch *e = context;
    struct object_space space = vault_space(e->v);
    ROW_OWNED struct vault_row row = {.id = id};
    SECRET_OWNED struct secret *wrap = NULL;
    struct sv_err not_ours;
    uint8_t kind;
    enum sv_status st;

    if (id == e->directory)
        return SV_OK;
    /* Proved and not opened by K_wrap: a token's. */
    st = object_open_wrap(&wrap, &space, id, keys_peek(e->v->keys)->wrap, bytes, len, &not_ours);
    if (st)
        return st == SV_DATA ? SV_OK : sv_fail(err, st, "%s", not_ours.text);
    kind = object_wrap_peek(wrap)->kind;
    if (kind == OBJECT_POLICY)
        return plan_policy(e, id, err);
    if (kind != OBJECT_PROFILE && kind != OBJECT_VERSION)
        return sv_fail(err, SV_DATA,
                       "a row is of kind %u, which this smtpvault cannot carry into a new epoch: "
                       "use the newer one that wrote it",
                       kind);
    if (!blob_append(&row.bytes, bytes, len))
        return sv_fail_nomem(err);
    return plan_row(e, &row, kind, err);
}

/* ---- sealing anew ---- */

static int by_next_id(const void *a, const void *b)
{
    int64_t x = ((const struct turn *)a)->to, y = ((const struct turn *)b)->to;

    return (x > y) - (x < y);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* A window: u64 id, u32 length, row, one after the other; and the ids to delete. */
struct window {
    struct blob rows, old;
};

static void window_clear(struct window *w)
{
    blob_clear(&w->rows);
    blob_clear(&w->old);
}
#define WINDOW_OWNED __attribute__((cleanup(window_clear)))

static enum sv_status window_add(struct window *w, const struct turn *t, const struct blob *row,
                                 struct sv_err *err)
{
    uint8_t head[12];

    le64_put(head, (uint64_t)t->to);
    le32_put(head + 8, (uint32_t)row->len);
    return blob_append(&w->rows, head, sizeof head) &&
                   blob_append(&w->rows, row->bytes, row->len) &&
                   blob_append(&w->old, &t->from, sizeof t->from)
               ? SV_OK
               : sv_fail_nomem(err);
}

static enum sv_status renew_policy(struct epoch *e, const struct turn *t, struct window *w,
                                   struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0}, made = {0};
    enum sv_status st;

    if ((st = db_get(e->v->db, TABLE_OBJ, t->from, &row, err)) ||
        (st = vault_policy_move(e->v, &e->next, &row, &made, err)) || (st = tell(e, err)))
        return st == SV_MISSING ? sv_fail(err, SV_INTERNAL, "a row went while it was moved") : st;
    return window_add(w, t, &made, err);
}

static enum sv_status renew_row(struct epoch *e, const struct turn *t, struct window *w,
                                struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {.id = t->from};
    SECRET_OWNED struct secret *password = NULL, *wrap = NULL;
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status st;
    int64_t id;

    if ((st = db_get(e->v->db, TABLE_OBJ, t->from, &row.bytes, err)) ||
        (st = vault_row_open(e->v, t->kind, &row, err)) ||
        (st = vault_row_secret(e->v, &row, &password, err)) ||
        (t->kind == OBJECT_PROFILE && (st = vault_oauth_fold(e->v, &row, &password, err))) ||
        (st = object_wrap_new(&wrap, t->kind, row.profile.version, NULL, err)))
        return st == SV_MISSING ? sv_fail(err, SV_INTERNAL, "a row went while it was moved") : st;
    if (e->wish->exposed && !row.profile.exposed)
        row.profile.exposed = e->wish->exposed;
    if ((st = vault_row_seal(&e->next, t->kind, &row.profile, object_wrap_peek(wrap)->dek, password,
                             &id, &bytes, err)) ||
        (t->kind == OBJECT_PROFILE && (st = vault_kept_move(e->c, row.wrap, wrap, err))))
        return st;
    if ((st = tell(e, err)))
        return st;
    return window_add(w, t, &bytes, err);
}

static enum sv_status window_write(struct epoch *e, struct window *w, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(w->rows.bytes, w->rows.len);
    int64_t *old = (int64_t *)(void *)w->old.bytes;
    size_t count = w->old.len / sizeof *old, len;
    enum sv_status st = SV_OK;

    qsort(old, count, sizeof *old, by_id);
    for (size_t i = 0; i < count && st == SV_OK; i++)
        st = db_delete(e->v->db, TABLE_OBJ, old[i], NULL, err);
    while (st == SV_OK && r.left) {
        int64_t id = (int64_t)buf_get_u64(&r);
        const uint8_t *row = buf_get_block(&r, SIZE_MAX, &len);
        st = db_put(e->v->db, TABLE_OBJ, id, row, len, err);
    }
    return st;
}

static enum sv_status renew_rows(struct epoch *e, struct sv_err *err)
{
    struct turn *turns = (struct turn *)(void *)e->turns.bytes;
    size_t count = e->turns.len / sizeof *turns, i = 0;
    enum sv_status st = SV_OK;

    if (count)
        qsort(turns, count, sizeof *turns, by_next_id);
    while (i < count && st == SV_OK) {
        WINDOW_OWNED struct window w = {0};
        for (; i < count && st == SV_OK && w.rows.len < WINDOW_BYTES; i++)
            st = turns[i].kind == OBJECT_POLICY ? renew_policy(e, &turns[i], &w, err)
                                                : renew_row(e, &turns[i], &w, err);
        if (st == SV_OK)
            st = window_write(e, &w, err);
    }
    return st;
}

/* Whoever renews one writes the log before they let go of it: nobody holds that here. */
static enum sv_status logins_hold(struct epoch *e, struct sv_err *err)
{
    enum sv_status st = SV_OK;
    int64_t place;

    for (size_t at = 0; st == SV_OK && at < e->logins.len; at += sizeof place) {
        memcpy(&place, e->logins.bytes + at, sizeof place);
        st = vault_oauth_hold(e->c, place, err);
    }
    return st;
}

/* The log is held meanwhile, so that each mark of last use costs one look. */
static enum sv_status rows_move(struct epoch *e, struct sv_err *err)
{
    uint64_t before = 0, after = 0;
    enum sv_status st;

    if ((st = db_count(e->v->db, TABLE_OBJ, &before, err)) || (st = audit_hold(e->v->audit, err)))
        return st;
    e->total = 2 * (before - 1);
    st = tree_walk(e->v->db, e->c->root, plan_visit, e, err);
    audit_release(e->v->audit);
    if (st || (st = logins_hold(e, err)) || (st = audit_hold(e->v->audit, err)))
        return st;
    e->total = 2 * (uint64_t)(e->turns.len / sizeof(struct turn));
    st = renew_rows(e, err);
    audit_release(e->v->audit);
    if (st || (st = db_count(e->v->db, TABLE_OBJ, &after, err)))
        return st;
    return before == after ? SV_OK
                           : sv_fail(err, SV_LOCKED,
                                     "two rows came to stand in one place, which happens once in "
                                     "a long age: nothing was changed, try again");
}

/* ---- slots and directory ---- */

/* What the directory keeps of a slot decides who can open its next bundle. Of ours we know
 * what it should be: another administrator who exchanged it would shut us out, and be let
 * in by us. */
static enum sv_status own_is_ours(const struct vault *v, const struct directory_entry *entry,
                                  struct sv_err *err)
{
    if (entry->number != v->slot || memcmp(entry->keys.pk, v->slot_pk, KEY_LEN) == 0)
        return SV_OK;
    return sv_fail(err, SV_DATA,
                   "the vault's directory holds another key for your own slot, so an "
                   "administrator has altered it: change your passphrase or key file, look at "
                   "\"smtpvault member list\", and add anew whom you trust");
}

static enum sv_status renew_slot(struct epoch *e, const struct directory_entry *entry,
                                 const struct secret *older_audit, struct sv_err *err)
{
    struct slot_place place = {.epoch = e->next.state.epoch, .number = entry->number};
    SECRET_OWNED struct secret *bundle = NULL;
    BLOB_OWNED struct blob row = {0}, made = {0};
    enum sv_status st = vault_slot_row(e->v, entry, &row, err);

    if (st)
        return st;
    memcpy(place.vault_id, e->v->header.vault_id, sizeof place.vault_id);
    if ((st = vault_bundle_make(&bundle, entry->role, place.epoch, keys_peek(e->next.keys),
                                older_audit, err)) ||
        (st = slot_reseal(&made, row.bytes, row.len, &place, &entry->keys, secret_peek(bundle),
                          secret_len(bundle), err)))
        return st;
    return db_put(e->v->db, TABLE_SLOT, entry->number, made.bytes, made.len, err);
}

/* What nobody speaks for could not be sealed anew, and goes. */
static enum sv_status drop_unlisted(struct epoch *e, const bool listed[SLOT_COUNT_MAX],
                                    struct sv_err *err)
{
    enum sv_status st = SV_OK;

    for (int64_t n = 0; n < SLOT_COUNT_MAX && st == SV_OK; n++)
        if (!listed[n])
            st = db_delete(e->v->db, TABLE_SLOT, n, NULL, err);
    return st;
}

static enum sv_status renew_slots(struct epoch *e, const struct vault_directory *dir,
                                  struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    SECRET_OWNED struct secret *older_audit = NULL;
    bool listed[SLOT_COUNT_MAX] = {false};
    enum sv_status st = directory_keys_audit(&older_audit, dir->keys, err);

    for (uint32_t i = 0; st == SV_OK; i++) {
        if ((st = directory_at(dir->card, i, &entry, err)) || entry.number >= SLOT_COUNT_MAX)
            continue;
        listed[entry.number] = true;
        if ((st = own_is_ours(e->v, &entry, err)) == SV_OK)
            st = renew_slot(e, &entry, older_audit, err);
    }
    return st == SV_MISSING ? drop_unlisted(e, listed, err) : st;
}

static enum sv_status renew_directory(struct epoch *e, struct vault_directory *dir,
                                      struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st;

    if ((st = db_delete(e->v->db, TABLE_OBJ, e->directory, NULL, err)) ||
        (st = vault_directory_seal(&e->next, dir, NULL, &row, err)))
        return st;
    return db_put(e->v->db, TABLE_OBJ, vault_directory_id(&e->next), row.bytes, row.len, err);
}

enum sv_status vault_epoch_renew(struct vault_change *c, struct vault_directory *dir,
                                 const struct vault_epoch_wish *wish, struct sv_err *err)
{
    EPOCH_OWNED struct epoch e = {.v = c->v, .c = c, .wish = wish};
    enum sv_status st;

    e.directory = vault_directory_id(c->v);
    if ((st = keys_make(&e, err)) || (st = rows_move(&e, err)) ||
        (st = vault_directory_add_audit(dir, c->v->state.epoch, keys_peek(c->v->keys)->audit_sk,
                                        err)) ||
        (st = renew_directory(&e, dir, err)) || (st = renew_slots(&e, dir, err)) ||
        (st = vault_tokens_renew(c->v, &e.next, dir, err)))
        return st;
    return tree_rebuild(c->v->db, c->root, err);
}
