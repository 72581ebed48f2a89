/* SPDX-License-Identifier: ISC */
#include "export/render_values.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/field.h"
#include "cli/names.h"
#include "domain/oauth_grant.h"

struct render_value {
    struct profile profile; /* without a name: there is none */
    const char *name;       /* borrowed of the first reference to it */
    bool wants_secret, wants_kept;
    struct secret *secret, *kept;
};

void render_values_clear(struct render_values *v)
{
    for (size_t i = 0; v->items != NULL && i < v->count; i++) {
        profile_clear(&v->items[i].profile);
        secret_free(v->items[i].secret);
        secret_free(v->items[i].kept);
    }
    sv_free(v->items);
    *v = (struct render_values){0};
}

static struct render_value *find(const struct render_values *v, const char *name)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strcmp(v->items[i].name, name) == 0)
            return &v->items[i];
    }
    return NULL;
}

enum sv_status render_values_find(struct render_values *out, struct vault *v,
                                  const struct reference_list *list, struct sv_err *err)
{
    RENDER_VALUES_OWNED struct render_values values = {
        .items = sv_alloc_array(list->count + 1, sizeof *values.items)};
    if (values.items == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < list->count; i++) {
        const struct reference *r = &list->items[i];
        struct render_value *item = find(&values, r->name);
        if (item == NULL) {
            item = &values.items[values.count++];
            *item = (struct render_value){.name = r->name};
            enum sv_status s = vault_find(v, r->name, &item->profile, err);
            if (s != SV_OK && s != SV_MISSING)
                return s;
        }
        item->wants_kept = item->wants_kept || field_is_kept(r->field);
        item->wants_secret =
            item->wants_secret || (field_is_secret(r->field) && !field_is_kept(r->field));
    }
    *out = values;
    values = (struct render_values){0};
    return SV_OK;
}

bool render_values_has(const struct render_values *v, const struct reference *r)
{
    const struct render_value *item = find(v, r->name);
    return item != NULL && item->profile.name != NULL;
}

enum sv_status render_values_missing(const struct render_values *v,
                                     const struct reference_list *list, const char *what,
                                     struct sv_err *err)
{
    const struct reference *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (render_values_has(v, &list->items[i]))
            continue;
        first = first != NULL ? first : &list->items[i];
        count++;
    }
    if (count == 0)
        return SV_OK;
    return sv_fail(err, SV_MISSING,
                   "%s, line %zu: there is no profile \"%s\"%s; nothing was written. \"smtpvault "
                   "render --check\" lists what is asked for",
                   what, first->line, NAME_SHOWN(first->name),
                   count > 1 ? ", and it is not the only one" : "");
}

static void ones_clear(struct reveal_one *ones, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        profile_clear(&ones[i].profile);
        secret_free(ones[i].secret);
    }
    sv_free(ones);
}

/* The requests for all that is wanted; how many. */
static size_t ones_of(struct reveal_one *ones, const struct render_values *values, enum audit_op op,
                      const char *note)
{
    size_t count = 0;
    for (size_t i = 0; i < values->count; i++) {
        const struct render_value *item = &values->items[i];
        struct reveal_one one = {.name = item->name, .why = {.op = op, .note = note}};
        if (item->wants_secret)
            ones[count++] = one;
        one.why.kept = true;
        if (item->wants_kept)
            ones[count++] = one;
    }
    return count;
}

static enum sv_status take(struct render_values *values, struct reveal_one *ones, size_t count,
                           struct sv_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (ones[i].status != SV_OK)
            return sv_fail(err, ones[i].status, "%s", ones[i].err.text);
    }
    for (size_t i = 0; i < count; i++) {
        struct render_value *item = find(values, ones[i].name);
        *(ones[i].why.kept ? &item->kept : &item->secret) = ones[i].secret;
        ones[i].secret = NULL;
    }
    return SV_OK;
}

enum sv_status render_values_reveal(struct render_values *values, struct vault *v, enum audit_op op,
                                    const char *note, struct sv_err *err)
{
    struct reveal_one *ones = sv_alloc_array(2 * values->count + 1, sizeof *ones);
    if (ones == NULL)
        return sv_fail_nomem(err);
    size_t count = ones_of(ones, values, op, note);
    vault_reveal_many(v, ones, count);
    enum sv_status s = take(values, ones, count, err);
    ones_clear(ones, count);
    return s;
}

enum sv_status render_values_put(const struct render_values *v, const struct reference *r,
                                 struct sink *out, struct sv_err *err)
{
    const struct render_value *item = find(v, r->name);
    if (field_is_kept(r->field)) {
        sink_put_secret(out, item->kept);
    } else if (field_is_sasl(r->field)) {
        SECRET_OWNED struct secret *text = NULL;
        enum sv_status s = oauth_xoauth2(&text, item->profile.username, item->secret, err);
        if (s != SV_OK)
            return s;
        sink_put_secret(out, text);
    } else if (field_is_secret(r->field)) {
        sink_put_secret(out, item->secret);
    } else {
        profile_put_field(out, &item->profile, profile_field(r->field));
    }
    return sink_status(out, err);
}
