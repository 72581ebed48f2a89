/* SPDX-License-Identifier: ISC */
#include "import/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/login.h"

/* How many of the vault's logins at one server with one user are looked at. */
#define ALIKE_MAX 8

const char *plan_state_word(enum plan_state state)
{
    static const char *const words[PLAN_STATES] = {[PLAN_NEW] = "new",
                                                   [PLAN_REPLACE] = "replaced",
                                                   [PLAN_SAME] = "same",
                                                   [PLAN_CONFLICT] = "conflict",
                                                   [PLAN_TWICE] = "twice",
                                                   [PLAN_NOT_MAIL] = "not-mail",
                                                   [PLAN_INCOMPLETE] = "incomplete",
                                                   [PLAN_NO_SECRET] = "no-secret",
                                                   [PLAN_FAULTY] = "faulty"};
    return words[state];
}

void plan_clear(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        sv_free(plan->rows[i].was);
        sv_free(plan->rows[i].note);
    }
    sv_free(plan->rows);
    profile_list_clear(&plan->there);
    *plan = (struct plan){0};
}

const char *plan_name_there(const struct plan_row *row)
{
    if (row->state == PLAN_TWICE)
        row = row->twin; /* which is the first, and so no twin itself */
    return row->state == PLAN_SAME ? row->there->name
           : plan_takes(row)       ? row->found->card.name
                                   : NULL;
}

struct planning {
    struct plan *plan;
    struct vault *v;
    const struct plan_wishes *wishes;
    struct lookup named;   /* rows of the source by name */
    struct lookup there;   /* the vault's by name */
    struct lookup servers; /* the vault's by user and server */
    struct sv_err *err;
};

static void planning_clear(struct planning *p)
{
    lookup_clear(&p->named);
    lookup_clear(&p->there);
    lookup_clear(&p->servers);
}

static enum sv_status note(struct planning *p, struct plan_row *row, const char *text)
{
    if (row->note)
        return SV_OK;
    row->note = sv_strdup(text);
    return row->note ? SV_OK : sv_fail_nomem(p->err);
}

static enum sv_status leave(struct planning *p, struct plan_row *row, enum plan_state state,
                            const char *why)
{
    row->state = state;
    return why ? note(p, row, why) : SV_OK;
}

/* ---- whether it could be stored at all ---- */

static enum sv_status incomplete(struct planning *p, struct plan_row *row)
{
    const struct profile *c = &row->found->card;
    bool user = c->username || login_user_is_secret(c);
    char text[128];
    if (c->host && c->port && c->tls && user)
        return leave(p, row, PLAN_INCOMPLETE,
                     "it would send its secret in clear: --insecure takes it");
    (void)snprintf(text, sizeof text, "not known: %s%s%s%s", c->host ? "" : "server, ",
                   c->port ? "" : "port, ", c->tls ? "" : "TLS mode, ", user ? "" : "user name, ");
    text[strlen(text) - 2] = '\0';
    return leave(p, row, PLAN_INCOMPLETE, text);
}

static bool is_complete(const struct planning *p, const struct profile *c)
{
    return c->host && c->port && c->tls && (c->username || login_user_is_secret(c)) &&
           (c->tls != TLS_NONE || p->wishes->insecure);
}

static enum sv_status judge_shape(struct planning *p, struct plan_row *row)
{
    struct found *f = row->found;
    struct shape_finding finding = {.text = ""};
    enum sv_status s = shape_check(f->provider, f->card.username, &f->secret, &finding, p->err);
    if (s == SV_OK && finding.wrong)
        s = note(p, row, finding.text);
    return s == SV_OK && f->guessed ? note(p, row, "its port is a guess") : s;
}

static enum sv_status add_tags(struct planning *p, struct found *f)
{
    enum sv_status s = SV_OK;
    for (size_t i = 0; i < p->wishes->tag_count && s == SV_OK; i++)
        s = profile_add_tag(&f->card, p->wishes->tags[i], p->err);
    return s;
}

static enum sv_status judge(struct planning *p, struct plan_row *row)
{
    struct found *f = row->found;
    enum sv_status s = SV_OK;
    if (!f->mail && !p->wishes->all)
        return leave(p, row, PLAN_NOT_MAIL, NULL);
    if (!f->mail && (s = found_complete(f, p->err)))
        return s;
    if (f->fault)
        return leave(p, row, PLAN_FAULTY, f->fault);
    if (!f->secret)
        return leave(p, row, PLAN_NO_SECRET,
                     f->asks ? "a command gives its secret, which is not run here" : NULL);
    if (!is_complete(p, &f->card))
        return incomplete(p, row);
    return (s = judge_shape(p, row)) ? s : add_tags(p, f);
}

/* ---- names of which the source has two ---- */

static bool same_text(const char *a, const char *b)
{
    return a && b ? text_equal_nocase(a, b) : a == b;
}

static bool same_server(const struct profile *a, const struct profile *b)
{
    return same_text(a->host, b->host) && a->port == b->port &&
           (a->username && b->username ? strcmp(a->username, b->username) == 0
                                       : a->username == b->username);
}

static bool is_repeated(struct planning *p, struct plan_row *row)
{
    size_t cursor = 0, other;
    while (lookup_next(&p->named, row->found->card.name, &cursor, &other)) {
        const struct found *f = p->plan->rows[other].found;
        row->twin = &p->plan->rows[other];
        if (same_server(&f->card, &row->found->card) && secret_equal(f->secret, row->found->secret))
            return true;
    }
    return false;
}

/* "work-2", the first that is free in `named` and, where it is given, in `too`. */
static enum sv_status rename_row(struct planning *p, struct plan_row *row, const struct lookup *too)
{
    struct found *f = row->found;
    char name[PROFILE_NAME_MAX + 1];
    size_t n = 2;
    do {
        int len = snprintf(name, sizeof name, "%s-%zu", f->card.name, n++);
        if (len < 0 || (size_t)len >= sizeof name)
            return leave(p, row, PLAN_FAULTY, "its name is taken, and too long for a number");
    } while (lookup_has(&p->named, name) || (too && lookup_has(too, name)));
    char *fresh = sv_strdup(name);
    if (!fresh)
        return sv_fail_nomem(p->err);
    sv_free(row->was);
    row->was = f->card.name;
    f->card.name = fresh;
    return SV_OK;
}

static enum sv_status take_name(struct planning *p, struct plan_row *row)
{
    enum sv_status s = SV_OK;
    if (is_repeated(p, row))
        return leave(p, row, PLAN_TWICE, NULL);
    row->twin = NULL;
    if (lookup_has(&p->named, row->found->card.name))
        s = rename_row(p, row, NULL);
    if (s != SV_OK || row->state != PLAN_NEW)
        return s;
    size_t at = (size_t)(row - p->plan->rows);
    s = lookup_put(&p->named, row->found->card.name, at, p->err);
    return s == SV_OK && row->was ? lookup_put(&p->named, row->was, at, p->err) : s;
}

/* ---- what the vault has ---- */

/* A row and one of the vault's that may be the same login. */
struct pair {
    size_t row, card;
};
struct pairs {
    struct pair *items;
    const char **names; /* as vault_compare wants them */
    const struct secret **secrets;
    bool *sames;
    size_t count, capacity;
};

static void pairs_clear(struct pairs *q)
{
    sv_free(q->items);
    sv_free(q->names);
    sv_free(q->secrets);
    sv_free(q->sames);
}

static char *server_key(const struct profile *c)
{
    size_t host = c->host ? strlen(c->host) : 0, user = c->username ? strlen(c->username) : 0;
    char *key = sv_alloc(host + 1 + user + 1);
    for (size_t i = 0; key && i < host; i++)
        key[i] = (char)(c->host[i] >= 'A' && c->host[i] <= 'Z' ? c->host[i] + 32 : c->host[i]);
    if (key) {
        key[host] = '\n';
        memcpy(key + host + 1, user ? c->username : "", user);
    }
    return key;
}

static enum sv_status index_vault(struct planning *p)
{
    const struct profile_list *l = &p->plan->there;
    enum sv_status s = SV_OK;
    for (size_t i = 0; i < l->count && s == SV_OK; i++) {
        SV_AUTOFREE char *key = server_key(&l->items[i]);
        if (!key)
            return sv_fail_nomem(p->err);
        if ((s = lookup_put(&p->there, l->items[i].name, i, p->err)) == SV_OK)
            s = lookup_put(&p->servers, key, i, p->err);
    }
    return s;
}

static enum sv_status pair(struct planning *p, struct pairs *q, size_t row, size_t card)
{
    if (q->count == q->capacity) {
        size_t capacity = q->capacity ? 2 * q->capacity : 64;
        struct pair *grown = sv_resize(q->items, capacity * sizeof *grown);
        if (!grown)
            return sv_fail_nomem(p->err);
        q->items = grown;
        q->capacity = capacity;
    }
    q->items[q->count++] = (struct pair){row, card};
    return SV_OK;
}

/* What has its name first. */
static enum sv_status pair_row(struct planning *p, struct pairs *q, size_t row)
{
    const struct profile *card = &p->plan->rows[row].found->card;
    SV_AUTOFREE char *key = server_key(card);
    size_t cursor = 0, named = SIZE_MAX, other;
    enum sv_status s = SV_OK;
    if (!key)
        return sv_fail_nomem(p->err);
    if (lookup_next(&p->there, card->name, &cursor, &named) && (s = pair(p, q, row, named)))
        return s;
    cursor = 0;
    for (int n = 0; n < ALIKE_MAX && s == SV_OK && lookup_next(&p->servers, key, &cursor, &other);
         n++)
        if (other != named)
            s = pair(p, q, row, other);
    return s;
}

static enum sv_status compare(struct planning *p, struct pairs *q)
{
    if (q->count == 0)
        return SV_OK;
    q->names = sv_alloc_array(q->count, sizeof *q->names);
    q->secrets = sv_alloc_array(q->count, sizeof *q->secrets);
    q->sames = sv_alloc_array(q->count, sizeof *q->sames);
    if (!q->names || !q->secrets || !q->sames)
        return sv_fail_nomem(p->err);
    for (size_t i = 0; i < q->count; i++) {
        q->names[i] = p->plan->there.items[q->items[i].card].name;
        q->secrets[i] = p->plan->rows[q->items[i].row].found->secret;
    }
    return vault_compare(p->v, q->names, q->secrets, q->sames, q->count, p->err);
}

static enum sv_status conflict(struct planning *p, struct plan_row *row,
                               const struct profile *there, bool same_secret)
{
    struct profile *card = &row->found->card;
    row->there = there;
    if (p->wishes->rename) {
        enum sv_status s = rename_row(p, row, &p->there);
        return s ? s : lookup_put(&p->named, card->name, 0, p->err);
    }
    if (p->wishes->replace) {
        row->state = PLAN_REPLACE;
        memcpy(card->uid, there->uid, sizeof card->uid);
        card->version = there->version;
    } else {
        row->state = PLAN_CONFLICT;
    }
    return note(p, row,
                same_secret ? "the vault has another server under this name"
                            : "the vault has another secret under this name");
}

/* Of each row the pairs stand together. */
static enum sv_status settle(struct planning *p, const struct pairs *q)
{
    enum sv_status s = SV_OK;
    for (size_t i = 0, end; i < q->count && s == SV_OK; i = end) {
        struct plan_row *row = &p->plan->rows[q->items[i].row];
        const struct profile *first = &p->plan->there.items[q->items[i].card];
        for (end = i; end < q->count && q->items[end].row == q->items[i].row; end++) {
            const struct profile *there = &p->plan->there.items[q->items[end].card];
            if (!q->sames[end] || !same_server(there, &row->found->card))
                continue;
            row->state = PLAN_SAME;
            row->there = row->there ? row->there : there;
        }
        if (row->state == PLAN_NEW && strcmp(first->name, row->found->card.name) == 0)
            s = conflict(p, row, first, q->sames[i]);
    }
    return s;
}

static enum sv_status look_at_vault(struct planning *p)
{
    __attribute__((cleanup(pairs_clear))) struct pairs q = {.count = 0};
    enum sv_status s;
    if ((s = vault_list(p->v, &p->plan->there, p->err)) || (s = index_vault(p)))
        return s;
    for (size_t i = 0; i < p->plan->count && s == SV_OK; i++)
        if (p->plan->rows[i].state == PLAN_NEW)
            s = pair_row(p, &q, i);
    if (s || (s = compare(p, &q)))
        return s;
    return settle(p, &q);
}

/* ---- the whole ---- */

enum sv_status plan_make(struct plan *out, struct vault *v, struct found_list *found,
                         const struct plan_wishes *wishes, struct sv_err *err)
{
    PLAN_OWNED struct plan plan = {.count = 0};
    __attribute__((cleanup(planning_clear))) struct planning p = {
        .plan = &plan, .v = v, .wishes = wishes, .err = err};
    enum sv_status s = SV_OK;

    plan.rows = sv_alloc_array(found->count, sizeof *plan.rows);
    if (!plan.rows)
        return sv_fail_nomem(err);
    plan.count = found->count;
    for (size_t i = 0; i < plan.count && s == SV_OK; i++) {
        plan.rows[i].found = &found->items[i];
        if ((s = judge(&p, &plan.rows[i])) == SV_OK && plan.rows[i].state == PLAN_NEW)
            s = take_name(&p, &plan.rows[i]);
    }
    if (s || (s = look_at_vault(&p)))
        return s;
    for (size_t i = 0; i < plan.count; i++)
        plan.states[plan.rows[i].state]++;
    *out = plan;
    plan = (struct plan){0};
    return SV_OK;
}

struct goods {
    struct profile *profiles;
    struct secret **secrets;
    bool *replace;
    size_t count;
};

static void goods_clear(struct goods *g)
{
    for (size_t i = 0; i < g->count; i++) {
        profile_clear(&g->profiles[i]);
        secret_free(g->secrets[i]);
    }
    sv_free(g->profiles);
    sv_free(g->secrets);
    sv_free(g->replace);
}

enum sv_status plan_carry_out(struct plan *plan, struct vault *v, const struct progress *watch,
                              struct sv_err *err)
{
    __attribute__((cleanup(goods_clear))) struct goods g = {.count = 0};
    size_t count = plan->states[PLAN_NEW] + plan->states[PLAN_REPLACE];
    g.profiles = sv_alloc_array(count, sizeof *g.profiles);
    g.secrets = sv_alloc_array(count, sizeof *g.secrets);
    g.replace = sv_alloc_array(count, sizeof *g.replace);
    if (!g.profiles || !g.secrets || !g.replace)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < plan->count; i++) {
        struct found *f = plan->rows[i].found;
        if (!plan_takes(&plan->rows[i]))
            continue;
        g.replace[g.count] = plan->rows[i].state == PLAN_REPLACE;
        g.secrets[g.count] = f->secret;
        g.profiles[g.count++] = f->card;
        f->secret = NULL;
        f->card = (struct profile){.name = NULL};
    }
    return vault_import(v, g.profiles, g.secrets, g.replace, g.count, watch, err);
}
