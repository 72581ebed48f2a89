/* SPDX-License-Identifier: ISC */
/* The policy's row: found and proved, opened, put back, carried into a new epoch. */
#include "domain/vault_policy.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

/* The row, opened. A vault without a policy has no wrap. */
struct policy_row {
    struct secret *wrap;
    struct policy policy;
};

static void policy_row_clear(struct policy_row *row)
{
    secret_free(row->wrap);
    policy_clear(&row->policy);
    *row = (struct policy_row){0};
}
#define POLICY_ROW_OWNED __attribute__((cleanup(policy_row_clear)))

int64_t vault_policy_id(const struct vault *v)
{
    return object_id(keys_peek(v->keys)->index, OBJECT_POLICY, POLICY_NAME, strlen(POLICY_NAME));
}

static enum sv_status row_open(struct vault *v, const uint8_t *bytes, size_t len,
                               struct policy_row *row, struct sv_err *err)
{
    struct object_space space = vault_space(v);
    int64_t id = vault_policy_id(v);
    SECRET_OWNED struct secret *card = NULL, *nothing = NULL;
    enum sv_status st;

    if ((st =
             object_open_wrap(&row->wrap, &space, id, keys_peek(v->keys)->wrap, bytes, len, err)) ||
        (st = object_open_card(&card, &space, id, row->wrap, bytes, len, err)) ||
        (st = object_open_secret(&nothing, &space, id, row->wrap, bytes, len, err)))
        return st;
    if (object_wrap_peek(row->wrap)->kind != OBJECT_POLICY || secret_len(nothing) != 0 ||
        secret_len(card) == 0)
        return sv_fail(err, SV_DATA,
                       "the row of the vault's policy holds another thing than it should");
    return policy_decode(&row->policy, secret_peek(card), secret_len(card), err);
}

enum sv_status vault_policy_check(struct vault *v, const uint8_t *bytes, size_t len,
                                  struct sv_err *err)
{
    POLICY_ROW_OWNED struct policy_row row = {0};

    return row_open(v, bytes, len, &row, err);
}

/* Sealed under the vault's keys; dek NULL: a new one. */
static enum sv_status row_seal(struct vault *v, const struct policy *policy, uint64_t version,
                               const uint8_t *dek, struct blob *out, struct sv_err *err)
{
    struct object_space space = vault_space(v);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *nothing = NULL;
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status st;

    if ((st = policy_encode(&bytes, policy, err)) ||
        (st = secret_copy(&card, bytes.bytes, bytes.len, err)) ||
        (st = secret_new(&nothing, 0, err)) ||
        (st = object_wrap_new(&wrap, OBJECT_POLICY, version, dek, err)))
        return st;
    return object_seal(out, &space, vault_policy_id(v), keys_peek(v->keys)->wrap, wrap, card,
                       nothing, err);
}

enum sv_status vault_policy_move(struct vault *before, struct vault *next, const struct blob *row,
                                 struct blob *out, struct sv_err *err)
{
    POLICY_ROW_OWNED struct policy_row old = {0};
    enum sv_status st = row_open(before, row->bytes, row->len, &old, err);

    return st ? st
              : row_seal(next, &old.policy, object_wrap_peek(old.wrap)->version, NULL, out, err);
}

/* Inside a transaction. */
static enum sv_status row_load(struct vault *v, const uint8_t root[32], struct policy_row *row,
                               struct sv_err *err)
{
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status st = tree_get(v->db, root, vault_policy_id(v), &bytes, err);

    if (st == SV_MISSING)
        return SV_OK;
    return st ? st : row_open(v, bytes.bytes, bytes.len, row, err);
}

enum sv_status vault_policy(struct vault *v, struct policy *out, struct sv_err *err)
{
    POLICY_ROW_OWNED struct policy_row row = {0};
    enum sv_status st;

    if (v->remote)
        return v->remote->policy(v->far, out, err);
    if ((st = vault_need_read(v, err)))
        return st;
    if (vault_holder(v))
        return sv_fail(err, SV_DENIED,
                       "a token does not open the vault's policy: unlock the "
                       "vault as a reader or an administrator");
    if ((st = db_begin_read(v->db, err)))
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK)
        st = row_load(v, v->state.root, &row, err);
    db_rollback(v->db);
    if (st)
        return st;
    *out = row.policy;
    row.policy = (struct policy){0};
    return SV_OK;
}

/* ---- changing ---- */

#define EVERY (1u << POLICY_EVERY)

static enum sv_status row_store(struct vault_change *c, const struct policy_row *row,
                                struct sv_err *err)
{
    BLOB_OWNED struct blob bytes = {0};
    const struct object_wrap *wrap = row->wrap ? object_wrap_peek(row->wrap) : NULL;
    enum sv_status st;

    if (row->policy.count == 0)
        return wrap ? vault_change_delete(c, vault_policy_id(c->v), err) : SV_OK;
    if ((st = row_seal(c->v, &row->policy, wrap ? wrap->version + 1 : 1, wrap ? wrap->dek : NULL,
                       &bytes, err)))
        return st;
    return vault_change_put(c, vault_policy_id(c->v), &bytes, err);
}

enum sv_status vault_policy_forget(struct vault_change *c, const uint8_t uid[16],
                                   struct sv_err *err)
{
    POLICY_ROW_OWNED struct policy_row row = {0};
    struct policy_rule of = {.scope = POLICY_PROFILE};
    enum sv_status st = row_load(c->v, c->root, &row, err);

    memcpy(of.uid, uid, sizeof of.uid);
    if (st || !policy_find(&row.policy, &of))
        return st;
    st = policy_change(&row.policy, &of, POLICY_ALL, err);
    return st ? st : row_store(c, &row, err);
}

/* Is "never" the period of p by what others say, or does it want a rule of its own? */
static bool never_wants_a_rule(const struct policy *policy, const struct profile *p,
                               const struct policy_rule *own)
{
    struct profile bare = *p; /* borrowed */

    bare.rotate_days = 0;
    return (own && (own->has & EVERY)) || policy_of(policy, &bare).every_days != 0;
}

/* What of the rule for p is put and dropped, and the period that its card gets. */
static uint32_t split_every(const struct policy *policy, const struct profile *p,
                            struct policy_rule *rule, unsigned *drop)
{
    bool said = (rule->has & EVERY) != 0, never = said && rule->every_days == 0;

    if (!said && (*drop & EVERY) == 0)
        return p->rotate_days;
    if (!never || !never_wants_a_rule(policy, p, policy_find(policy, rule))) {
        rule->has &= ~EVERY;
        *drop |= EVERY;
    }
    return said ? rule->every_days : 0;
}

static enum sv_status card_in(struct vault_change *c, struct vault_row *of, uint32_t days,
                              struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status st = profile_copy(&p, &of->profile, err);

    p.rotate_days = days;
    if (st || (st = vault_row_put_next(c, of, &p, NULL, env_now(), 0, err)))
        return st;
    of->profile.version = p.version;
    return SV_OK;
}

/* of: whose rule it is; NULL: a rule of another scope. */
static enum sv_status change_in(struct vault_change *c, struct vault_row *of,
                                const struct policy_rule *change, unsigned drop, struct sv_err *err)
{
    POLICY_ROW_OWNED struct policy_row row = {0};
    struct policy_rule rule = *change;
    char who[POLICY_WHO_MAX];
    enum sv_status st = row_load(c->v, c->root, &row, err);

    if (st)
        return st;
    const struct policy_rule *there = policy_find(&row.policy, change);
    bool whole = !of || drop == POLICY_ALL;
    uint32_t days = of ? split_every(&row.policy, &of->profile, &rule, &drop) : 0;
    bool card = of && days != of->profile.rotate_days;
    if (change->has == 0 && !there && !card && whole)
        return sv_fail(err, SV_MISSING,
                       "the policy has no rule for %s: \"smtpvault policy list\" shows them",
                       policy_who(who, change));
    if ((rule.has != 0 || (there && (there->has & drop) != 0)) &&
        ((st = policy_change(&row.policy, &rule, drop, err)) || (st = row_store(c, &row, err))))
        return st;
    return card ? card_in(c, of, days, err) : SV_OK;
}

/* "policy for tag prod: every on" */
static void note_of(char dst[AUDIT_NOTE_MAX], const struct policy_rule *change, unsigned drop)
{
    char who[POLICY_WHO_MAX], all[2 * AUDIT_NOTE_MAX];
    size_t at = (size_t)snprintf(all, sizeof all, "policy for %s:%s", policy_who(who, change),
                                 change->has == 0 && drop == POLICY_ALL ? " removed" : "");

    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS && at < sizeof all; f++)
        if ((change->has | (drop == POLICY_ALL ? 0 : drop)) & 1u << f)
            at += (size_t)snprintf(all + at, sizeof all - at, " %s", policy_option(f));
    text_printable(dst, AUDIT_NOTE_MAX, all, strlen(all));
}

enum sv_status vault_policy_change(struct vault *v, const char *profile,
                                   const struct policy_rule *change, unsigned drop,
                                   struct sv_err *err)
{
    CHANGE_OWNED struct vault_change c = {0};
    ROW_OWNED struct vault_row row = {0};
    char note[AUDIT_NOTE_MAX], shown[PROFILE_NAME_MAX * 4 + 1];
    enum sv_status st;

    if (v->remote)
        return v->remote->policy_change(v->far, profile, change, drop, err);
    note_of(note, change, drop);
    if ((st = vault_allow_changes(v, err)) ||
        (st = vault_change_begin(&c, v, AUDIT_POLICY, profile, note, err)) ||
        (profile && (st = vault_row_find(v, c.root, profile, &row, err))))
        return st;
    if (profile && memcmp(change->uid, row.profile.uid, sizeof change->uid) != 0)
        return sv_fail(err, SV_LOCKED, "\"%s\" is another login meanwhile: try again",
                       text_printable(shown, sizeof shown, profile, strlen(profile)));
    if ((change->has != 0 && (st = policy_check(change, err))) ||
        (st = change_in(&c, profile ? &row : NULL, change, drop, err)))
        return st;
    return vault_change_commit(&c, row.profile.version, err);
}
