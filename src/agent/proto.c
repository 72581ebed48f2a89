/* SPDX-License-Identifier: ISC */
#include "agent/proto.h"

#include <string.h>

#include "audit/entry.h"
#include "base/text.h"
#include "domain/oauth_grant.h"

#define TEXT_LEN_MAX 0xffff

enum sv_status frame_new(struct secret **frame, struct sv_err *err)
{
    return secret_new(frame, WIRE_FRAME_MAX, err);
}

/* ---- writing ---- */

static struct buf_writer begin(struct secret *frame)
{
    secret_set_len(frame, 0);
    struct buf_writer w = buf_writer_over(secret_poke(frame), secret_capacity(frame));
    buf_put_u8(&w, WIRE_VERSION);
    return w;
}

struct buf_writer frame_request(struct secret *frame, enum wire_op op, uint64_t vault)
{
    struct buf_writer w = begin(frame);
    buf_put_u8(&w, (uint8_t)op);
    buf_put_u64(&w, vault);
    return w;
}

struct buf_writer frame_answer(struct secret *frame, enum sv_status status, bool more)
{
    struct buf_writer w = begin(frame);
    buf_put_u8(&w, (uint8_t)status);
    buf_put_u8(&w, more);
    return w;
}

enum sv_status frame_end(struct secret *frame, const struct buf_writer *w, struct sv_err *err)
{
    if (!w->full) {
        secret_written(frame, w->len);
        return SV_OK;
    }
    secret_set_len(frame, 0);
    return sv_fail(err, SV_DATA, "it does not fit a message of %u bytes to or from the agent",
                   WIRE_FRAME_MAX);
}

void frame_refuse(struct secret *frame, enum sv_status status, const char *message)
{
    struct buf_writer w = frame_answer(frame, status, false);
    buf_put_bytes(&w, message, strnlen(message, PROTO_MESSAGE_MAX));
    secret_written(frame, w.len);
}

void proto_put_text(struct buf_writer *w, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    if (len > TEXT_LEN_MAX) {
        w->full = true;
        return;
    }
    buf_put_u16(w, (uint16_t)len);
    buf_put_bytes(w, text, len);
}

void proto_put_token(struct buf_writer *w, const struct secret *text)
{
    buf_put_u16(w, (uint16_t)secret_len(text));
    buf_put_bytes(w, secret_peek(text), secret_len(text));
}

void proto_put_secret(struct buf_writer *w, const struct secret *secret)
{
    buf_put_block(w, secret_peek(secret), secret_len(secret));
}

enum sv_status proto_put_card(struct buf_writer *w, const struct profile *p, struct sv_err *err)
{
    SECRET_OWNED struct secret *card = NULL;
    enum sv_status s = profile_encode(&card, p, err);
    if (s != SV_OK)
        return s;
    proto_put_secret(w, card);
    buf_put_u64(w, (uint64_t)p->last_used);
    buf_put_u64(w, (uint64_t)p->last_worked);
    buf_put_u64(w, (uint64_t)p->last_rejected);
    return SV_OK;
}

void proto_put_event(struct buf_writer *w, const struct audit_event *event)
{
    uint8_t entry[AUDIT_ENTRY_MAX];
    buf_put_block(w, entry, audit_entry_encode(entry, event));
    buf_put_u64(w, event->seq);
}

/* ---- reading ---- */

static enum sv_status malformed(struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "a message to or from the agent is malformed");
}

static enum sv_status other_version(unsigned version, struct sv_err *err)
{
    return sv_fail(err, SV_UNREACHABLE,
                   "the agent is of another version of smtpvault (it speaks protocol %u, this "
                   "program %u): \"smtpvault lock\" ends it, \"smtpvault unlock\" starts one of "
                   "this version",
                   version, WIRE_VERSION);
}

enum sv_status frame_read_request(const struct secret *frame, enum wire_op *op, uint64_t *vault,
                                  struct buf_reader *r, struct sv_err *err)
{
    *r = buf_reader_over(secret_peek(frame), secret_len(frame));
    uint8_t version = buf_get_u8(r), word = buf_get_u8(r);
    *vault = buf_get_u64(r);
    if (r->bad && (secret_len(frame) < 2 || version == WIRE_VERSION))
        return malformed(err);
    if (version != WIRE_VERSION)
        return sv_fail(err, SV_UNREACHABLE,
                       "this agent speaks protocol %u and was asked in %u: \"smtpvault lock\" and "
                       "\"smtpvault unlock\" start one of the present version",
                       WIRE_VERSION, version);
    *op = (enum wire_op)word;
    return SV_OK;
}

enum sv_status frame_read_answer(const struct secret *frame, bool *more, struct buf_reader *r,
                                 struct sv_err *err)
{
    char text[PROTO_MESSAGE_MAX + 1], shown[SV_ERR_TEXT_MAX];
    *r = buf_reader_over(secret_peek(frame), secret_len(frame));
    uint8_t version = buf_get_u8(r), status = buf_get_u8(r), next = buf_get_u8(r);
    if (!r->bad && version != WIRE_VERSION)
        return other_version(version, err);
    if (r->bad || next > 1)
        return malformed(err);
    *more = next == 1;
    if (status == SV_OK)
        return SV_OK;
    if (status == WIRE_OTHER_VAULT && r->left == 0) {
        sv_err_clear(err);
        return SV_FINDINGS;
    }
    if (!wire_is_status(status) || status < SV_USAGE || r->left > PROTO_MESSAGE_MAX)
        return malformed(err);
    size_t len = r->left;
    if (len == 0)
        return sv_fail(err, (enum sv_status)status, "the agent refused: %s",
                       sv_status_text((enum sv_status)status));
    buf_get_bytes(r, text, len);
    return sv_fail(err, (enum sv_status)status, "%s",
                   text_printable(shown, sizeof shown, text, len));
}

enum sv_status proto_done(const struct buf_reader *r, struct sv_err *err)
{
    return buf_reader_done(r) ? SV_OK : malformed(err);
}

void proto_get_text(struct buf_reader *r, char *dst, size_t capacity)
{
    size_t len = buf_get_u16(r);
    const uint8_t *at = buf_get_view(r, len);
    dst[0] = '\0';
    if (at == NULL || len >= capacity || memchr(at, 0, len) != NULL) {
        r->bad = true;
        return;
    }
    memcpy(dst, at, len);
    dst[len] = '\0';
}

enum sv_status proto_get_token(struct buf_reader *r, struct secret **out, struct sv_err *err)
{
    size_t len = buf_get_u16(r);
    const uint8_t *at = buf_get_view(r, len);
    *out = NULL;
    if (at == NULL || len > PROTO_TOKEN_MAX)
        return malformed(err);
    return len > 0 ? secret_copy(out, at, len, err) : SV_OK;
}

enum sv_status proto_get_secret(struct buf_reader *r, struct secret **out, struct sv_err *err)
{
    size_t len;
    const uint8_t *at = buf_get_block(r, OAUTH_GRANT_MAX, &len);
    return at != NULL ? secret_copy(out, at, len, err) : malformed(err);
}

enum sv_status proto_get_card(struct buf_reader *r, struct profile *out, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    size_t len;
    const uint8_t *at = buf_get_block(r, PROFILE_CARD_MAX, &len);
    uint64_t used = buf_get_u64(r), worked = buf_get_u64(r), rejected = buf_get_u64(r);
    if (at == NULL || r->bad)
        return malformed(err);
    enum sv_status s = profile_decode(&p, at, len, err);
    if (s != SV_OK)
        return s;
    p.last_used = (int64_t)used;
    p.last_worked = (int64_t)worked;
    p.last_rejected = (int64_t)rejected;
    *out = p;
    memset(&p, 0, sizeof p);
    return SV_OK;
}

enum sv_status proto_get_event(struct buf_reader *r, struct audit_event *out, struct sv_err *err)
{
    size_t len;
    const uint8_t *at = buf_get_block(r, AUDIT_ENTRY_MAX, &len);
    uint64_t seq = buf_get_u64(r);
    if (at == NULL || r->bad)
        return malformed(err);
    enum sv_status s = audit_entry_decode(out, at, len, err);
    if (s == SV_OK)
        out->seq = seq;
    return s;
}

/* ---- whole bodies ---- */

void proto_put_status(struct buf_writer *w, const struct agent_status *s)
{
    buf_put_u32(w, s->pid);
    proto_put_text(w, s->version);
    proto_put_text(w, s->vault);
    buf_put_u64(w, (uint64_t)s->since);
    buf_put_u64(w, (uint64_t)s->until);
    buf_put_u64(w, (uint64_t)s->idle_until);
    buf_put_u64(w, s->released);
    buf_put_u64(w, s->refused);
}

void proto_get_status(struct buf_reader *r, struct agent_status *s)
{
    s->pid = buf_get_u32(r);
    proto_get_text(r, s->version, sizeof s->version);
    proto_get_text(r, s->vault, sizeof s->vault);
    s->since = (int64_t)buf_get_u64(r);
    s->until = (int64_t)buf_get_u64(r);
    s->idle_until = (int64_t)buf_get_u64(r);
    s->released = buf_get_u64(r);
    s->refused = buf_get_u64(r);
}

void proto_put_info(struct buf_writer *w, const struct vault_info *info)
{
    proto_put_text(w, info->id_hex);
    buf_put_u64(w, info->epoch);
    buf_put_u64(w, info->seq);
    buf_put_u64(w, (uint64_t)info->created);
    buf_put_u32(w, info->slots);
    buf_put_bytes(w, info->log.log_id, sizeof info->log.log_id);
    buf_put_u64(w, info->log.size);
    buf_put_bytes(w, info->log.root, sizeof info->log.root);
    proto_put_text(w, info->path);
    proto_put_text(w, info->state_dir);
}

void proto_get_info(struct buf_reader *r, struct vault_info *info, struct proto_paths *paths)
{
    proto_get_text(r, info->id_hex, sizeof info->id_hex);
    info->epoch = buf_get_u64(r);
    info->seq = buf_get_u64(r);
    info->created = (int64_t)buf_get_u64(r);
    info->slots = buf_get_u32(r);
    buf_get_bytes(r, info->log.log_id, sizeof info->log.log_id);
    info->log.size = buf_get_u64(r);
    buf_get_bytes(r, info->log.root, sizeof info->log.root);
    proto_get_text(r, paths->vault, sizeof paths->vault);
    proto_get_text(r, paths->state_dir, sizeof paths->state_dir);
    info->path = paths->vault;
    info->state_dir = paths->state_dir;
}

void proto_put_member(struct buf_writer *w, const struct member *m)
{
    buf_put_u32(w, m->number);
    buf_put_u8(w, (uint8_t)m->type);
    buf_put_u8(w, (uint8_t)m->role);
    buf_put_u64(w, (uint64_t)m->created);
    buf_put_u8(w, m->own);
    buf_put_u64(w, (uint64_t)m->left);
    proto_put_text(w, m->label);
}

void proto_get_member(struct buf_reader *r, struct member *m)
{
    memset(m, 0, sizeof *m);
    m->number = buf_get_u32(r);
    m->type = (enum slot_type)buf_get_u8(r);
    m->role = (enum role)buf_get_u8(r);
    m->created = (int64_t)buf_get_u64(r);
    uint8_t own = buf_get_u8(r);
    m->own = own == 1;
    r->bad = r->bad || own > 1;
    m->left = (int64_t)buf_get_u64(r);
    proto_get_text(r, m->label, sizeof m->label);
}

void proto_put_token_end(struct buf_writer *w, const struct token_info *t)
{
    buf_put_u32(w, t->number);
    buf_put_u64(w, (uint64_t)t->until);
    proto_put_text(w, t->label);
}

void proto_get_token_end(struct buf_reader *r, struct token_info *t)
{
    memset(t, 0, sizeof *t);
    t->number = buf_get_u32(r);
    t->until = (int64_t)buf_get_u64(r);
    proto_get_text(r, t->label, sizeof t->label);
}

enum sv_status proto_put_posture(struct buf_writer *w, const struct posture *known,
                                 struct sv_err *err)
{
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status s = posture_encode(&bytes, known, err);
    if (s == SV_OK)
        buf_put_block(w, bytes.bytes, bytes.len);
    return s;
}

enum sv_status proto_get_posture(struct buf_reader *r, struct posture *out, struct sv_err *err)
{
    size_t len = 0;
    const uint8_t *bytes = buf_get_block(r, POSTURE_BYTES_MAX, &len);
    return bytes == NULL ? proto_done(r, err) : posture_decode(out, bytes, len, err);
}

enum sv_status proto_put_copy(struct buf_writer *w, const struct copy *c, struct sv_err *err)
{
    struct copy item = *c;
    struct copies one = {&item, 1};
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status s = copies_encode(&bytes, &one, err);
    if (s == SV_OK)
        buf_put_block(w, bytes.bytes, bytes.len);
    return s;
}

enum sv_status proto_get_copy(struct buf_reader *r, struct copy *out, struct sv_err *err)
{
    COPIES_OWNED struct copies list = {0};
    size_t len = 0;
    const uint8_t *bytes = buf_get_block(r, COPIES_BYTES_MAX, &len);
    if (bytes == NULL)
        return proto_done(r, err);
    enum sv_status s = copies_decode(&list, bytes, len, err);
    if (s == SV_OK && list.count != 1)
        s = sv_fail(err, SV_DATA, "that is not one copy");
    if (s == SV_OK)
        *out = list.items[0];
    return s;
}

enum sv_status proto_put_policy(struct buf_writer *w, const struct policy *policy,
                                struct sv_err *err)
{
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status s = policy_encode(&bytes, policy, err);
    if (s == SV_OK)
        buf_put_block(w, bytes.bytes, bytes.len);
    return s;
}

enum sv_status proto_get_policy(struct buf_reader *r, struct policy *out, struct sv_err *err)
{
    size_t len = 0;
    const uint8_t *bytes = buf_get_block(r, POLICY_BYTES_MAX, &len);
    return bytes == NULL ? proto_done(r, err) : policy_decode(out, bytes, len, err);
}

enum sv_status proto_put_policy_change(struct buf_writer *w, const struct policy_rule *rule,
                                       unsigned drop, struct sv_err *err)
{
    struct policy_rule item = *rule;
    const struct policy one = {&item, rule->has != 0 ? 1 : 0};
    buf_put_u8(w, (uint8_t)rule->scope);
    proto_put_text(w, rule->name);
    buf_put_bytes(w, rule->uid, sizeof rule->uid);
    buf_put_u32(w, drop);
    return proto_put_policy(w, &one, err);
}

enum sv_status proto_get_policy_change(struct buf_reader *r, struct policy_rule *out,
                                       unsigned *drop, struct sv_err *err)
{
    POLICY_OWNED struct policy one = {0};
    struct policy_rule rule = {.scope = (enum policy_scope)buf_get_u8(r)};
    proto_get_text(r, rule.name, sizeof rule.name);
    buf_get_bytes(r, rule.uid, sizeof rule.uid);
    *drop = buf_get_u32(r);
    enum sv_status s = proto_get_policy(r, &one, err);
    if (s != SV_OK)
        return s;
    if (one.count > 1 || (one.count == 1 && policy_order(&one.rules[0], &rule) != 0))
        return sv_fail(err, SV_DATA, "that is not one rule");
    *out = one.count == 1 ? one.rules[0] : rule;
    return SV_OK;
}

enum sv_status proto_put_rotation(struct buf_writer *w, const struct rotation_record *record,
                                  struct sv_err *err)
{
    BLOB_OWNED struct blob bytes = {0};
    enum sv_status s = rotation_encode(&bytes, record, err);
    if (s == SV_OK)
        buf_put_block(w, bytes.bytes, bytes.len);
    return s;
}

enum sv_status proto_get_rotation(struct buf_reader *r, struct rotation_record *out,
                                  struct sv_err *err)
{
    size_t len = 0;
    const uint8_t *bytes = buf_get_block(r, ROTATION_BYTES_MAX, &len);
    return bytes == NULL ? proto_done(r, err) : rotation_decode(out, bytes, len, err);
}

void proto_put_filter(struct buf_writer *w, const struct audit_filter *f)
{
    buf_put_u64(w, f->last);
    buf_put_u64(w, (uint64_t)f->since);
    buf_put_u64(w, (uint64_t)f->until);
    buf_put_u8(w, (uint8_t)f->op);
    buf_put_u8(w, (uint8_t)f->result);
    buf_put_u8(w, (uint8_t)f->via);
    buf_put_u16(w, f->member);
    proto_put_text(w, f->profile);
    proto_put_text(w, f->exe);
}

void proto_get_filter(struct buf_reader *r, struct proto_filter *out)
{
    struct audit_filter *f = &out->filter;
    f->last = buf_get_u64(r);
    f->since = (int64_t)buf_get_u64(r);
    f->until = (int64_t)buf_get_u64(r);
    f->op = (enum audit_op)buf_get_u8(r);
    f->result = (enum audit_result)buf_get_u8(r);
    f->via = (enum audit_via)buf_get_u8(r);
    f->member = buf_get_u16(r);
    proto_get_text(r, out->profile, sizeof out->profile);
    proto_get_text(r, out->exe, sizeof out->exe);
    f->profile = out->profile[0] != '\0' ? out->profile : NULL;
    f->exe = out->exe[0] != '\0' ? out->exe : NULL;
}
