/* SPDX-License-Identifier: ISC */
#include "import/found.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"

static void found_clear(struct found *f)
{
    profile_clear(&f->card);
    secret_free(f->secret);
    sv_free(f->asks);
    sv_free(f->site);
    sv_free(f->fault);
    sv_free(f->place);
    *f = (struct found){.line = 0};
}

void found_list_clear(struct found_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        found_clear(&list->items[i]);
    sv_free(list->items);
    *list = (struct found_list){0};
}

enum sv_status found_add(struct found_list *list, unsigned line, struct found **out,
                         struct sv_err *err)
{
    if (list->count >= FOUND_MAX)
        return sv_fail(err, SV_DATA, "more than %d logins: take them in parts", FOUND_MAX);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct found *grown = sv_resize(list->items, capacity * sizeof *grown);
        if (!grown)
            return sv_fail_nomem(err);
        list->items = grown;
        list->capacity = capacity;
    }
    *out = &list->items[list->count++];
    **out = (struct found){.line = line};
    return SV_OK;
}

void found_drop(struct found_list *list)
{
    found_clear(&list->items[--list->count]);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void found_trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank(**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && is_blank((*text)[*len - 1]))
        (*len)--;
}

/* *out NULL: there is nothing. */
static enum sv_status copy(char **out, const char *text, size_t len, struct sv_err *err)
{
    *out = NULL;
    found_trim(&text, &len);
    if (len == 0)
        return SV_OK;
    *out = sv_strndup(text, len);
    return *out ? SV_OK : sv_fail_nomem(err);
}

enum sv_status found_fault(struct found *f, const char *fault, struct sv_err *err)
{
    if (f->fault)
        return SV_OK;
    f->fault = sv_strdup(fault);
    return f->fault ? SV_OK : sv_fail_nomem(err);
}

/* A value that was refused is the login's fault; a lack of memory is everybody's. */
static enum sv_status refused(struct found *f, enum sv_status status, const struct sv_err *why,
                              struct sv_err *err)
{
    if (status != SV_USAGE && status != SV_DATA)
        return sv_fail(err, status, "%s", why->text);
    return found_fault(f, why->text, err);
}

enum sv_status found_set(struct found *f, const char *key, const char *text, size_t len,
                         struct sv_err *err)
{
    const struct field *field = profile_field(key);
    SV_AUTOFREE char *value = NULL;
    struct sv_err why = {""};
    enum sv_status s;

    if ((s = copy(&value, text, len, err)) || !value)
        return s;
    if (strlen(value) != len && memchr(text, '\0', len))
        return found_fault(f, "a zero byte stands in it", err);
    if (strcmp(key, "name") == 0 && profile_check_name(value, NULL) != SV_OK)
        return SV_OK;
    s = profile_set(&f->card, field, value, &why);
    return s ? refused(f, s, &why, err) : SV_OK;
}

enum sv_status found_username(struct found *f, const char *text, size_t len, struct sv_err *err)
{
    struct sv_err why = {""};
    if (len == 0)
        return SV_OK;
    if (memchr(text, '\0', len))
        return found_fault(f, "a zero byte stands in it", err);
    SV_AUTOFREE char *value = sv_strndup(text, len);
    if (!value)
        return sv_fail_nomem(err);
    enum sv_status s = profile_set(&f->card, profile_field("username"), value, &why);
    return s ? refused(f, s, &why, err) : SV_OK;
}

enum sv_status found_tag(struct found *f, const char *text, size_t len, struct sv_err *err)
{
    SV_AUTOFREE char *value = NULL;
    struct sv_err why = {""};
    enum sv_status s;

    if ((s = copy(&value, text, len, err)) || !value)
        return s;
    s = profile_add_tag(&f->card, value, &why);
    return s == SV_OK || s == SV_USAGE ? SV_OK : sv_fail(err, s, "%s", why.text);
}

enum sv_status found_secret(struct found *f, const char *bytes, size_t len, struct sv_err *err)
{
    struct sv_err why = {""};
    enum sv_status s;

    if (len == 0)
        return SV_OK;
    secret_free(f->secret);
    f->secret = NULL;
    if ((s = secret_copy(&f->secret, bytes, len, err)))
        return s;
    s = profile_check_secret(f->secret, &why);
    return s ? refused(f, s, &why, err) : SV_OK;
}

enum sv_status found_asks(struct found *f, const char *text, size_t len, struct sv_err *err)
{
    sv_free(f->asks);
    return copy(&f->asks, text, len, err);
}

void found_changed(struct found *f, int64_t when)
{
    if (when > 0 && when <= env_now())
        f->card.rotated = when;
}
