/* SPDX-License-Identifier: ISC */
#include "agent/serve_told.h"

#include <string.h>

#include "agent/proto.h"
#include "base/alloc.h"
#include "domain/vault_copies.h"
#include "domain/vault_policy.h"
#include "domain/vault_posture.h"
#include "domain/vault_rotate.h"

enum sv_status told_rename(struct vault *v, struct buf_reader *r, struct sv_err *err)
{
    char from[PROFILE_NAME_MAX + 1], to[PROFILE_NAME_MAX + 1];
    proto_get_text(r, from, sizeof from);
    proto_get_text(r, to, sizeof to);
    enum sv_status s = proto_done(r, err);
    return s == SV_OK ? vault_rename(v, from, to, err) : s;
}

enum sv_status told_remove(struct vault *v, struct buf_reader *r, struct sv_err *err)
{
    char name[PROFILE_NAME_MAX + 1];
    proto_get_text(r, name, sizeof name);
    enum sv_status s = proto_done(r, err);
    return s == SV_OK ? vault_remove(v, name, err) : s;
}

enum sv_status told_posture(struct vault *v, struct buf_reader *r, struct sv_err *err)
{
    char name[PROFILE_NAME_MAX + 1];
    struct posture known;
    proto_get_text(r, name, sizeof name);
    bool accepted = buf_get_u8(r) != 0;
    enum sv_status s = proto_get_posture(r, &known, err);
    if (s == SV_OK)
        s = proto_done(r, err);
    return s == SV_OK ? vault_learn(v, name, &known, accepted, err) : s;
}

/* The profiles borrow their names. */
struct held {
    struct profile profiles[COPY_LOGINS_MAX];
    char names[COPY_LOGINS_MAX][PROFILE_NAME_MAX + 1];
    size_t count;
};

static void take_held(struct buf_reader *r, struct held *h)
{
    while (r->left > 0 && !r->bad) {
        if (h->count == COPY_LOGINS_MAX) {
            r->bad = true;
            return;
        }
        struct profile *p = &h->profiles[h->count];
        p->name = h->names[h->count++];
        proto_get_text(r, p->name, PROFILE_NAME_MAX + 1);
        buf_get_bytes(r, p->uid, sizeof p->uid);
        p->version = buf_get_u64(r);
    }
}

enum sv_status told_copy(struct vault *v, struct buf_reader *r, struct sv_err *err)
{
    struct held held;
    struct copy c;
    uint8_t step = buf_get_u8(r);
    enum sv_status s = proto_get_copy(r, &c, err);
    if (s != SV_OK)
        return s;
    memset(&held, 0, sizeof held);
    take_held(r, &held);
    if (step < COPY_BEGIN || step > COPY_FORGET)
        r->bad = true;
    if ((s = proto_done(r, err)) != SV_OK)
        return s;
    return vault_copy(v, (enum copy_step)step, held.profiles, held.count, &c, err);
}

enum sv_status told_policy(struct vault *v, struct buf_reader *r, struct sv_err *err)
{
    struct policy_rule rule;
    char profile[PROFILE_NAME_MAX + 1];
    unsigned drop = 0;
    proto_get_text(r, profile, sizeof profile);
    enum sv_status s = proto_get_policy_change(r, &rule, &drop, err);
    if (s == SV_OK)
        s = proto_done(r, err);
    if (s != SV_OK)
        return s;
    return vault_policy_change(v, profile[0] != '\0' ? profile : NULL, &rule, drop, err);
}

/* The record as the client read it. */
static void take_read(struct buf_reader *r, struct profile *p)
{
    size_t len = 0;
    const uint8_t *bytes = buf_get_block(r, ROTATION_BYTES_MAX, &len);
    if (bytes == NULL || (len > 0 && !blob_append(&p->rotation, bytes, len)))
        r->bad = true;
}

enum sv_status told_rotation(struct vault *v, struct buf_reader *r, struct profile *card,
                             struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    struct rotation_record record;
    char name[PROFILE_NAME_MAX + 1];
    uint8_t step = buf_get_u8(r);
    proto_get_text(r, name, sizeof name);
    buf_get_bytes(r, p.uid, sizeof p.uid);
    take_read(r, &p);
    if ((p.name = sv_strdup(name)) == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = proto_get_rotation(r, &record, err);
    if (s == SV_OK && buf_get_u8(r) == 1)
        s = proto_get_secret(r, &secret, err);
    if (step < ROTATE_BEGIN || step > ROTATE_ABANDON)
        r->bad = true;
    if (s == SV_OK)
        s = proto_done(r, err);
    if (s == SV_OK)
        s = vault_rotate(v, (enum rotation_step)step, &p, &record, secret, err);
    if (s != SV_OK)
        return s;
    *card = p;
    memset(&p, 0, sizeof p);
    return SV_OK;
}
