/* SPDX-License-Identifier: ISC */
/* A policy as bytes. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/policy.h"

#define UID_LEN 16
#define RULE_LEAST (1 + 2 + 1 + 1 + 2)

/* ---- writing ---- */

static void put_text(struct buf_writer *w, const char *text)
{
    size_t len = strlen(text);

    buf_put_u16(w, (uint16_t)len);
    buf_put_bytes(w, text, len);
}

static void put_lines(struct buf_writer *w, const struct policy_rule *rule)
{
    size_t len = 0;

    for (size_t i = 0; i < rule->after_count; i++)
        len += 2 + strlen(rule->after[i]);
    buf_put_u16(w, (uint16_t)len);
    for (size_t i = 0; i < rule->after_count; i++)
        put_text(w, rule->after[i]);
}

static void put_dates(struct buf_writer *w, const struct policy_rule *rule)
{
    buf_put_u16(w, (uint16_t)(2 * rule->date_count));
    for (size_t i = 0; i < rule->date_count; i++) {
        buf_put_u8(w, rule->dates[i].month);
        buf_put_u8(w, rule->dates[i].day);
    }
}

/* The fields that are a number of two bytes; NULL: another one. */
static uint16_t *number_of(struct policy_rule *rule, enum policy_field field)
{
    switch (field) {
    case POLICY_BEFORE:
        return &rule->before_days;
    case POLICY_LEAD:
        return &rule->lead_days;
    case POLICY_GRACE:
        return &rule->grace_days;
    case POLICY_LENGTH:
        return &rule->length;
    case POLICY_OVERLAP:
        return &rule->overlap_hours;
    case POLICY_REJECTIONS:
        return &rule->rejections;
    default:
        return NULL;
    }
}

static void put_byte(struct buf_writer *w, unsigned value)
{
    buf_put_u16(w, 1);
    buf_put_u8(w, (uint8_t)value);
}

static void put_value(struct buf_writer *w, const struct policy_rule *rule, enum policy_field field)
{
    struct policy_rule *any = (struct policy_rule *)(uintptr_t)rule; /* only read */

    if (number_of(any, field)) {
        buf_put_u16(w, 2);
        buf_put_u16(w, *number_of(any, field));
    } else if (field == POLICY_EVERY) {
        buf_put_u16(w, 4);
        buf_put_u32(w, rule->every_days);
    } else if (field == POLICY_DATES) {
        put_dates(w, rule);
    } else if (field == POLICY_ALPHABET) {
        put_byte(w, rule->alphabet);
    } else if (field == POLICY_ON_REJECT) {
        put_byte(w, rule->on_reject);
    } else if (field == POLICY_PUBLIC) {
        put_byte(w, rule->open);
    } else if (field == POLICY_AFTER) {
        put_lines(w, rule);
    } else {
        put_text(w, rule->hook);
    }
}

static void put_rule(struct buf_writer *w, const struct policy_rule *rule)
{
    unsigned fields = 0;

    buf_put_u8(w, (uint8_t)rule->scope);
    if (rule->scope == POLICY_PROFILE) {
        buf_put_u16(w, UID_LEN);
        buf_put_bytes(w, rule->uid, UID_LEN);
    } else {
        put_text(w, rule->name);
    }
    for (unsigned f = POLICY_EVERY; f < POLICY_FIELDS; f++)
        fields += (rule->has >> f) & 1u;
    buf_put_u8(w, (uint8_t)fields);
    for (unsigned f = POLICY_EVERY; f < POLICY_FIELDS; f++) {
        if ((rule->has & 1u << f) == 0)
            continue;
        buf_put_u8(w, (uint8_t)f);
        put_value(w, rule, (enum policy_field)f);
    }
}

enum sv_status policy_encode(struct blob *out, const struct policy *policy, struct sv_err *err)
{
    SV_AUTOFREE uint8_t *bytes = sv_alloc(POLICY_BYTES_MAX);
    BLOB_OWNED struct blob made = {0};

    if (!bytes)
        return sv_fail_nomem(err);
    struct buf_writer w = buf_writer_over(bytes, POLICY_BYTES_MAX);
    if (policy->count > 0)
        buf_put_u16(&w, (uint16_t)policy->count);
    for (size_t i = 0; i < policy->count; i++)
        put_rule(&w, &policy->rules[i]);
    if (w.full)
        return sv_fail(err, SV_DATA,
                       "a policy has at most %d bytes: \"smtpvault policy remove\" takes a rule "
                       "away",
                       POLICY_BYTES_MAX);
    if (w.len > 0 && !blob_append(&made, bytes, w.len))
        return sv_fail_nomem(err);
    blob_clear(out);
    *out = made;
    made = (struct blob){0};
    return SV_OK;
}

/* ---- reading ---- */

/* Empty is no text unless `may_be_empty`. */
static void get_text(struct buf_reader *r, char *dst, size_t capacity, bool may_be_empty)
{
    size_t len = buf_get_u16(r);

    if ((len == 0 && !may_be_empty) || len >= capacity)
        r->bad = true;
    else
        buf_get_bytes(r, dst, len);
    if (r->bad)
        return;
    dst[len] = '\0';
    r->bad = strlen(dst) != len || !text_is_utf8(dst, len) || text_has_control(dst, len);
}

static void get_lines(struct buf_reader *r, struct policy_rule *rule)
{
    while (r->left > 0 && !r->bad) {
        if (rule->after_count == POLICY_AFTER_MAX)
            r->bad = true;
        else
            get_text(r, rule->after[rule->after_count++], POLICY_LINE_MAX + 1, false);
    }
}

static void get_dates(struct buf_reader *r, struct policy_rule *rule)
{
    while (r->left > 0 && !r->bad) {
        if (rule->date_count == POLICY_DATES_MAX) {
            r->bad = true;
            return;
        }
        struct policy_date *d = &rule->dates[rule->date_count++];
        d->month = buf_get_u8(r);
        d->day = buf_get_u8(r);
    }
}

/* r: over the value alone. */
static void get_value(struct buf_reader *r, struct policy_rule *rule, enum policy_field field)
{
    uint16_t *number = number_of(rule, field);

    if (number)
        *number = buf_get_u16(r);
    else if (field == POLICY_EVERY)
        rule->every_days = buf_get_u32(r);
    else if (field == POLICY_DATES)
        get_dates(r, rule);
    else if (field == POLICY_ALPHABET)
        rule->alphabet = (enum generate_alphabet)buf_get_u8(r);
    else if (field == POLICY_ON_REJECT)
        rule->on_reject = (enum policy_on_reject)buf_get_u8(r);
    else if (field == POLICY_AFTER)
        get_lines(r, rule);
    else if (field == POLICY_PUBLIC) {
        uint8_t open = buf_get_u8(r);
        rule->open = open == 1;
        r->bad |= open > 1;
    } else if (r->left >= sizeof rule->hook) {
        r->bad = true;
    } else {
        size_t len = r->left;
        buf_get_bytes(r, rule->hook, len);
        r->bad |= strlen(rule->hook) != len || !text_is_utf8(rule->hook, len) ||
                  text_has_control(rule->hook, len);
    }
}

static void get_fields(struct buf_reader *r, struct policy_rule *rule)
{
    unsigned count = buf_get_u8(r), last = 0;

    for (; count > 0 && !r->bad; count--) {
        unsigned tag = buf_get_u8(r);
        size_t len = buf_get_u16(r);
        const uint8_t *value = buf_get_view(r, len);
        if (!value || tag <= last || tag >= POLICY_FIELDS) {
            r->bad = true;
            return;
        }
        struct buf_reader one = buf_reader_over(value, len);
        get_value(&one, rule, (enum policy_field)tag);
        r->bad |= !buf_reader_done(&one);
        rule->has |= 1u << tag;
        last = tag;
    }
}

static void get_rule(struct buf_reader *r, struct policy_rule *rule)
{
    rule->scope = (enum policy_scope)buf_get_u8(r);
    if (rule->scope == POLICY_PROFILE) {
        r->bad |= buf_get_u16(r) != UID_LEN;
        buf_get_bytes(r, rule->uid, UID_LEN);
    } else {
        get_text(r, rule->name, sizeof rule->name, rule->scope == POLICY_VAULT);
    }
    get_fields(r, rule);
    r->bad |= r->bad || policy_check(rule, NULL) != SV_OK;
}

static enum sv_status damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the vault's policy is damaged, or a newer smtpvault wrote it: use that one");
}

enum sv_status policy_decode(struct policy *out, const uint8_t *bytes, size_t len,
                             struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    POLICY_OWNED struct policy policy = {0};
    size_t count = len > 0 ? buf_get_u16(&r) : 0;

    if (r.bad || len > POLICY_BYTES_MAX || count > r.left / RULE_LEAST ||
        count > POLICY_RULES_MAX || (len > 0 && count == 0))
        return damaged(err);
    if (count > 0 && !(policy.rules = sv_alloc_array(count, sizeof *policy.rules)))
        return sv_fail_nomem(err);
    for (; policy.count < count; policy.count++) {
        struct policy_rule *rule = &policy.rules[policy.count];
        get_rule(&r, rule);
        if (r.bad || (policy.count > 0 && policy_order(rule - 1, rule) >= 0))
            return damaged(err);
    }
    if (!buf_reader_done(&r))
        return damaged(err);
    *out = policy;
    policy = (struct policy){0};
    return SV_OK;
}
