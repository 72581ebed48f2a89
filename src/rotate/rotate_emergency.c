/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_emergency.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/copies.h"
#include "domain/grant.h"
#include "domain/vault_token.h"
#include "domain/version.h"
#include "format/json.h"
#include "rotate/rotate_status.h"
#include "rotate/rotate_use.h"

enum sv_status rotate_emergency_begin(struct rotation_job *job, struct sv_err *err)
{
    if (!rotation_is_open(&job->r) || job->r.stage == STAGE_PROMOTED)
        return rotate_begin(job, err);
    job->r.flags |= ROTATED_EMERGENCY;
    return rotation_job_step(job, ROTATE_NOTE, job->r.stage, NULL, err);
}

#define SAME_MAX 1024 /* versions */

struct told {
    struct rotation_job *job;
    struct grid uses;
    struct json *j; /* or NULL: into the grid */
    size_t count;
    bool known;          /* who used it */
    bool same[SAME_MAX]; /* by how far it is before version_from: has that version its secret? */
};

static void told_clear(struct told *t)
{
    grid_clear(&t->uses);
}

/* ---- who used it ---- */

/* By a rotation that was not taken back: before it stood another. */
static bool was_made(const struct rotation_record *r, uint64_t version)
{
    for (size_t i = 0; i < r->past_count; i++)
        if (r->past[i].version_to == version && r->past[i].stage != STAGE_ROLLED_BACK)
            return true;
    return false;
}

/* A change of the card makes a version too, with the secret that the one before had: what is out
 * may have been fetched under any of them. */
static enum sv_status find_same(struct told *t, struct sv_err *err)
{
    const struct rotation_job *job = t->job;
    uint64_t from = job->r.version_from;
    int64_t rotated = 0;
    for (uint64_t n = from; n > 0 && from - n < SAME_MAX; n--) {
        PROFILE_OWNED struct profile card = {.name = NULL};
        enum sv_status s = version_card(job->cli->vault, job->p.name, n, &card, err);
        if (s != SV_OK)
            return s == SV_MISSING ? SV_OK : s;
        rotated = n == from ? card.rotated : rotated;
        t->same[from - n] = card.rotated == rotated;
        if (was_made(&job->r, n))
            break;
    }
    return SV_OK;
}

static bool is_use(const struct told *t, const struct audit_event *e)
{
    uint64_t from = t->job->r.version_from;
    return rotate_use_is_fetch(e) && e->version <= from && from - e->version < SAME_MAX &&
           t->same[from - e->version];
}

static void put_use(struct json *j, const struct audit_event *e)
{
    json_object(j);
    json_key(j, "time");
    json_time(j, e->time);
    json_text(j, "op", audit_op_word(e->op));
    json_key(j, "uid");
    json_int(j, e->caller.uid);
    json_seen(j, "exe", e->caller.exe);
    json_seen(j, "parent", e->caller.parent);
    json_seen(j, "unit", e->caller.unit);
    json_seen(j, "token", e->token);
    json_object_end(j);
}

static enum sv_status hear(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct told *t = context;
    char when[TEXT_TIME_MAX];
    if (!is_use(t, e))
        return SV_OK;
    t->count++;
    if (t->j != NULL) {
        put_use(t->j, e);
        return SV_OK;
    }
    grid_add(&t->uses, text_time_local(when, e->time));
    grid_add(&t->uses, audit_op_word(e->op));
    grid_addf(&t->uses, "%u", (unsigned)e->caller.uid);
    grid_add(&t->uses, e->caller.parent[0] != '\0' ? e->caller.parent : e->caller.exe);
    grid_add(&t->uses, e->caller.unit);
    grid_add(&t->uses, e->token);
    return t->uses.failed ? sv_fail_nomem(err) : SV_OK;
}

/* A log that this session may not read is said to be so, and the rest is told all the same. */
static enum sv_status read_uses(struct told *t, struct sv_err *err)
{
    const char *since = args_value(t->job->args, "since");
    struct audit_filter filter = {.profile = t->job->p.name};
    struct sv_err why = {""};
    if (since != NULL && !text_parse_time(since, env_now(), &filter.since))
        return sv_fail(err, SV_USAGE, "--since wants a date, a time or an age (7d)");
    enum sv_status s = find_same(t, &why);
    if (s == SV_OK)
        s = vault_audit_read(t->job->cli->vault, &filter, hear, t, &why);
    t->known = s == SV_OK;
    if (s == SV_OK)
        return SV_OK;
    print_warning(t->job->cli, "who used the old secret of %s is not told: %s",
                  NAME_SHOWN(t->job->p.name), why.text);
    return s == SV_INTERNAL ? sv_fail(err, s, "%s", why.text) : SV_OK;
}

/* ---- what holds it, and what opens it ---- */

static void put_copies(struct told *t, const struct copies *list)
{
    struct sink *out = t->job->cli->out;
    for (size_t i = 0; i < list->count; i++) {
        const struct copy *c = &list->items[i];
        if (c->version == t->job->p.version && !c->begun)
            continue;
        if (t->j == NULL) {
            sink_printf(out, "file   %s on %s has it still\n",
                        text_printable((char[2 *COPY_PATH_MAX]){0}, 2 * COPY_PATH_MAX, c->path,
                                       strlen(c->path)),
                        c->host);
            continue;
        }
        json_object(t->j);
        json_text(t->j, "path", c->path);
        json_text(t->j, "machine", c->host);
        json_object_end(t->j);
    }
}

static bool opens(const struct token_info *token, const char *name)
{
    for (size_t i = 0; i < token->count; i++)
        if (strcmp(token->names[i], name) == 0)
            return true;
    return false;
}

/* A label is another's word, and this a line for a shell. */
static void put_tokens(struct told *t, const struct token_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *label = list->items[i].label;
        if (!opens(&list->items[i], t->job->p.name))
            continue;
        if (t->j != NULL)
            json_string(t->j, label);
        else
            sink_printf(t->job->cli->out,
                        "token  %s opens the new one too: smtpvault token remove %s --leaked\n",
                        label, NAME_TYPED(label));
    }
}

static void put_grants(struct told *t, const struct grants *list)
{
    char options[GRANT_SHOWN_MAX];
    for (size_t i = 0; i < list->count; i++) {
        const char *whom = grant_options(options, &list->items[i]);
        if (t->j != NULL)
            json_string(t->j, whom);
        else
            sink_printf(t->job->cli->out,
                        "grant  %u gives the new one too, to %s: smtpvault grant remove %s %u\n",
                        (unsigned)list->items[i].number, whom, NAME_TYPED(t->job->p.name),
                        (unsigned)list->items[i].number);
    }
}

static void next_list(struct told *t, const char *key)
{
    if (t->j == NULL)
        return;
    json_array_end(t->j);
    json_key(t->j, key);
    json_array(t->j);
}

static enum sv_status put_all(struct told *t, struct sv_err *err)
{
    COPIES_OWNED struct copies copies = {.items = NULL};
    TOKEN_LIST_OWNED struct token_list tokens = {0};
    struct sv_err aside = {""};
    GRANTS_OWNED struct grants grants = {.count = 0};
    const struct profile *p = &t->job->p;
    enum sv_status s = copies_of(&copies, p, err);
    if (s == SV_OK)
        s = grants_decode(&grants, p->grants.bytes, p->grants.len, err);
    if (s != SV_OK)
        return s;
    bool seen = vault_tokens(t->job->cli->vault, &tokens, &aside) == SV_OK;
    if (!seen)
        print_note(t->job->cli, "which tokens open %s is not told: %s", NAME_SHOWN(t->job->p.name),
                   aside.text);
    next_list(t, "copies");
    put_copies(t, &copies);
    next_list(t, "grants");
    put_grants(t, &grants);
    next_list(t, "tokens");
    put_tokens(t, &tokens);
    if (t->j == NULL)
        return SV_OK;
    json_array_end(t->j);
    json_key(t->j, "uses_known");
    json_bool(t->j, t->known);
    json_key(t->j, "tokens_known");
    json_bool(t->j, seen);
    return SV_OK;
}

/* ---- both ways ---- */

static enum sv_status tell_people(struct told *t, struct sv_err *err)
{
    static const char *const heads[] = {"TIME", "OP", "UID", "BY", "UNIT", "TOKEN"};
    enum sv_status s = read_uses(t, err);
    if (s == SV_OK && t->count > 0)
        s = grid_print(&t->uses, t->job->cli->out, t->job->cli, heads,
                       sizeof heads / sizeof heads[0], err);
    if (s == SV_OK && t->count == 0 && t->known)
        print_note(t->job->cli, "this machine's log has no use of the old secret%s",
                   args_flag(t->job->args, "since") ? " since then" : "");
    return s == SV_OK ? put_all(t, err) : s;
}

static enum sv_status tell_json(struct told *t, struct sv_err *err)
{
    struct json j;
    t->j = &j;
    json_begin(&j, t->job->cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_text(&j, "profile", t->job->p.name);
    rotate_status_members(&j, &t->job->p, &t->job->r);
    json_key(&j, "uses");
    json_array(&j);
    enum sv_status s = read_uses(t, err);
    if (s == SV_OK)
        s = put_all(t, err);
    json_object_end(&j);
    sink_puts(t->job->cli->out, "\n");
    return s == SV_OK ? json_end(&j, err) : s;
}

enum sv_status rotate_emergency_tell(struct rotation_job *job, struct sv_err *err)
{
    __attribute__((cleanup(told_clear))) struct told t = {.job = job};
    return job->cli->json ? tell_json(&t, err) : tell_people(&t, err);
}
