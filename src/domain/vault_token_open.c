/* SPDX-License-Identifier: ISC */
/* The session of a token's holder: the file, the token's text, and nothing else. */
#include <string.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/text.h"
#include "crypto/token.h"
#include "domain/vault_impl.h"
#include "domain/vault_token.h"
#include "store/tree.h"

struct token_session {
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

/* Inside a transaction with a fresh state. */
static enum sv_status session_check(struct vault *v, const struct token_session *s,
                                    struct sv_err *err)
{
    char until[TEXT_TIME_MAX];
    int64_t now;
    enum sv_status st = vault_clock(v, &now, err);

    if (st || !DEFENDED(TOKEN_UNTIL) || s->policy.until == 0 || now < s->policy.until)
        return st;
    return sv_fail(err, SV_DENIED,
                   "the time of the token \"%s\" ended %s by the latest time that this machine and "
                   "the vault have seen: ask the vault's owner for a new one",
                   s->policy.label, text_time_utc(until, s->policy.until));
}

enum sv_status token_session_renew(struct vault *v, struct sv_err *err)
{
    struct token_session *s = v->token;
    enum sv_status st = s->seq == v->state.seq ? SV_OK : session_read(v, s, err);

    return st ? st : session_check(v, s, err);
}

/* ---- unlocking ---- */

static enum sv_status session_begin(struct vault *v, struct token_session *s, struct sv_err *err)
{
    enum sv_status st = db_begin_read(v->db, err);

    if (st)
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK && (st = session_read(v, s, err)) == SV_OK)
        st = session_check(v, s, err);
    db_rollback(v->db);
    return st;
}

static enum sv_status record_denied(struct vault *v, const struct token_session *s,
                                    enum sv_status fault, struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_UNLOCK, .result = AUDIT_DENIED, .via = VIA_TOKEN};
    struct sv_err log_err;
    enum sv_status st;

    if (fault != SV_DENIED || v->inspecting)
        return fault;
    memcpy(event.token, s->policy.label, sizeof s->policy.label);
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
    if ((st = session_begin(v, s, err)))
        return record_denied(v, s, st, err);
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
