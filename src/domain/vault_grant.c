/* SPDX-License-Identifier: ISC */
/* Grants, made, removed and read. */
#include "domain/vault_grant.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "domain/vault_impl.h"

/* ---- one change of one list ---- */

struct grant_change {
    struct vault_change change;
    struct vault_row row;
    struct grants list;
};

static void grant_change_clear(struct grant_change *g)
{
    grants_clear(&g->list);
    vault_row_clear(&g->row);
    vault_change_clear(&g->change);
}
#define GRANT_CHANGE_OWNED __attribute__((cleanup(grant_change_clear)))

static enum sv_status change_begin(struct grant_change *g, struct vault *v, const char *name,
                                   const char *note, struct sv_err *err)
{
    enum sv_status st;

    if ((st = vault_change_begin(&g->change, v, AUDIT_GRANT, name, note, err)) ||
        (st = vault_row_find(v, g->change.root, name, &g->row, err)))
        return st;
    return grants_decode(&g->list, g->row.profile.grants.bytes, g->row.profile.grants.len, err);
}

/* The card changes in its place: what the login is stays as it was, and so does its version. */
static enum sv_status change_end(struct grant_change *g, struct sv_err *err)
{
    struct vault *v = g->change.v;
    struct profile *p = &g->row.profile;
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status st;

    if ((st = grants_encode(&p->grants, &g->list, err)) ||
        (st = vault_row_secret(v, &g->row, &secret, err)) ||
        (st = vault_row_put_again(&g->change, &g->row, p, secret, err)))
        return st;
    return vault_change_commit(&g->change, p->version, err);
}

enum sv_status vault_grant_add(struct vault *v, const char *name, struct grant *g,
                               struct sv_err *err)
{
    GRANT_CHANGE_OWNED struct grant_change c = {0};
    char options[GRANT_SHOWN_MAX], note[GRANT_SHOWN_MAX + 8];
    enum sv_status st;

    g->made = env_now();
    (void)snprintf(note, sizeof note, "add %s", grant_options(options, g));
    if ((st = grant_check(g, err)) || (st = change_begin(&c, v, name, note, err)) ||
        (st = grants_add(&c.list, g, err)))
        return st;
    return change_end(&c, err);
}

enum sv_status vault_grant_remove(struct vault *v, const char *name, uint16_t number, size_t *left,
                                  struct sv_err *err)
{
    GRANT_CHANGE_OWNED struct grant_change c = {0};
    char shown[PROFILE_NAME_MAX * 4 + 1], note[32];
    enum sv_status st;

    (void)snprintf(note, sizeof note, number ? "remove %u" : "remove all", (unsigned)number);
    if ((st = change_begin(&c, v, name, note, err)))
        return st;
    text_printable(shown, sizeof shown, name, strlen(name));
    if (c.list.count == 0)
        return sv_fail(err, SV_MISSING, "\"%s\" has no grants", shown);
    if (number == 0)
        grants_clear(&c.list);
    else if (!grants_drop(&c.list, number))
        return sv_fail(err, SV_MISSING,
                       "\"%s\" has no grant %u: \"smtpvault grant list\" shows those that it has",
                       shown, (unsigned)number);
    *left = c.list.count;
    return change_end(&c, err);
}

enum sv_status vault_grants(struct vault *v, const char *name, struct grants *out,
                            struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {0};
    enum sv_status st = vault_find(v, name, &p, err);

    return st ? st : grants_decode(out, p.grants.bytes, p.grants.len, err);
}

/* ---- learning ---- */

/* Since when it was learning, or 0. */
static int64_t learning_drop(struct grants *list)
{
    int64_t since = 0;

    for (size_t i = list->count; i > 0; i--)
        if (list->items[i - 1].has & GRANT_LEARN) {
            since = list->items[i - 1].made;
            (void)grants_drop(list, list->items[i - 1].number);
        }
    return since;
}

enum sv_status vault_grant_learn(struct vault *v, const char *name, int64_t until,
                                 struct sv_err *err)
{
    struct grant g = {.has = GRANT_LEARN | GRANT_UNTIL, .until = until, .made = env_now()};
    GRANT_CHANGE_OWNED struct grant_change c = {0};
    enum sv_status st;

    if (until <= g.made)
        return sv_fail(err, SV_USAGE, "the time until which to learn has passed");
    if ((st = change_begin(&c, v, name, "learn", err)))
        return st;
    int64_t since = learning_drop(&c.list);
    g.made = since ? since : g.made;
    if ((st = grants_add(&c.list, &g, err)))
        return st;
    return change_end(&c, err);
}

enum sv_status vault_grant_accept(struct vault *v, const char *name,
                                  const struct grant_seen_list *seen, size_t *made,
                                  struct sv_err *err)
{
    GRANT_CHANGE_OWNED struct grant_change c = {0};
    char shown[PROFILE_NAME_MAX * 4 + 1];
    int64_t now = env_now();
    enum sv_status st;

    *made = 0;
    if ((st = change_begin(&c, v, name, "accept what was learnt", err)))
        return st;
    (void)learning_drop(&c.list);
    for (size_t i = 0; i < seen->count; i++) {
        struct grant g = seen->items[i].grant;
        if (seen->items[i].covered || seen->items[i].useless)
            continue;
        g.made = now;
        st = grants_add(&c.list, &g, err);
        if (st && st != SV_EXISTS)
            return st;
        *made += st == SV_OK;
    }
    sv_err_clear(err);
    if (c.list.count == 0)
        return sv_fail(err, SV_MISSING,
                       "nothing was learnt of \"%s\", and without a grant it would be given to "
                       "everybody: go on learning, add a grant, or remove the learning with "
                       "\"smtpvault grant remove\"",
                       text_printable(shown, sizeof shown, name, strlen(name)));
    return change_end(&c, err);
}
