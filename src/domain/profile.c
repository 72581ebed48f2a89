/* SPDX-License-Identifier: ISC */
/* profile: the record itself, and its fields as data. */
#include "domain/profile.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "domain/profile_rules.h"
#include "domain/provider.h"

#define DAY_SECONDS 86400
#define ROTATE_DAYS_MAX 36500
#define DATE_MAX INT64_C(253402300799) /* the end of 9999, which RFC 3339 can say */

/* As much of a wrong value as a message should repeat. */
#define SHOWN_MAX 96
#define SHOWN(value) text_printable((char[SHOWN_MAX]){0}, SHOWN_MAX, (value), strlen(value))

const struct field profile_fields[] = {
#define FIELD(member, tag, key, type, limit, flags, value, label, help) \
    {key, offsetof(struct profile, member), type, tag, limit, flags, value, label, help},
#include "domain/fields.def"
#undef FIELD
};
const size_t profile_field_count = sizeof(profile_fields) / sizeof(profile_fields[0]);

const struct field *profile_field(const char *key)
{
    for (size_t i = 0; i < profile_field_count; i++)
        if (strcmp(profile_fields[i].key, key) == 0)
            return &profile_fields[i];
    return NULL;
}

/* The member that a field's row names. */
static void *member_of(struct profile *p, const struct field *f)
{
    return (char *)p + f->offset;
}

static const void *member_peek(const struct profile *p, const struct field *f)
{
    return (const char *)p + f->offset;
}

static void tags_clear(struct profile *p)
{
    for (size_t i = 0; i < p->tag_count; i++)
        sv_free(p->tags[i]);
    sv_free(p->tags);
    p->tags = NULL;
    p->tag_count = 0;
}

void profile_clear(struct profile *p)
{
    for (size_t i = 0; i < profile_field_count; i++)
        if (profile_fields[i].type == FT_TEXT)
            sv_free(*(char **)member_of(p, &profile_fields[i]));
    tags_clear(p);
    blob_clear(&p->grants);
    blob_clear(&p->posture);
    blob_clear(&p->copies);
    blob_clear(&p->rotation);
    memset(p, 0, sizeof(*p));
}

/* Appends without looking: the caller has checked the tag and the count. */
static enum sv_status tags_push(struct profile *p, const char *tag, struct sv_err *err)
{
    char *copy = sv_strdup(tag);
    if (!copy)
        return sv_fail_nomem(err);
    char **grown = sv_resize(p->tags, (p->tag_count + 1) * sizeof(*grown));
    if (!grown) {
        sv_free(copy);
        return sv_fail_nomem(err);
    }
    grown[p->tag_count] = copy;
    p->tags = grown;
    p->tag_count++;
    return SV_OK;
}

enum sv_status profile_copy(struct profile *out, const struct profile *in, struct sv_err *err)
{
    PROFILE_OWNED struct profile copy = *in;
    copy.tags = NULL;
    copy.tag_count = 0;
    copy.grants = (struct blob){0};
    copy.posture = (struct blob){0};
    copy.copies = (struct blob){0};
    copy.rotation = (struct blob){0};
    for (size_t i = 0; i < profile_field_count; i++)
        if (profile_fields[i].type == FT_TEXT)
            *(char **)member_of(&copy, &profile_fields[i]) = NULL;
    for (size_t i = 0; i < profile_field_count; i++) {
        const struct field *f = &profile_fields[i];
        if (f->type != FT_TEXT)
            continue;
        const char *text = *(char *const *)member_peek(in, f);
        char **slot = member_of(&copy, f);
        if (text && !(*slot = sv_strdup(text)))
            return sv_fail_nomem(err);
    }
    for (size_t i = 0; i < in->tag_count; i++) {
        enum sv_status status = tags_push(&copy, in->tags[i], err);
        if (status != SV_OK)
            return status;
    }
    if (!blob_append(&copy.grants, in->grants.bytes, in->grants.len) ||
        !blob_append(&copy.posture, in->posture.bytes, in->posture.len) ||
        !blob_append(&copy.copies, in->copies.bytes, in->copies.len) ||
        !blob_append(&copy.rotation, in->rotation.bytes, in->rotation.len))
        return sv_fail_nomem(err);
    *out = copy;
    memset(&copy, 0, sizeof(copy));
    return SV_OK;
}

bool profile_has_tag(const struct profile *p, const char *tag)
{
    for (size_t i = 0; i < p->tag_count; i++)
        if (strcmp(p->tags[i], tag) == 0)
            return true;
    return false;
}

enum sv_status profile_add_tag(struct profile *p, const char *tag, struct sv_err *err)
{
    enum sv_status status = rules_tag(tag, err);
    if (status != SV_OK)
        return status;
    if (profile_has_tag(p, tag))
        return SV_OK;
    if (p->tag_count >= PROFILE_TAGS_MAX) {
        return sv_fail(err, SV_USAGE, "a profile can have %d tags; \"%s\" is one too many",
                       PROFILE_TAGS_MAX, SHOWN(tag));
    }
    return tags_push(p, tag, err);
}

/* "a,b" replaces all tags; "" takes them away. */
static enum sv_status set_tags(struct profile *p, const char *value, struct sv_err *err)
{
    PROFILE_OWNED struct profile fresh = {.tags = NULL};
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, ",");
        SV_AUTOFREE char *tag = sv_strndup(at, len);
        if (!tag)
            return sv_fail_nomem(err);
        enum sv_status status = profile_add_tag(&fresh, tag, err);
        if (status != SV_OK)
            return status;
        at += len + (at[len] == ',');
    }
    tags_clear(p);
    p->tags = fresh.tags;
    p->tag_count = fresh.tag_count;
    fresh.tags = NULL;
    fresh.tag_count = 0;
    return SV_OK;
}

/* The rule of one text field, beyond length and encoding. */
static enum sv_status check_text(const struct field *f, const char *value, struct sv_err *err)
{
    if (f->offset == offsetof(struct profile, name))
        return profile_check_name(value, err);
    enum sv_status status = rules_text(f, value, err);
    if (status != SV_OK || value[0] == '\0')
        return status;
    if (f->offset == offsetof(struct profile, host))
        return rules_host(value, err);
    if (f->offset == offsetof(struct profile, from))
        return rules_address(value, err);
    if (f->offset == offsetof(struct profile, ca_file))
        return rules_path(f, value, err);
    if (f->offset == offsetof(struct profile, protocol))
        return rules_protocol(value, err);
    return SV_OK;
}

/* Ids and aliases are taken; the id is what is kept. */
static enum sv_status find_provider(const char **id, const char *word, struct sv_err *err)
{
    const struct provider *known = provider_find(word);
    if (known) {
        *id = known->id;
        return SV_OK;
    }
    const char *nearest = provider_nearest(word);
    return sv_fail(err, SV_USAGE,
                   "the provider \"%s\" is unknown%s%s%s: \"smtpvault providers\" lists them; for "
                   "any other server give --host, --port and --tls",
                   SHOWN(word), nearest ? " (did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?)" : "");
}

static enum sv_status set_text(struct profile *p, const struct field *f, const char *value,
                               struct sv_err *err)
{
    enum sv_status status = check_text(f, value, err);
    if (status == SV_OK && value[0] != '\0' && f->offset == offsetof(struct profile, provider))
        status = find_provider(&value, value, err);
    if (status != SV_OK)
        return status;
    char *copy = NULL;
    if (value[0] != '\0' && !(copy = sv_strdup(value)))
        return sv_fail_nomem(err);
    char **slot = member_of(p, f);
    sv_free(*slot);
    *slot = copy;
    return SV_OK;
}

static enum sv_status set_port(struct profile *p, const char *value, struct sv_err *err)
{
    uint64_t port;
    if (!text_parse_u64(value, 1, UINT16_MAX, &port)) {
        return sv_fail(err, SV_USAGE, "the port \"%s\" is not a number from 1 to 65535",
                       SHOWN(value));
    }
    p->port = (uint16_t)port;
    return SV_OK;
}

static bool is_never(const char *value)
{
    static const char *const never[] = {"", "0", "none", "never", "off"};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (text_equal_nocase(value, never[i]))
            return true;
    return false;
}

static enum sv_status set_days(struct profile *p, const char *value, struct sv_err *err)
{
    int64_t seconds;
    if (is_never(value)) {
        p->rotate_days = 0;
        return SV_OK;
    }
    if (!text_parse_duration(value, &seconds) || seconds < DAY_SECONDS ||
        seconds % DAY_SECONDS != 0 || seconds / DAY_SECONDS > ROTATE_DAYS_MAX) {
        return sv_fail(err, SV_USAGE,
                       "the rotation period \"%s\" is not a number of whole days from 1d to %dd, "
                       "such as 90d, 12w or 1y; \"never\" turns it off",
                       SHOWN(value), ROTATE_DAYS_MAX);
    }
    p->rotate_days = (uint32_t)(seconds / DAY_SECONDS);
    return SV_OK;
}

/* A day that has passed is taken: whoever gives it wants to be told. */
static enum sv_status set_date(struct profile *p, const struct field *f, const char *value,
                               struct sv_err *err)
{
    int64_t when = 0;
    if (!is_never(value) &&
        (!text_parse_until(value, env_now(), &when) || when <= 0 || when > DATE_MAX))
        return sv_fail(
            err, SV_USAGE,
            "\"%s\" is no day such as 2027-06-30, nor a span of time from now on such as "
            "730d; \"never\" takes it away",
            SHOWN(value));
    *(int64_t *)member_of(p, f) = when;
    return SV_OK;
}

enum sv_status profile_set(struct profile *p, const struct field *f, const char *value,
                           struct sv_err *err)
{
    switch (f->type) {
    case FT_TEXT:
        return set_text(p, f, value, err);
    case FT_PORT:
        return set_port(p, value, err);
    case FT_TLS:
        if (profile_tls_parse(value, &p->tls))
            return SV_OK;
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no TLS mode: use implicit (TLS from the first byte, usual on "
                       "port 465), starttls (587) or none",
                       SHOWN(value));
    case FT_AUTH:
        if (profile_auth_parse(value, &p->auth))
            return SV_OK;
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no mechanism: use auto, plain, login, cram-md5, scram-sha-256, "
                       "xoauth2 or oauthbearer",
                       SHOWN(value));
    case FT_KIND:
        if (profile_kind_parse(value, &p->kind))
            return SV_OK;
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no kind of secret: use password, app-password, api-key or oauth2",
                       SHOWN(value));
    case FT_TAGS:
        return set_tags(p, value, err);
    case FT_DAYS:
        return set_days(p, value, err);
    case FT_DATE:
        return set_date(p, f, value, err);
    case FT_TIME:
    case FT_COUNT:
        break;
    }
    return sv_fail(err, SV_USAGE, "the field \"%s\" is kept by the vault and cannot be set",
                   f->key);
}

/* RFC 8314: 465 is implicit TLS, 587 STARTTLS. A wrong guess fails to log in, it
 * never sends anything in clear. */
void profile_infer(struct profile *p)
{
    if (!profile_is_mail(p))
        return;
    if (p->tls == TLS_UNSET && p->port == 465)
        p->tls = TLS_IMPLICIT;
    else if (p->tls == TLS_UNSET && (p->port == 587 || p->port == 25 || p->port == 2525))
        p->tls = TLS_STARTTLS;
    else if (p->port == 0 && p->tls == TLS_IMPLICIT)
        p->port = 465;
    else if (p->port == 0 && p->tls == TLS_STARTTLS)
        p->port = 587;
    else if (p->port == 0 && p->tls == TLS_NONE)
        p->port = 25;
}

static void put_tags(struct sink *out, const struct profile *p)
{
    for (size_t i = 0; i < p->tag_count; i++) {
        sink_puts(out, i ? "," : "");
        sink_puts(out, p->tags[i]);
    }
}

void profile_put_field(struct sink *out, const struct profile *p, const struct field *f)
{
    const void *member = member_peek(p, f);
    char when[TEXT_TIME_MAX];
    switch (f->type) {
    case FT_TEXT:
        if (*(char *const *)member)
            sink_puts(out, *(char *const *)member);
        break;
    case FT_PORT:
        if (p->port)
            sink_printf(out, "%" PRIu16, p->port);
        break;
    case FT_TLS:
        sink_puts(out, profile_tls_word(p->tls));
        break;
    case FT_AUTH:
        sink_puts(out, profile_auth_word(p->auth));
        break;
    case FT_KIND:
        sink_puts(out, profile_kind_word(p->kind));
        break;
    case FT_TAGS:
        put_tags(out, p);
        break;
    case FT_DAYS:
        if (p->rotate_days)
            sink_printf(out, "%" PRIu32 "d", p->rotate_days);
        break;
    case FT_DATE:
    case FT_TIME:
        if (*(const int64_t *)member)
            sink_puts(out, text_time_utc(when, *(const int64_t *)member));
        break;
    case FT_COUNT:
        if (*(const uint64_t *)member)
            sink_printf(out, "%" PRIu64, *(const uint64_t *)member);
        break;
    }
}
