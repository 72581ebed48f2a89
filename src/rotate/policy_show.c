/* SPDX-License-Identifier: ISC */
/* policy show, policy list: what holds, and who says so. */
#include <inttypes.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "domain/rotation.h"
#include "domain/vault_policy.h"
#include "format/json.h"
#include "rotate/policy_words.h"

/* ---- one profile ---- */

/* Who says a field: of the period perhaps the card itself. */
static const char *who_says(char dst[POLICY_WHO_MAX], const struct policy_terms *t,
                            enum policy_field f)
{
    return f == POLICY_EVERY && t->own_every ? "this profile" : policy_who(dst, t->from[f]);
}

static enum sv_status show_people(struct cli *cli, const struct profile *p,
                                  const struct policy_terms *t, struct sv_err *err)
{
    static const char *const heads[] = {"TERM", "VALUE", "SAID BY"};
    GRID_OWNED struct grid g = {0};
    struct policy_rule all;
    char when[TEXT_TIME_MAX], relative[TEXT_TIME_MAX];
    int64_t due = rotation_due(p), now = env_now();
    policy_rule_of(&all, t);
    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++) {
        char value[POLICY_SHOWN_MAX], who[POLICY_WHO_MAX];
        grid_add(&g, policy_label(f));
        grid_add(&g, policy_say(value, &all, f));
        grid_add(&g, who_says(who, t, f));
    }
    grid_add(&g, "due");
    if (due == 0)
        grid_add(&g, "never");
    else
        grid_addf(&g, "%s (%s)", text_time_local(when, due),
                  text_time_relative(relative, due, now));
    grid_add(&g, rotation_word(rotation_now(p, now)));
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

static void put_value(struct json *j, const struct policy_rule *rule, enum policy_field f)
{
    char value[POLICY_SHOWN_MAX];
    if (f != POLICY_AFTER) {
        json_string(j, policy_say(value, rule, f));
        return;
    }
    json_array(j);
    for (size_t i = 0; i < rule->after_count; i++)
        json_string(j, rule->after[i]);
    json_array_end(j);
}

static void put_terms(struct json *j, const struct policy_terms *t)
{
    struct policy_rule all;
    char who[POLICY_WHO_MAX];
    policy_rule_of(&all, t);
    json_object(j);
    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++) {
        json_key(j, policy_option(f));
        json_object(j);
        json_key(j, "value");
        put_value(j, &all, f);
        json_key(j, "from");
        json_string(j, who_says(who, t, f));
        json_object_end(j);
    }
    json_object_end(j);
}

static void begin(struct json *j, struct cli *cli)
{
    json_begin(j, cli->out);
    json_object(j);
    json_key(j, "schema");
    json_int(j, 1);
}

static enum sv_status end(struct json *j, struct cli *cli, struct sv_err *err)
{
    json_object_end(j);
    sink_puts(cli->out, "\n");
    return json_end(j, err);
}

static void put_profiles(struct json *j, const struct profile *items, size_t count)
{
    json_key(j, "profiles");
    json_array(j);
    for (size_t i = 0; i < count; i++) {
        json_object(j);
        json_profile_members(j, &items[i], env_now());
        json_object_end(j);
    }
    json_array_end(j);
}

enum sv_status policy_show(struct cli *cli, const struct args *args, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct json j;
    enum sv_status s = session_ensure(cli, true, false, err);
    if (s == SV_OK)
        s = vault_find(cli->vault, args_word(args, 1), &p, err);
    if (s == SV_OK)
        s = vault_policy(cli->vault, &policy, err);
    if (s != SV_OK)
        return s;
    const struct policy_terms t = policy_of(&policy, &p);
    policy_apply(&policy, &p);
    if (!cli->json)
        return show_people(cli, &p, &t, err);
    begin(&j, cli);
    put_profiles(&j, &p, 1);
    json_key(&j, "terms");
    put_terms(&j, &t);
    return end(&j, cli, err);
}

/* ---- all of it ---- */

/* Whose rule it is, a profile's by the name that it has now. */
static const char *rule_name(const struct policy_rule *rule, const struct profile_list *list)
{
    for (size_t i = 0; i < list->count && rule->scope == POLICY_PROFILE; i++)
        if (memcmp(list->items[i].uid, rule->uid, sizeof rule->uid) == 0)
            return list->items[i].name;
    return rule->name;
}

static const char *scope_word(enum policy_scope scope)
{
    static const char *const words[] = {[POLICY_VAULT] = "vault",
                                        [POLICY_KIND] = "kind",
                                        [POLICY_PROVIDER] = "provider",
                                        [POLICY_TAG] = "tag",
                                        [POLICY_PROFILE] = "profile"};
    return words[scope];
}

static void put_rules(struct json *j, const struct policy *policy, const struct profile_list *list)
{
    json_key(j, "rules");
    json_array(j);
    for (size_t i = 0; i < policy->count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        json_object(j);
        json_key(j, "for");
        json_string(j, scope_word(rule->scope));
        json_text(j, "name", rule_name(rule, list));
        for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++) {
            if ((rule->has & 1u << f) == 0)
                continue;
            json_key(j, policy_option(f));
            put_value(j, rule, f);
        }
        json_object_end(j);
    }
    json_array_end(j);
}

static enum sv_status rules_people(struct cli *cli, const struct policy *policy,
                                   const struct profile_list *list, struct sv_err *err)
{
    static const char *const heads[] = {"FOR", "TERM", "VALUE"};
    GRID_OWNED struct grid g = {0};
    for (size_t i = 0; i < policy->count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        const char *name = rule_name(rule, list);
        for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++) {
            char value[POLICY_SHOWN_MAX];
            if ((rule->has & 1u << f) == 0)
                continue;
            grid_addf(&g, "%s%s%s", scope_word(rule->scope), name[0] != '\0' ? " " : "", name);
            grid_add(&g, policy_label(f));
            grid_add(&g, policy_say(value, rule, f));
        }
    }
    enum sv_status s = grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
    sink_puts(cli->out, "\n");
    return s;
}

static void add_row(struct grid *g, const struct profile *p, int64_t now)
{
    char when[TEXT_TIME_MAX];
    int64_t due = rotation_due(p);
    grid_add(g, p->name);
    if (rotation_every(p) != 0)
        grid_addf(g, "%" PRIu32 "d", rotation_every(p));
    else
        grid_add(g, due != 0 ? NULL : "never");
    grid_add(g, p->rotated != 0 ? text_time_local(when, p->rotated) : NULL);
    grid_add(g, due != 0 ? text_time_local(when, due) : NULL);
    grid_add(g, rotation_word(rotation_now(p, now)));
}

static enum sv_status list_people(struct cli *cli, const struct policy *policy,
                                  const struct profile_list *list, struct sv_err *err)
{
    static const char *const heads[] = {"NAME", "EVERY", "SECRET SET", "DUE", "STATE"};
    GRID_OWNED struct grid g = {0};
    enum sv_status s = policy->count > 0 ? rules_people(cli, policy, list, err) : SV_OK;
    for (size_t i = 0; i < list->count; i++)
        add_row(&g, &list->items[i], env_now());
    return s == SV_OK ? grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err)
                      : s;
}

enum sv_status policy_list(struct cli *cli, const struct args *args, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct json j;
    (void)args;
    enum sv_status s = session_ensure(cli, true, false, err);
    if (s == SV_OK)
        s = cli->json ? vault_list_used(cli->vault, &list, err)
                      : vault_list(cli->vault, &list, err);
    if (s == SV_OK)
        s = vault_policy(cli->vault, &policy, err);
    if (s != SV_OK)
        return s;
    for (size_t i = 0; i < list.count; i++)
        policy_apply(&policy, &list.items[i]);
    if (!cli->json)
        return list_people(cli, &policy, &list, err);
    begin(&j, cli);
    put_profiles(&j, list.items, list.count);
    put_rules(&j, &policy, &list);
    return end(&j, cli, err);
}
