/* SPDX-License-Identifier: ISC */
/*
 * proto: requests and answers of wire.h as bytes: a pure codec. A frame lives in secret
 * memory, since it may hold a secret; what is read from one is bounded and checked, and
 * refused whole when anything is wrong with it.
 *
 *   card:   u32 length, the plaintext of a profile's card (profile.h) | last used, worked, rejected
 * u64 secret: u32 length, bytes event:  u32 length, an entry of the log (audit/entry.h) | its
 * number u64 status: pid u32 | version of the program, vault, both texts | unlocked at, ends at,
 *           idle end u64 (seconds since 1970; 0: never) | released, refused u64
 *   posture: u32 length, its bytes in a card (posture.h)
 *   copy:   u32 length, its bytes as a list of one (copies.h); then to the frame's end for each
 *           profile: name | uid 16 | version u64
 *   policy: u32 length, its bytes (policy.h)
 *   rule:   scope u8 | its selector's word | uid 16 | fields that go u32 | u32 length, a policy
 *           of this rule alone, or nothing where it only goes
 *   rotation: u32 length, its bytes in a card (rotation_record.h); none: there is no record. The
 *           first as it was read, the second as it shall be
 *   info:   vault id 16 | epoch, changes, profiles, made u64 | slots u32 | id, size of the
 *           log | its root 32 | path, state folder, both texts
 *   member: number of the slot u32 | type, role u8 | joined u64 | opened the agent u8 | label
 *   token:  number u32 | ends u64 (0: never) | label
 *   filter: last u64 | since, until i64 | op, result, via u8 | member u16 | profile, exe
 */
#ifndef AGENT_PROTO_H
#define AGENT_PROTO_H

#include "agent/wire.h"
#include "base/buf.h"
#include "base/secret.h"
#include "domain/copies.h"
#include "domain/policy.h"
#include "domain/posture.h"
#include "domain/rotation_record.h"
#include "domain/vault_members.h"
#include "domain/vault_token.h"

#define PROTO_NOTE_MAX 256
#define PROTO_PATH_MAX 4096
#define PROTO_FIELD_MAX 64
#define PROTO_TOKEN_MAX 1024
#define PROTO_MESSAGE_MAX (SV_ERR_TEXT_MAX - 1)

/* An empty frame. Owner: secret_free. */
enum sv_status frame_new(struct secret **frame, struct sv_err *err) SV_MUST_USE;

/* ---- writing: begin, put, end ---- */
/* vault: wire_place_hash of the one that is meant, or 0. */
struct buf_writer frame_request(struct secret *frame, enum wire_op op, uint64_t vault);
struct buf_writer frame_answer(struct secret *frame, enum sv_status status, bool more);
/* SV_DATA: it did not fit; the frame is empty then. */
enum sv_status frame_end(struct secret *frame, const struct buf_writer *w,
                         struct sv_err *err) SV_MUST_USE;
/* The answer that says why there is none. */
void frame_refuse(struct secret *frame, enum sv_status status, const char *message);

/* NULL is the empty text. A text that is too long for its length marks the writer full. */
void proto_put_text(struct buf_writer *w, const char *text);
void proto_put_token(struct buf_writer *w, const struct secret *text);
void proto_put_secret(struct buf_writer *w, const struct secret *secret);
enum sv_status proto_put_card(struct buf_writer *w, const struct profile *p,
                              struct sv_err *err) SV_MUST_USE;
void proto_put_event(struct buf_writer *w, const struct audit_event *event);

/* ---- reading ---- */
/* SV_DATA: no frame of this protocol; SV_UNREACHABLE: one of another version. The reader
 * stands at the body. */
enum sv_status frame_read_request(const struct secret *frame, enum wire_op *op, uint64_t *vault,
                                  struct buf_reader *r, struct sv_err *err) SV_MUST_USE;
/* The answer's own status, with its message, or one of the above; SV_FINDINGS (err empty): the
 * agent keeps another vault open. */
enum sv_status frame_read_answer(const struct secret *frame, bool *more, struct buf_reader *r,
                                 struct sv_err *err) SV_MUST_USE;
/* SV_DATA unless everything was read and nothing is left. */
enum sv_status proto_done(const struct buf_reader *r, struct sv_err *err) SV_MUST_USE;

/* Into dst, NUL-terminated; a longer text, or one with a NUL in it, marks the reader bad. */
void proto_get_text(struct buf_reader *r, char *dst, size_t capacity);
enum sv_status proto_get_secret(struct buf_reader *r, struct secret **out,
                                struct sv_err *err) SV_MUST_USE;
/* A text that is a secret; NULL when it is empty. */
enum sv_status proto_get_token(struct buf_reader *r, struct secret **out,
                               struct sv_err *err) SV_MUST_USE;
enum sv_status proto_get_card(struct buf_reader *r, struct profile *out,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status proto_get_event(struct buf_reader *r, struct audit_event *out,
                               struct sv_err *err) SV_MUST_USE;

/* ---- whole bodies ---- */
struct agent_status {
    uint32_t pid;
    char version[32], vault[PROTO_PATH_MAX];
    int64_t since, until, idle_until; /* 0: never */
    uint64_t released, refused;
};
void proto_put_status(struct buf_writer *w, const struct agent_status *s);
void proto_get_status(struct buf_reader *r, struct agent_status *s);

/* Texts of info are put into these. */
struct proto_paths {
    char vault[PROTO_PATH_MAX], state_dir[PROTO_PATH_MAX];
};
void proto_put_info(struct buf_writer *w, const struct vault_info *info);
void proto_get_info(struct buf_reader *r, struct vault_info *info, struct proto_paths *paths);

void proto_put_member(struct buf_writer *w, const struct member *m);
void proto_get_member(struct buf_reader *r, struct member *m);

/* Number, end and label alone. */
void proto_put_token_end(struct buf_writer *w, const struct token_info *t);
void proto_get_token_end(struct buf_reader *r, struct token_info *t);

enum sv_status proto_put_posture(struct buf_writer *w, const struct posture *known,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status proto_get_posture(struct buf_reader *r, struct posture *out,
                                 struct sv_err *err) SV_MUST_USE;

enum sv_status proto_put_copy(struct buf_writer *w, const struct copy *c,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status proto_get_copy(struct buf_reader *r, struct copy *out,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status proto_put_rotation(struct buf_writer *w, const struct rotation_record *record,
                                  struct sv_err *err) SV_MUST_USE;
enum sv_status proto_get_rotation(struct buf_reader *r, struct rotation_record *out,
                                  struct sv_err *err) SV_MUST_USE;

enum sv_status proto_put_policy(struct buf_writer *w, const struct policy *policy,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status proto_get_policy(struct buf_reader *r, struct policy *out,
                                struct sv_err *err) SV_MUST_USE;
/* A rule, and what goes out of it (policy_change). */
enum sv_status proto_put_policy_change(struct buf_writer *w, const struct policy_rule *rule,
                                       unsigned drop, struct sv_err *err) SV_MUST_USE;
enum sv_status proto_get_policy_change(struct buf_reader *r, struct policy_rule *out,
                                       unsigned *drop, struct sv_err *err) SV_MUST_USE;

struct proto_filter {
    struct audit_filter filter; /* its texts are the ones below */
    char profile[PROFILE_NAME_MAX + 1], exe[CALLER_TEXT_MAX];
};
void proto_put_filter(struct buf_writer *w, const struct audit_filter *filter);
void proto_get_filter(struct buf_reader *r, struct proto_filter *out);

#endif
