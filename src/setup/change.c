/* SPDX-License-Identifier: ISC */
#include "setup/change.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/profile.h"

#define OURS "# smtpvault: "
#define BEGIN OURS "begin "
#define END OURS "end "
#define OFF OURS "off for "
/* The line before the block had no line feed and got one. */
#define JOINED " (its first line feed is ours)"
#define MARK_MAX (3 * PROFILE_NAME_MAX + 64)

/* ---- marks ---- */

/* The name as it stands in a mark: what would end it, or go on with the line in a syntax that
 * joins lines at a backslash, is written as %XX. */
static void mark_name(char dst[MARK_MAX], const char *name)
{
    size_t at = 0, len = strlen(name);
    for (size_t i = 0; i < len && at + 4 < MARK_MAX; i++) {
        bool edge = name[i] == ' ' && (i == 0 || i + 1 == len);
        if (edge || strchr("%:(\\", name[i]) != NULL)
            at += (size_t)snprintf(dst + at, 4, "%%%02X", (unsigned char)name[i]);
        else
            dst[at++] = name[i];
    }
    dst[at] = '\0';
}

static char *mark_take_name(const char *mark, size_t len)
{
    char *name = sv_alloc(len + 1);
    size_t at = 0;
    for (size_t i = 0; name != NULL && i < len; i++) {
        int high = i + 2 < len && mark[i] == '%' ? text_hex_value(mark[i + 1]) : -1;
        int low = high >= 0 ? text_hex_value(mark[i + 2]) : -1;
        bool coded = low >= 0;
        name[at++] = coded ? (char)(16 * high + low) : mark[i];
        i += coded ? 2 : 0;
    }
    if (name != NULL)
        name[at] = '\0';
    return name;
}

struct mark {
    enum { MARK_NONE, MARK_BEGIN, MARK_END, MARK_OFF } kind;
    const char *name; /* as it stands there */
    size_t len;
    bool joined;
    size_t rest; /* MARK_OFF: where the line itself begins */
};

static bool starts(const char *line, size_t len, const char *head)
{
    return len >= strlen(head) && memcmp(line, head, strlen(head)) == 0;
}

static size_t name_len(const char *at, size_t len, const char *enders)
{
    size_t n = 0;
    while (n < len && strchr(enders, at[n]) == NULL)
        n++;
    return n;
}

static struct mark mark_of(const char *line, size_t len)
{
    struct mark m = {.kind = MARK_NONE};
    size_t head = 0;
    if (starts(line, len, BEGIN)) {
        m.kind = MARK_BEGIN;
        head = strlen(BEGIN);
    } else if (starts(line, len, END)) {
        m.kind = MARK_END;
        head = strlen(END);
    } else if (starts(line, len, OFF)) {
        m.kind = MARK_OFF;
        head = strlen(OFF);
    }
    if (m.kind == MARK_NONE)
        return m;
    m.name = line + head;
    m.len = name_len(m.name, len - head, m.kind == MARK_OFF ? ":" : "\r\n(");
    size_t behind = head + m.len;
    if (m.kind == MARK_OFF && !starts(line + behind, len - behind, ": "))
        return (struct mark){.kind = MARK_NONE};
    m.rest = behind + strlen(": ");
    /* No line of ours is switched off, so nobody but a person has written such a one. */
    if (m.kind == MARK_OFF && starts(line + m.rest, len - m.rest, OURS))
        return (struct mark){.kind = MARK_NONE};
    if (behind < len && line[behind] == '(' && m.len > 0 && m.name[m.len - 1] == ' ') {
        m.len--;
        m.joined = true;
    }
    return m;
}

static bool mark_is_for(const struct mark *m, const char *coded)
{
    return m->len == strlen(coded) && memcmp(m->name, coded, m->len) == 0;
}

/* ---- what is there ---- */

void setup_found_clear(struct setup_found *found)
{
    for (size_t i = 0; i < found->count; i++)
        sv_free(found->names[i]);
    sv_free(found->names);
    *found = (struct setup_found){.names = NULL};
}

/* Takes the name. */
static bool found_take(struct setup_found *found, char *name)
{
    char **names = sv_alloc_array(found->count + 1, sizeof *names);
    if (names == NULL || name == NULL) {
        sv_free(names);
        sv_free(name);
        return false;
    }
    for (size_t i = 0; i < found->count; i++)
        names[i] = found->names[i];
    names[found->count] = name;
    sv_free(found->names);
    found->names = names;
    found->count++;
    return true;
}

bool setup_found_add(struct setup_found *found, const char *name)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->names[i], name) == 0)
            return true;
    return found_take(found, sv_strdup(name));
}

enum sv_status setup_look(const char *text, size_t len, struct setup_found *found,
                          struct sv_err *err)
{
    struct mark open = {.kind = MARK_NONE};
    size_t number = 0, opened = 0;
    if (len > 0 && memchr(text, '\0', len) != NULL)
        return sv_fail(err, SV_DATA, "it holds a NUL and is no text");
    for (size_t at = 0, span; at < len; at += span) {
        span = edit_line_len(text + at, len - at);
        struct mark m = mark_of(text + at, span);
        number++;
        if (m.kind == MARK_BEGIN && open.kind == MARK_NONE) {
            open = m;
            opened = number;
            if (!found_take(found, mark_take_name(m.name, m.len)))
                return sv_fail_nomem(err);
        } else if (m.kind == MARK_BEGIN) {
            break;
        } else if (m.kind == MARK_END) {
            if (open.kind == MARK_NONE || m.len != open.len ||
                memcmp(m.name, open.name, m.len) != 0)
                return sv_fail(err, SV_DATA,
                               "line %zu ends a block of smtpvault that does not begin: mend "
                               "the file by hand",
                               number);
            open.kind = MARK_NONE;
        }
    }
    if (open.kind != MARK_NONE)
        return sv_fail(err, SV_DATA,
                       "line %zu begins a block of smtpvault that does not end: mend the file by "
                       "hand",
                       opened);
    return SV_OK;
}

/* ---- the change ---- */

struct walk {
    const struct setup_tool *tool;
    const char *coded; /* the profile's name as marks have it */
    bool undo;
    struct edit *edit;
    struct setup_scan scan;
    size_t from, to; /* the lines of the block that is there; from == to: none */
    bool joined;
    size_t spot; /* of the first line that was in the way; SIZE_MAX: none */
};

/* Whether a block gives way to ours. */
static bool gives_way(const struct walk *w, const struct mark *m)
{
    return mark_is_for(m, w->coded) || (!w->tool->many && !w->undo);
}

/* A line of whoever writes the file. */
static void take_line(struct walk *w, const char *line, size_t len)
{
    bool clash = !w->undo && w->tool->clashes != NULL && w->tool->clashes(&w->scan, line, len);
    if (!clash || starts(line, len, OURS)) {
        edit_insert(w->edit, w->edit->count, ' ', false, line, len);
        return;
    }
    char before[MARK_MAX + sizeof OFF];
    (void)snprintf(before, sizeof before, OFF "%s: ", w->coded);
    if (w->spot == SIZE_MAX)
        w->spot = w->edit->count;
    edit_insert(w->edit, w->edit->count, '-', false, line, len);
    edit_insert_own(w->edit, w->edit->count, '+', before, line, len, "");
}

/* One that is switched off. */
static void take_off(struct walk *w, const struct mark *m, const char *line, size_t len)
{
    const char *own = line + m->rest;
    size_t own_len = len - m->rest;
    bool mine = mark_is_for(m, w->coded);
    bool clash = !w->undo && w->tool->clashes != NULL && w->tool->clashes(&w->scan, own, own_len);
    if (!gives_way(w, m) || (mine && clash)) {
        edit_insert(w->edit, w->edit->count, ' ', false, line, len);
        return;
    }
    edit_insert(w->edit, w->edit->count, '-', false, line, len);
    if (clash) {
        char before[MARK_MAX + sizeof OFF];
        (void)snprintf(before, sizeof before, OFF "%s: ", w->coded);
        edit_insert_own(w->edit, w->edit->count, '+', before, own, own_len, "");
    } else {
        edit_insert(w->edit, w->edit->count, '+', false, own, own_len);
    }
}

static bool goes_on(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len > 0 && line[len - 1] == '\\';
}

/* A line that stays of a block that goes. */
static void keep_line(struct walk *w, const char *line, size_t len)
{
    char before[MARK_MAX + sizeof OFF];
    (void)snprintf(before, sizeof before, OFF "%s: ", w->coded);
    bool clash = w->tool->clashes != NULL && w->tool->clashes(&w->scan, line, len) && !w->undo &&
                 !starts(line, len, OURS);
    edit_insert_own(w->edit, w->edit->count, '+', clash ? before : "", line, len, "");
}

/* What the tool wrote into a block that goes comes behind it, under the header of its section,
 * with the lines that it goes on in. */
static void keep_foreign(struct walk *w, const char *text, size_t len)
{
    const char *head = NULL;
    size_t head_len = 0;
    bool on = false;
    for (size_t at = 0, span; at < len; at += span) {
        const char *line = text + at;
        span = edit_line_len(line, len - at);
        if (mark_of(line, span).kind != MARK_NONE) {
            on = false;
            continue;
        }
        if (!on && line[0] == '[') {
            head = line;
            head_len = span;
        }
        if (!on && !w->tool->foreign(line, span))
            continue;
        if (head != NULL)
            keep_line(w, head, head_len);
        head = NULL;
        keep_line(w, line, span);
        on = goes_on(line, span);
    }
}

/* A block, from its mark to its end; its length. */
static size_t take_block(struct walk *w, const struct mark *m, const char *text, size_t len)
{
    bool goes = gives_way(w, m), first = goes && w->from == w->to;
    size_t at = 0, from = w->edit->count;
    for (bool last = false; !last && at < len;) {
        size_t span = edit_line_len(text + at, len - at);
        last = mark_of(text + at, span).kind == MARK_END;
        edit_insert(w->edit, w->edit->count, goes ? '-' : ' ', true, text + at, span);
        at += span;
    }
    if (first) {
        w->from = from;
        w->to = w->edit->count;
        w->joined = m->joined;
    }
    /* Around the block that goes the text is one; another's is a section of its own. */
    if (!goes)
        w->scan.inside = w->scan.goes_on = false;
    if (goes && w->tool->foreign != NULL)
        keep_foreign(w, text, at);
    return at;
}

static void walk_text(struct walk *w, const char *text, size_t len)
{
    for (size_t at = 0, span; at < len; at += span) {
        span = edit_line_len(text + at, len - at);
        struct mark m = mark_of(text + at, span);
        if (m.kind == MARK_BEGIN)
            span = take_block(w, &m, text + at, len - at);
        else if (m.kind == MARK_OFF)
            take_off(w, &m, text + at, span);
        else
            take_line(w, text + at, span);
    }
}

/* What our line feed was put behind. */
static void take_feed_back(struct walk *w)
{
    struct edit *e = w->edit;
    if (!w->joined || w->to != e->count || w->from == 0)
        return;
    struct edit_line *l = &e->lines[w->from - 1];
    if (l->mark == '-' || l->len == 0 || l->bytes[l->len - 1] != '\n')
        return;
    if (l->mark == '+') {
        l->len--;
        return;
    }
    l->mark = '-';
    edit_insert(e, w->from, '+', l->ours, l->bytes, l->len - 1);
}

/* The last line gets its line feed, so that the block can follow. */
static bool end_last_line(struct edit *e)
{
    for (size_t i = e->count; i-- > 0;) {
        struct edit_line *l = &e->lines[i];
        if (l->mark == '-')
            continue;
        if (l->len > 0 && l->bytes[l->len - 1] == '\n')
            return false;
        bool came = l->mark == '+';
        const char *bytes = l->bytes;
        size_t len = l->len;
        if (!came)
            l->mark = '-';
        edit_insert_own(e, i + 1, '+', "", bytes, len, "\n");
        if (came && !e->failed) {
            /* It came itself: one line is enough. */
            sv_free(e->lines[i].own);
            memmove(&e->lines[i], &e->lines[i + 1], (e->count - i - 1) * sizeof *e->lines);
            e->count--;
        }
        return true;
    }
    return false;
}

static enum sv_status make_block(struct blob *out, const char *coded, const struct blob *body,
                                 bool joined, struct sv_err *err)
{
    char begin[MARK_MAX + sizeof BEGIN + sizeof JOINED], end[MARK_MAX + sizeof END];
    (void)snprintf(begin, sizeof begin, BEGIN "%s%s\n", coded, joined ? JOINED : "");
    (void)snprintf(end, sizeof end, END "%s\n", coded);
    bool done = blob_append(out, begin, strlen(begin)) && blob_append(out, body->bytes, body->len);
    if (done && body->len > 0 && body->bytes[body->len - 1] != '\n')
        done = blob_append(out, "\n", 1);
    return done && blob_append(out, end, strlen(end)) ? SV_OK : sv_fail_nomem(err);
}

static bool same_line(const struct edit_line *a, const char *bytes, size_t len)
{
    return a->len == len && memcmp(a->bytes, bytes, len) == 0;
}

/* Lines of the new block that are those of the old one stay; the others come behind what
 * goes. */
static void put_block(struct walk *w, const struct blob *block)
{
    const char *text = (const char *)block->bytes;
    size_t len = block->len, at = w->from;
    while (len > 0 && at < w->to) {
        size_t span = edit_line_len(text, len);
        if (!same_line(&w->edit->lines[at], text, span))
            break;
        w->edit->lines[at++].mark = ' ';
        text += span;
        len -= span;
    }
    for (at = w->to; len > 0; at++) {
        size_t span = edit_line_len(text, len);
        edit_insert(w->edit, at, '+', true, text, span);
        text += span;
        len -= span;
    }
}

enum sv_status setup_change(const struct setup_tool *tool, const char *text, size_t len,
                            const char *name, const struct blob *body, bool alone,
                            struct blob *block, struct edit *edit, struct sv_err *err)
{
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    char coded[MARK_MAX];
    enum sv_status s = setup_look(text, len, &found, err);
    if (s != SV_OK)
        return s;
    mark_name(coded, name);
    struct walk w = {.tool = tool,
                     .coded = coded,
                     .undo = body == NULL,
                     .edit = edit,
                     .spot = SIZE_MAX,
                     .scan = {.name = name, .alone = alone}};
    walk_text(&w, text, len);
    if (body == NULL) {
        take_feed_back(&w);
        return edit->failed ? sv_fail_nomem(err) : SV_OK;
    }
    if (w.from == w.to && tool->in_place && w.spot != SIZE_MAX) {
        w.from = w.to = w.spot;
    } else if (w.from == w.to) {
        w.joined = end_last_line(edit);
        w.from = w.to = edit->count;
    }
    s = make_block(block, coded, body, w.joined, err);
    if (s != SV_OK)
        return s;
    put_block(&w, block);
    return edit->failed ? sv_fail_nomem(err) : SV_OK;
}
