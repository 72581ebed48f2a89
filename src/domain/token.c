/* SPDX-License-Identifier: ISC */
#include "domain/token.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

enum {
    TAG_LABEL = 1,
    TAG_CREATED,
    TAG_UNTIL,
    TAG_EPOCH,
    TAG_SEQ,
    TAG_EXE,
    TAG_MOST_USES,
    TAG_AGENT
};
#define TAG_BUNDLE 5 /* among the tags of secrets */

#define HOLDING_MAX (8 + 8 + KEY_LEN + 1 + PROFILE_NAME_MAX)
#define HEAD_LEN (1 + 4 + 2 * KEY_LEN + 2)
#define COUNT_AT (HEAD_LEN - 2)
#define BUNDLE_MAX (HEAD_LEN + TOKEN_PROFILES_MAX * HOLDING_MAX)

static enum sv_status token_damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the row of a token is damaged, or a newer smtpvault wrote it: use that one, or "
                   "make the token anew");
}

/* ---- the policy ---- */

static void put_number(struct buf_writer *w, uint8_t tag, uint64_t value)
{
    buf_put_u8(w, tag);
    buf_put_u32(w, 8);
    buf_put_u64(w, value);
}

enum sv_status token_policy_encode(struct secret **out, const struct token_policy *p,
                                   struct sv_err *err)
{
    size_t capacity = 5 + TOKEN_LABEL_MAX + 5 + CALLER_TEXT_MAX + (size_t)6 * 13;
    SECRET_OWNED struct secret *s = NULL;
    struct buf_writer w;
    enum sv_status st = secret_new(&s, capacity, err);

    if (st)
        return st;
    secret_set_len(s, capacity);
    w = buf_writer_over(secret_poke(s), capacity);
    buf_put_u8(&w, TAG_LABEL);
    buf_put_block(&w, p->label, strlen(p->label));
    put_number(&w, TAG_CREATED, (uint64_t)p->created);
    if (p->until)
        put_number(&w, TAG_UNTIL, (uint64_t)p->until);
    put_number(&w, TAG_EPOCH, p->epoch);
    put_number(&w, TAG_SEQ, p->seq);
    if (p->exe[0]) {
        buf_put_u8(&w, TAG_EXE);
        buf_put_block(&w, p->exe, strlen(p->exe));
    }
    if (p->most_uses)
        put_number(&w, TAG_MOST_USES, p->most_uses);
    if (p->agent)
        put_number(&w, TAG_AGENT, 1);
    secret_set_len(s, w.len);
    *out = s;
    s = NULL;
    return SV_OK;
}

static uint64_t get_number(struct buf_reader *r, uint8_t tag)
{
    if (buf_get_u8(r) != tag || buf_get_u32(r) != 8)
        r->bad = true;
    return buf_get_u64(r);
}

static bool exe_is_good(const char *exe, size_t len)
{
    return len > 0 && len < CALLER_TEXT_MAX && exe[0] == '/' && text_is_utf8(exe, len) &&
           !text_has_control(exe, len);
}

enum sv_status token_policy_check(const struct token_policy *p, struct sv_err *err)
{
    if (p->exe[0] && !exe_is_good(p->exe, strlen(p->exe)))
        return sv_fail(err, SV_USAGE,
                       "the program that a token is given to is named by its whole path, of at "
                       "most %d bytes of plain text",
                       CALLER_TEXT_MAX - 1);
    if (p->most_uses && !p->agent)
        return sv_fail(err, SV_USAGE,
                       "only an agent counts uses: a token with a limit is for the agent");
    return SV_OK;
}

static bool has_tag(const struct buf_reader *r, uint8_t tag)
{
    return !r->bad && r->left > 0 && r->at[0] == tag;
}

/* What was left out of cards before there was any of it. */
static void get_terms(struct buf_reader *r, struct token_policy *p)
{
    size_t len = 0;

    if (has_tag(r, TAG_EXE)) {
        (void)buf_get_u8(r);
        const uint8_t *exe = buf_get_block(r, CALLER_TEXT_MAX - 1, &len);
        if (!exe || !exe_is_good((const char *)exe, len))
            r->bad = true;
        else
            memcpy(p->exe, exe, len);
    }
    if (has_tag(r, TAG_MOST_USES) && (p->most_uses = get_number(r, TAG_MOST_USES)) == 0)
        r->bad = true;
    if (has_tag(r, TAG_AGENT)) {
        p->agent = true;
        r->bad |= get_number(r, TAG_AGENT) != 1;
    }
    r->bad |= p->most_uses && !p->agent;
}

enum sv_status token_policy_decode(struct token_policy *out, const struct secret *card,
                                   struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(card), secret_len(card));
    bool labelled = buf_get_u8(&r) == TAG_LABEL;
    size_t len = 0;
    const uint8_t *label = buf_get_block(&r, TOKEN_LABEL_MAX, &len);
    struct token_policy p = {0};

    if (!labelled || !label || len == 0 || !text_is_utf8(label, len) ||
        text_has_control((const char *)label, len))
        return token_damaged(err);
    memcpy(p.label, label, len);
    p.created = (int64_t)get_number(&r, TAG_CREATED);
    if (has_tag(&r, TAG_UNTIL) && (p.until = (int64_t)get_number(&r, TAG_UNTIL)) <= 0)
        r.bad = true;
    p.epoch = get_number(&r, TAG_EPOCH);
    p.seq = get_number(&r, TAG_SEQ);
    get_terms(&r, &p);
    if (!buf_reader_done(&r) || p.created < 0)
        return token_damaged(err);
    *out = p;
    return SV_OK;
}

/* ---- the bundle ---- */

void token_holding_wipe(struct token_holding *h)
{
    sodium_memzero(h, sizeof *h);
}

enum sv_status token_bundle_new(struct secret **out, const struct token_trust *trust,
                                struct sv_err *err)
{
    struct buf_writer w;
    enum sv_status st = secret_new(out, HEAD_LEN, err);

    if (st)
        return st;
    secret_set_len(*out, HEAD_LEN);
    w = buf_writer_over(secret_poke(*out), HEAD_LEN);
    buf_put_u8(&w, TAG_BUNDLE);
    buf_put_u32(&w, HEAD_LEN - 5);
    buf_put_bytes(&w, trust->verify_pk, KEY_LEN);
    buf_put_bytes(&w, trust->audit_pk, KEY_LEN);
    buf_put_u16(&w, 0);
    return SV_OK;
}

static void holding_read(struct buf_reader *r, struct token_holding *h)
{
    size_t len;

    memset(h, 0, sizeof *h);
    h->id = (int64_t)buf_get_u64(r);
    h->version = buf_get_u64(r);
    buf_get_bytes(r, h->dek, KEY_LEN);
    len = buf_get_u8(r);
    if (len == 0 || len > PROFILE_NAME_MAX)
        r->bad = true;
    else
        buf_get_bytes(r, h->name, len);
    r->bad |= strlen(h->name) != len || h->id <= 0;
}

static void holding_write(struct buf_writer *w, const struct token_holding *h)
{
    size_t len = strlen(h->name);

    buf_put_u64(w, (uint64_t)h->id);
    buf_put_u64(w, h->version);
    buf_put_bytes(w, h->dek, KEY_LEN);
    buf_put_u8(w, (uint8_t)len);
    buf_put_bytes(w, h->name, len);
}

/* Stands at the first holding. */
static struct buf_reader bundle_begin(const struct secret *bundle, struct token_trust *trust,
                                      uint16_t *count)
{
    struct buf_reader r = buf_reader_over(secret_peek(bundle), secret_len(bundle));
    bool known = buf_get_u8(&r) == TAG_BUNDLE && secret_len(bundle) <= BUNDLE_MAX;
    uint32_t len = buf_get_u32(&r);

    r.bad |= !known || len != r.left;
    buf_get_bytes(&r, trust->verify_pk, KEY_LEN);
    buf_get_bytes(&r, trust->audit_pk, KEY_LEN);
    *count = buf_get_u16(&r);
    return r;
}

enum sv_status token_bundle_check(const struct secret *bundle, struct token_trust *trust,
                                  uint32_t *count, struct sv_err *err)
{
    HOLDING_OWNED struct token_holding h = {0};
    char before[PROFILE_NAME_MAX + 1] = "";
    struct token_trust t;
    uint16_t n;
    struct buf_reader r = bundle_begin(bundle, &t, &n);

    for (uint16_t i = 0; i < n && !r.bad; i++) {
        holding_read(&r, &h);
        r.bad |= strcmp(before, h.name) >= 0;
        memcpy(before, h.name, sizeof before);
    }
    if (!buf_reader_done(&r))
        return token_damaged(err);
    *trust = t;
    if (count)
        *count = n;
    return SV_OK;
}

/* A copy without the row id `without` and with `h` (or NULL) in its place among the names. */
static enum sv_status rewrite(struct secret **out, const struct secret *bundle, int64_t without,
                              const struct token_holding *h, struct sv_err *err)
{
    size_t capacity = secret_len(bundle) + HOLDING_MAX;
    HOLDING_OWNED struct token_holding old = {0};
    SECRET_OWNED struct secret *s = NULL;
    struct token_trust trust;
    uint16_t count, kept = 0;
    struct buf_reader r = bundle_begin(bundle, &trust, &count);
    struct buf_writer w;
    enum sv_status st;

    if ((st = token_bundle_new(&s, &trust, err)) || (st = secret_new(out, capacity, err)))
        return st;
    secret_set_len(*out, capacity);
    w = buf_writer_over(secret_poke(*out), capacity);
    buf_put_bytes(&w, secret_peek(s), secret_len(s));
    for (uint16_t i = 0; i < count && !r.bad; i++) {
        holding_read(&r, &old);
        if (old.id == without)
            continue;
        if (h && strcmp(h->name, old.name) < 0) {
            holding_write(&w, h);
            h = NULL;
            kept++;
        }
        holding_write(&w, &old);
        kept++;
    }
    if (h) {
        holding_write(&w, h);
        kept++;
    }
    secret_poke(*out)[COUNT_AT] = (uint8_t)kept;
    secret_poke(*out)[COUNT_AT + 1] = (uint8_t)(kept >> 8);
    le32_put(secret_poke(*out) + 1, (uint32_t)(w.len - 5));
    secret_set_len(*out, w.len);
    return SV_OK;
}

/* The result is read again before anybody gets it. */
static enum sv_status rewrite_checked(struct secret **out, const struct secret *bundle,
                                      int64_t without, const struct token_holding *h,
                                      struct sv_err *err)
{
    SECRET_OWNED struct secret *made = NULL;
    struct token_trust trust;
    enum sv_status st;

    if ((st = token_bundle_check(bundle, &trust, NULL, err)) ||
        (st = rewrite(&made, bundle, without, h, err)) ||
        (st = token_bundle_check(made, &trust, NULL, err)))
        return st;
    *out = made;
    made = NULL;
    return SV_OK;
}

enum sv_status token_bundle_put(struct secret **out, const struct secret *bundle, int64_t instead,
                                const struct token_holding *h, struct sv_err *err)
{
    HOLDING_OWNED struct token_holding there = {0};
    struct token_trust trust;
    uint32_t count;
    enum sv_status st = token_bundle_check(bundle, &trust, &count, err);

    if (st)
        return st;
    st = token_bundle_find(bundle, h->name, &there, err);
    if (st == SV_OK && there.id != instead)
        return SV_EXISTS;
    if (st && st != SV_MISSING)
        return st;
    st = token_bundle_find_id(bundle, instead, &there, err);
    if (st && st != SV_MISSING)
        return st;
    if (st == SV_MISSING && count >= TOKEN_PROFILES_MAX)
        return sv_fail(err, SV_USAGE, "a token opens at most %d profiles: make another for more",
                       TOKEN_PROFILES_MAX);
    return rewrite_checked(out, bundle, instead, h, err);
}

enum sv_status token_bundle_keyless(struct secret **out, const struct secret *bundle,
                                    struct sv_err *err)
{
    HOLDING_OWNED struct token_holding h = {0};
    SECRET_OWNED struct secret *s = NULL;
    struct token_trust trust;
    uint16_t count;
    struct buf_reader r = bundle_begin(bundle, &trust, &count);
    struct buf_writer w;
    enum sv_status st = secret_copy(&s, secret_peek(bundle), secret_len(bundle), err);

    if (st)
        return st;
    w = buf_writer_over(secret_poke(s) + HEAD_LEN, secret_len(s) - HEAD_LEN);
    for (uint16_t i = 0; i < count && !r.bad; i++) {
        holding_read(&r, &h);
        sodium_memzero(h.dek, sizeof h.dek);
        holding_write(&w, &h);
    }
    if ((st = token_bundle_check(s, &trust, NULL, err)))
        return st;
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status token_bundle_without(struct secret **out, const struct secret *bundle, int64_t id,
                                    struct sv_err *err)
{
    return rewrite_checked(out, bundle, id, NULL, err);
}

enum sv_status token_bundle_at(const struct secret *bundle, uint32_t place,
                               struct token_holding *out, struct sv_err *err)
{
    HOLDING_OWNED struct token_holding h = {0};
    struct token_trust trust;
    uint16_t count;
    struct buf_reader r = bundle_begin(bundle, &trust, &count);

    if (!r.bad && place >= count)
        return SV_MISSING;
    for (uint32_t i = 0; i <= place && !r.bad; i++)
        holding_read(&r, &h);
    if (r.bad)
        return token_damaged(err);
    *out = h;
    return SV_OK;
}

/* name NULL: by the id. */
static enum sv_status find(const struct secret *bundle, const char *name, int64_t id,
                           struct token_holding *out, struct sv_err *err)
{
    HOLDING_OWNED struct token_holding h = {0};
    struct token_trust trust;
    uint16_t count;
    struct buf_reader r = bundle_begin(bundle, &trust, &count);

    for (uint16_t i = 0; i < count && !r.bad; i++) {
        holding_read(&r, &h);
        if (!r.bad && (name ? strcmp(h.name, name) == 0 : h.id == id)) {
            *out = h;
            return SV_OK;
        }
    }
    return r.bad ? token_damaged(err) : SV_MISSING;
}

enum sv_status token_bundle_find(const struct secret *bundle, const char *name,
                                 struct token_holding *out, struct sv_err *err)
{
    return find(bundle, name, 0, out, err);
}

enum sv_status token_bundle_find_id(const struct secret *bundle, int64_t id,
                                    struct token_holding *out, struct sv_err *err)
{
    return find(bundle, NULL, id, out, err);
}
