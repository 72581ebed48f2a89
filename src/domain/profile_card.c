/* SPDX-License-Identifier: ISC */
/*
 * profile_card: the bytes of a card. One profile has exactly one encoding: the
 * decoder refuses every other one, so that a card that opens and differs is a
 * fault and never a dialect.
 *
 * uid(16), then for each field that is set, in tag order: tag u8, length u32,
 * value. Text: its UTF-8; each tag of `tags` an entry of its own; port u16;
 * enums u8; rotate-every u32 (days); times and version u64. A field that is zero
 * or empty counts as unset. Behind them, with tag 32, the
 * grants (grant.h), with tag 33 the posture (posture.h), and with tag 34 the
 * copies (copies.h), and with tag 35 the rotation (rotation_record.h).
 */
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/copies.h"
#include "domain/grant.h"
#include "domain/posture.h"
#include "domain/profile.h"
#include "domain/rotation_record.h"

/* Above those of the fields, so that they come last. */
#define TAG_GRANTS 32
#define TAG_POSTURE 33
#define TAG_COPIES 34
#define TAG_ROTATION 35

#define UID_LEN sizeof(((struct profile *)0)->uid)

/* ---- numbers: how wide, how large ---- */

static size_t number_width(enum field_type type)
{
    switch (type) {
    case FT_TLS:
    case FT_AUTH:
    case FT_KIND:
        return 1;
    case FT_PORT:
        return 2;
    case FT_DAYS:
        return 4;
    default:
        return 8;
    }
}

static uint64_t number_max(enum field_type type)
{
    switch (type) {
    case FT_TLS:
        return TLS_NONE;
    case FT_AUTH:
        return AUTH_OAUTHBEARER;
    case FT_KIND:
        return KIND_IAM_SECRET;
    case FT_PORT:
        return UINT16_MAX;
    case FT_DAYS:
        return UINT32_MAX;
    case FT_DATE:
    case FT_TIME:
        return INT64_MAX;
    default:
        return UINT64_MAX;
    }
}

static uint64_t number_get(const struct profile *p, const struct field *f)
{
    const void *member = (const char *)p + f->offset;
    switch (f->type) {
    case FT_TLS:
        return p->tls;
    case FT_AUTH:
        return p->auth;
    case FT_KIND:
        return p->kind;
    case FT_PORT:
        return p->port;
    case FT_DAYS:
        return p->rotate_days;
    case FT_DATE:
    case FT_TIME:
        return (uint64_t) * (const int64_t *)member;
    default:
        return *(const uint64_t *)member;
    }
}

static void number_set(struct profile *p, const struct field *f, uint64_t value)
{
    void *member = (char *)p + f->offset;
    switch (f->type) {
    case FT_TLS:
        p->tls = (enum profile_tls)value;
        break;
    case FT_AUTH:
        p->auth = (enum profile_auth)value;
        break;
    case FT_KIND:
        p->kind = (enum profile_kind)value;
        break;
    case FT_PORT:
        p->port = (uint16_t)value;
        break;
    case FT_DAYS:
        p->rotate_days = (uint32_t)value;
        break;
    case FT_DATE:
    case FT_TIME:
        *(int64_t *)member = (int64_t)value;
        break;
    default:
        *(uint64_t *)member = value;
        break;
    }
}

/* ---- encoding ---- */

/* A writer without bytes only counts, so that the card is made exactly as long
 * as it is: locked memory is scarce. */
struct card_writer {
    struct buf_writer w;
    size_t need;
};

static void put_entry(struct card_writer *c, uint8_t tag, const void *bytes, size_t len)
{
    c->need += 1 + sizeof(uint32_t) + len;
    if (c->w.at) {
        buf_put_u8(&c->w, tag);
        buf_put_block(&c->w, bytes, len);
    }
}

static enum sv_status put_text(struct card_writer *c, const struct field *f, const char *text,
                               struct sv_err *err)
{
    size_t len = text ? strlen(text) : 0;
    if (len == 0)
        return SV_OK;
    if (len > f->limit || !text_is_utf8(text, len))
        return sv_fail(err, SV_DATA, "the field \"%s\" is longer than %u bytes or not valid UTF-8",
                       f->key, (unsigned)f->limit);
    put_entry(c, f->tag, text, len);
    return SV_OK;
}

static enum sv_status put_number(struct card_writer *c, const struct field *f, uint64_t value,
                                 struct sv_err *err)
{
    if (value > number_max(f->type))
        return sv_fail(err, SV_DATA, "the field \"%s\" is out of its range", f->key);
    uint8_t bytes[8];
    le64_put(bytes, value);
    if (value != 0)
        put_entry(c, f->tag, bytes, number_width(f->type));
    return SV_OK;
}

static enum sv_status put_field(struct card_writer *c, const struct profile *p,
                                const struct field *f, struct sv_err *err)
{
    if (f->type == FT_TEXT)
        return put_text(c, f, *(char *const *)((const char *)p + f->offset), err);
    if (f->type != FT_TAGS)
        return put_number(c, f, number_get(p, f), err);
    if (p->tag_count > PROFILE_TAGS_MAX)
        return sv_fail(err, SV_DATA, "a profile can have %d tags, not %zu", PROFILE_TAGS_MAX,
                       p->tag_count);
    for (size_t i = 0; i < p->tag_count; i++) {
        enum sv_status status = put_text(c, f, p->tags[i], err);
        if (status != SV_OK)
            return status;
    }
    return SV_OK;
}

static enum sv_status put_fields(struct card_writer *c, const struct profile *p, struct sv_err *err)
{
    c->need = UID_LEN;
    if (c->w.at)
        buf_put_bytes(&c->w, p->uid, UID_LEN);
    for (size_t i = 0; i < profile_field_count; i++) {
        enum sv_status status = put_field(c, p, &profile_fields[i], err);
        if (status != SV_OK)
            return status;
    }
    if (p->grants.len > 0)
        put_entry(c, TAG_GRANTS, p->grants.bytes, p->grants.len);
    if (p->posture.len > 0)
        put_entry(c, TAG_POSTURE, p->posture.bytes, p->posture.len);
    if (p->copies.len > 0)
        put_entry(c, TAG_COPIES, p->copies.bytes, p->copies.len);
    if (p->rotation.len > 0)
        put_entry(c, TAG_ROTATION, p->rotation.bytes, p->rotation.len);
    if (c->need > PROFILE_CARD_MAX)
        return sv_fail(err, SV_DATA, "the profile \"%s\" does not fit %d bytes", p->name,
                       PROFILE_CARD_MAX);
    return SV_OK;
}

enum sv_status profile_encode(struct secret **card, const struct profile *p, struct sv_err *err)
{
    if (!p->name || !p->name[0])
        return sv_fail(err, SV_DATA, "a profile without a name cannot be stored");
    struct card_writer c = {.need = 0};
    enum sv_status status = put_fields(&c, p, err);
    if (status != SV_OK)
        return status;
    SECRET_OWNED struct secret *bytes = NULL;
    status = secret_new(&bytes, c.need, err);
    if (status != SV_OK)
        return status;
    c.w = buf_writer_over(secret_poke(bytes), c.need);
    status = put_fields(&c, p, err);
    if (status != SV_OK)
        return status;
    secret_set_len(bytes, c.w.len);
    *card = bytes;
    bytes = NULL;
    return SV_OK;
}

/* ---- decoding ---- */

static const struct field *field_of_tag(uint8_t tag)
{
    for (size_t i = 0; i < profile_field_count; i++)
        if (profile_fields[i].tag == tag)
            return &profile_fields[i];
    return NULL;
}

static enum sv_status malformed(struct sv_err *err, const char *what)
{
    return sv_fail(err, SV_DATA, "the profile's card is malformed (%s): run \"smtpvault verify\"",
                   what);
}

static enum sv_status take_text(struct profile *p, const struct field *f, const uint8_t *bytes,
                                size_t len, struct sv_err *err)
{
    if (len == 0 || len > f->limit || memchr(bytes, '\0', len) || !text_is_utf8(bytes, len))
        return malformed(err, f->key);
    char *text = sv_strndup((const char *)bytes, len);
    if (!text)
        return sv_fail_nomem(err);
    if (f->type == FT_TEXT) {
        *(char **)((char *)p + f->offset) = text;
        return SV_OK;
    }
    char **grown = NULL;
    if (p->tag_count < PROFILE_TAGS_MAX && !profile_has_tag(p, text)) {
        grown = sv_resize(p->tags, (p->tag_count + 1) * sizeof(*grown));
        if (!grown) {
            sv_free(text);
            return sv_fail_nomem(err);
        }
    }
    if (!grown) {
        sv_free(text);
        return malformed(err, "too many tags, or one twice");
    }
    grown[p->tag_count++] = text;
    p->tags = grown;
    return SV_OK;
}

static enum sv_status take_number(struct profile *p, const struct field *f, const uint8_t *bytes,
                                  size_t len, struct sv_err *err)
{
    if (len != number_width(f->type))
        return malformed(err, f->key);
    uint8_t wide[8] = {0};
    memcpy(wide, bytes, len);
    uint64_t value = le64_get(wide);
    if (value == 0 || value > number_max(f->type))
        return malformed(err, f->key);
    number_set(p, f, value);
    return SV_OK;
}

/* Proved to be readable here, so that nobody has to pass over what they cannot read. */
static enum sv_status take_grants(struct profile *p, const uint8_t *bytes, size_t len,
                                  struct sv_err *err)
{
    GRANTS_OWNED struct grants list = {0};
    enum sv_status status = grants_decode(&list, bytes, len, err);
    if (status != SV_OK)
        return status;
    if (list.count == 0 || p->grants.len > 0)
        return malformed(err, "grants");
    return blob_append(&p->grants, bytes, len) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status take_posture(struct profile *p, const uint8_t *bytes, size_t len,
                                   struct sv_err *err)
{
    struct posture known;
    enum sv_status status = posture_decode(&known, bytes, len, err);
    if (status != SV_OK)
        return status;
    return blob_append(&p->posture, bytes, len) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status take_copies(struct profile *p, const uint8_t *bytes, size_t len,
                                  struct sv_err *err)
{
    COPIES_OWNED struct copies list = {0};
    enum sv_status status = copies_decode(&list, bytes, len, err);
    if (status != SV_OK)
        return status;
    if (list.count == 0)
        return malformed(err, "copies");
    return blob_append(&p->copies, bytes, len) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status take_rotation(struct profile *p, const uint8_t *bytes, size_t len,
                                    struct sv_err *err)
{
    struct rotation_record record;
    enum sv_status status = rotation_decode(&record, bytes, len, err);
    if (status != SV_OK)
        return status;
    return blob_append(&p->rotation, bytes, len) ? SV_OK : sv_fail_nomem(err);
}

/* What stands behind the fields. */
typedef enum sv_status take_list(struct profile *p, const uint8_t *bytes, size_t len,
                                 struct sv_err *err);
static take_list *const lists[] = {take_grants, take_posture, take_copies, take_rotation};

static enum sv_status take_field(struct profile *p, struct buf_reader *r, uint8_t *last_tag,
                                 struct sv_err *err)
{
    uint8_t tag = buf_get_u8(r);
    size_t len = 0;
    const uint8_t *bytes = buf_get_block(r, PROFILE_CARD_MAX, &len);
    if (r->bad || !bytes)
        return malformed(err, "cut short");
    if (tag >= TAG_GRANTS && tag <= TAG_ROTATION && *last_tag < tag) {
        *last_tag = tag;
        return lists[tag - TAG_GRANTS](p, bytes, len, err);
    }
    const struct field *f = field_of_tag(tag);
    if (!f) {
        return sv_fail(err, SV_DATA,
                       "the profile's card has a field (tag %u) that this version of smtpvault "
                       "does not know: use the newer version that wrote it",
                       (unsigned)tag);
    }
    if (tag < *last_tag || (tag == *last_tag && f->type != FT_TAGS))
        return malformed(err, "a field twice or out of order");
    *last_tag = tag;
    if (f->type == FT_TEXT || f->type == FT_TAGS)
        return take_text(p, f, bytes, len, err);
    return take_number(p, f, bytes, len, err);
}

enum sv_status profile_decode(struct profile *out, const uint8_t *bytes, size_t len,
                              struct sv_err *err)
{
    if (len < UID_LEN || len > PROFILE_CARD_MAX)
        return malformed(err, "length");
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct buf_reader r = buf_reader_over(bytes, len);
    buf_get_bytes(&r, p.uid, UID_LEN);
    uint8_t last_tag = 0;
    while (r.left > 0) {
        enum sv_status status = take_field(&p, &r, &last_tag, err);
        if (status != SV_OK)
            return status;
    }
    if (!p.name)
        return malformed(err, "no name");
    *out = p;
    memset(&p, 0, sizeof(p));
    return SV_OK;
}
