/* SPDX-License-Identifier: ISC */
/*
 * The only door to a plaintext. The order is the promise: find and prove the row,
 * write the entry durably, and only then open the secret's box.
 */
#include <stdio.h>
#include <string.h>

#include "base/defence.h"
#include "base/text.h"
#include "domain/vault_impl.h"

void vault_event_by(const struct vault *v, struct audit_event *event)
{
    if (!v->keys)
        return;
    event->via = v->acting != VIA_NONE ? v->acting : v->via;
    if (v->token)
        (void)snprintf(event->token, sizeof event->token, "%s", token_session_label(v->token));
    else
        event->member = (uint16_t)(1 + v->slot);
}

void vault_act_for(struct vault *v, const struct caller *caller, enum audit_via via)
{
    v->acting = via;
    audit_act_for(v->audit, caller);
}

enum sv_status vault_record(struct vault *v, struct audit_event *event, struct sv_err *err)
{
    if (v->remote)
        return v->remote->record(v->far, event, err);
    if (event->via == VIA_NONE)
        vault_event_by(v, event);
    return audit_append(v->audit, event, NULL, NULL, err);
}

/* What could not be released is recorded as well: somebody asked for it. The fault
 * that is told is the first one, unless the log cannot even take this. */
static enum sv_status record_failure(struct vault *v, struct audit_event *event,
                                     enum sv_status fault, struct sv_err *err)
{
    struct sv_err log_err;
    enum sv_status st;

    event->result = fault == SV_DENIED ? AUDIT_DENIED : AUDIT_FAILED;
    st = audit_append(v->audit, event, NULL, NULL, &log_err);
    return st ? sv_fail(err, st, "%s", log_err.text) : fault;
}

/* row: the current version; old: the one that was asked for, when that is another. */
static enum sv_status find_version(struct vault *v, const char *name, uint64_t version,
                                   struct vault_row *row, struct vault_row *old, struct sv_err *err)
{
    enum sv_status st;

    if ((st = db_begin_read(v->db, err)))
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK &&
        (st = vault_row_find(v, v->state.root, name, row, err)) == SV_OK && version != 0 &&
        version != row->profile.version)
        st = vault_row_version(v, v->state.root, row, version, old, err);
    db_rollback(v->db);
    return st;
}

static enum sv_status record_release(struct vault *v, const struct vault_row *current,
                                     uint64_t version, struct audit_event *event,
                                     struct sv_err *err)
{
    uint8_t key[KEY_LEN];
    struct audit_use use = vault_use(key, current->wrap);
    enum sv_status st;

    event->result = AUDIT_OK;
    event->version = version;
    st = audit_append(v->audit, event, &use, NULL, err);
    sodium_memzero(key, sizeof key);
    return st;
}

/* The rows are copies by now: nobody who writes the vault waits for our log. */
static enum sv_status release(struct vault *v, const struct vault_row *current,
                              struct vault_row *asked, struct audit_event *event,
                              struct profile *profile_out, struct secret **secret_out,
                              struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status st;

    if ((st = record_release(v, current, asked->profile.version, event, err)) &&
        DEFENDED(AUDIT_FIRST))
        return st;
    st = vault_row_secret(v, asked, &secret, err);
    if (st)
        return record_failure(v, event, st, err);
    if (profile_out) {
        *profile_out = asked->profile;
        memset(&asked->profile, 0, sizeof asked->profile);
    }
    *secret_out = secret;
    secret = NULL;
    return SV_OK;
}

enum sv_status vault_reveal(struct vault *v, const char *name, const struct reveal *why,
                            struct profile *profile_out, struct secret **secret_out,
                            struct sv_err *err)
{
    struct audit_event event = {.op = why->op, .version = why->version};
    ROW_OWNED struct vault_row row = {0}, old = {0};
    enum sv_status st;

    if (v->remote)
        return v->remote->reveal(v->far, name, why, profile_out, secret_out, err);
    text_printable(event.note, sizeof event.note, why->note ? why->note : "",
                   why->note ? strlen(why->note) : 0);
    text_printable(event.profile, sizeof event.profile, name, strlen(name));
    if ((st = vault_need_keys(v, err)))
        return st;
    vault_event_by(v, &event);
    if ((st = vault_need_read(v, err)) ||
        (st = find_version(v, name, why->version, &row, &old, err)))
        return record_failure(v, &event, st, err);
    return release(v, &row, old.wrap ? &old : &row, &event, profile_out, secret_out, err);
}

void vault_reveal_many(struct vault *v, struct reveal_one *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct reveal_one *one = &items[i];
        vault_act_for(v, one->why.caller, one->why.via);
        one->status = vault_reveal(v, one->name, &one->why, &one->profile, &one->secret, &one->err);
        vault_act_for(v, NULL, VIA_NONE);
    }
}
