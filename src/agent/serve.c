/* SPDX-License-Identifier: ISC */
#include "agent/serve.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/proto.h"
#include "agent/serve_many.h"
#include "agent/serve_told.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/sink.h"
#include "base/text.h"
#include "domain/vault_grant.h"
#include "domain/vault_near.h"
#include "domain/vault_policy.h"
#include "domain/vault_token.h"
#include "domain/version.h"

/* ---- one answer ---- */

static enum sv_status send_body(struct agent *a, struct peer *p, const struct buf_writer *w,
                                bool secret, struct sv_err *err)
{
    enum sv_status s = frame_end(a->out, w, err);
    if (s == SV_OK)
        peer_send(p, a->out, secret);
    secret_set_len(a->out, 0);
    return s;
}

static void refuse(struct agent *a, struct peer *p, enum sv_status status, const struct sv_err *err)
{
    frame_refuse(a->out, status, err->text);
    peer_send(p, a->out, false);
}

static enum sv_status send_done(struct agent *a, struct peer *p, struct sv_err *err)
{
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    return send_body(a, p, &w, false, err);
}

static enum sv_status send_card(struct agent *a, struct peer *p, const struct profile *card,
                                struct sv_err *err)
{
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    enum sv_status s = proto_put_card(&w, card, err);
    return s == SV_OK ? send_body(a, p, &w, false, err) : s;
}

/* ---- secrets: collected, and answered when the batch was released ---- */

static void answer_reveal(struct agent *a, struct fetch *f, struct reveal_one *one)
{
    struct sv_err *err = &one->err;
    enum sv_status s = one->status;
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    if (s == SV_OK)
        s = proto_put_card(&w, &one->profile, err);
    if (s == SV_OK) {
        proto_put_secret(&w, one->secret);
        s = send_body(a, f->peer, &w, true, err);
    }
    if (s != SV_OK)
        refuse(a, f->peer, s, err);
}

static void answer_value(struct agent *a, struct fetch *f, struct reveal_one *one)
{
    enum sv_status s = one->status;
    if (s == SV_OK) {
        struct buf_writer w = frame_answer(a->out, SV_OK, false);
        buf_put_bytes(&w, secret_peek(one->secret), secret_len(one->secret));
        s = send_body(a, f->peer, &w, true, &one->err);
    }
    /* The front prints the answer as it is. */
    if (s == SV_MISSING && f->peer->uid == a->uid && f->peer->pass == NULL)
        vault_say_near(a->vault, &one->err);
    if (s != SV_OK)
        refuse(a, f->peer, s, &one->err);
}

static bool releases(uint8_t op)
{
    return op == AUDIT_GET || op == AUDIT_SHOW || op == AUDIT_EXEC || op == AUDIT_EXPORT ||
           op == AUDIT_TEST || op == AUDIT_HELPER || op == AUDIT_RENDER || op == AUDIT_ROTATE;
}

static enum sv_status serve_reveal(struct agent *a, struct peer *p, struct buf_reader *r,
                                   struct sv_err *err)
{
    uint8_t op = buf_get_u8(r);
    uint64_t version = buf_get_u64(r);
    char name[PROFILE_NAME_MAX + 1], note[PROTO_NOTE_MAX];
    proto_get_text(r, name, sizeof name);
    proto_get_text(r, note, sizeof note);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK && !releases(op))
        return sv_fail(err, SV_USAGE, "a secret is not released for that");
    if (s != SV_OK)
        return s;
    struct fetch *f = fetch_begin(a, p, err);
    if (f == NULL)
        return SV_LOCKED;
    f->why.op = (enum audit_op)op;
    f->why.version = version;
    memcpy(f->name, name, sizeof name);
    text_printable(f->note, sizeof f->note, note, strlen(note));
    f->answer = answer_reveal;
    return SV_OK;
}

static enum sv_status serve_field(struct agent *a, struct peer *p, const char *name,
                                  uint64_t version, const char *key, struct sv_err *err)
{
    SINK_OWNED struct sink *value = sink_new(true);
    SECRET_OWNED struct secret *bytes = NULL;
    if (value == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = version_put_field(value, a->vault, name, version, key, err);
    if (s == SV_OK)
        s = sink_to_secret(value, &bytes, err);
    if (s != SV_OK)
        return s;
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    buf_put_bytes(&w, secret_peek(bytes), secret_len(bytes));
    return send_body(a, p, &w, false, err);
}

/* ---- tokens: a connection that has shown one reaches what it opens, and nothing else ---- */

static enum sv_status take_token(struct agent *a, struct peer *p, const struct secret *text,
                                 struct sv_err *err)
{
    const struct caller *caller;
    enum sv_status s = peer_caller(p, &caller, err);
    if (s == SV_OK && p->pass != NULL)
        return sv_fail(err, SV_USAGE, "a connection shows one token: this one has shown one");
    if (s == SV_OK)
        s = vault_token_admit(a->vault, text, caller, &p->pass, err);
    if (s == SV_OK)
        vault_act_with(a->vault, p->pass, caller);
    return s;
}

static enum sv_status serve_token(struct agent *a, struct peer *p, struct buf_reader *r,
                                  struct sv_err *err)
{
    SECRET_OWNED struct secret *token = NULL;
    enum sv_status s = proto_get_token(r, &token, err);
    if (s == SV_OK)
        s = proto_done(r, err);
    if (s == SV_OK && token == NULL)
        return sv_fail(err, SV_DATA, "the token is empty");
    if (s == SV_OK)
        s = take_token(a, p, token, err);
    return s == SV_OK ? send_done(a, p, err) : s;
}

static enum sv_status serve_fetch(struct agent *a, struct peer *p, struct buf_reader *r,
                                  struct sv_err *err)
{
    char name[PROFILE_NAME_MAX + 1], field[PROTO_FIELD_MAX], version[24];
    SECRET_OWNED struct secret *token = NULL;
    uint64_t number;
    proto_get_text(r, name, sizeof name);
    proto_get_text(r, field, sizeof field);
    proto_get_text(r, version, sizeof version);
    enum sv_status s = proto_get_token(r, &token, err);
    if (s == SV_OK)
        s = proto_done(r, err);
    const char *word = version[0] != '\0' ? version : NULL;
    if (s == SV_OK)
        s = version_check(word, err);
    if (s == SV_OK)
        s = profile_check_name(name, err);
    if (s == SV_OK && token != NULL)
        s = take_token(a, p, token, err);
    if (s == SV_OK)
        s = version_find(a->vault, name, word, &number, err);
    if (s != SV_OK)
        return s;
    bool secret = field[0] == '\0' || strcmp(field, "password") == 0;
    /* Grants are for secrets; what else stands in a card is its owner's. */
    if (!secret && DEFENDED(AGENT_PEER) && p->uid != a->uid && p->pass == NULL)
        return sv_fail(err, SV_DENIED, "the agent gives other users a secret, and nothing else");
    if (!secret)
        return serve_field(a, p, name, number, field, err);
    struct fetch *f = fetch_begin(a, p, err);
    if (f == NULL)
        return SV_LOCKED;
    f->why.op = AUDIT_GET;
    f->why.version = number;
    memcpy(f->name, name, sizeof name);
    f->answer = answer_value;
    return SV_OK;
}

/* ---- reading ---- */

static enum sv_status serve_find(struct agent *a, struct peer *p, struct buf_reader *r,
                                 struct sv_err *err)
{
    PROFILE_OWNED struct profile card = {.name = NULL};
    char name[PROFILE_NAME_MAX + 1];
    proto_get_text(r, name, sizeof name);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_find(a->vault, name, &card, err);
    return s == SV_OK ? send_card(a, p, &card, err) : s;
}

static enum sv_status serve_info(struct agent *a, struct peer *p, struct buf_reader *r,
                                 struct sv_err *err)
{
    struct vault_info info;
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_info(a->vault, &info, err);
    if (s != SV_OK)
        return s;
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    proto_put_info(&w, &info);
    return send_body(a, p, &w, false, err);
}

static enum sv_status serve_status(struct agent *a, struct peer *p, struct buf_reader *r,
                                   struct sv_err *err)
{
    struct agent_status status = {
        .pid = (uint32_t)getpid(),
        .since = a->life.since,
        .until = life_until(&a->life),
        .idle_until = life_idle_until(&a->life),
        .released = a->released,
        .refused = a->refused,
    };
    enum sv_status s = proto_done(r, err);
    if (s != SV_OK)
        return s;
    (void)snprintf(status.version, sizeof status.version, "%s", a->version);
    (void)snprintf(status.vault, sizeof status.vault, "%s", a->path);
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    proto_put_status(&w, &status);
    return send_body(a, p, &w, false, err);
}

static enum sv_status serve_lock(struct agent *a, struct peer *p, struct buf_reader *r,
                                 struct sv_err *err)
{
    enum sv_status s = proto_done(r, err);
    if (s != SV_OK)
        return s;
    /* The answer is the end of the connection: by then there is no key and no socket. */
    (void)p;
    a->ending = "it was asked to";
    return SV_OK;
}

/* ---- changing ---- */

static int64_t never_used(void *context, const struct grant *g)
{
    (void)context;
    (void)g;
    return 0;
}

/* What another user says of a login is believed where it is granted to what asks; else it is
 * in the log only. */
static bool is_believed(struct agent *a, struct peer *p, const char *name)
{
    const struct grant_counts counts = {.used = never_used};
    GRANTS_OWNED struct grants list = {0};
    struct grant_verdict verdict;
    const struct caller *caller;
    struct sv_err err;
    if (p->uid == a->uid)
        return true;
    if (vault_grants(a->vault, name, &list, &err) != SV_OK || list.count == 0 ||
        peer_caller(p, &caller, &err) != SV_OK)
        return false;
    grant_decide(&list, caller, env_now(), &counts, &verdict);
    return verdict.answer != GRANT_NO;
}

static enum sv_status serve_record(struct agent *a, struct peer *p, struct buf_reader *r,
                                   struct sv_err *err)
{
    SECRET_OWNED struct secret *claimed = NULL;
    struct audit_event event;
    bool same = false;
    enum sv_status s = proto_get_event(r, &event, err);
    if (s != SV_OK)
        return s;
    uint8_t outcome = buf_get_u8(r);
    if (buf_get_u8(r) != 0)
        s = proto_get_secret(r, &claimed, err);
    if (s != SV_OK || (s = proto_done(r, err)) != SV_OK)
        return s;
    if (outcome > OUTCOME_REJECTED)
        return sv_fail(err, SV_DATA, "the agent knows no such outcome");
    if (claimed != NULL && p->uid != a->uid)
        return sv_fail(err, SV_DENIED, "the agent compares secrets for its own user only");
    /* What an outcome says of itself; who says it, and how it came in, the agent knows. */
    struct audit_event told = {.op = event.op, .result = event.result, .version = event.version};
    memcpy(told.profile, event.profile, sizeof told.profile);
    memcpy(told.note, event.note, sizeof told.note);
    if (!releases((uint8_t)told.op) || told.result == AUDIT_BEGUN)
        return sv_fail(err, SV_USAGE, "that is not for a client to record");
    if (!is_believed(a, p, told.profile))
        outcome = OUTCOME_UNKNOWN;
    s = vault_outcome_claim(a->vault, &told, (enum outcome)outcome, claimed, &same, err);
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    if (claimed != NULL)
        buf_put_u8(&w, same);
    return s == SV_OK ? send_body(a, p, &w, false, err) : s;
}

static enum sv_status serve_add(struct agent *a, struct peer *p, struct buf_reader *r,
                                struct sv_err *err)
{
    PROFILE_OWNED struct profile card = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status s = proto_get_card(r, &card, err);
    if (s == SV_OK)
        s = proto_get_secret(r, &secret, err);
    if (s == SV_OK)
        s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_add(a->vault, &card, secret, err);
    return s == SV_OK ? send_card(a, p, &card, err) : s;
}

static enum sv_status serve_edit(struct agent *a, struct peer *p, struct buf_reader *r,
                                 struct sv_err *err)
{
    PROFILE_OWNED struct profile card = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    uint8_t op = buf_get_u8(r);
    enum sv_status s = proto_get_card(r, &card, err);
    uint8_t with_secret = s == SV_OK ? buf_get_u8(r) : 0;
    if (s == SV_OK && with_secret == 1)
        s = proto_get_secret(r, &secret, err);
    if (s == SV_OK)
        s = proto_done(r, err);
    if (s == SV_OK && op != AUDIT_EDIT && op != AUDIT_POLICY && op != AUDIT_ROTATE &&
        op != AUDIT_LOGIN)
        s = sv_fail(err, SV_USAGE, "a profile is not changed by that");
    if (s == SV_OK)
        s = vault_edit(a->vault, &card, secret, (enum audit_op)op, err);
    return s == SV_OK ? send_card(a, p, &card, err) : s;
}

static enum sv_status serve_rollback(struct agent *a, struct peer *p, struct buf_reader *r,
                                     struct sv_err *err)
{
    char name[PROFILE_NAME_MAX + 1];
    uint64_t made = 0;
    proto_get_text(r, name, sizeof name);
    uint64_t version = buf_get_u64(r);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_rollback(a->vault, name, version, &made, err);
    if (s != SV_OK)
        return s;
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    buf_put_u64(&w, made);
    return send_body(a, p, &w, false, err);
}

static enum sv_status serve_policy(struct agent *a, struct peer *p, struct buf_reader *r,
                                   struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    struct buf_writer w = frame_answer(a->out, SV_OK, false);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_policy(a->vault, &policy, err);
    if (s == SV_OK)
        s = proto_put_policy(&w, &policy, err);
    return s == SV_OK ? send_body(a, p, &w, false, err) : s;
}

static enum sv_status serve_rotate(struct agent *a, struct peer *p, struct buf_reader *r,
                                   struct sv_err *err)
{
    PROFILE_OWNED struct profile card = {.name = NULL};
    enum sv_status s = told_rotation(a->vault, r, &card, err);
    return s == SV_OK ? send_card(a, p, &card, err) : s;
}

/* ---- dispatch ---- */

typedef enum sv_status serve(struct agent *a, struct peer *p, struct buf_reader *r,
                             struct sv_err *err);

/* FOREIGN: other users may ask for it too, of an agent that serves them. HOLDER: whoever has
 * shown a token may, and then it reaches what the token opens. */
enum { FOREIGN = 1, HOLDER = 2 };
static const struct operation {
    serve *run;
    unsigned who;
    serve_told *told; /* in place of run */
} operations[] = {
    [WIRE_FETCH] = {serve_fetch, FOREIGN | HOLDER, NULL},
    [WIRE_STATUS] = {serve_status, FOREIGN, NULL},
    [WIRE_LOCK] = {serve_lock, 0, NULL},
    [WIRE_FIND] = {serve_find, HOLDER, NULL},
    [WIRE_LIST] = {serve_list, HOLDER, NULL},
    [WIRE_HISTORY] = {serve_history, HOLDER, NULL},
    [WIRE_REVEAL] = {serve_reveal, FOREIGN | HOLDER, NULL},
    [WIRE_RECORD] = {serve_record, FOREIGN | HOLDER, NULL},
    [WIRE_ADD] = {serve_add, 0, NULL},
    [WIRE_EDIT] = {serve_edit, 0, NULL},
    [WIRE_RENAME] = {.told = told_rename},
    [WIRE_REMOVE] = {.told = told_remove},
    [WIRE_ROLLBACK] = {serve_rollback, 0, NULL},
    [WIRE_AUDIT] = {serve_audit, 0, NULL},
    [WIRE_INFO] = {serve_info, 0, NULL},
    [WIRE_MEMBERS] = {serve_members, 0, NULL},
    [WIRE_TOKENS] = {serve_tokens, 0, NULL},
    [WIRE_TOKEN] = {serve_token, FOREIGN, NULL},
    [WIRE_LEARN] = {.told = told_posture},
    [WIRE_COPY] = {.told = told_copy},
    [WIRE_POLICY] = {serve_policy, 0, NULL},
    [WIRE_POLICY_CHANGE] = {.told = told_policy},
    [WIRE_ROTATE] = {serve_rotate, 0, NULL},
};
#define OPERATIONS (sizeof operations / sizeof operations[0])

static enum sv_status may_ask(const struct agent *a, const struct peer *p, enum wire_op op,
                              struct sv_err *err)
{
    if ((size_t)op >= OPERATIONS || (operations[op].run == NULL && operations[op].told == NULL))
        return sv_fail(err, SV_UNREACHABLE,
                       "the agent does not know what it was asked: it is of another version");
    if (p->pass != NULL && op != WIRE_TOKEN && DEFENDED(TOKEN_PASS))
        return (operations[op].who & HOLDER) != 0
                   ? SV_OK
                   : sv_fail(err, SV_DENIED, "that is not done with a token");
    if (!DEFENDED(AGENT_PEER) || p->uid == a->uid ||
        (a->others && (operations[op].who & FOREIGN) != 0))
        return SV_OK;
    return sv_fail(err, SV_DENIED,
                   "the agent belongs to another user, who alone may do that with it");
}

/* What is done for a client is recorded as that client's doing. */
static enum sv_status run(struct agent *a, struct peer *p, enum wire_op op, struct buf_reader *r,
                          struct sv_err *err)
{
    const struct caller *caller;
    enum sv_status s = may_ask(a, p, op, err);
    if (s == SV_OK)
        s = peer_caller(p, &caller, err);
    if (s != SV_OK)
        return s;
    vault_act_for(a->vault, caller, VIA_AGENT);
    vault_act_with(a->vault, p->pass, caller);
    if (operations[op].run != NULL)
        s = operations[op].run(a, p, r, err);
    else if ((s = operations[op].told(a->vault, r, err)) == SV_OK)
        s = send_done(a, p, err);
    vault_act_with(a->vault, NULL, NULL);
    vault_act_for(a->vault, NULL, VIA_NONE);
    return s;
}

static void readable(struct agent *a, struct peer *p)
{
    struct sv_err err = {""};
    struct buf_reader r;
    enum wire_op op;
    uint64_t which;
    if (!peer_receive(p, a->in))
        return;
    enum sv_status s = frame_read_request(a->in, &op, &which, &r, &err);
    if (s == SV_OK && which != 0 && which != a->which) {
        refuse(a, p, (enum sv_status)WIRE_OTHER_VAULT, &err);
        return;
    }
    if (s == SV_OK)
        s = run(a, p, op, &r, &err);
    if (s != SV_OK) {
        a->refused += s == SV_DENIED; /* not what is asked for in vain */
        refuse(a, p, s, &err);
    }
    secret_set_len(a->in, 0);
}

/* Whoever connects asks at once: mostly the request is there already. */
const struct peer_protocol serve_frames = {.opened = readable, .readable = readable};
