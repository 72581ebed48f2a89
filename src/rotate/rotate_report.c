/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/session.h"
#include "cli/terms.h"
#include "domain/copies.h"
#include "domain/policy.h"
#include "domain/rotation.h"
#include "domain/vault_members.h"
#include "domain/vault_policy.h"

#define SINCE_DAYS INT64_C(90)
#define NEAR_SECONDS 5 /* between a card's time and that of the log's entry */

enum sv_status rotate_since(const struct args *args, int64_t now, int64_t *since,
                            struct sv_err *err)
{
    const char *text = args_value(args, "since");
    *since = now - SINCE_DAYS * 86400;
    if (text != NULL && !text_parse_time(text, now, since))
        return sv_fail(err, SV_USAGE,
                       "--since wants a date (2026-11-23), a time (2026-11-23T10:00:00Z) or an age "
                       "(90d)");
    return SV_OK;
}

static void all_clear(struct report_all *all)
{
    sv_free(all->rows);
    sv_free(all->vault);
    profile_list_clear(&all->list);
}

/* ---- who made a change that was no rotation ---- */

struct asking {
    struct report_all *all;
    struct member_list members;
    char host[COPY_HOST_MAX + 1];
};

static int by_name(const void *name, const void *row)
{
    return strcmp(name, ((const struct report_row *)row)->p->name);
}

static bool changes_secrets(const struct audit_event *e)
{
    return e->result == AUDIT_OK &&
           (e->op == AUDIT_ADD || e->op == AUDIT_EDIT || e->op == AUDIT_ROLLBACK ||
            e->op == AUDIT_IMPORT || e->op == AUDIT_LOGIN || e->op == AUDIT_HELPER);
}

static enum sv_status heard(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct asking *a = context;
    (void)err;
    if (!changes_secrets(e))
        return SV_OK;
    struct report_row *row =
        bsearch(e->profile, a->all->rows, a->all->count, sizeof *a->all->rows, by_name);
    struct report_change *c = row != NULL ? report_present(&row->r) : NULL;
    if (c == NULL || strcmp(c->method, "other") != 0 || e->time < c->when - NEAR_SECONDS ||
        e->time > c->when + NEAR_SECONDS)
        return SV_OK;
    const struct member *m =
        e->member != 0 ? member_then(&a->members, e->member - 1U, e->time) : NULL;
    char user[CALLER_USER_MAX];
    (void)snprintf(c->who, sizeof c->who, "%s",
                   m != NULL ? m->label : caller_user(user, e->caller.uid));
    (void)snprintf(c->host, sizeof c->host, "%s", a->host);
    return SV_OK;
}

/* Whoever may not read the log gets the report without. */
static void ask_log(struct cli *cli, struct report_all *all)
{
    const struct audit_filter filter = {.since = all->since};
    struct asking asking = {.all = all};
    struct sv_err aside = {""};
    copies_host(asking.host);
    if (vault_members_ever(cli->vault, &asking.members, &aside) != SV_OK)
        member_list_clear(&asking.members);
    all->log_read = vault_audit_read(cli->vault, &filter, heard, &asking, &aside) == SV_OK;
    member_list_clear(&asking.members);
}

/* ---- all of it ---- */

static void say_policy(struct report_row *row, const struct policy *policy)
{
    struct policy_terms t = policy_of(policy, row->p);
    char who[POLICY_WHO_MAX];
    const struct policy_rule *from =
        t.every_days == 0 && t.date_count > 0 ? t.from[POLICY_DATES] : t.from[POLICY_EVERY];
    policy_who(who, from);
    if (t.every_days > 0)
        (void)snprintf(row->policy, sizeof row->policy, "every %ud%s (%.60s)",
                       (unsigned)t.every_days, t.date_count > 0 ? " and dates" : "",
                       t.own_every ? "its own" : who);
    else
        (void)snprintf(row->policy, sizeof row->policy, t.date_count > 0 ? "dates (%.60s)" : "none",
                       who);
}

static void count(struct report_totals *t, struct report_row *row)
{
    const struct report_change *c = report_present(&row->r);
    t->profiles++;
    t->overdue += row->r.overdue;
    if (!row->r.changed) {
        t->unchanged++;
        return;
    }
    t->changed++;
    t->fresh += row->r.is_new;
    t->on_time += c != NULL && c->time == REPORT_ON_TIME;
    t->late += c != NULL && c->time == REPORT_LATE;
    t->proved += c != NULL && report_is_proved(c);
    t->unproved += c == NULL || !report_is_proved(c);
}

static enum sv_status gather(struct cli *cli, struct report_all *all, const char *name,
                             struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    PROFILE_OWNED struct profile named = {.name = NULL};
    struct sv_err aside = {""};
    enum sv_status s = name != NULL ? vault_find(cli->vault, name, &named, err) : SV_OK;
    if (s == SV_OK)
        s = vault_list_used(cli->vault, &all->list, err);
    if (s == SV_OK)
        s = terms_apply(cli->vault, all->list.items, all->list.count, err);
    if (s == SV_OK && vault_policy(cli->vault, &policy, &aside) != SV_OK)
        policy_clear(&policy);
    if (s == SV_OK && (all->rows = sv_alloc_array(all->list.count + 1, sizeof *all->rows)) == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; s == SV_OK && i < all->list.count; i++) {
        struct report_row *row = &all->rows[all->count];
        if (name != NULL && strcmp(all->list.items[i].name, name) != 0)
            continue;
        row->p = &all->list.items[i];
        report_of(&row->r, row->p, all->since, all->now);
        say_policy(row, &policy);
        all->count++;
    }
    return s;
}

enum sv_status rotate_report(struct cli *cli, const struct args *args, const char *name,
                             struct sv_err *err)
{
    __attribute__((cleanup(all_clear))) struct report_all all = {.now = env_now()};
    SV_AUTOFREE char *state_root = NULL;
    enum sv_status s = rotate_since(args, all.now, &all.since, err);
    copies_host(all.host);
    if (s == SV_OK)
        s = session_place(cli, &all.vault, &state_root, err);
    if (s == SV_OK)
        s = gather(cli, &all, name, err);
    if (s != SV_OK)
        return s;
    ask_log(cli, &all);
    for (size_t i = 0; i < all.count; i++)
        count(&all.totals, &all.rows[i]);
    if (cli->json)
        return rotate_report_json(cli, &all, err);
    if (!args_flag(args, "csv"))
        return rotate_report_people(cli, &all, err);
    rotate_report_csv(cli, &all);
    return SV_OK;
}
