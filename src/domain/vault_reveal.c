/* SPDX-License-Identifier: ISC */
/*
 * The only door to a plaintext. The order is the promise: find and prove the rows, ask their
 * grants, write the entries durably, and only then open the secrets' boxes.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/text.h"
#include "domain/grant.h"
#include "domain/vault_impl.h"
#include "domain/vault_token.h"

_Static_assert(AUDIT_PROFILE_MAX == PROFILE_NAME_MAX, "an entry has room for a profile's name");

void vault_event_by(const struct vault *v, struct audit_event *event)
{
    if (!v->keys)
        return;
    event->via = v->acting != VIA_NONE ? v->acting : v->via;
    if (vault_holder(v))
        (void)snprintf(event->token, sizeof event->token, "%s",
                       token_session_label(vault_holder(v)));
    if (!v->token)
        event->member = (uint16_t)(1 + v->slot);
}

void vault_act_for(struct vault *v, const struct caller *caller, enum audit_via via)
{
    v->acting = via;
    audit_act_for(v->audit, caller);
}

enum sv_status vault_record(struct vault *v, struct audit_event *event, struct sv_err *err)
{
    enum audit_via via = event->via;

    if (v->remote)
        return v->remote->record(v->far, event, OUTCOME_UNKNOWN, NULL, NULL, err);
    vault_event_by(v, event);
    if (via != VIA_NONE)
        event->via = via;
    return audit_append(v->audit, event, NULL, NULL, err);
}

bool vault_prepare(struct vault *v, size_t count)
{
    return v->keys && v->audit && !v->inspecting && audit_prepare(v->audit, count);
}

/* ---- what is asked for ---- */

/* The profile's last use, and what its grants and a token count. */
#define KEEPS_MAX (1 + ADMISSION_KEEPS + TOKEN_KEEPS)
#define KEYS_LEN ((size_t)KEEPS_MAX * KEY_LEN)

/* One item on its way. */
struct asked {
    struct reveal_one *one;
    struct vault_row row, old; /* old: the version that was asked for, when that is another */
    struct audit_event event;
    struct vault_admission admission;
    struct audit_keep keeps[KEEPS_MAX];
};

struct asking {
    struct vault *v;
    struct asked *asked;
    struct audit_item *entries;
    size_t count;
    struct secret *keys; /* of what is kept, KEYS_LEN bytes each */
    struct vault_admitting admitting;
};

static void asking_clear(struct asking *q)
{
    for (size_t i = 0; q->asked && i < q->count; i++) {
        vault_row_clear(&q->asked[i].row);
        vault_row_clear(&q->asked[i].old);
    }
    sv_free(q->asked);
    sv_free(q->entries);
    secret_free(q->keys);
    vault_admitting_clear(&q->admitting);
}
#define ASKING_OWNED __attribute__((cleanup(asking_clear)))

static void event_begin(const struct vault *v, struct asked *a)
{
    const char *name = a->one->name, *note = a->one->why.note ? a->one->why.note : "";
    const struct reveal *why = &a->one->why;
    struct audit_event *event = &a->event;

    event->op = why->op;
    event->version = why->version;
    text_printable(event->note, sizeof event->note, note, strlen(note));
    text_printable(event->profile, sizeof event->profile, name, strlen(name));
    vault_event_by(v, event);
    if (why->token)
        (void)snprintf(event->token, sizeof event->token, "%s", token_session_label(why->token));
    if (why->via != VIA_NONE)
        event->via = why->via;
    if (why->caller) {
        event->caller = *why->caller;
        event->caller_given = true;
    }
}

static enum sv_status asking_begin(struct asking *q, struct vault *v, struct reveal_one *items,
                                   size_t count, struct sv_err *err)
{
    enum sv_status st;

    q->v = v;
    if ((st = vault_need_keys(v, err)))
        return st;
    q->asked = sv_alloc(count * sizeof *q->asked);
    q->entries = sv_alloc(count * sizeof *q->entries);
    if (!q->asked || !q->entries)
        return sv_fail_nomem(err);
    q->count = count;
    if ((st = secret_new(&q->keys, count * KEYS_LEN, err)))
        return st;
    secret_set_len(q->keys, count * KEYS_LEN);
    for (size_t i = 0; i < count; i++) {
        q->asked[i].one = &items[i];
        event_begin(v, &q->asked[i]);
    }
    return SV_OK;
}

static void all_fail(struct reveal_one *items, size_t count, enum sv_status st,
                     const struct sv_err *err)
{
    for (size_t i = 0; i < count; i++) {
        items[i].status = st;
        items[i].err = *err;
    }
}

/* ---- finding ---- */

/* One whose server rejected it git is not given any more, nor anybody else where only git
 * uses it. Older versions are asked for by their number, by who knows. */
static enum sv_status check_retired(const struct profile *p, enum audit_op op, struct sv_err *err)
{
    char when[TEXT_TIME_MAX], name[PROFILE_NAME_MAX * 4 + 1];
    char typed[GRANT_QUOTED_MAX(PROFILE_NAME_MAX)];

    if (p->retired == 0 || (op != AUDIT_HELPER && profile_is_mail(p)))
        return SV_OK;
    return sv_fail(err, SV_MISSING,
                   "git retired the secret of \"%s\" on %s, since its server had rejected it: "
                   "\"smtpvault rollback %s\" takes it back",
                   text_printable(name, sizeof name, p->name, strlen(p->name)),
                   text_time_local(when, p->retired), grant_quote(typed, sizeof typed, name));
}

static enum sv_status kept_stays(struct sv_err *err)
{
    return sv_fail(err, SV_DENIED,
                   "an IAM secret leaves the vault for who opens it by its passphrase or key, "
                   "neither by an agent (--no-agent) nor by a token");
}

static enum sv_status find_one(struct vault *v, struct asked *a, struct sv_err *err)
{
    uint64_t version = a->one->why.version;
    enum sv_status st = a->one->why.kept && v->token
                            ? kept_stays(err)
                            : vault_row_find(v, v->state.root, a->one->name, &a->row, err);

    if (st == SV_OK && version == PROFILE_VERSION_PENDING)
        st = vault_pending_find(v, v->state.root, &a->row, &a->old, err);
    else if (st == SV_OK && version != 0 && version != a->row.profile.version)
        st = vault_row_version(v, v->state.root, &a->row, version, &a->old, err);
    else if (st == SV_OK)
        st = check_retired(&a->row.profile, a->one->why.op, err);
    return st;
}

/* All in one snapshot. The rows are copies then: nobody who writes the vault waits for
 * our log. */
static void find_all(struct asking *q, struct reveal_one *items)
{
    struct vault *v = q->v;
    struct sv_err err;
    enum sv_status st;

    if ((st = vault_need_read(v, &err)) || (st = db_begin_read(v->db, &err))) {
        all_fail(items, q->count, st, &err);
        return;
    }
    if ((st = vault_refresh(v, &err)))
        all_fail(items, q->count, st, &err);
    for (size_t i = 0; st == SV_OK && i < q->count; i++) {
        vault_act_with(v, items[i].why.token, items[i].why.caller);
        items[i].status = find_one(v, &q->asked[i], &items[i].err);
    }
    vault_act_with(v, NULL, NULL);
    db_rollback(v->db);
}

static const struct vault_row *asked_row(const struct asked *a)
{
    return a->old.wrap ? &a->old : &a->row;
}

/* Access tokens that have run out are renewed before anything is counted or locked: that may
 * take as long as the network does. Nobody causes it who would then be refused. */
static enum sv_status renew(struct vault *v, struct asked *a, struct sv_err *err)
{
    struct vault_admitting alone = VAULT_ADMITTING;
    struct vault_admission unused = {.keys = a->admission.keys};
    struct audit_event event = a->event;
    struct reveal *why = &a->one->why;
    enum sv_status st = vault_grant_admit(v, &alone, &a->row, why, &event, &unused, err);

    vault_admitting_clear(&alone);
    if (st) {
        a->event = event;
        return st;
    }
    /* Nobody is asked twice; but whom nobody asked may yet come to a grant that wants it. */
    if (unused.confirmed && why->confirm == CONFIRM_ASK)
        why->confirm = CONFIRM_YES;
    return vault_oauth_renew(v, a->row.profile.name, err);
}

static enum sv_status ready(struct vault *v, const struct asked *a, struct sv_err *err)
{
    return vault_oauth_ready(v, &a->row, asked_row(a)->profile.authorized, &a->one->why, err);
}

/* Those that were found, by their grants. */
static void admit_all(struct asking *q, struct reveal_one *items)
{
    for (size_t i = 0; i < q->count; i++) {
        struct asked *a = &q->asked[i];
        a->admission.keys = secret_poke(q->keys) + i * KEYS_LEN + KEY_LEN;
        if (items[i].status == SV_OK &&
            vault_oauth_wants_renewal(q->v, &a->row, asked_row(a)->profile.authorized))
            items[i].status = renew(q->v, a, &items[i].err);
    }
    for (size_t i = 0; i < q->count; i++) {
        struct asked *a = &q->asked[i];
        if (items[i].status == SV_OK)
            items[i].status = vault_grant_admit(q->v, &q->admitting, &a->row, &items[i].why,
                                                &a->event, &a->admission, &items[i].err);
        if (items[i].status == SV_OK)
            items[i].status = ready(q->v, a, &items[i].err);
    }
}

/* ---- the log ---- */

/* The token whose uses an item counts for, or NULL. */
static struct token_session *token_of(const struct asking *q, const struct asked *a)
{
    return a->one->why.token ? a->one->why.token : q->v->token;
}

static void entry_begin(struct asking *q, size_t i, struct audit_item *entry)
{
    struct asked *a = &q->asked[i];
    uint8_t *keys = secret_poke(q->keys) + i * KEYS_LEN;

    *entry = (struct audit_item){.event = &a->event};
    if (a->one->status) {
        a->event.result = a->one->status == SV_DENIED ? AUDIT_DENIED : AUDIT_FAILED;
        return;
    }
    a->event.result = AUDIT_OK;
    a->event.version = asked_row(a)->profile.version;
    a->keeps[0] = vault_kept(VAULT_KEPT_USED, keys, a->row.wrap);
    memcpy(a->keeps + 1, a->admission.keeps, sizeof a->admission.keeps);
    entry->keeps = a->keeps;
    entry->keep_count = 1 + a->admission.count;
    if (!token_of(q, a))
        return;
    token_session_keeps(a->keeps + entry->keep_count,
                        keys + (size_t)(1 + ADMISSION_KEEPS) * KEY_LEN, token_of(q, a));
    entry->keep_count += TOKEN_KEEPS;
}

/* The log took it as refused: a number would be more than it may be. */
static enum sv_status refused(const struct asking *q, const struct asked *a, struct sv_err *err)
{
    const struct token_session *token = token_of(q, a);

    return token ? token_session_used_up(token, err) : sv_fail(err, SV_DENIED, "%s", a->event.note);
}

/* What cannot be released is recorded as well: somebody asked for it. The fault that is
 * told is the first one, unless the log cannot even take this. */
static enum sv_status record_all(struct asking *q, struct reveal_one *items)
{
    struct sv_err err;
    enum sv_status st;
    size_t count = 0;

    for (size_t i = 0; i < q->count; i++)
        if (items[i].status != SV_FINDINGS) /* put off: it comes again */
            entry_begin(q, i, &q->entries[count++]);
    if (count == 0)
        return SV_OK;
    st = audit_append_many(q->v->audit, q->entries, count, NULL, &err);
    if (st)
        all_fail(items, q->count, st, &err);
    for (size_t i = 0; i < q->count; i++)
        if (!items[i].status && q->asked[i].event.result != AUDIT_OK)
            items[i].status = refused(q, &q->asked[i], &items[i].err);
    return st;
}

/* ---- opening ---- */

/* It is recorded as released, and does not open. */
static void record_unopened(struct vault *v, struct asked *a)
{
    struct reveal_one *one = a->one;
    struct sv_err err;
    enum sv_status st;

    a->event.result = one->status == SV_DENIED ? AUDIT_DENIED : AUDIT_FAILED;
    st = audit_append(v->audit, &a->event, NULL, NULL, &err);
    if (st) {
        one->status = st;
        one->err = err;
    }
}

static void open_one(struct vault *v, struct asked *a)
{
    struct vault_row *row = a->old.wrap ? &a->old : &a->row;
    struct reveal_one *one = a->one;

    if (one->why.kept && (row->profile.kind != KIND_IAM_SECRET || row->profile.authorized))
        one->status = sv_fail(&one->err, SV_MISSING, "the profile keeps no IAM secret");
    else if (one->why.kept)
        one->status = vault_row_secret(v, row, &one->secret, &one->err);
    else
        one->status =
            vault_row_given(v, &a->row, row, one->why.op == AUDIT_HELPER, &one->secret, &one->err);
    if (one->status) {
        secret_free(one->secret);
        one->secret = NULL;
        record_unopened(v, a);
        return;
    }
    one->profile = row->profile;
    memset(&row->profile, 0, sizeof row->profile);
}

/* Where the keys are elsewhere, that process asks its log for each. */
static void reveal_far(struct vault *v, struct reveal_one *items, size_t count)
{
    for (struct reveal_one *one = items; one < items + count; one++)
        one->status = one->why.kept ? kept_stays(&one->err)
                                    : v->remote->reveal(v->far, one->name, &one->why, &one->profile,
                                                        &one->secret, &one->err);
}

void vault_reveal_many(struct vault *v, struct reveal_one *items, size_t count)
{
    ASKING_OWNED struct asking q = {.admitting = VAULT_ADMITTING};
    struct sv_err err;
    enum sv_status st;

    for (size_t i = 0; i < count; i++) {
        memset(&items[i].profile, 0, sizeof items[i].profile);
        items[i].secret = NULL;
        items[i].status = SV_OK;
    }
    if (v->remote || count == 0) {
        reveal_far(v, items, count);
        return;
    }
    if ((st = asking_begin(&q, v, items, count, &err))) {
        all_fail(items, count, st, &err);
        return;
    }
    find_all(&q, items);
    admit_all(&q, items);
    if (record_all(&q, items) && DEFENDED(AUDIT_FIRST))
        return;
    for (size_t i = 0; i < count; i++)
        if (q.asked[i].row.wrap && (!items[i].status || !DEFENDED(AUDIT_FIRST)))
            open_one(v, &q.asked[i]);
}

enum sv_status vault_reveal(struct vault *v, const char *name, const struct reveal *why,
                            struct profile *profile_out, struct secret **secret_out,
                            struct sv_err *err)
{
    struct reveal_one one = {.name = name, .why = *why};

    vault_reveal_many(v, &one, 1);
    if (one.status)
        return sv_fail(err, one.status, "%s", one.err.text);
    if (profile_out)
        *profile_out = one.profile;
    else
        profile_clear(&one.profile);
    *secret_out = one.secret;
    return SV_OK;
}
