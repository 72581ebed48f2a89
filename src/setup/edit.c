/* SPDX-License-Identifier: ISC */
#include "setup/edit.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "setup/mask.h"

#define CONTEXT 3

void edit_clear(struct edit *e)
{
    for (size_t i = 0; i < e->count; i++)
        sv_free(e->lines[i].own);
    sv_free(e->lines);
    *e = (struct edit){.lines = NULL};
}

static bool make_room(struct edit *e)
{
    if (e->count < e->room)
        return true;
    size_t room = e->room == 0 ? 64 : 2 * e->room;
    struct edit_line *lines = sv_alloc_array(room, sizeof *lines);
    if (lines == NULL) {
        e->failed = true;
        return false;
    }
    if (e->count > 0)
        memcpy(lines, e->lines, e->count * sizeof *lines);
    sv_free(e->lines);
    e->lines = lines;
    e->room = room;
    return true;
}

static void insert(struct edit *e, size_t at, struct edit_line line)
{
    if (!make_room(e)) {
        sv_free(line.own);
        return;
    }
    memmove(&e->lines[at + 1], &e->lines[at], (e->count - at) * sizeof *e->lines);
    e->lines[at] = line;
    e->count++;
}

void edit_insert(struct edit *e, size_t at, char mark, bool ours, const char *bytes, size_t len)
{
    insert(e, at, (struct edit_line){.bytes = bytes, .len = len, .mark = mark, .ours = ours});
}

void edit_insert_own(struct edit *e, size_t at, char mark, const char *before, const char *bytes,
                     size_t len, const char *after)
{
    size_t head = strlen(before), tail = strlen(after);
    char *own = sv_alloc(head + len + tail + 1);
    if (own == NULL) {
        e->failed = true;
        return;
    }
    memcpy(own, before, head);
    if (len > 0)
        memcpy(own + head, bytes, len);
    memcpy(own + head + len, after, tail + 1);
    insert(e, at,
           (struct edit_line){.bytes = own, .len = head + len + tail, .mark = mark, .own = own});
}

bool edit_changes(const struct edit *e)
{
    for (size_t i = 0; i < e->count; i++) {
        if (e->lines[i].mark != ' ')
            return true;
    }
    return false;
}

enum sv_status edit_text(const struct edit *e, struct blob *out, struct sv_err *err)
{
    bool done = !e->failed;
    for (size_t i = 0; done && i < e->count; i++) {
        const struct edit_line *l = &e->lines[i];
        done = l->mark == '-' || blob_append(out, l->bytes, l->len);
    }
    return done ? SV_OK : sv_fail_nomem(err);
}

size_t edit_line_len(const char *text, size_t len)
{
    const char *end = len > 0 ? memchr(text, '\n', len) : NULL;
    return end != NULL ? (size_t)(end - text) + 1 : len;
}

size_t edit_secret_line(const struct edit *e)
{
    size_t number = 0, from, to;
    for (size_t i = 0; i < e->count; i++) {
        const struct edit_line *l = &e->lines[i];
        number += l->mark != '-';
        if (l->mark != '-' && !l->ours && mask_find(l->bytes, l->len, &from, &to))
            return number;
    }
    return 0;
}

/* ---- the diff ---- */

/* Tabs stay: they can do nothing to a terminal. */
static void put_printable(struct sink *out, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *tab = memchr(bytes, '\t', len);
        size_t span = tab != NULL ? (size_t)(tab - bytes) : len;
        while (span > 0) {
            char shown[512];
            size_t part = span < 100 ? span : 100;
            while (part < span && part > 90 && ((unsigned char)bytes[part] & 0xC0) == 0x80)
                part--;
            sink_puts(out, text_printable(shown, sizeof shown, bytes, part));
            bytes += part;
            len -= part;
            span -= part;
        }
        if (tab != NULL) {
            sink_puts(out, "\t");
            bytes++;
            len--;
        }
    }
}

static void put_line(struct sink *out, const struct edit_line *l)
{
    size_t from, to, len = l->len;
    bool ended = len > 0 && l->bytes[len - 1] == '\n';
    len -= ended;
    sink_put(out, &l->mark, 1);
    if (!l->ours && mask_find(l->bytes, len, &from, &to)) {
        put_printable(out, l->bytes, from);
        sink_puts(out, "***");
        put_printable(out, l->bytes + to, len - to);
    } else {
        put_printable(out, l->bytes, len);
    }
    sink_puts(out, ended ? "\n" : "\n\\ No newline at end of file\n");
}

/* One past the last line of the hunk that begins at `at`. */
static size_t hunk_end(const struct edit *e, size_t at)
{
    size_t end = at, same = 0;
    for (size_t i = at; i < e->count && same <= 2 * CONTEXT; i++) {
        same = e->lines[i].mark == ' ' ? same + 1 : 0;
        if (same == 0)
            end = i + 1;
    }
    return end + CONTEXT < e->count ? end + CONTEXT : e->count;
}

static void put_range(struct sink *out, char sign, size_t begin, size_t count)
{
    sink_printf(out, " %c%zu", sign, count == 0 ? begin : begin + 1);
    if (count != 1)
        sink_printf(out, ",%zu", count);
}

void edit_diff(const struct edit *e, struct sink *out, const char *name)
{
    size_t old_at = 0, new_at = 0, from = 0;
    sink_printf(out, "--- %s\n+++ %s\n", name, name);
    for (size_t i = 0; i < e->count; i++) {
        if (e->lines[i].mark == ' ')
            continue;
        size_t begin = i > from + CONTEXT ? i - CONTEXT : from;
        size_t end = hunk_end(e, i), olds = 0, news = 0;
        old_at += begin - from;
        new_at += begin - from;
        for (size_t k = begin; k < end; k++) {
            olds += e->lines[k].mark != '+';
            news += e->lines[k].mark != '-';
        }
        sink_puts(out, "@@");
        put_range(out, '-', old_at, olds);
        put_range(out, '+', new_at, news);
        sink_puts(out, " @@\n");
        for (size_t k = begin; k < end; k++)
            put_line(out, &e->lines[k]);
        old_at += olds;
        new_at += news;
        from = end;
        i = end - 1;
    }
}
