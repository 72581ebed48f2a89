/* SPDX-License-Identifier: ISC */
/* Tokens, made and listed. */
#include "domain/vault_token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/text.h"
#include "crypto/token.h"
#include "domain/vault_impl.h"

/* ---- made ---- */

static enum sv_status check_wish(const struct vault *v, const struct token_new *want,
                                 struct sv_err *err)
{
    enum sv_status st;

    if ((st = vault_need_admin(v, err)) || (st = vault_label_check("token", want->label, err)))
        return st;
    if (want->count == 0)
        return sv_fail(err, SV_USAGE, "a token opens at least one profile: name it");
    if (want->exe && strlen(want->exe) >= CALLER_TEXT_MAX)
        return sv_fail(err, SV_USAGE, "the path of the program is longer than %d bytes",
                       CALLER_TEXT_MAX - 1);
    if (want->until < 0 || (want->until && want->until <= env_now()))
        return sv_fail(err, SV_USAGE, "the time until which the token is to open has passed");
    return SV_OK;
}

/* The number for a new token; SV_EXISTS when one has the label. A number that a revoked token had
 * last comes again: nothing is sealed for it. */
static enum sv_status number_choose(const struct vault_directory *dir, const char *label,
                                    uint32_t *number, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    uint32_t next = TOKEN_NUMBER_FIRST;
    enum sv_status st;

    for (uint32_t i = 0; (st = directory_at(dir->card, i, &entry, err)) == SV_OK; i++) {
        if (entry.role != ROLE_TOKEN)
            continue;
        if (strcmp(entry.label, label) == 0)
            return sv_fail(err, SV_EXISTS,
                           "a token \"%s\" exists already: choose another label, or revoke that "
                           "token first",
                           label);
        next = entry.number >= next ? entry.number + 1 : next;
    }
    if (st == SV_MISSING)
        *number = next;
    return st == SV_MISSING ? SV_OK : st;
}

/* A version that shares its profile's key would be open to the token: it gets one of its own. */
static enum sv_status part_versions(struct vault_change *c, const struct vault_row *current,
                                    struct sv_err *err)
{
    const uint8_t *dek = object_wrap_peek(current->wrap)->dek;
    enum sv_status st = SV_OK;

    for (uint64_t n = 1; n < current->profile.version && st == SV_OK; n++) {
        ROW_OWNED struct vault_row row = {0};
        SECRET_OWNED struct secret *password = NULL;
        BLOB_OWNED struct blob bytes = {0};
        int64_t id;
        if ((st = vault_row_version(c->v, c->root, current, n, &row, err)))
            return st;
        if (!DEFENDED(TOKEN_VERSIONS) ||
            sodium_memcmp(object_wrap_peek(row.wrap)->dek, dek, KEY_LEN) != 0)
            continue;
        if ((st = vault_row_secret(c->v, &row, &password, err)) == SV_OK &&
            (st = vault_row_seal(c->v, OBJECT_VERSION, &row.profile, NULL, password, &id, &bytes,
                                 err)) == SV_OK)
            st = vault_change_put(c, id, &bytes, err);
    }
    return st;
}

static enum sv_status hold(struct vault_change *c, struct vault_token *t, const char *name,
                           struct sv_err *err)
{
    char shown[PROFILE_NAME_MAX * 4 + 1];
    HOLDING_OWNED struct token_holding h = {0};
    ROW_OWNED struct vault_row row = {0};
    struct secret *next = NULL;
    enum sv_status st;

    if ((st = vault_row_find(c->v, c->root, name, &row, err)) ||
        (!t->policy.agent && (st = part_versions(c, &row, err))))
        return st;
    h.id = row.id;
    h.version = row.profile.version;
    memcpy(h.dek, object_wrap_peek(row.wrap)->dek, KEY_LEN);
    (void)snprintf(h.name, sizeof h.name, "%s", row.profile.name);
    st = token_bundle_put(&next, t->bundle, 0, &h, err);
    if (st == SV_EXISTS)
        return sv_fail(err, SV_USAGE, "the profile \"%s\" is named twice",
                       text_printable(shown, sizeof shown, name, strlen(name)));
    if (st)
        return st;
    secret_free(t->bundle);
    t->bundle = next;
    return SV_OK;
}

static enum sv_status bundle_make(struct vault_change *c, struct vault_token *t,
                                  const struct token_new *want, struct sv_err *err)
{
    struct token_trust trust;
    enum sv_status st;

    memcpy(trust.verify_pk, c->v->state.verify_pk, KEY_LEN);
    memcpy(trust.audit_pk, c->v->state.audit_pk, KEY_LEN);
    st = token_bundle_new(&t->bundle, &trust, err);
    for (size_t i = 0; i < want->count && st == SV_OK; i++)
        st = hold(c, t, want->names[i], err);
    return st;
}

static enum sv_status directory_enter(struct vault_change *c, struct vault_directory *dir,
                                      const struct vault_token *t, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {
        .number = t->number, .role = ROLE_TOKEN, .keys = t->keys, .created = t->policy.created};
    enum sv_status st;

    memcpy(entry.label, t->policy.label, sizeof t->policy.label);
    if ((st = vault_directory_put(dir, &entry, err)))
        return st;
    return vault_directory_store(c, dir, err);
}

enum sv_status vault_token_make(struct vault *v, const struct token_new *want, struct secret **text,
                                uint32_t *number, struct sv_err *err)
{
    TOKEN_OWNED struct vault_token t = {.policy = {.until = want->until,
                                                   .created = env_now(),
                                                   .most_uses = want->most_uses,
                                                   .agent = want->agent}};
    SECRET_OWNED struct secret *made = NULL, *keys = NULL;
    DIRECTORY_OWNED struct vault_directory dir = {0};
    CHANGE_OWNED struct vault_change c = {0};
    char note[AUDIT_NOTE_MAX + 1];
    enum sv_status st;

    if ((st = check_wish(v, want, err)))
        return st;
    (void)snprintf(t.policy.label, sizeof t.policy.label, "%s", want->label);
    (void)snprintf(t.policy.exe, sizeof t.policy.exe, "%s", want->exe ? want->exe : "");
    if ((st = token_policy_check(&t.policy, err)) || (st = token_make(&made, &keys, err)))
        return st;
    memcpy(t.keys.pk, token_keys_peek(keys)->pk, KEY_LEN);
    memcpy(t.keys.psk, token_keys_peek(keys)->psk, KEY_LEN);
    (void)snprintf(note, sizeof note, "made \"%s\"", want->label);
    if ((st = vault_change_begin(&c, v, AUDIT_TOKEN, NULL, note, err)) ||
        (st = vault_directory_load(v, c.root, &dir, err)) ||
        (st = number_choose(&dir, want->label, &t.number, err)) ||
        (st = bundle_make(&c, &t, want, err)) || (st = directory_enter(&c, &dir, &t, err)) ||
        (st = vault_token_store(&c, &t, err)) || (st = vault_change_commit(&c, 0, err)))
        return st;
    *number = t.number;
    *text = made;
    made = NULL;
    return SV_OK;
}

/* ---- listed ---- */

static void info_clear(struct token_info *info)
{
    for (size_t i = 0; i < info->count; i++)
        sv_free(info->names[i]);
    sv_free(info->names);
}

void token_list_clear(struct token_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        info_clear(&list->items[i]);
    sv_free(list->items);
    memset(list, 0, sizeof *list);
}

/* From the log, where it can be looked at. */
static void info_use(struct vault *v, struct token_info *info, const uint8_t psk[KEY_LEN])
{
    struct audit_keep keeps[TOKEN_KEEPS];
    uint8_t keys[TOKEN_KEEPS * KEY_LEN];

    token_keeps(keeps, keys, psk, 0);
    info->uses = audit_kept(v->audit, &keeps[0]);
    info->last_used = (int64_t)audit_kept(v->audit, &keeps[1]);
    sodium_memzero(keys, sizeof keys);
}

static enum sv_status info_fill(struct vault *v, struct token_info *info,
                                const struct vault_token *t, struct sv_err *err)
{
    struct token_trust trust;
    uint32_t count;
    enum sv_status st = token_bundle_check(t->bundle, &trust, &count, err);

    if (st)
        return st;
    info->number = t->number;
    info->created = t->policy.created;
    info->until = t->policy.until;
    info->most_uses = t->policy.most_uses;
    info->agent = t->policy.agent;
    memcpy(info->exe, t->policy.exe, sizeof info->exe);
    info_use(v, info, t->keys.psk);
    memcpy(info->label, t->policy.label, sizeof info->label);
    if (!(info->names = sv_alloc_array(count + 1, sizeof *info->names)))
        return sv_fail_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        HOLDING_OWNED struct token_holding h = {0};
        if ((st = token_bundle_at(t->bundle, i, &h, err)))
            return st;
        if (!(info->names[i] = sv_strdup(h.name)))
            return sv_fail_nomem(err);
        info->count++;
    }
    return SV_OK;
}

/* The directory's entries of tokens stand in the order of their numbers: each new one is the
 * greatest, and comes last. */
static enum sv_status list_read(struct vault *v, const struct vault_directory *dir,
                                struct token_list *list, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    uint32_t count;
    enum sv_status st = directory_count(dir->card, &count, err);

    if (st)
        return st;
    if (!(list->items = sv_alloc_array(count + 1, sizeof *list->items)))
        return sv_fail_nomem(err);
    for (uint32_t i = 0; (st = directory_at(dir->card, i, &entry, err)) == SV_OK; i++) {
        TOKEN_OWNED struct vault_token t = {0};
        if (entry.role != ROLE_TOKEN)
            continue;
        if ((st = vault_token_load(v, v->state.root, &entry, &t, err)) ||
            (st = info_fill(v, &list->items[list->count++], &t, err)))
            return st;
    }
    return st == SV_MISSING ? SV_OK : st;
}

enum sv_status vault_tokens(struct vault *v, struct token_list *list, struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    TOKEN_LIST_OWNED struct token_list found = {0};
    enum sv_status st = vault_need_keys(v, err);

    if (st == SV_OK && v->role != ROLE_ADMIN)
        return sv_fail(err, SV_DENIED,
                       "only an administrator sees the tokens: unlock the vault as one");
    if (st || (st = db_begin_read(v->db, err)))
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK &&
        (st = vault_directory_load(v, v->state.root, &dir, err)) == SV_OK)
        st = list_read(v, &dir, &found, err);
    db_rollback(v->db);
    if (st)
        return st;
    *list = found;
    memset(&found, 0, sizeof found);
    return SV_OK;
}

enum sv_status vault_token_ends(struct vault *v, struct token_list *list, struct sv_err *err)
{
    return v->remote ? v->remote->token_ends(v->far, list, err) : vault_tokens(v, list, err);
}

/* ---- the last use ---- */

struct last {
    const struct token_info *info;
    struct audit_event *event;
    bool found;
};

static enum sv_status last_visit(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct last *l = context;

    (void)err;
    if (event->result != AUDIT_OK || event->time != l->info->last_used ||
        strcmp(event->token, l->info->label) != 0)
        return SV_OK;
    *l->event = *event;
    l->found = true;
    return SV_OK;
}

enum sv_status vault_token_last(struct vault *v, const struct token_info *info,
                                struct audit_event *event, struct sv_err *err)
{
    const struct audit_filter then = {.since = info->last_used, .until = info->last_used};
    struct last l = {.info = info, .event = event};
    enum sv_status st =
        info->last_used ? vault_audit_read(v, &then, last_visit, &l, err) : SV_MISSING;

    return st ? st : l.found ? SV_OK : SV_MISSING;
}
