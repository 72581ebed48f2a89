/* SPDX-License-Identifier: ISC */
#include "agent/serve_many.h"

#include <malloc.h>

#include "agent/agent.h"
#include "agent/proto.h"

/* Entries of the log that are opened for one question, about 65 microseconds each, while
 * everybody else waits. */
#define ENTRIES_MOST 4096

/* An answer in the making: a frame is sent when the next piece does not fit it. */
struct many {
    struct agent *a;
    struct peer *p;
    struct buf_writer w;
};

static struct many many_begin(struct agent *a, struct peer *p)
{
    return (struct many){a, p, frame_answer(a->out, SV_OK, true)};
}

static enum sv_status many_send(struct many *m, bool more, struct sv_err *err)
{
    enum sv_status s = frame_end(m->a->out, &m->w, err);
    if (s != SV_OK)
        return s;
    secret_poke(m->a->out)[2] = more;
    peer_send(m->p, m->a->out, false);
    m->w = frame_answer(m->a->out, SV_OK, true);
    return SV_OK;
}

/* What was put since `before` did not fit: it begins the next frame. */
static enum sv_status many_turn(struct many *m, size_t before, struct sv_err *err)
{
    m->w.len = before;
    m->w.full = false;
    return many_send(m, true, err);
}

static enum sv_status many_card(struct many *m, const struct profile *card, struct sv_err *err)
{
    size_t before = m->w.len;
    enum sv_status s = proto_put_card(&m->w, card, err);
    if (s != SV_OK || !m->w.full)
        return s;
    s = many_turn(m, before, err);
    return s == SV_OK ? proto_put_card(&m->w, card, err) : s;
}

static enum sv_status many_cards(struct agent *a, struct peer *p, const struct profile_list *list,
                                 struct sv_err *err)
{
    struct many m = many_begin(a, p);
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < list->count; i++)
        s = many_card(&m, &list->items[i], err);
    return s == SV_OK ? many_send(&m, false, err) : s;
}

enum sv_status serve_list(struct agent *a, struct peer *p, struct buf_reader *r, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    uint8_t used = buf_get_u8(r);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = used ? vault_list_used(a->vault, &list, err) : vault_list(a->vault, &list, err);
    if (s == SV_OK)
        s = many_cards(a, p, &list, err);
    profile_list_clear(&list);
    malloc_trim(0); /* an agent stays small, however long the list was */
    return s;
}

enum sv_status serve_history(struct agent *a, struct peer *p, struct buf_reader *r,
                             struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    char name[PROFILE_NAME_MAX + 1];
    proto_get_text(r, name, sizeof name);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_history(a->vault, name, &list, err);
    return s == SV_OK ? many_cards(a, p, &list, err) : s;
}

enum sv_status serve_members(struct agent *a, struct peer *p, struct buf_reader *r,
                             struct sv_err *err)
{
    MEMBER_LIST_OWNED struct member_list list = {0};
    struct many m = many_begin(a, p);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_members_ever(a->vault, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        size_t before = m.w.len;
        proto_put_member(&m.w, &list.items[i]);
        if (m.w.full && (s = many_turn(&m, before, err)) == SV_OK)
            proto_put_member(&m.w, &list.items[i]);
    }
    return s == SV_OK ? many_send(&m, false, err) : s;
}

/* Whoever opened the agent without being an
 * administrator knows of none. */
enum sv_status serve_tokens(struct agent *a, struct peer *p, struct buf_reader *r,
                            struct sv_err *err)
{
    TOKEN_LIST_OWNED struct token_list list = {0};
    struct many m = many_begin(a, p);
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK && (s = vault_tokens(a->vault, &list, err)) == SV_DENIED)
        s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        size_t before = m.w.len;
        proto_put_token_end(&m.w, &list.items[i]);
        if (m.w.full && (s = many_turn(&m, before, err)) == SV_OK)
            proto_put_token_end(&m.w, &list.items[i]);
    }
    return s == SV_OK ? many_send(&m, false, err) : s;
}

static enum sv_status visit(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct many *m = context;
    size_t before = m->w.len;
    proto_put_event(&m->w, event);
    if (!m->w.full)
        return SV_OK;
    enum sv_status s = many_turn(m, before, err);
    proto_put_event(&m->w, event);
    return s;
}

enum sv_status serve_audit(struct agent *a, struct peer *p, struct buf_reader *r,
                           struct sv_err *err)
{
    struct proto_filter filter;
    struct many m = many_begin(a, p);
    proto_get_filter(r, &filter);
    filter.filter.most = ENTRIES_MOST;
    enum sv_status s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_audit_read(a->vault, &filter.filter, visit, &m, err);
    return s == SV_OK ? many_send(&m, false, err) : s;
}
