/* SPDX-License-Identifier: ISC */
#include "domain/directory_keys.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define TAG_AUDIT 2
#define TAG_IDENTITY 3
#define TAG_NEXT 4
#define TAG_FORMER 5
#define AUDIT_LEN DIRECTORY_AUDIT_KEY_LEN
#define IDENTITY_LEN (4 + KEY_LEN)
#define FORMER_LEN_MAX (4 + 8 + 1 + DIRECTORY_LABEL_MAX)
#define PART_MAX (4u << 20)

/* The part taken apart: borrowed lists without their counts. */
struct parts {
    const uint8_t *audit, *identity, *former;
    uint16_t audits, identities;
    uint32_t next;
    size_t former_len;
};

static enum sv_status damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the keys in the vault's directory of slots are damaged: restore a backup");
}

static const uint8_t *list_read(struct buf_reader *r, uint16_t *count, size_t width)
{
    const uint8_t *list;

    *count = buf_get_u16(r);
    list = buf_get_view(r, *count * width);
    if (*count == 0 || !buf_reader_done(r))
        r->bad = true;
    return list;
}

static void former_read(struct buf_reader *r, struct directory_former *f)
{
    memset(f, 0, sizeof *f);
    f->number = buf_get_u32(r);
    f->left = (int64_t)buf_get_u64(r);
    uint8_t len = buf_get_u8(r);
    if (len > DIRECTORY_LABEL_MAX)
        r->bad = true;
    else
        buf_get_bytes(r, f->label, len);
    if (len == 0 || f->left <= 0 || strlen(f->label) != len || !text_is_utf8(f->label, len) ||
        text_has_control(f->label, len))
        r->bad = true;
}

/* All of them, to see that they can be read. */
static void formers_read(struct parts *p, struct buf_reader *value)
{
    struct directory_former f;

    p->former_len = value->left;
    p->former = buf_get_view(value, value->left);
    struct buf_reader r = buf_reader_over(p->former, p->former ? p->former_len : 0);
    do
        former_read(&r, &f);
    while (!r.bad && r.left > 0);
    value->bad = value->bad || r.bad;
}

static enum sv_status parse(struct parts *p, const struct secret *part, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(part), secret_len(part));
    uint8_t last = 0;

    memset(p, 0, sizeof *p);
    while (r.left && !r.bad) {
        uint8_t tag = buf_get_u8(&r);
        size_t len = 0;
        const uint8_t *bytes = buf_get_block(&r, PART_MAX, &len);
        struct buf_reader value = buf_reader_over(bytes, bytes ? len : 0);
        if (tag <= last)
            return damaged(err);
        last = tag;
        if (tag == TAG_AUDIT)
            p->audit = list_read(&value, &p->audits, AUDIT_LEN);
        else if (tag == TAG_IDENTITY)
            p->identity = list_read(&value, &p->identities, IDENTITY_LEN);
        else if (tag == TAG_NEXT)
            p->next = buf_get_u32(&value);
        else if (tag == TAG_FORMER)
            formers_read(p, &value);
        else
            value.bad = true;
        if (!buf_reader_done(&value) || (tag == TAG_NEXT && p->next == 0))
            return damaged(err);
    }
    return r.bad ? damaged(err) : SV_OK;
}

static void list_write(struct buf_writer *w, uint8_t tag, const uint8_t *list, uint16_t count,
                       size_t width)
{
    if (count == 0)
        return;
    buf_put_u8(w, tag);
    buf_put_u32(w, (uint32_t)(2 + count * width));
    buf_put_u16(w, count);
    buf_put_bytes(w, list, count * width);
}

/* What the part becomes: p, with one more audit key or identity where they are given. */
static enum sv_status encode(struct secret **out, const struct parts *p, const uint8_t *audit,
                             const uint8_t *identity, struct sv_err *err)
{
    size_t capacity = (size_t)(p->audits + 1) * AUDIT_LEN +
                      (size_t)(p->identities + 1) * IDENTITY_LEN + p->former_len + 4 * 7 + 4;
    SECRET_OWNED struct secret *lists = NULL, *s = NULL;
    size_t audits = p->audits * (size_t)AUDIT_LEN;
    size_t identities = p->identities * (size_t)IDENTITY_LEN;
    struct buf_writer w;
    enum sv_status st;

    if (p->audits == UINT16_MAX || p->identities == UINT16_MAX)
        return damaged(err);
    if ((st = secret_new(&lists, capacity, err)) || (st = secret_new(&s, capacity, err)) ||
        (audits && (st = secret_append(lists, p->audit, audits, err))) ||
        (audit && (st = secret_append(lists, audit, AUDIT_LEN, err))) ||
        (identities && (st = secret_append(lists, p->identity, identities, err))) ||
        (identity && (st = secret_append(lists, identity, IDENTITY_LEN, err))))
        return st;
    secret_set_len(s, capacity);
    w = buf_writer_over(secret_poke(s), capacity);
    list_write(&w, TAG_AUDIT, secret_peek(lists), (uint16_t)(p->audits + (audit != NULL)),
               AUDIT_LEN);
    list_write(&w, TAG_IDENTITY, secret_peek(lists) + audits + (audit ? AUDIT_LEN : 0),
               (uint16_t)(p->identities + (identity != NULL)), IDENTITY_LEN);
    if (p->next) {
        buf_put_u8(&w, TAG_NEXT);
        buf_put_u32(&w, 4);
        buf_put_u32(&w, p->next);
    }
    if (p->former_len) {
        buf_put_u8(&w, TAG_FORMER);
        buf_put_u32(&w, (uint32_t)p->former_len);
        buf_put_bytes(&w, p->former, p->former_len);
    }
    if (w.full)
        return damaged(err);
    secret_set_len(s, w.len);
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status directory_keys_add_audit(struct secret **out, const struct secret *part,
                                        uint64_t epoch, const uint8_t sk[KEY_LEN],
                                        struct sv_err *err)
{
    uint8_t record[AUDIT_LEN];
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st)
        return st;
    le64_put(record, epoch);
    memcpy(record + 8, sk, KEY_LEN);
    st = encode(out, &p, record, NULL, err);
    sodium_memzero(record, sizeof record);
    return st;
}

enum sv_status directory_keys_add_identity(struct secret **out, const struct secret *part,
                                           uint32_t number, const uint8_t pk[KEY_LEN],
                                           struct sv_err *err)
{
    uint8_t record[IDENTITY_LEN];
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st)
        return st;
    le32_put(record, number);
    memcpy(record + 4, pk, KEY_LEN);
    return encode(out, &p, NULL, record, err);
}

enum sv_status directory_keys_drop_identity(struct secret **out, const struct secret *part,
                                            uint32_t number, struct sv_err *err)
{
    SECRET_OWNED struct secret *kept = NULL;
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st || (st = secret_new(&kept, (size_t)p.identities * IDENTITY_LEN, err)))
        return st;
    for (uint16_t i = 0; i < p.identities; i++) {
        const uint8_t *record = p.identity + (size_t)i * IDENTITY_LEN;
        if (le32_get(record) != number && (st = secret_append(kept, record, IDENTITY_LEN, err)))
            return st;
    }
    p.identity = secret_peek(kept);
    p.identities = (uint16_t)(secret_len(kept) / IDENTITY_LEN);
    return encode(out, &p, NULL, NULL, err);
}

enum sv_status directory_keys_set_next(struct secret **out, const struct secret *part,
                                       uint32_t next, struct sv_err *err)
{
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st)
        return st;
    p.next = next;
    return encode(out, &p, NULL, NULL, err);
}

enum sv_status directory_keys_audit(struct secret **out, const struct secret *part,
                                    struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st || (st = secret_new(&s, (size_t)p.audits * AUDIT_LEN, err)))
        return st;
    for (size_t i = p.audits; i > 0; i--)
        if ((st = secret_append(s, p.audit + (i - 1) * AUDIT_LEN, AUDIT_LEN, err)))
            return st;
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status directory_keys_find_identity(const struct secret *part, const uint8_t pk[KEY_LEN],
                                            bool *found, uint32_t *number, struct sv_err *err)
{
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st)
        return st;
    *found = false;
    for (uint16_t i = 0; i < p.identities && !*found; i++) {
        const uint8_t *record = p.identity + (size_t)i * IDENTITY_LEN;
        *found = memcmp(record + 4, pk, KEY_LEN) == 0;
        if (*found)
            *number = le32_get(record);
    }
    return SV_OK;
}

enum sv_status directory_keys_next(const struct secret *part, uint32_t *next, struct sv_err *err)
{
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st == SV_OK)
        *next = p.next;
    return st;
}

enum sv_status directory_keys_add_former(struct secret **out, const struct secret *part,
                                         const struct directory_former *former, struct sv_err *err)
{
    uint8_t record[FORMER_LEN_MAX];
    struct buf_writer w = buf_writer_over(record, sizeof record);
    SECRET_OWNED struct secret *all = NULL;
    size_t len = strlen(former->label);
    struct parts p;
    enum sv_status st = parse(&p, part, err);

    if (st)
        return st;
    buf_put_u32(&w, former->number);
    buf_put_u64(&w, (uint64_t)former->left);
    buf_put_u8(&w, (uint8_t)len);
    buf_put_bytes(&w, former->label, len);
    if (w.full || len == 0)
        return damaged(err);
    if ((st = secret_new(&all, p.former_len + w.len, err)) ||
        (p.former_len && (st = secret_append(all, p.former, p.former_len, err))) ||
        (st = secret_append(all, record, w.len, err)))
        return st;
    p.former = secret_peek(all);
    p.former_len = secret_len(all);
    return encode(out, &p, NULL, NULL, err);
}

enum sv_status directory_keys_former(const struct secret *part, uint32_t place,
                                     struct directory_former *out, struct sv_err *err)
{
    struct parts p;
    enum sv_status st = parse(&p, part, err);
    struct buf_reader r = buf_reader_over(p.former, p.former_len);

    if (st)
        return st;
    for (uint32_t i = 0; i <= place; i++) {
        if (r.left == 0)
            return SV_MISSING;
        former_read(&r, out);
    }
    return SV_OK;
}
