/* SPDX-License-Identifier: ISC */
#include "agent/remote.h"

#include <string.h>

#include "base/alloc.h"
#include "domain/git_secret.h"

struct remote {
    struct agent_client *client;
    struct proto_paths paths;
};

static void remote_close(void *far)
{
    struct remote *me = far;
    agent_client_close(me->client);
    sv_free(me);
}

/* Asks, for an answer of one frame. */
static enum sv_status ask(struct remote *me, const struct buf_writer *w, struct buf_reader *r,
                          struct sv_err *err)
{
    bool more = false;
    enum sv_status s = agent_ask(me->client, w, r, &more, err);
    return s == SV_OK && more ? sv_fail(err, SV_DATA, "the agent answered more than it was asked")
                              : s;
}

/* Asks, for an answer without a body. */
static enum sv_status ask_done(struct remote *me, const struct buf_writer *w, struct sv_err *err)
{
    struct buf_reader r;
    enum sv_status s = ask(me, w, &r, err);
    return s == SV_OK ? proto_done(&r, err) : s;
}

/* ---- reading ---- */

static enum sv_status take_card(struct buf_reader *r, struct profile *out, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = proto_get_card(r, &p, err);
    if (s == SV_OK)
        s = proto_done(r, err);
    if (s != SV_OK)
        return s;
    *out = p;
    memset(&p, 0, sizeof p);
    return SV_OK;
}

static enum sv_status remote_find(void *far, const char *name, struct profile *out,
                                  struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_FIND);
    struct buf_reader r;
    proto_put_text(&w, name);
    enum sv_status s = ask(me, &w, &r, err);
    return s == SV_OK ? take_card(&r, out, err) : s;
}

static enum sv_status take_cards(struct buf_reader *r, struct profile_list *list, size_t *capacity,
                                 struct sv_err *err)
{
    while (r->left > 0) {
        if (list->count == *capacity) {
            size_t more = *capacity == 0 ? 64 : 2 * *capacity;
            struct profile *items = sv_resize(list->items, more * sizeof *items);
            if (items == NULL)
                return sv_fail_nomem(err);
            list->items = items;
            *capacity = more;
        }
        enum sv_status s = proto_get_card(r, &list->items[list->count], err);
        if (s != SV_OK)
            return s;
        list->count++;
    }
    return SV_OK;
}

static enum sv_status ask_cards(struct remote *me, const struct buf_writer *w,
                                struct profile_list *out, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    size_t capacity = 0;
    struct buf_reader r;
    bool more = false;
    enum sv_status s = agent_ask(me->client, w, &r, &more, err);
    if (s == SV_OK)
        s = take_cards(&r, &list, &capacity, err);
    while (s == SV_OK && more) {
        if ((s = agent_next(me->client, &r, &more, err)) == SV_OK)
            s = take_cards(&r, &list, &capacity, err);
    }
    if (s != SV_OK)
        return s;
    *out = list;
    list = (struct profile_list){0};
    return SV_OK;
}

static enum sv_status remote_list(void *far, bool used, struct profile_list *list,
                                  struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_LIST);
    buf_put_u8(&w, used);
    return ask_cards(me, &w, list, err);
}

static enum sv_status remote_history(void *far, const char *name, struct profile_list *list,
                                     struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_HISTORY);
    proto_put_text(&w, name);
    return ask_cards(me, &w, list, err);
}

static enum sv_status remote_reveal(void *far, const char *name, const struct reveal *why,
                                    struct profile *profile_out, struct secret **secret_out,
                                    struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_REVEAL);
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    struct buf_reader r;
    buf_put_u8(&w, (uint8_t)why->op);
    buf_put_u64(&w, why->version);
    proto_put_text(&w, name);
    proto_put_text(&w, why->note);
    enum sv_status s = ask(me, &w, &r, err);
    if (s == SV_OK)
        s = proto_get_card(&r, &p, err);
    if (s == SV_OK)
        s = proto_get_secret(&r, &secret, err);
    if (s == SV_OK)
        s = proto_done(&r, err);
    if (s != SV_OK)
        return s;
    if (profile_out != NULL) {
        *profile_out = p;
        memset(&p, 0, sizeof p);
    }
    *secret_out = secret;
    secret = NULL;
    return SV_OK;
}

static enum sv_status remote_record(void *far, struct audit_event *event, enum outcome outcome,
                                    const struct secret *claimed, bool *same, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_RECORD);
    struct buf_reader r;
    proto_put_event(&w, event);
    buf_put_u8(&w, (uint8_t)outcome);
    buf_put_u8(&w, claimed != NULL);
    if (claimed == NULL)
        return ask_done(me, &w, err);
    proto_put_secret(&w, claimed);
    enum sv_status s = ask(me, &w, &r, err);
    if (s != SV_OK)
        return s;
    *same = buf_get_u8(&r) == 1;
    return proto_done(&r, err);
}

static enum sv_status remote_info(void *far, struct vault_info *info, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_INFO);
    struct vault_info i = {.epoch = 0};
    struct buf_reader r;
    enum sv_status s = ask(me, &w, &r, err);
    if (s != SV_OK)
        return s;
    proto_get_info(&r, &i, &me->paths);
    if ((s = proto_done(&r, err)) == SV_OK)
        *info = i;
    return s;
}

/* ---- changing ---- */

/* The card that comes back has what the vault set. */
static enum sv_status ask_card(struct remote *me, const struct buf_writer *w, struct profile *p,
                               struct sv_err *err)
{
    PROFILE_OWNED struct profile made = {.name = NULL};
    struct buf_reader r;
    enum sv_status s = ask(me, w, &r, err);
    if (s == SV_OK)
        s = take_card(&r, &made, err);
    if (s != SV_OK)
        return s;
    profile_clear(p);
    *p = made;
    memset(&made, 0, sizeof made);
    return SV_OK;
}

static enum sv_status remote_add(void *far, struct profile *p, const struct secret *secret,
                                 struct sv_err *err)
{
    struct remote *me = far;
    enum sv_status s = profile_check_name(p->name, err);
    if (s == SV_OK)
        s = kept_check_secret(secret, err);
    if (s != SV_OK)
        return s;
    struct buf_writer w = agent_begin(me->client, WIRE_ADD);
    if ((s = proto_put_card(&w, p, err)) != SV_OK)
        return s;
    proto_put_secret(&w, secret);
    return ask_card(me, &w, p, err);
}

static enum sv_status remote_edit(void *far, struct profile *p, const struct secret *secret,
                                  enum audit_op op, struct sv_err *err)
{
    struct remote *me = far;
    enum sv_status s = secret != NULL ? kept_check_secret(secret, err) : SV_OK;
    if (s != SV_OK)
        return s;
    struct buf_writer w = agent_begin(me->client, WIRE_EDIT);
    buf_put_u8(&w, (uint8_t)op);
    if ((s = proto_put_card(&w, p, err)) != SV_OK)
        return s;
    buf_put_u8(&w, secret != NULL);
    if (secret != NULL)
        proto_put_secret(&w, secret);
    return ask_card(me, &w, p, err);
}

static enum sv_status remote_rename(void *far, const char *from, const char *to, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_RENAME);
    proto_put_text(&w, from);
    proto_put_text(&w, to);
    return ask_done(me, &w, err);
}

static enum sv_status remote_remove(void *far, const char *name, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_REMOVE);
    proto_put_text(&w, name);
    return ask_done(me, &w, err);
}

static enum sv_status remote_rollback(void *far, const char *name, uint64_t version,
                                      uint64_t *new_version, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_ROLLBACK);
    struct buf_reader r;
    proto_put_text(&w, name);
    buf_put_u64(&w, version);
    enum sv_status s = ask(me, &w, &r, err);
    if (s != SV_OK)
        return s;
    uint64_t made = buf_get_u64(&r);
    if ((s = proto_done(&r, err)) == SV_OK)
        *new_version = made;
    return s;
}

static enum sv_status remote_learn(void *far, const char *name, const struct posture *known,
                                   bool accepted, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_LEARN);
    proto_put_text(&w, name);
    buf_put_u8(&w, accepted);
    enum sv_status s = proto_put_posture(&w, known, err);
    return s == SV_OK ? ask_done(me, &w, err) : s;
}

static enum sv_status remote_copy(void *far, enum copy_step step, const struct profile *profiles,
                                  size_t count, const struct copy *c, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_COPY);
    buf_put_u8(&w, (uint8_t)step);
    enum sv_status s = proto_put_copy(&w, c, err);
    for (size_t i = 0; i < count; i++) {
        proto_put_text(&w, profiles[i].name);
        buf_put_bytes(&w, profiles[i].uid, sizeof profiles[i].uid);
        buf_put_u64(&w, profiles[i].version);
    }
    return s == SV_OK ? ask_done(me, &w, err) : s;
}

static enum sv_status remote_policy(void *far, struct policy *out, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_POLICY);
    struct buf_reader r;
    enum sv_status s = ask(me, &w, &r, err);
    return s == SV_OK ? proto_get_policy(&r, out, err) : s;
}

static enum sv_status remote_policy_change(void *far, const char *profile,
                                           const struct policy_rule *change, unsigned drop,
                                           struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_POLICY_CHANGE);
    proto_put_text(&w, profile);
    enum sv_status s = proto_put_policy_change(&w, change, drop, err);
    return s == SV_OK ? ask_done(me, &w, err) : s;
}

static enum sv_status remote_rotate(void *far, enum rotation_step step, struct profile *p,
                                    const struct rotation_record *record,
                                    const struct secret *secret, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_ROTATE);
    buf_put_u8(&w, (uint8_t)step);
    proto_put_text(&w, p->name);
    buf_put_bytes(&w, p->uid, sizeof p->uid);
    buf_put_block(&w, p->rotation.bytes, p->rotation.len);
    enum sv_status s = proto_put_rotation(&w, record, err);
    if (s != SV_OK)
        return s;
    buf_put_u8(&w, secret != NULL);
    if (secret != NULL)
        proto_put_secret(&w, secret);
    return ask_card(me, &w, p, err);
}

/* ---- the log ---- */

static enum sv_status visit_events(struct buf_reader *r, audit_visit *visit, void *context,
                                   struct sv_err *err)
{
    enum sv_status s = SV_OK;
    while (s == SV_OK && r->left > 0) {
        struct audit_event event;
        if ((s = proto_get_event(r, &event, err)) == SV_OK)
            s = visit(context, &event, err);
    }
    return s;
}

static enum sv_status remote_audit_read(void *far, const struct audit_filter *filter,
                                        audit_visit *visit, void *context, struct sv_err *err)
{
    struct remote *me = far;
    struct buf_writer w = agent_begin(me->client, WIRE_AUDIT);
    struct buf_reader r;
    bool more = false;
    proto_put_filter(&w, filter);
    enum sv_status s = agent_ask(me->client, &w, &r, &more, err);
    if (s == SV_OK)
        s = visit_events(&r, visit, context, err);
    while (s == SV_OK && more) {
        if ((s = agent_next(me->client, &r, &more, err)) == SV_OK)
            s = visit_events(&r, visit, context, err);
    }
    return s;
}

/* One frame's worth of a list. */
typedef enum sv_status take_some(struct buf_reader *r, void *list, struct sv_err *err);

static enum sv_status ask_all(struct remote *me, enum wire_op op, take_some *take, void *list,
                              struct sv_err *err)
{
    struct buf_writer w = agent_begin(me->client, op);
    struct buf_reader r;
    bool more = false;
    enum sv_status s = agent_ask(me->client, &w, &r, &more, err);
    if (s == SV_OK)
        s = take(&r, list, err);
    while (s == SV_OK && more) {
        if ((s = agent_next(me->client, &r, &more, err)) == SV_OK)
            s = take(&r, list, err);
    }
    return s;
}

static enum sv_status take_members(struct buf_reader *r, void *into, struct sv_err *err)
{
    struct member_list *list = into;
    while (r->left > 0) {
        struct member *items = sv_resize(list->items, (list->count + 1) * sizeof *items);
        if (items == NULL)
            return sv_fail_nomem(err);
        list->items = items;
        proto_get_member(r, &items[list->count]);
        if (r->bad)
            return proto_done(r, err);
        list->count++;
    }
    return SV_OK;
}

static enum sv_status remote_members(void *far, struct member_list *out, struct sv_err *err)
{
    MEMBER_LIST_OWNED struct member_list list = {0};
    enum sv_status s = ask_all(far, WIRE_MEMBERS, take_members, &list, err);
    if (s != SV_OK)
        return s;
    *out = list;
    list = (struct member_list){0};
    return SV_OK;
}

static enum sv_status take_tokens(struct buf_reader *r, void *into, struct sv_err *err)
{
    struct token_list *list = into;
    while (r->left > 0) {
        struct token_info *items = sv_resize(list->items, (list->count + 1) * sizeof *items);
        if (items == NULL)
            return sv_fail_nomem(err);
        list->items = items;
        proto_get_token_end(r, &items[list->count]);
        if (r->bad)
            return proto_done(r, err);
        list->count++;
    }
    return SV_OK;
}

static enum sv_status remote_token_ends(void *far, struct token_list *out, struct sv_err *err)
{
    TOKEN_LIST_OWNED struct token_list list = {0};
    enum sv_status s = ask_all(far, WIRE_TOKENS, take_tokens, &list, err);
    if (s != SV_OK)
        return s;
    *out = list;
    list = (struct token_list){0};
    return SV_OK;
}

static const struct vault_remote operations = {
    .find = remote_find,
    .list = remote_list,
    .history = remote_history,
    .reveal = remote_reveal,
    .record = remote_record,
    .add = remote_add,
    .edit = remote_edit,
    .rename = remote_rename,
    .remove = remote_remove,
    .rollback = remote_rollback,
    .learn = remote_learn,
    .copy = remote_copy,
    .policy = remote_policy,
    .policy_change = remote_policy_change,
    .rotate = remote_rotate,
    .info = remote_info,
    .audit_read = remote_audit_read,
    .members = remote_members,
    .token_ends = remote_token_ends,
    .close = remote_close,
};

enum sv_status remote_vault(struct vault **out, struct agent_client *client, struct sv_err *err)
{
    SV_AUTOFREE struct remote *me = sv_alloc(sizeof *me);
    if (me == NULL)
        return sv_fail_nomem(err);
    me->client = client;
    enum sv_status s = vault_far(out, &operations, me, err);
    if (s == SV_OK)
        me = NULL;
    return s;
}
