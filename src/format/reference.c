/* SPDX-License-Identifier: ISC */
#include "format/reference.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"

#define OPEN "{{"
#define CLOSE "}}"

struct span {
    const char *at;
    size_t len;
};

static struct span trimmed(struct span s)
{
    while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t')) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

static bool begins(struct span s, const char *word)
{
    return s.len >= strlen(word) && memcmp(s.at, word, strlen(word)) == 0;
}

/* ---- the URI ---- */

bool reference_is_uri(const char *text, size_t len)
{
    return begins((struct span){text, len}, REFERENCE_SCHEME);
}

/* Takes %XX away; false: a digit is missing, or it is too long. */
static bool decode(char *out, size_t most, struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++, n++) {
        char c = s.at[i];

        if (c == '%') {
            int high = i + 2 < s.len ? text_hex_value(s.at[i + 1]) : -1;
            int low = i + 2 < s.len ? text_hex_value(s.at[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (n == most || c == '\0') {
            return false;
        }
        out[n] = c;
    }
    out[n] = '\0';
    return true;
}

enum sv_status reference_parse(struct reference *out, const char *text, size_t len,
                               struct sv_err *err)
{
    struct span s = {text + strlen(REFERENCE_SCHEME), len - strlen(REFERENCE_SCHEME)};
    const char *slash = memrchr(s.at, '/', s.len);

    if (!slash || slash == s.at) {
        return sv_fail(err, SV_DATA, "it goes " REFERENCE_SCHEME "NAME/FIELD");
    }
    struct span name = {s.at, (size_t)(slash - s.at)};
    struct span field = {slash + 1, s.len - name.len - 1};
    if (field.len == 0 || !decode(out->field, REFERENCE_FIELD_MAX, field)) {
        return sv_fail(err, SV_DATA, "it names no field: it goes " REFERENCE_SCHEME "NAME/FIELD");
    }
    if (!decode(out->name, PROFILE_NAME_MAX, name) ||
        profile_check_name(out->name, NULL) != SV_OK) {
        return sv_fail(err, SV_DATA, "its name is none of a profile; \"%%\" goes %%25");
    }
    return SV_OK;
}

/* ---- templates ---- */

static enum sv_status parse_inside(struct reference *out, struct span inside, struct sv_err *err)
{
    char word[REFERENCE_FIELD_MAX + 1];
    const char *bar = memchr(inside.at, '|', inside.len);
    struct span uri =
        trimmed((struct span){inside.at, bar ? (size_t)(bar - inside.at) : inside.len});

    if (bar) {
        struct span quoting =
            trimmed((struct span){bar + 1, inside.len - (size_t)(bar - inside.at) - 1});
        if (!decode(word, REFERENCE_FIELD_MAX, quoting) || !(out->quoting = quoting_find(word))) {
            char shown[2 * REFERENCE_FIELD_MAX];
            size_t len = quoting.len < REFERENCE_FIELD_MAX ? quoting.len : REFERENCE_FIELD_MAX;
            return sv_fail(err, SV_DATA,
                           "it asks for a quoting that there is none of, \"%s\": \"smtpvault "
                           "render --quotings\" lists them",
                           text_printable(shown, sizeof shown, quoting.at, len));
        }
    }
    return reference_parse(out, uri.at, uri.len, err);
}

static enum sv_status add(struct reference_list *list, const struct reference *r,
                          struct sv_err *err)
{
    if (list->count == REFERENCES_MAX) {
        return sv_fail(err, SV_DATA, "there are more than %d references", REFERENCES_MAX);
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct reference *items = sv_alloc_array(capacity, sizeof(*items));
        if (!items) {
            return sv_fail_nomem(err);
        }
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        sv_free(list->items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *r;
    return SV_OK;
}

static size_t lines_in(const char *from, const char *to)
{
    size_t lines = 0;

    for (; (from = memchr(from, '\n', (size_t)(to - from))) != NULL; from++) {
        lines++;
    }
    return lines;
}

/* The next "{{" that a reference of ours follows; NULL: there is none. */
static const char *next_open(const char *at, const char *end, struct span *behind)
{
    for (; (at = memmem(at, (size_t)(end - at), OPEN, strlen(OPEN))) != NULL; at++) {
        *behind = trimmed((struct span){at + strlen(OPEN), (size_t)(end - at) - strlen(OPEN)});
        if (begins(*behind, REFERENCE_SCHEME)) {
            return at;
        }
    }
    return NULL;
}

static enum sv_status parse_all(struct reference_list *list, const char *bytes, size_t len,
                                size_t *line, struct sv_err *err)
{
    const char *end = bytes + len, *seen = bytes;
    struct span behind;

    for (const char *at = bytes; (at = next_open(at, end, &behind)) != NULL;) {
        struct reference r = {.quoting = NULL};
        const char *close = memmem(behind.at, behind.len, CLOSE, strlen(CLOSE));
        const char *feed = memchr(behind.at, '\n', behind.len);

        *line += lines_in(seen, at);
        seen = at;
        if (!close || (feed && feed < close)) {
            return sv_fail(err, SV_DATA, "a reference does not end on its line with \"}}\"");
        }
        enum sv_status st =
            parse_inside(&r, (struct span){behind.at, (size_t)(close - behind.at)}, err);
        r.begin = (size_t)(at - bytes);
        r.end = (size_t)(close - bytes) + strlen(CLOSE);
        r.line = *line;
        if (st != SV_OK || (st = add(list, &r, err)) != SV_OK) {
            return st;
        }
        at = close + strlen(CLOSE);
    }
    return SV_OK;
}

enum sv_status reference_list_parse(struct reference_list *out, const char *what, const void *bytes,
                                    size_t len, struct sv_err *err)
{
    REFERENCE_LIST_OWNED struct reference_list list = {0};
    struct sv_err why = {""};
    size_t line = 1;
    enum sv_status st = parse_all(&list, bytes, len, &line, &why);

    if (st != SV_OK) {
        return sv_fail(err, st, "%s, line %zu: %s", what, line, why.text);
    }
    *out = list;
    list = (struct reference_list){0};
    return SV_OK;
}

void reference_list_clear(struct reference_list *list)
{
    sv_free(list->items);
    *list = (struct reference_list){0};
}

static bool ends_with(const char *path, size_t len, const char *ending)
{
    size_t n = strlen(ending);

    return len > n && strncasecmp(path + len - n, ending, n) == 0;
}

/* The length of the name without what says that it is a template. */
static size_t without_template(const char *path)
{
    static const char *const endings[] = {".template", ".tmpl", ".tpl", ".in"};
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (ends_with(path, len, endings[i])) {
            return len - strlen(endings[i]);
        }
    }
    return len;
}

const struct quoting *reference_quoting_of(const char *path)
{
    static const struct {
        const char *ending;
        const struct quoting *quoting;
    } known[] = {
        {".json", &quoting_json},  {".js", &quoting_json},   {".yaml", &quoting_yaml},
        {".yml", &quoting_yaml},   {".toml", &quoting_toml}, {".tf", &quoting_hcl},
        {".tfvars", &quoting_hcl}, {".php", &quoting_php},   {".py", &quoting_python},
        {".rb", &quoting_ruby},    {".sh", &quoting_shell},  {".properties", &quoting_properties},
        {".xml", &quoting_xml},
    };
    size_t len = without_template(path);

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (ends_with(path, len, known[i].ending)) {
            return known[i].quoting;
        }
    }
    return NULL;
}
