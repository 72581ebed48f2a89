/* SPDX-License-Identifier: ISC */
/* Reading cards: one, all, a history. No secret is opened here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

static enum sv_status read_begin(struct vault *v, struct sv_err *err)
{
    enum sv_status st;

    if ((st = vault_need_read(v, err)) || (st = db_begin_read(v->db, err)))
        return st;
    if ((st = vault_refresh(v, err)))
        db_rollback(v->db);
    return st;
}

enum sv_status vault_row_read(struct vault *v, const char *name, struct vault_row *row,
                              struct sv_err *err)
{
    enum sv_status st;

    vault_row_clear(row);
    if ((st = read_begin(v, err)))
        return st;
    st = vault_row_find(v, v->state.root, name, row, err);
    db_rollback(v->db);
    return st;
}

static void profile_move(struct profile *out, struct profile *in)
{
    *out = *in;
    memset(in, 0, sizeof *in);
}

enum sv_status vault_find(struct vault *v, const char *name, struct profile *out,
                          struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {0};
    enum sv_status st;

    if (v->remote)
        return v->remote->find(v->far, name, out, err);
    if ((st = vault_row_read(v, name, &row, err)))
        return st;
    vault_row_times(v, &row);
    profile_move(out, &row.profile);
    return SV_OK;
}

static enum sv_status compare_all(struct vault *v, const char *const *names,
                                  const struct secret *const *secrets, bool *sames, size_t count,
                                  struct sv_err *err)
{
    enum sv_status st = SV_OK;

    for (size_t i = 0; i < count && st == SV_OK; i++) {
        ROW_OWNED struct vault_row row = {0};
        SECRET_OWNED struct secret *secret = NULL;
        if ((st = vault_row_find(v, v->state.root, names[i], &row, err)) == SV_OK &&
            (st = vault_row_secret(v, &row, &secret, err)) == SV_OK)
            sames[i] = secret_equal(secret, secrets[i]);
    }
    return st;
}

enum sv_status vault_compare(struct vault *v, const char *const *names,
                             const struct secret *const *secrets, bool *sames, size_t count,
                             struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_IMPORT, .result = AUDIT_OK};
    enum sv_status st;

    if (count == 0)
        return SV_OK;
    (void)snprintf(event.note, sizeof event.note, "compared %zu secrets", count);
    if ((st = vault_need_keys(v, err)) || (st = vault_record(v, &event, err)) ||
        (st = read_begin(v, err)))
        return st;
    st = compare_all(v, names, secrets, sames, count, err);
    db_rollback(v->db);
    return st;
}

void profile_list_clear(struct profile_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        profile_clear(&list->items[i]);
    sv_free(list->items);
    memset(list, 0, sizeof *list);
}

/* One way through all cards; what is done with each is the visitor's. */
struct walk {
    struct vault *v;
    void (*times)(struct vault *v, struct vault_row *row); /* or NULL */
    enum sv_status (*take)(void *context, struct profile *card, struct sv_err *err);
    void *context;
};

struct listing {
    struct profile_list list;
    size_t capacity;
};

static enum sv_status list_grow(struct listing *l, struct sv_err *err)
{
    size_t capacity = l->capacity ? 2 * l->capacity : 64;
    struct profile *items;

    if (l->list.count < l->capacity)
        return SV_OK;
    items = sv_resize(l->list.items, capacity * sizeof *items);
    if (!items)
        return sv_fail_nomem(err);
    l->list.items = items;
    l->capacity = capacity;
    return SV_OK;
}

static enum sv_status list_take(void *context, struct profile *card, struct sv_err *err)
{
    struct listing *l = context;
    enum sv_status st = list_grow(l, err);

    if (st == SV_OK)
        profile_move(&l->list.items[l->list.count++], card);
    return st;
}

static enum sv_status walk_row(void *context, int64_t id, const uint8_t *bytes, size_t len,
                               struct sv_err *err)
{
    struct walk *w = context;
    struct object_space space = vault_space(w->v);
    ROW_OWNED struct vault_row row = {.id = id};
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL;
    struct sv_err not_ours;
    enum sv_status st;

    /* The tree vouches for every row: one that K_wrap does not open is not damaged,
     * but somebody else's (the directory, a token's). */
    st = object_open_wrap(&wrap, &space, id, keys_peek(w->v->keys)->wrap, bytes, len, &not_ours);
    if (st == SV_DATA || (st == SV_OK && object_wrap_peek(wrap)->kind != OBJECT_PROFILE))
        return SV_OK;
    if (st)
        return sv_fail(err, st, "%s", not_ours.text);
    if ((st = object_open_card(&card, &space, id, wrap, bytes, len, err)) ||
        (st = profile_decode(&row.profile, secret_peek(card), secret_len(card), err)))
        return st;
    row.wrap = wrap;
    wrap = NULL;
    if (w->times)
        w->times(w->v, &row);
    return w->take(w->context, &row.profile, err);
}

/* What a token opens, in the order of its bundle. */
static enum sv_status walk_held(struct walk *w, struct sv_err *err)
{
    struct vault *v = w->v;
    struct token_session *holder = vault_holder(v);
    enum sv_status st = token_session_renew(v, holder, v->pass_caller, err);

    for (uint32_t i = 0; st == SV_OK; i++) {
        HOLDING_OWNED struct token_holding held = {0};
        ROW_OWNED struct vault_row row = {0};
        if ((st = token_bundle_at(token_session_bundle(holder), i, &held, err)) ||
            (st = vault_row_find(v, v->state.root, held.name, &row, err)))
            break;
        if (w->times)
            w->times(v, &row);
        st = w->take(w->context, &row.profile, err);
    }
    return st == SV_MISSING ? SV_OK : st;
}

static enum sv_status walk(struct walk *w, struct sv_err *err)
{
    struct vault *v = w->v;

    return vault_holder(v) ? walk_held(w, err) : tree_walk(v->db, v->state.root, walk_row, w, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct profile *)a)->name, ((const struct profile *)b)->name);
}

static enum sv_status list_all(struct vault *v,
                               void (*times)(struct vault *v, struct vault_row *row),
                               struct profile_list *list, struct sv_err *err)
{
    struct listing l = {.capacity = 0};
    struct walk w = {.v = v, .times = times, .take = list_take, .context = &l};
    enum sv_status st;

    if (v->remote)
        return v->remote->list(v->far, times != NULL, list, err);
    if ((st = read_begin(v, err)))
        return st;
    if (!times || (st = audit_hold(v->audit, err)) == SV_OK)
        st = walk(&w, err);
    if (times)
        audit_release(v->audit);
    db_rollback(v->db);
    if (st) {
        profile_list_clear(&l.list);
        return st;
    }
    if (l.list.count)
        qsort(l.list.items, l.list.count, sizeof *l.list.items, by_name);
    *list = l.list;
    return SV_OK;
}

enum sv_status vault_list(struct vault *v, struct profile_list *list, struct sv_err *err)
{
    return list_all(v, NULL, list, err);
}

enum sv_status vault_list_used(struct vault *v, struct profile_list *list, struct sv_err *err)
{
    return list_all(v, vault_row_times, list, err);
}

enum sv_status vault_list_outcomes(struct vault *v, struct profile_list *list, struct sv_err *err)
{
    return list_all(v, vault_row_outcomes, list, err);
}

struct each {
    vault_visit_card *visit;
    void *context;
};

static enum sv_status each_take(void *context, struct profile *card, struct sv_err *err)
{
    const struct each *e = context;

    return e->visit(e->context, card, err);
}

enum sv_status vault_each(struct vault *v, vault_visit_card *visit, void *context, uint64_t *seq,
                          struct sv_err *err)
{
    struct each e = {visit, context};
    struct walk w = {.v = v, .take = each_take, .context = &e};
    enum sv_status st;

    if (v->remote)
        return sv_fail(err, SV_INTERNAL, "the cards are elsewhere");
    if ((st = read_begin(v, err)))
        return st;
    st = walk(&w, err);
    db_rollback(v->db);
    if (st == SV_OK)
        *seq = v->state.seq;
    return st;
}

enum sv_status vault_seq(struct vault *v, uint64_t *seq, struct sv_err *err)
{
    enum sv_status st;

    if (v->remote)
        return sv_fail(err, SV_INTERNAL, "the vault is elsewhere");
    if ((st = read_begin(v, err)))
        return st;
    db_rollback(v->db);
    *seq = v->state.seq;
    return SV_OK;
}

static enum sv_status history_collect(struct vault *v, const char *name, struct listing *l,
                                      struct sv_err *err)
{
    ROW_OWNED struct vault_row current = {0};
    enum sv_status st;

    if ((st = vault_row_find(v, v->state.root, name, &current, err)))
        return st;
    for (uint64_t n = 1; n < current.profile.version; n++) {
        ROW_OWNED struct vault_row row = {0};
        if ((st = list_grow(l, err)) ||
            (st = vault_row_version(v, v->state.root, &current, n, &row, err)))
            return st;
        profile_move(&l->list.items[l->list.count++], &row.profile);
    }
    if ((st = list_grow(l, err)))
        return st;
    profile_move(&l->list.items[l->list.count++], &current.profile);
    return SV_OK;
}

enum sv_status vault_history(struct vault *v, const char *name, struct profile_list *list,
                             struct sv_err *err)
{
    struct listing l = {.capacity = 0};
    enum sv_status st;

    if (v->remote)
        return v->remote->history(v->far, name, list, err);
    if ((st = read_begin(v, err)))
        return st;
    st = history_collect(v, name, &l, err);
    db_rollback(v->db);
    if (st) {
        profile_list_clear(&l.list);
        return st;
    }
    *list = l.list;
    return SV_OK;
}
