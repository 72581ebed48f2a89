/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/endpoint.h"
#include "domain/grant.h"
#include "domain/provider.h"
#include "domain/rotation.h"
#include "domain/vault_policy.h"
#include "domain/vault_remote.h"
#include "domain/vault_token.h"
#include "export/copy_words.h"
#include "rotate/rotate_report.h"

#define STEPS_MAX 16
#define STEP_MAX 600

struct plan {
    struct cli *cli;
    const struct args *args;
    struct profile p;
    struct policy policy;
    struct policy_terms terms; /* of both */
    struct rotate_uses uses;
    struct copies copies;
    struct grants grants;
    struct token_list tokens;
    bool tokens_known;
    char host[COPY_HOST_MAX + 1];
    const char *way;  /* hook generated given hand */
    const char *hook; /* whose, or "" */
    char steps[STEPS_MAX][STEP_MAX];
    size_t step_count;
};

static void plan_clear(struct plan *plan)
{
    profile_clear(&plan->p);
    policy_clear(&plan->policy);
    rotate_uses_clear(&plan->uses);
    copies_clear(&plan->copies);
    grants_clear(&plan->grants);
    token_list_clear(&plan->tokens);
}
#define PLAN_OWNED __attribute__((cleanup(plan_clear)))

/* ---- what there is ---- */

static bool opens(const struct token_info *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->names[i], name) == 0)
            return true;
    return false;
}

static enum sv_status read_tokens(struct plan *plan, struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status s = vault_is_far(plan->cli->vault)
                           ? SV_DENIED
                           : vault_tokens(plan->cli->vault, &plan->tokens, &why);
    plan->tokens_known = s == SV_OK;
    return s == SV_OK || s == SV_DENIED ? SV_OK : sv_fail(err, s, "%s", why.text);
}

static void choose_way(struct plan *plan)
{
    const char *hook = args_value(plan->args, "hook");
    bool given = args_value(plan->args, "password-from") != NULL;
    bool made = args_flag(plan->args, "generate");
    plan->hook = hook != NULL ? hook : given || made ? "" : plan->terms.hook;
    plan->way = plan->hook[0] != '\0' ? "hook" : made ? "generated" : given ? "given" : "hand";
}

static enum sv_status gather(struct plan *plan, const char *name, struct sv_err *err)
{
    const struct rotate_border none = {.when = 0};
    struct vault *v = plan->cli->vault;
    struct sv_err aside = {""};
    int64_t since;
    enum sv_status s = rotate_since(plan->args, env_now(), &since, err);
    if (s == SV_OK)
        s = vault_find(v, name, &plan->p, err);
    if (s != SV_OK)
        return s;
    if (vault_policy(v, &plan->policy, &aside) != SV_OK)
        policy_clear(&plan->policy);
    plan->terms = policy_apply(&plan->policy, &plan->p);
    choose_way(plan);
    copies_host(plan->host);
    if (plan->p.rotated > since) /* before that it was another secret */
        since = plan->p.rotated;
    s = rotate_uses_read(&plan->uses, plan->cli, name, since, &none, err);
    if (s == SV_OK)
        s = copies_of(&plan->copies, &plan->p, err);
    if (s == SV_OK)
        s = grants_decode(&plan->grants, plan->p.grants.bytes, plan->p.grants.len, err);
    return s == SV_OK ? read_tokens(plan, err) : s;
}

/* ---- what would happen ---- */

SV_PRINTF(2, 3) static void add_step(struct plan *plan, const char *fmt, ...)
{
    char text[STEP_MAX];
    va_list ap;
    if (plan->step_count == STEPS_MAX)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    text_printable(plan->steps[plan->step_count++], STEP_MAX, text, strlen(text));
}

static void step_make(struct plan *plan)
{
    const struct provider *provider = provider_of_profile(&plan->p);
    if (strcmp(plan->way, "hook") == 0)
        add_step(plan, "the rotator \"%.250s\" makes a new secret and sets it at the server",
                 plan->hook);
    else if (strcmp(plan->way, "generated") == 0)
        add_step(plan,
                 "a new secret is made here (%u characters), and waits until it is set at "
                 "the server by hand",
                 (unsigned)plan->terms.length);
    else if (strcmp(plan->way, "given") == 0)
        add_step(plan, "the new secret is taken from %.200s; the server has it already",
                 args_value(plan->args, "password-from"));
    else if (provider == NULL || strcmp(provider->secret_kind, "none") == 0)
        add_step(plan, "the new secret is asked for, or made here; it is changed where the "
                       "accounts of its server are kept");
    else if (provider->rotation != NULL)
        add_step(plan, "the new secret is asked for; changing it at the provider: %.300s",
                 provider->rotation);
    else
        add_step(plan, "the new secret is asked for; it is changed at %.300s",
                 provider->secret_url != NULL ? provider->secret_url : provider->name);
}

static void step_verify(struct plan *plan)
{
    char server[PROFILE_SERVER_MAX], others[ENDPOINTS_SAID_MAX] = "";
    struct endpoint ends[ENDPOINTS_MAX];
    size_t count = endpoints_of(ends, &plan->p);
    for (size_t i = 1; i < count; i++)
        ends[i].tried = true;
    if (count > 1)
        endpoints_list(others, ends, count);
    if (args_flag(plan->args, "no-verify"))
        add_step(plan, "no login with it is tried: nothing will be proved");
    else
        add_step(plan, "a login with it at %.300s has to work%s%s%s; else the old one stays",
                 profile_server(server, &plan->p), count > 1 ? ", and at " : "", others,
                 count > 1 ? " where it can be tried" : "");
}

static void step_copies(struct plan *plan)
{
    size_t here = 0, elsewhere = 0;
    for (size_t i = 0; i < plan->copies.count; i++) {
        struct copy_view v;
        copy_look(&v, &plan->copies.items[i], &plan->p);
        here += v.seen != COPY_ELSEWHERE;
        elsewhere += v.seen == COPY_ELSEWHERE;
    }
    if (here > 0)
        add_step(plan, "%zu %s on this machine %s written anew", here, here == 1 ? "file" : "files",
                 here == 1 ? "is" : "are");
    if (elsewhere > 0)
        add_step(plan,
                 "%zu %s on other machines %s not: \"smtpvault export --refresh %.200s\" there",
                 elsewhere, elsewhere == 1 ? "file" : "files", elsewhere == 1 ? "is" : "are",
                 NAME_SHOWN(plan->p.name));
}

static void step_watch(struct plan *plan)
{
    const struct policy_terms *t = &plan->terms;
    if (t->overlap_hours == 0 || t->rejections == 0)
        return;
    add_step(plan, "if it is rejected %u times within %u hours, there is an alarm%s",
             (unsigned)t->rejections, (unsigned)t->overlap_hours,
             t->on_reject == POLICY_ROLLBACK ? ", and the old one comes back if it still works"
                                             : "");
}

static void make_steps(struct plan *plan)
{
    const struct policy_rule *after = plan->terms.after;
    step_make(plan);
    step_verify(plan);
    add_step(plan,
             "it becomes the current one, version %" PRIu64 "; the old one stays the "
             "previous one",
             plan->p.version + 1);
    step_copies(plan);
    for (size_t i = 0; after != NULL && i < after->after_count; i++)
        add_step(plan, "this is run: %s", after->after[i]);
    if (!args_flag(plan->args, "no-verify"))
        add_step(plan, "a login with the old one has to be refused");
    step_watch(plan);
}

/* ---- people ---- */

static enum sv_status put_uses(struct plan *plan, struct sv_err *err)
{
    static const char *const heads[] = {"PROGRAM", "UNIT", "USER", "TOKEN", "TIMES", "LAST"};
    GRID_OWNED struct grid g = {0};
    char when[TEXT_TIME_MAX], user[CALLER_USER_MAX];
    for (size_t i = 0; i < plan->uses.count; i++) {
        const struct rotate_use *u = &plan->uses.items[i];
        grid_add(&g, u->program);
        grid_add(&g, u->unit);
        grid_add(&g, caller_user(user, u->uid));
        grid_add(&g, u->token);
        grid_addf(&g, "%" PRIu64, u->old_count);
        grid_add(&g, text_time_relative(when, u->last_old, env_now()));
    }
    sink_printf(plan->cli->out, "\nUsed since %s on %s:%s\n",
                text_time_local(when, plan->uses.since), plan->host,
                !plan->uses.known ? " not known, this session may not read the log"
                : g.count == 0    ? " by nobody"
                                  : "");
    return g.count == 0 ? SV_OK
                        : grid_print(&g, plan->cli->out, plan->cli, heads,
                                     sizeof heads / sizeof heads[0], err);
}

static void put_who(struct plan *plan)
{
    struct sink *out = plan->cli->out;
    char text[COPY_SHOWN_MAX], options[GRANT_SHOWN_MAX], shown[2 * TOKEN_LABEL_MAX + 1];
    size_t tokens = 0;
    sink_printf(out, "\nFiles that hold it:%s\n", plan->copies.count == 0 ? " none is known" : "");
    for (size_t i = 0; i < plan->copies.count; i++) {
        struct copy_view v;
        copy_look(&v, &plan->copies.items[i], &plan->p);
        sink_printf(out, "  %s\n", copy_say(text, &plan->copies.items[i], &v));
    }
    for (size_t i = 0; i < plan->tokens.count; i++)
        tokens += opens(&plan->tokens.items[i], plan->p.name);
    sink_printf(out, "Tokens that open it:%s\n",
                !plan->tokens_known ? " not known, an administrator's own session tells them"
                : tokens == 0       ? " none"
                                    : "");
    for (size_t i = 0; i < plan->tokens.count; i++)
        if (opens(&plan->tokens.items[i], plan->p.name))
            sink_printf(out, "  %s\n",
                        text_printable(shown, sizeof shown, plan->tokens.items[i].label,
                                       strlen(plan->tokens.items[i].label)));
    sink_printf(out, "Given to:%s\n",
                plan->grants.count == 0 ? " whoever can open the vault (there are no grants)" : "");
    for (size_t i = 0; i < plan->grants.count; i++)
        sink_printf(out, "  grant %u: %s\n", (unsigned)plan->grants.items[i].number,
                    grant_options(options, &plan->grants.items[i]));
}

static enum sv_status put_people(struct plan *plan, struct sv_err *err)
{
    struct sink *out = plan->cli->out;
    char when[TEXT_TIME_MAX];
    int64_t due = rotation_due(&plan->p);
    sink_printf(out, "%s: version %" PRIu64 ", the secret of %s", NAME_SHOWN(plan->p.name),
                plan->p.version, text_time_local(when, plan->p.rotated));
    sink_printf(out, ", due %s\n", due != 0 ? text_time_local(when, due) : "never");
    enum sv_status s = put_uses(plan, err);
    if (s != SV_OK)
        return s;
    put_who(plan);
    sink_puts(out, "\nWhat would happen (nothing was done):\n");
    for (size_t i = 0; i < plan->step_count; i++) {
        sink_printf(out, "%3zu. ", i + 1);
        print_paragraph(out, 5, plan->steps[i]);
    }
    return SV_OK;
}

/* ---- programs ---- */

static void put_lists(struct json *j, const struct plan *plan)
{
    char options[GRANT_SHOWN_MAX];
    json_key(j, "tokens_known");
    json_bool(j, plan->tokens_known);
    json_key(j, "tokens");
    json_array(j);
    for (size_t i = 0; i < plan->tokens.count; i++)
        if (opens(&plan->tokens.items[i], plan->p.name))
            json_string(j, plan->tokens.items[i].label);
    json_array_end(j);
    json_key(j, "grants");
    json_array(j);
    for (size_t i = 0; i < plan->grants.count; i++)
        json_string(j, grant_options(options, &plan->grants.items[i]));
    json_array_end(j);
    json_text(j, "way", plan->way);
    json_text(j, "hook", plan->hook);
    json_key(j, "steps");
    json_array(j);
    for (size_t i = 0; i < plan->step_count; i++)
        json_string(j, plan->steps[i]);
    json_array_end(j);
}

static enum sv_status put_json(struct plan *plan, struct sv_err *err)
{
    struct json j;
    json_begin(&j, plan->cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_text(&j, "profile", plan->p.name);
    json_key(&j, "version");
    json_int(&j, (int64_t)plan->p.version);
    json_key(&j, "secret_since");
    json_time(&j, plan->p.rotated);
    json_key(&j, "due");
    json_time(&j, rotation_due(&plan->p));
    json_key(&j, "since");
    json_time(&j, plan->uses.since);
    json_key(&j, "uses_known");
    json_bool(&j, plan->uses.known);
    json_key(&j, "uses");
    json_array(&j);
    for (size_t i = 0; i < plan->uses.count; i++)
        rotate_use_json(&j, &plan->uses.items[i], plan->host);
    json_array_end(&j);
    enum sv_status s = copies_json(&j, &plan->p, err);
    if (s != SV_OK)
        return s;
    put_lists(&j, plan);
    json_object_end(&j);
    sink_puts(plan->cli->out, "\n");
    return json_end(&j, err);
}

enum sv_status rotate_plan(struct cli *cli, const struct args *args, const char *name,
                           struct sv_err *err)
{
    PLAN_OWNED struct plan plan = {.cli = cli, .args = args};
    enum sv_status s = gather(&plan, name, err);
    if (s != SV_OK)
        return s;
    make_steps(&plan);
    return cli->json ? put_json(&plan, err) : put_people(&plan, err);
}
