/* SPDX-License-Identifier: ISC */
/* The session of a token's holder: the file, the token's text, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/text.h"
#include "crypto/token.h"
#include "domain/grant.h"
#include "domain/vault_impl.h"
#include "domain/vault_token.h"
#include "store/tree.h"

struct token_session {
    bool shown;          /* to an agent, which has keys of its own */
    const char *refusal; /* why it was refused last, in few words for the log */
    struct secret *keys; /* token_keys */
    struct secret *bundle;
    struct token_policy policy;
    uint64_t seq; /* of the state that the bundle was read in */
};

void token_session_free(struct token_session *s)
{
    if (!s)
        return;
    secret_free(s->keys);
    secret_free(s->bundle);
    sv_free(s);
}

static void session_free_cleanup(struct token_session **slot)
{
    token_session_free(*slot);
}
#define SESSION_OWNED __attribute__((cleanup(session_free_cleanup)))

const char *token_session_label(const struct token_session *s)
{
    return s->policy.label;
}

const struct secret *token_session_bundle(const struct token_session *s)
{
    return s->bundle;
}

static enum sv_status token_unknown(const struct vault *v, struct sv_err *err)
{
    return sv_fail(err, SV_DENIED,
                   "%s knows no such token: it was revoked, or is another vault's; ask its owner "
                   "for a new one",
                   db_shown(v->db));
}

/* What the row says, proved against the state. */
static enum sv_status session_read(struct vault *v, struct token_session *s, struct sv_err *err)
{
    const struct token_keys *k = token_keys_peek(s->keys);
    const struct object_reader reader = {.pk = k->pk, .psk = k->psk};
    int64_t id = vault_token_id(v, k->psk);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *bundle = NULL;
    struct object_space space = vault_space(v);
    BLOB_OWNED struct blob row = {0};
    struct token_policy policy;
    struct token_trust trust;
    enum sv_status st = tree_get(v->db, v->state.root, id, &row, err);

    s->refusal = "no such token";
    if (st == SV_MISSING)
        return token_unknown(v, err);
    if (st ||
        (st = object_open_wrap_to(&wrap, &space, id, &reader, k->sk, row.bytes, row.len, err)) ||
        (st = object_open_card(&card, &space, id, wrap, row.bytes, row.len, err)) ||
        (st = token_policy_decode(&policy, card, err)) ||
        (st = object_open_secret(&bundle, &space, id, wrap, row.bytes, row.len, err)) ||
        (st = token_bundle_check(bundle, &trust, NULL, err)))
        return st;
    if (DEFENDED(TOKEN_STATE) && (policy.epoch != v->state.epoch || policy.seq > v->state.seq))
        return vault_older_than_seen(&v->state, policy.epoch, policy.seq, err);
    secret_free(s->bundle);
    s->bundle = bundle;
    bundle = NULL;
    s->policy = policy;
    s->seq = v->state.seq;
    return SV_OK;
}

static enum sv_status exe_check(struct token_session *s, const struct caller *caller,
                                struct sv_err *err)
{
    char shown[CALLER_TEXT_MAX * 2], wanted[CALLER_TEXT_MAX * 2];
    const struct token_policy *p = &s->policy;

    if (!p->exe[0] || !DEFENDED(TOKEN_EXE) || grant_exe_is(p->exe, caller))
        return SV_OK;
    s->refusal = "another program";
    if (strcmp(p->exe, caller->exe) == 0)
        return sv_fail(err, SV_DENIED,
                       "the token \"%s\" is for the program %s alone, and others can write to that "
                       "file or a folder above it, or another one runs than lies there",
                       p->label, text_printable(wanted, sizeof wanted, p->exe, strlen(p->exe)));
    return sv_fail(err, SV_DENIED, "the token \"%s\" is for the program %s alone, and %s asks",
                   p->label, text_printable(wanted, sizeof wanted, p->exe, strlen(p->exe)),
                   caller->exe[0]
                       ? text_printable(shown, sizeof shown, caller->exe, strlen(caller->exe))
                       : "a program that is not known");
}

/* Inside a transaction with a fresh state. */
static enum sv_status session_check(struct vault *v, struct token_session *s,
                                    const struct caller *caller, struct sv_err *err)
{
    const struct token_policy *p = &s->policy;
    char until[TEXT_TIME_MAX];
    int64_t now = vault_clock(v);

    s->refusal = "it is for an agent";
    if (p->agent && !s->shown && DEFENDED(TOKEN_AGENT))
        return sv_fail(err, SV_DENIED,
                       "the token \"%s\" opens nothing by itself: an agent takes it, and none has "
                       "this vault open (\"smtpvault unlock\" starts one)",
                       p->label);
    s->refusal = "its time has ended";
    if (DEFENDED(TOKEN_UNTIL) && p->until && now >= p->until)
        return sv_fail(err, SV_DENIED,
                       "the time of the token \"%s\" ended %s by the latest time that this machine "
                       "and the vault have seen: ask the vault's owner for a new one",
                       p->label, text_time_utc(until, p->until));
    return p->exe[0] ? exe_check(s, caller ? caller : audit_caller(v->audit), err) : SV_OK;
}

enum sv_status token_session_renew(struct vault *v, struct token_session *s,
                                   const struct caller *caller, struct sv_err *err)
{
    enum sv_status st = s->seq == v->state.seq ? SV_OK : session_read(v, s, err);

    return st ? st : session_check(v, s, caller, err);
}

enum sv_status token_session_find(const struct token_session *s, const char *name,
                                  struct token_holding *held, struct sv_err *err)
{
    char shown[PROFILE_NAME_MAX * 4 + 1];
    enum sv_status st = token_bundle_find(s->bundle, name, held, err);

    if (st != SV_MISSING)
        return st;
    return sv_fail(err, SV_DENIED,
                   "the token \"%s\" opens no profile \"%s\": \"smtpvault list\" shows those that "
                   "it opens",
                   s->policy.label, text_printable(shown, sizeof shown, name, strlen(name)));
}

struct token_session *vault_holder(const struct vault *v)
{
    return v->token ? v->token : v->pass;
}

/* ---- unlocking ---- */

static enum sv_status session_begin(struct vault *v, struct token_session *s,
                                    const struct caller *caller, struct sv_err *err)
{
    enum sv_status st = db_begin_read(v->db, err);

    if (st)
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK && (st = session_read(v, s, err)) == SV_OK)
        st = session_check(v, s, caller, err);
    db_rollback(v->db);
    return st;
}

static enum sv_status record_denied(struct vault *v, const struct token_session *s,
                                    enum sv_status fault, const struct caller *caller,
                                    struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_UNLOCK, .result = AUDIT_DENIED, .via = VIA_TOKEN};
    struct sv_err log_err;
    enum sv_status st;

    if (fault != SV_DENIED || v->inspecting)
        return fault;
    if (s->shown)
        event.via = VIA_AGENT;
    if (caller) {
        event.caller = *caller;
        event.caller_given = true;
    }
    memcpy(event.token, s->policy.label, sizeof s->policy.label);
    (void)snprintf(event.note, sizeof event.note, "%s", s->refusal ? s->refusal : "");
    st = audit_append(v->audit, &event, NULL, NULL, &log_err);
    return st ? sv_fail(err, st, "%s", log_err.text) : fault;
}

enum sv_status vault_unlock_token(struct vault *v, const struct secret *text, struct sv_err *err)
{
    SESSION_OWNED struct token_session *s = sv_alloc(sizeof *s);
    SECRET_OWNED struct secret *keys = NULL;
    struct token_trust trust;
    enum sv_status st;

    if (!s)
        return sv_fail_nomem(err);
    if ((st = token_parse(&s->keys, text, err)))
        return st;
    if ((st = session_begin(v, s, NULL, err)))
        return record_denied(v, s, st, NULL, err);
    if ((st = token_bundle_check(s->bundle, &trust, NULL, err)) ||
        (st = keys_from_public(&keys, trust.verify_pk, trust.audit_pk, err)) ||
        (st = vault_adopt_keys(v, &keys, err)))
        return st;
    token_session_free(v->token);
    v->token = s;
    s = NULL;
    v->slot = 0;
    v->role = ROLE_TOKEN;
    v->via = VIA_TOKEN;
    return SV_OK;
}

/* ---- shown to an agent ---- */

enum sv_status vault_token_admit(struct vault *v, const struct secret *text,
                                 const struct caller *caller, struct token_session **pass,
                                 struct sv_err *err)
{
    SESSION_OWNED struct token_session *s = sv_alloc(sizeof *s);
    enum sv_status st;

    if (!s)
        return sv_fail_nomem(err);
    s->shown = true;
    if ((st = vault_need_read(v, err)) || (st = token_parse(&s->keys, text, err)))
        return st;
    if ((st = session_begin(v, s, caller, err)))
        return record_denied(v, s, st, caller, err);
    *pass = s;
    s = NULL;
    return SV_OK;
}

void vault_act_with(struct vault *v, struct token_session *pass, const struct caller *caller)
{
    v->pass = DEFENDED(TOKEN_PASS) ? pass : NULL;
    v->pass_caller = caller;
}

const uint8_t *token_session_psk(const struct token_session *s)
{
    return token_keys_peek(s->keys)->psk;
}

const struct token_policy *token_session_policy(const struct token_session *s)
{
    return &s->policy;
}
