/* SPDX-License-Identifier: ISC */
#include "export/env_file.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/field.h"
#include "cli/names.h"
#include "export/render_values.h"

struct env_variable {
    const char *key, *value; /* in the text */
    size_t key_len, value_len;
    size_t reference;     /* its number in the list, or none */
    struct secret *entry; /* "KEY=VALUE" and a NUL */
};
#define NO_REFERENCE SIZE_MAX
#define KEY_SHOWN(item) ((int)((item)->key_len < 64 ? (item)->key_len : 64))

void env_file_clear(struct env_file *file)
{
    for (size_t i = 0; file->items != NULL && i < file->count; i++)
        secret_free(file->items[i].entry);
    sv_free(file->items);
    secret_free(file->text);
    *file = (struct env_file){0};
}

/* ---- lines ---- */

static bool is_name(const char *text, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' || strchr(letters, text[i]) == NULL)
            return false;
    }
    return len > 0 && (text[0] < '0' || text[0] > '9');
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static bool is_comment(const char *at, const char *end)
{
    const char *hash = skip_blanks(at, end);
    return hash > at && hash < end && *hash == '#';
}

/* Behind a quoted value, and behind a reference, there may be a comment. */
static const char *without_comment(const char *value, const char *end)
{
    const char *at = value + 1;
    char quote = value < end ? *value : '\0';
    bool quoted = quote == '"' || quote == '\'';
    if (!quoted && !reference_is_uri(value, (size_t)(end - value)))
        return end;
    for (; at < end; at++) {
        if ((!quoted || at[-1] == quote) && at > value + quoted && is_comment(at, end))
            return at;
    }
    return end;
}

/* What is wrong with it, or NULL; a line without a variable leaves key NULL. */
static const char *parse_line(const char *at, const char *end, struct env_variable *out)
{
    static const char word[] = "export ";
    at = skip_blanks(at, end);
    while (end > at && strchr(" \t\r", end[-1]) != NULL)
        end--;
    if (at == end || *at == '#')
        return NULL;
    if ((size_t)(end - at) > strlen(word) && memcmp(at, word, strlen(word)) == 0)
        at = skip_blanks(at + strlen(word), end);
    const char *equals = memchr(at, '=', (size_t)(end - at));
    const char *behind = equals != NULL ? equals : at;
    while (behind > at && (behind[-1] == ' ' || behind[-1] == '\t'))
        behind--;
    if (equals == NULL || !is_name(at, (size_t)(behind - at)))
        return "it goes KEY=VALUE";
    out->key = at;
    out->key_len = (size_t)(behind - at);
    out->value = skip_blanks(equals + 1, end);
    end = without_comment(out->value, end);
    out->value_len = (size_t)(end - out->value);
    if (out->value_len > 0 && (out->value[0] == '"' || out->value[0] == '\'')) {
        if (out->value_len < 2 || end[-1] != out->value[0])
            return "a quote is not closed on its line";
        out->value++;
        out->value_len -= 2;
    }
    return memchr(out->value, '\0', out->value_len) != NULL ? "there is a null byte in it" : NULL;
}

static enum sv_status parse(struct env_file *file, const char *what, struct sv_err *err)
{
    const char *at = (const char *)secret_peek(file->text), *end = at + secret_len(file->text);
    if (end - at >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) /* a byte order mark */
        at += 3;
    for (size_t line = 1; at < end; line++) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        struct env_variable item = {.key = NULL, .reference = NO_REFERENCE};
        const char *wrong = parse_line(at, feed != NULL ? feed : end, &item);
        if (wrong == NULL && item.key != NULL && file->count == ENV_FILE_VARIABLES)
            wrong = "there are too many variables";
        if (wrong != NULL)
            return sv_fail(err, SV_DATA, "%s, line %zu: %s", what, line, wrong);
        if (item.key != NULL)
            file->items[file->count++] = item;
        at = feed != NULL ? feed + 1 : end;
    }
    return SV_OK;
}

enum sv_status env_file_read(struct env_file *out, const char *path, struct sv_err *err)
{
    ENV_FILE_OWNED struct env_file file = {
        .items = sv_alloc_array(ENV_FILE_VARIABLES, sizeof *file.items)};
    if (file.items == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = file_read_secret(path, ENV_FILE_MAX, &file.text, err);
    if (s == SV_OK)
        s = parse(&file, NAME_SHOWN(path), err);
    if (s != SV_OK)
        return s;
    *out = file;
    file = (struct env_file){0};
    return SV_OK;
}

/* ---- values ---- */

static enum sv_status add_reference(struct reference_list *list, struct env_variable *item,
                                    struct sv_err *err)
{
    struct sv_err why = {""};
    struct reference *r = &list->items[list->count];
    enum sv_status s = reference_parse(r, item->value, item->value_len, &why);
    if (s == SV_OK)
        s = field_check(r->field, &why);
    if (s != SV_OK)
        return sv_fail(err, s, "%.*s: %s", KEY_SHOWN(item), item->key, why.text);
    item->reference = list->count++;
    return SV_OK;
}

static enum sv_status find_references(struct env_file *file, struct reference_list *list,
                                      struct sv_err *err)
{
    enum sv_status s = SV_OK;
    list->items = sv_alloc_array(file->count + 1, sizeof *list->items);
    if (list->items == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; s == SV_OK && i < file->count; i++) {
        if (reference_is_uri(file->items[i].value, file->items[i].value_len))
            s = add_reference(list, &file->items[i], err);
    }
    return s;
}

static enum sv_status make_entry(struct env_variable *item, const struct secret *value,
                                 struct sv_err *err)
{
    const void *bytes = value != NULL ? (const void *)secret_peek(value) : item->value;
    size_t len = value != NULL ? secret_len(value) : item->value_len;
    enum sv_status s = secret_new(&item->entry, item->key_len + len + 2, err);
    if (s == SV_OK)
        s = secret_append(item->entry, item->key, item->key_len, err);
    if (s == SV_OK)
        s = secret_append(item->entry, "=", 1, err);
    if (s == SV_OK)
        s = secret_append(item->entry, bytes, len, err);
    return s == SV_OK ? secret_append(item->entry, "", 1, err) : s;
}

static enum sv_status fill_one(struct env_variable *item, const struct render_values *values,
                               const struct reference_list *list, struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *value = NULL;
    enum sv_status s = SV_OK;
    if (out == NULL)
        return sv_fail_nomem(err);
    if (item->reference != NO_REFERENCE) {
        s = render_values_put(values, &list->items[item->reference], out, err);
        if (s == SV_OK)
            s = sink_to_secret(out, &value, err);
    }
    return s == SV_OK ? make_entry(item, value, err) : s;
}

enum sv_status env_file_fill(struct env_file *file, struct vault *v, const char *note,
                             struct sv_err *err)
{
    REFERENCE_LIST_OWNED struct reference_list list = {0};
    RENDER_VALUES_OWNED struct render_values values = {0};
    enum sv_status s = find_references(file, &list, err);
    if (s == SV_OK)
        s = render_values_find(&values, v, &list, err);
    for (size_t i = 0; s == SV_OK && i < file->count; i++) {
        const struct env_variable *item = &file->items[i];
        if (item->reference != NO_REFERENCE &&
            !render_values_has(&values, &list.items[item->reference]))
            s = sv_fail(err, SV_MISSING,
                        "%.*s: there is no profile \"%s\": \"smtpvault list\" shows the names",
                        KEY_SHOWN(item), item->key, NAME_SHOWN(list.items[item->reference].name));
    }
    if (s == SV_OK)
        s = render_values_reveal(&values, v, AUDIT_EXEC, note, err);
    for (size_t i = 0; s == SV_OK && i < file->count; i++)
        s = fill_one(&file->items[i], &values, &list, err);
    return s;
}

const char *env_file_entry(const struct env_file *file, size_t i)
{
    return (const char *)secret_peek(file->items[i].entry);
}
