/* SPDX-License-Identifier: ISC */
#include "import/source.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/charset.h"
#include "import/sources.h"

#define ROW(name, title, file, knows, look, read, is_export, shape, detail, hook) \
    {name, title, file, knows, look, read, is_export, shape, detail, hook},
const struct import_source import_sources[] = {
#define SOURCE(name, title, file, knows, look, read, detail, hook) \
    ROW(name, title, file, knows, look, read, false, IMPORT_TEXT, detail, hook)
#define EXPORT(name, title, file, knows, look, read, detail, hook) \
    ROW(name, title, file, knows, look, read, true, IMPORT_TEXT, detail, hook)
#define EXPORT_BINARY(name, title, file, knows, look, read, detail, hook) \
    ROW(name, title, file, knows, look, read, true, IMPORT_BINARY, detail, hook)
#define BINARY(name, title, file, knows, look, read, detail, hook) \
    ROW(name, title, file, knows, look, read, false, IMPORT_BINARY, detail, hook)
#define FOLDER(name, title, file, knows, look, read, detail, hook) \
    ROW(name, title, file, knows, look, read, false, IMPORT_FOLDER, detail, hook)
#define PROFILE(name, title, file, knows, look, read, detail, hook) \
    ROW(name, title, file, knows, look, read, false, IMPORT_PROFILE, detail, hook)
#include "import/sources.def"
#undef PROFILE
#undef SOURCE
#undef EXPORT
#undef EXPORT_BINARY
#undef BINARY
#undef FOLDER
};
const size_t import_source_count = sizeof import_sources / sizeof import_sources[0];

/* Values and names: a Bitwarden entry has some 60. */
const struct json_tree_limits import_json_limits = {2 * IMPORT_BYTES_MAX, 64, 16U * 1024 * 1024};

const struct import_source *import_source_find(const char *name)
{
    for (size_t i = 0; i < import_source_count; i++)
        if (strcmp(import_sources[i].name, name) == 0)
            return &import_sources[i];
    return NULL;
}

const char *import_basename(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path ? path : "";
}

static const struct import_source *guess(bool folder, const char *path, const char *first,
                                         size_t len, size_t *others)
{
    const struct import_source *best = NULL;
    enum import_look most = LOOK_NO;
    size_t as_likely = 0;
    for (size_t i = 0; i < import_source_count; i++) {
        const struct import_source *s = &import_sources[i];
        enum import_look look =
            import_is_folder(s->shape) == folder ? s->looks_like(s, path, first, len) : LOOK_NO;
        if (look == LOOK_NO || look < most)
            continue;
        as_likely = look == most ? as_likely + 1 : 1;
        most = look;
        best = s;
    }
    if (others)
        *others = as_likely;
    return as_likely == 1 ? best : NULL;
}

const struct import_source *import_guess(const char *path, const char *first, size_t len,
                                         size_t *others)
{
    return guess(false, path, first, len < IMPORT_PEEK ? len : IMPORT_PEEK, others);
}

const struct import_source *import_guess_folder(const char *path, const char *names, size_t len,
                                                size_t *others)
{
    return guess(true, path, names, len, others);
}

/* Places in what the reader was given become places in the file. */
static void tell_places(struct found_list *list, size_t from, bool kept, size_t mark)
{
    for (size_t i = from; i < list->count; i++) {
        struct found *f = &list->items[i];
        f->at = kept && f->len > 0 ? f->at + mark : 0;
        f->len = kept ? f->len : 0;
    }
}

static enum sv_status read_text(struct import_input *in, struct secret **bytes,
                                struct found_list *list, struct sv_err *err)
{
    enum sv_status s;
    size_t mark, before = list->count;
    if (secret_len(*bytes) > IMPORT_BYTES_MAX)
        return sv_fail(err, SV_DATA, "%s is too large: more than %u MiB", in->what,
                       IMPORT_BYTES_MAX >> 20);
    bool kept = charset_keeps(secret_peek(*bytes), secret_len(*bytes), &mark);
    if (in->source->shape != IMPORT_BINARY && (s = charset_to_utf8(bytes, in->what, err)))
        return s;
    in->bytes = (char *)secret_poke(*bytes);
    in->len = secret_len(*bytes);
    s = in->source->read(list, in, err);
    tell_places(list, before, kept, mark);
    return s;
}

static enum sv_status take(struct import_input *in, struct secret **bytes, struct found_list *out,
                           struct sv_err *err)
{
    FOUND_LIST_OWNED struct found_list list = {0};
    enum sv_status s;

    if ((s = read_text(in, bytes, &list, err)) || (s = found_judge(&list, err)))
        return s;
    *out = list;
    list = (struct found_list){0};
    return SV_OK;
}

enum sv_status import_take(const struct import_source *source, const char *what,
                           struct secret **bytes, struct found_list *out, struct sv_err *err)
{
    struct import_input in = {.source = source, .what = what};
    return take(&in, bytes, out, err);
}

enum sv_status import_take_profile(const struct import_source *source, const char *what,
                                   struct secret **bytes, const struct import_profile *profile,
                                   struct found_list *out, struct sv_err *err)
{
    struct import_input in = {.source = source, .what = what, .profile = profile};
    return take(&in, bytes, out, err);
}

enum sv_status import_read(const struct import_source *source, const char *what,
                           const struct secret *bytes, struct found_list *out, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    enum sv_status s = secret_new(&text, secret_len(bytes) + 1, err);
    if (s == SV_OK)
        s = secret_append(text, secret_peek(bytes), secret_len(bytes), err);
    return s ? s : import_take(source, what, &text, out, err);
}

enum sv_status import_take_entry(const struct import_source *source, const char *entry,
                                 struct secret **bytes, struct found_list *out, struct sv_err *err)
{
    char shown[300], what[320];
    (void)snprintf(what, sizeof what, "the entry %s",
                   text_printable(shown, sizeof shown, entry, strlen(entry)));
    struct import_input in = {.source = source, .what = what, .entry = entry};
    return read_text(&in, bytes, out, err);
}
