/* SPDX-License-Identifier: ISC */
#include "domain/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "domain/provider.h"

#define YEARLY 365
#define LEAD_DAYS 14
#define OVERLAP_HOURS 24
#define REJECTIONS 5

void policy_clear(struct policy *policy)
{
    sv_free(policy->rules);
    *policy = (struct policy){0};
}

/* ---- order ---- */

int policy_order(const struct policy_rule *a, const struct policy_rule *b)
{
    int order = (a->scope > b->scope) - (a->scope < b->scope);

    if (order == 0)
        order = strcmp(a->name, b->name);
    return order != 0 ? order : memcmp(a->uid, b->uid, sizeof a->uid);
}

static int for_bsearch(const void *a, const void *b)
{
    return policy_order(a, b);
}

struct policy_rule *policy_find(const struct policy *policy, const struct policy_rule *selector)
{
    return policy->count == 0 ? NULL
                              : bsearch(selector, policy->rules, policy->count,
                                        sizeof *policy->rules, for_bsearch);
}

/* ---- changing ---- */

static void put_field(struct policy_rule *to, const struct policy_rule *from,
                      enum policy_field field)
{
    switch (field) {
    case POLICY_EVERY:
        to->every_days = from->every_days;
        break;
    case POLICY_DATES:
        memcpy(to->dates, from->dates, sizeof to->dates);
        to->date_count = from->date_count;
        break;
    case POLICY_BEFORE:
        to->before_days = from->before_days;
        break;
    case POLICY_LEAD:
        to->lead_days = from->lead_days;
        break;
    case POLICY_GRACE:
        to->grace_days = from->grace_days;
        break;
    case POLICY_LENGTH:
        to->length = from->length;
        break;
    case POLICY_ALPHABET:
        to->alphabet = from->alphabet;
        break;
    case POLICY_OVERLAP:
        to->overlap_hours = from->overlap_hours;
        break;
    case POLICY_REJECTIONS:
        to->rejections = from->rejections;
        break;
    case POLICY_ON_REJECT:
        to->on_reject = from->on_reject;
        break;
    case POLICY_PUBLIC:
        to->open = from->open;
        break;
    case POLICY_AFTER:
        memcpy(to->after, from->after, sizeof to->after);
        to->after_count = from->after_count;
        break;
    case POLICY_HOOK:
        memcpy(to->hook, from->hook, sizeof to->hook);
        break;
    case POLICY_FIELDS:
        break;
    }
}

static enum sv_status rule_new(struct policy *policy, const struct policy_rule *selector,
                               struct policy_rule **out, struct sv_err *err)
{
    struct policy_rule *grown;
    size_t at = 0;

    if (policy->count >= POLICY_RULES_MAX)
        return sv_fail(err, SV_DATA,
                       "a policy has at most %d rules: \"smtpvault policy remove\" takes one away",
                       POLICY_RULES_MAX);
    if (!(grown = sv_resize(policy->rules, (policy->count + 1) * sizeof *grown)))
        return sv_fail_nomem(err);
    policy->rules = grown;
    while (at < policy->count && policy_order(&grown[at], selector) < 0)
        at++;
    memmove(&grown[at + 1], &grown[at], (policy->count - at) * sizeof *grown);
    grown[at] = (struct policy_rule){.scope = selector->scope};
    memcpy(grown[at].name, selector->name, sizeof grown[at].name);
    memcpy(grown[at].uid, selector->uid, sizeof grown[at].uid);
    policy->count++;
    *out = &grown[at];
    return SV_OK;
}

static void rule_drop(struct policy *policy, struct policy_rule *rule)
{
    size_t behind = policy->count - (size_t)(rule - policy->rules) - 1;

    memmove(rule, rule + 1, behind * sizeof *rule);
    policy->count--;
}

enum sv_status policy_change(struct policy *policy, const struct policy_rule *change, unsigned drop,
                             struct sv_err *err)
{
    struct policy_rule *rule = policy_find(policy, change);
    enum sv_status st;

    if (!rule && change->has == 0)
        return SV_OK;
    if (!rule && (st = rule_new(policy, change, &rule, err)))
        return st;
    rule->has &= ~drop;
    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++)
        if (change->has & 1u << f)
            put_field(rule, change, f);
    rule->has |= change->has;
    if (rule->has == 0)
        rule_drop(policy, rule);
    return SV_OK;
}

/* ---- what holds ---- */

static void take_field(struct policy_terms *t, const struct policy_rule *rule,
                       enum policy_field field)
{
    switch (field) {
    case POLICY_EVERY:
        t->every_days = rule->every_days;
        break;
    case POLICY_DATES:
        t->dates = rule->dates;
        t->date_count = rule->date_count;
        break;
    case POLICY_BEFORE:
        t->before_days = rule->before_days;
        break;
    case POLICY_LEAD:
        t->lead_days = rule->lead_days;
        break;
    case POLICY_GRACE:
        t->grace_days = rule->grace_days;
        break;
    case POLICY_LENGTH:
        t->length = rule->length;
        break;
    case POLICY_ALPHABET:
        t->alphabet = rule->alphabet;
        break;
    case POLICY_OVERLAP:
        t->overlap_hours = rule->overlap_hours;
        break;
    case POLICY_REJECTIONS:
        t->rejections = rule->rejections;
        break;
    case POLICY_ON_REJECT:
        t->on_reject = rule->on_reject;
        break;
    case POLICY_PUBLIC:
        t->open = rule->open;
        break;
    case POLICY_AFTER:
        t->after = rule->after_count > 0 ? rule : NULL;
        break;
    case POLICY_HOOK:
        t->hook = rule->hook;
        break;
    case POLICY_FIELDS:
        break;
    }
}

/* What nobody narrower has said. */
static void take_rule(struct policy_terms *t, const struct policy_rule *rule, unsigned *said)
{
    unsigned now = rule ? rule->has & ~*said : 0;

    for (enum policy_field f = POLICY_EVERY; now != 0 && f < POLICY_FIELDS; f++) {
        if ((now & 1u << f) == 0)
            continue;
        take_field(t, rule, f);
        t->from[f] = rule;
    }
    *said |= now;
}

static void take_named(struct policy_terms *t, const struct policy *policy, enum policy_scope scope,
                       const char *name, unsigned *said)
{
    struct policy_rule selector = {.scope = scope};

    (void)snprintf(selector.name, sizeof selector.name, "%s", name);
    take_rule(t, policy_find(policy, &selector), said);
}

static bool has_scope(const struct policy *policy, enum policy_scope scope)
{
    for (size_t i = 0; i < policy->count; i++)
        if (policy->rules[i].scope == scope)
            return true;
    return false;
}

static void take_all(struct policy_terms *t, const struct policy *policy, const struct profile *p,
                     unsigned *said)
{
    struct policy_rule own = {.scope = POLICY_PROFILE};

    memcpy(own.uid, p->uid, sizeof own.uid);
    take_rule(t, policy_find(policy, &own), said);
    for (size_t i = 0; i < p->tag_count; i++)
        take_named(t, policy, POLICY_TAG, p->tags[i], said);
    if (has_scope(policy, POLICY_PROVIDER)) {
        const struct provider *provider = provider_of_profile(p);
        const char *id = provider ? provider->id : p->provider;
        if (id)
            take_named(t, policy, POLICY_PROVIDER, id, said);
    }
    take_named(t, policy, POLICY_KIND, profile_kind_word(p->kind), said);
    take_named(t, policy, POLICY_VAULT, "", said);
}

struct policy_terms policy_of(const struct policy *policy, const struct profile *p)
{
    bool yearly = p->kind == KIND_API_KEY || p->kind == KIND_APP_PASSWORD;
    struct policy_terms t = {.every_days = yearly ? YEARLY : 0,
                             .lead_days = LEAD_DAYS,
                             .length = GENERATE_LENGTH_DEFAULT,
                             .alphabet = GENERATE_PORTABLE,
                             .overlap_hours = OVERLAP_HOURS,
                             .rejections = REJECTIONS,
                             .on_reject = POLICY_ALARM,
                             .hook = ""};
    unsigned said = 0;

    if (p->rotate_days != 0) {
        t.own_every = true;
        t.every_days = p->rotate_days;
        said = 1u << POLICY_EVERY;
    }
    if (policy->count > 0)
        take_all(&t, policy, p, &said);
    return t;
}

void policy_rule_of(struct policy_rule *out, const struct policy_terms *t)
{
    *out = (struct policy_rule){.scope = POLICY_VAULT,
                                .every_days = t->every_days,
                                .date_count = t->date_count,
                                .before_days = t->before_days,
                                .lead_days = t->lead_days,
                                .grace_days = t->grace_days,
                                .length = t->length,
                                .overlap_hours = t->overlap_hours,
                                .rejections = t->rejections,
                                .alphabet = t->alphabet,
                                .on_reject = t->on_reject,
                                .open = t->open};
    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++)
        out->has |= 1u << f;
    for (size_t i = 0; i < t->date_count; i++)
        out->dates[i] = t->dates[i];
    if (t->after)
        put_field(out, t->after, POLICY_AFTER);
    (void)snprintf(out->hook, sizeof out->hook, "%s", t->hook);
}
