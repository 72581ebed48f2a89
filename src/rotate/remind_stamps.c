/* SPDX-License-Identifier: ISC */
#include "rotate/remind_stamps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/state_path.h"

#define BYTES_MAX (8 * 1024 * 1024)
#define LINE_BYTES 128
#define LOCK_MS 5000
#define EARLY 7200 /* a timer that comes at about the same time each day */

void stamps_clear(struct stamps *s)
{
    file_close_cleanup(&s->lock);
    sv_free(s->items);
    sv_free(s->path);
    *s = (struct stamps)STAMPS_NONE;
}

static struct stamp *stamp_new(struct stamps *s)
{
    size_t capacity = s->capacity > 0 ? 2 * s->capacity : 32;
    if (s->count == s->capacity) {
        struct stamp *grown = sv_resize(s->items, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        s->items = grown;
        s->capacity = capacity;
    }
    s->items[s->count] = (struct stamp){.channel = 0};
    return &s->items[s->count++];
}

static struct stamp *find(struct stamps *s, uint64_t channel, const uint8_t id[16])
{
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].channel == channel && memcmp(s->items[i].id, id, 16) == 0)
            return &s->items[i];
    return NULL;
}

/* ---- the file ---- */

static bool read_id(const char *hex, uint8_t id[16])
{
    for (size_t i = 0; i < 16; i++) {
        int high = text_hex_value(hex[2 * i]), low = text_hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        id[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_line(struct stamps *s, const char *line)
{
    struct stamp stamp = {.channel = 0};
    char id[33];
    int used = 0;
    if (sscanf(line, "%16" SCNx64 " %32[0-9a-f] %1u %" SCNd64 "%n", &stamp.channel, id,
               &stamp.urgency, &stamp.when, &used) != 4 ||
        line[used] != '\0' || strlen(id) != 32 || !read_id(id, stamp.id))
        return false;
    struct stamp *new = stamp_new(s);
    if (new != NULL)
        *new = stamp;
    return new != NULL;
}

static bool read_head(struct stamps *s, const char *line)
{
    int used = 0;
    return sscanf(line, "smtpvault-remind 1 %" SCNd64 "%n", &s->last, &used) == 1 &&
           line[used] == '\0';
}

static bool parse(struct stamps *s, const struct blob *text)
{
    char line[LINE_BYTES];
    for (size_t at = 0, len; at < text->len; at += len + 1) {
        const uint8_t *end = memchr(text->bytes + at, '\n', text->len - at);
        len = end != NULL ? (size_t)(end - text->bytes) - at : LINE_BYTES;
        if (len >= sizeof line)
            return false;
        memcpy(line, text->bytes + at, len);
        line[len] = '\0';
        if (!(at == 0 ? read_head(s, line) : read_line(s, line)))
            return false;
    }
    return true;
}

static enum sv_status hold(struct stamps *s, struct sv_err *err)
{
    char name[4096];
    struct sv_err found = {""};
    SV_AUTOFREE char *folder = path_dir(s->path);
    if (folder == NULL)
        return sv_fail_nomem(err);
    (void)snprintf(name, sizeof name, "%s.lock", s->path);
    enum sv_status st = file_make_dirs(folder, err);
    if (st == SV_OK)
        st = file_lock(name, LOCK_MS, &s->lock, &found);
    if (st == SV_LOCKED)
        return sv_fail(err, st, "another \"smtpvault remind\" is at work: try again in a minute");
    return st == SV_OK || found.text[0] == '\0' ? st : sv_fail(err, st, "%s", found.text);
}

enum sv_status stamps_read(struct stamps *s, const struct cli *cli, struct sv_err *err)
{
    BLOB_OWNED struct blob text = {0};
    struct sv_err why = {""};
    char shown[300];
    enum sv_status st = state_path(cli, "remind", &s->path, err);
    if (st == SV_OK)
        st = hold(s, err);
    if (st != SV_OK)
        return st;
    /* What others could have written silences nothing. */
    st = file_check_private(s->path, &why);
    if (st == SV_OK)
        st = file_read_blob(s->path, BYTES_MAX, &text, &why);
    if (st == SV_MISSING || (st == SV_OK && parse(s, &text)))
        return SV_OK;
    print_warning(cli, "%s does not say what was told already: all is told again",
                  session_show_path(shown, sizeof shown, s->path));
    s->count = 0;
    s->last = 0;
    return SV_OK;
}

enum sv_status stamps_write(const struct stamps *s, struct sv_err *err)
{
    BLOB_OWNED struct blob text = {0};
    char line[LINE_BYTES], id[33];
    int len = snprintf(line, sizeof line, "smtpvault-remind 1 %" PRId64 "\n", s->last);
    bool good = blob_append(&text, line, (size_t)len);
    for (size_t i = 0; i < s->count && good; i++) {
        const struct stamp *one = &s->items[i];
        len = snprintf(line, sizeof line, "%016" PRIx64 " %s %u %" PRId64 "\n", one->channel,
                       text_hex(id, one->id, sizeof one->id), one->urgency, one->when);
        good = blob_append(&text, line, (size_t)len);
    }
    return good ? file_replace(s->path, text.bytes, text.len, 0600, err) : sv_fail_nomem(err);
}

/* ---- what they say ---- */

bool stamps_is_news(struct stamps *s, uint64_t channel, const uint8_t id[16], unsigned urgency,
                    int64_t now, int64_t every)
{
    struct stamp *told = find(s, channel, id);
    if (told == NULL)
        return true;
    told->seen = true;
    int64_t early = every / 8 < EARLY ? every / 8 : EARLY;
    return urgency > told->urgency || told->when > now || told->when <= now - (every - early);
}

enum sv_status stamps_set(struct stamps *s, uint64_t channel, const uint8_t id[16],
                          unsigned urgency, int64_t now, struct sv_err *err)
{
    struct stamp *told = find(s, channel, id);
    if (told == NULL)
        told = stamp_new(s);
    if (told == NULL)
        return sv_fail_nomem(err);
    *told = (struct stamp){.channel = channel, .urgency = urgency, .when = now, .seen = true};
    memcpy(told->id, id, sizeof told->id);
    return SV_OK;
}

void stamps_forget(struct stamps *s, uint64_t channel)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].channel != channel || s->items[i].seen)
            s->items[kept++] = s->items[i];
    s->count = kept;
}
