/* SPDX-License-Identifier: ISC */
/* policy: when secrets shall change, and how they are made. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/agreed.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/words.h"
#include "domain/rotation.h"
#include "domain/vault_policy.h"
#include "rotate/policy_words.h"
#include "rotate/rotator_line.h"

#define EVERY (1u << POLICY_EVERY)

/* ---- set ---- */

static enum sv_status check_set(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct policy_rule rule;
    unsigned drop;
    (void)cli;
    enum sv_status s = policy_selector(args, &rule, err);
    return s == SV_OK ? policy_fields(args, &rule, &drop, err) : s;
}

/* What is told of from the first day on is on the list for ever, and "rotate --due" changes it each
 * time. */
static bool is_always_due(const struct policy_terms *t)
{
    return t->every_days != 0 && t->lead_days >= t->every_days;
}

static void warn_always(struct cli *cli, const struct profile *p, const struct policy_terms *t)
{
    print_warning(cli,
                  "%s is told of %u days before, and due every %" PRIu32
                  " days: always on the list of \"due\"; give a shorter --lead",
                  NAME_SHOWN(p->name), (unsigned)t->lead_days, t->every_days);
}

static void tell_due(struct cli *cli, const struct policy *policy, struct profile *p)
{
    char when[TEXT_TIME_MAX];
    const struct policy_terms t = policy_apply(policy, p);
    if (is_always_due(&t))
        warn_always(cli, p, &t);
    if (rotation_due(p) == 0)
        print_note(cli, "%s is never due", NAME_SHOWN(p->name));
    else if (rotation_every(p) == 0 || p->terms.dated)
        print_note(cli, "%s is due %s", NAME_SHOWN(p->name),
                   text_time_local(when, rotation_due(p)));
    else
        print_note(cli, "%s is due every %" PRIu32 " days, next %s", NAME_SHOWN(p->name),
                   rotation_every(p), text_time_local(when, rotation_due(p)));
}

static enum sv_status set_profile(struct cli *cli, const char *name, struct policy_rule *rule,
                                  unsigned drop, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    PROFILE_OWNED struct profile p = {.name = NULL}, after = {.name = NULL};
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s != SV_OK)
        return s;
    memcpy(rule->uid, p.uid, sizeof rule->uid);
    s = vault_policy_change(cli->vault, name, rule, drop, err);
    if (s != SV_OK)
        return s;
    cli->changed = true;
    s = vault_find(cli->vault, name, &after, err);
    if (s == SV_OK)
        s = vault_policy(cli->vault, &policy, err);
    if (s == SV_OK)
        tell_due(cli, &policy, &after);
    return s;
}

static bool is_for(const struct policy_rule *rule, const struct profile *p)
{
    const struct policy one = {(struct policy_rule *)(uintptr_t)rule, 1}; /* only read */
    struct policy_terms t = policy_of(&one, p);
    bool is = t.own_every && rule->has == EVERY;
    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++)
        is |= t.from[f] != NULL;
    return is;
}

/* How many profiles a rule is for, so that a typing error in a tag is seen; and of the first that
 * is due for ever by all rules together. */
static enum sv_status tell_count(struct cli *cli, const struct policy_rule *rule,
                                 struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    char who[POLICY_WHO_MAX];
    size_t count = 0, always = 0;
    enum sv_status s = vault_list(cli->vault, &list, err);
    if (s == SV_OK)
        s = vault_policy(cli->vault, &policy, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        const struct profile *p = &list.items[i];
        const struct policy_terms t = policy_of(&policy, p);
        if (!is_for(rule, p))
            continue;
        count++;
        if (is_always_due(&t) && always++ == 0)
            warn_always(cli, p, &t);
    }
    if (always > 1)
        print_warning(cli, "so %s %zu more", always == 2 ? "is" : "are", always - 1);
    if (s == SV_OK)
        print_note(cli, "%s: %zu %s", policy_who(who, rule), count,
                   count == 1 ? "profile" : "profiles");
    return s;
}

/* The rotator itself may be on another machine: a word where it is not on this one. */
static void note_hook(struct cli *cli, const struct policy_rule *rule)
{
    ROTATOR_LINE_OWNED struct rotator_line line = {.program = NULL};
    SV_AUTOFREE char *path = NULL;
    struct sv_err why = {""};
    if ((rule->has & 1u << POLICY_HOOK) == 0 || rule->hook[0] == '\0' ||
        rotator_line_parse(&line, rule->hook, &why) != SV_OK ||
        rotator_line_find(&line, &path, &why) == SV_OK)
        return;
    print_note(cli, "%s: a rotation on this machine cannot use it", why.text);
}

static enum sv_status check_hook(const struct policy_rule *rule, struct sv_err *err)
{
    ROTATOR_LINE_OWNED struct rotator_line line = {.program = NULL};
    if ((rule->has & 1u << POLICY_HOOK) == 0 || rule->hook[0] == '\0')
        return SV_OK;
    enum sv_status s = rotator_line_parse(&line, rule->hook, err);
    return s == SV_OK ? rotator_line_check_fixed(&line, err) : s;
}

/* Read as it is when it runs, which is in "/". */
static enum sv_status check_after(const struct policy_rule *rule, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && (rule->has & 1u << POLICY_AFTER) != 0 && i < rule->after_count;
         i++) {
        WORDS_OWNED struct words words = {0};
        struct sv_err why = {""};
        s = words_split(&words, rule->after[i], &why);
        if (s != SV_OK)
            s = sv_fail(err, s, "--after: %.600s", why.text);
        if (s == SV_OK && words.count > 0 && words.items[0][0] != '/' &&
            strchr(words.items[0], '/') != NULL)
            s = sv_fail(err, SV_USAGE,
                        "--after names a command by its name or its whole path, from / on: who "
                        "runs it may be in any folder");
    }
    return s;
}

/* Who says here what shall run has agreed that it runs here. */
static enum sv_status agree(struct cli *cli, const struct policy_rule *rule, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    if ((rule->has & 1u << POLICY_HOOK) != 0 && rule->hook[0] != '\0')
        s = agreed_keep(cli, rule->hook, err);
    for (size_t i = 0; s == SV_OK && (rule->has & 1u << POLICY_AFTER) != 0 && i < rule->after_count;
         i++)
        s = agreed_keep(cli, rule->after[i], err);
    return s;
}

static enum sv_status set(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct policy_rule rule;
    unsigned drop = 0;
    enum sv_status s = policy_selector(args, &rule, err);
    if (s == SV_OK)
        s = policy_fields(args, &rule, &drop, err);
    if (s == SV_OK)
        s = check_hook(&rule, err);
    if (s == SV_OK)
        s = check_after(&rule, err);
    if (s == SV_OK)
        s = session_ensure(cli, true, true, err);
    if (s == SV_OK)
        s = agree(cli, &rule, err);
    if (s != SV_OK)
        return s;
    note_hook(cli, &rule);
    if (rule.scope == POLICY_PROFILE)
        return set_profile(cli, args_word(args, 1), &rule, drop, err);
    s = vault_policy_change(cli->vault, NULL, &rule, drop, err);
    cli->changed = s == SV_OK;
    return s == SV_OK && rule.has != 0 ? tell_count(cli, &rule, err) : s;
}

/* ---- remove ---- */

static enum sv_status check_selected(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct policy_rule rule;
    (void)cli;
    return policy_selector(args, &rule, err);
}

static enum sv_status remove_own(struct cli *cli, const char *name, struct policy_rule *rule,
                                 struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s != SV_OK)
        return s;
    memcpy(rule->uid, p.uid, sizeof rule->uid);
    return vault_policy_change(cli->vault, name, rule, POLICY_ALL, err);
}

static enum sv_status remove_rule(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct policy_rule rule;
    char who[POLICY_WHO_MAX];
    enum sv_status s = policy_selector(args, &rule, err);
    if (s == SV_OK)
        s = session_ensure(cli, true, true, err);
    if (s != SV_OK)
        return s;
    s = rule.scope == POLICY_PROFILE
            ? remove_own(cli, args_word(args, 1), &rule, err)
            : vault_policy_change(cli->vault, NULL, &rule, POLICY_ALL, err);
    if (s == SV_OK)
        print_note(cli, "%s: no rule of its own any more", policy_who(who, &rule));
    return s;
}

/* ---- the command ---- */

static enum sv_status check_name(struct cli *cli, const struct args *args, struct sv_err *err)
{
    (void)cli;
    return profile_check_name(args_word(args, 1), err);
}

static const struct option_spec options[] = {
    POLICY_SELECTORS,
    {"every", 0, "90d", COMPLETES_NOTHING, "a new secret so often (off: never)", false},
    {"on", 0, "MM-DD,...", COMPLETES_NOTHING, "and on these days of the year", false},
    {"before-deadline", 0, "30d", COMPLETES_NOTHING, "and so long before a provider's day", false},
    {"lead", 0, "14d", COMPLETES_NOTHING, "told so long before it is due", false},
    {"grace", 0, "7d", COMPLETES_NOTHING, "late only so long after", false},
    {"length", 0, "N", COMPLETES_NOTHING, "characters of a made secret, 12 to 256", false},
    {"alphabet", 0, "A", COMPLETES_ALPHABET, "portable, alnum or symbols", false},
    {"overlap", 0, "24h", COMPLETES_NOTHING, "how long the old secret goes on", false},
    {"reject-threshold", 0, "N", COMPLETES_NOTHING, "rejections within it that count", false},
    {"on-reject", 0, "W", COMPLETES_ON_REJECT, "what they bring: alarm or rollback", false},
    {"public", 0, "W", COMPLETES_YES_NO, "yes: due dates are known while locked", false},
    {"after", 0, "COMMAND", COMPLETES_NOTHING, "run once a new secret is in use", true},
    {"hook", 0, "PROGRAM", COMPLETES_ROTATOR, "the rotator that changes it, its settings behind",
     false},
    {0},
};
#define FIELDS                                                                                \
    "every on before-deadline lead grace length alphabet overlap reject-threshold on-reject " \
    "public after hook "

static const struct verb verbs[] = {
    {"set", 1, 2, POLICY_SELECTOR_WORDS FIELDS, check_set, set},
    {"show", 2, 2, "", check_name, policy_show},
    {"list", 1, 1, "", NULL, policy_list},
    {"remove", 1, 2, POLICY_SELECTOR_WORDS, check_selected, remove_rule},
    {0},
};
static const char *const examples[] = {
    "smtpvault policy set work --every 90d",
    "smtpvault policy set --tag prod --every 30d --grace 7d",
    "smtpvault policy set --kind api-key --every off",
    NULL,
};
const struct command cmd_policy = {
    .name = "policy",
    .group = "rotation",
    .args = "set|remove NAME | show NAME | list",
    .summary = "say how often a secret shall change",
    .min_args = 1,
    .max_args = 2,
    .completes = COMPLETES_POLICY,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "What a rule does not say the next wider one does: the profile, its tags, its "
            "provider, its kind, the vault. Built in: API keys and app passwords yearly. "
            "\"inherit\" as a value takes a term back.",
    .verbs = verbs,
    .verbs_usage = "policy set NAME --every 90d, policy set --tag TAG --every 30d, policy show "
                   "NAME, policy list, policy remove NAME",
};
