/* SPDX-License-Identifier: ISC */
/*
 * What is shown of a change: lines of the old text and of the new one. The place of every secret
 * that the source told is masked, whether it goes or stays, and what looks like another one is
 * masked as in any other diff.
 */
#include <stdlib.h>
#include <string.h>

#include "adopt/adopt_file.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "cli/session.h"
#include "setup/mask.h"

#define MASK "***"

/* Bytes of the old text: a secret's place, or what goes. */
struct span {
    size_t at, end;
    size_t shown;           /* of its beginning: the key, where the secret is seen to follow */
    size_t tail;            /* of its end: a quote */
    const struct blob *new; /* what comes there; NULL: it stays */
};
struct diffing {
    const char *text;
    size_t len;
    struct span *spans; /* in order */
    size_t count;
    struct edit *edit;
    bool failed; /* no memory */
};

static int by_place(const void *left, const void *right)
{
    const struct span *a = left, *b = right;
    return a->at < b->at ? -1 : a->at > b->at;
}

/* `password "` of `password "secret"`. */
static void find_key(struct span *span, const char *text, const struct secret *secret)
{
    size_t len = span->end - span->at, want = secret_len(secret);
    const char *begin = text + span->at;
    for (size_t tail = 0; tail <= 1 && want + tail <= len; tail++) {
        if (tail == 1 && begin[len - 1] != '"' && begin[len - 1] != '\'')
            return;
        if (memcmp(begin + len - tail - want, secret_peek(secret), want) != 0)
            continue;
        span->shown = len - tail - want;
        span->tail = tail;
        return;
    }
}

static bool is_within(const struct span *spans, size_t count, size_t at, size_t end)
{
    for (size_t i = 0; i < count; i++)
        if (at < spans[i].end && spans[i].at < end)
            return true;
    return false;
}

static bool add_span(struct diffing *d, size_t at, size_t end)
{
    if ((d->count & (d->count - 1)) == 0) { /* as large as it is after each power of two */
        struct span *more = sv_alloc_array(2 * d->count + 1, sizeof *more);
        if (more == NULL)
            return false;
        if (d->count > 0)
            memcpy(more, d->spans, d->count * sizeof *more);
        sv_free(d->spans);
        d->spans = more;
    }
    d->spans[d->count++] = (struct span){.at = at, .end = end};
    return true;
}

/* A secret that stands somewhere else too, by whatever name, is the same secret there. */
static bool find_others(struct diffing *d, const struct secret *secret)
{
    size_t want = secret_len(secret);
    const char *at = d->text, *end = d->text + d->len;
    while (want >= ADOPT_TELLING_MIN &&
           (at = memmem(at, (size_t)(end - at), secret_peek(secret), want)) != NULL) {
        size_t from = (size_t)(at - d->text);
        if (!is_within(d->spans, d->count, from, from + want) && !add_span(d, from, from + want))
            return false;
        at += want;
    }
    return true;
}

static bool find_spans(struct diffing *d, const struct adopted *change)
{
    const struct found_list *l = &change->logins;
    size_t spot = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct found *f = &l->items[i];
        if (f->secret == NULL || f->len == 0)
            continue;
        if (!add_span(d, f->at, f->at + f->len))
            return false;
        find_key(&d->spans[d->count - 1], d->text, f->secret);
    }
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].secret != NULL && !find_others(d, l->items[i].secret))
            return false;
    if (d->count > 0)
        qsort(d->spans, d->count, sizeof *d->spans, by_place);
    for (size_t i = 0; i < d->count && spot < change->count; i++) {
        if (d->spans[i].at == change->spots[spot].at)
            d->spans[i].new = &change->spots[spot++].text;
    }
    return true;
}

/* ---- a few lines, as they were, as they become, and in the pieces between the places ---- */

enum side { OLD, NEW, PIECES };

static bool put_span(struct blob *out, const struct diffing *d, const struct span *span,
                     enum side side)
{
    if (side == PIECES)
        return blob_append(out, "\n", 1);
    if (side == NEW && span->new != NULL)
        return blob_append(out, span->new->bytes, span->new->len);
    return blob_append(out, d->text + span->at, span->shown) &&
           blob_append(out, MASK, strlen(MASK)) &&
           blob_append(out, d->text + span->end - span->tail, span->tail);
}

/* What begins before the lines or ends behind them is masked in them as far as it goes. */
static bool put_lines(struct blob *out, const struct diffing *d, size_t first, size_t from,
                      size_t to, enum side side)
{
    bool done = true;
    size_t at = from;
    for (size_t i = first; done && i < d->count && d->spans[i].at < to; i++) {
        const struct span *span = &d->spans[i];
        if (span->end <= at)
            continue;
        if (span->at > at)
            done = blob_append(out, d->text + at, span->at - at);
        if (done && span->at >= at && span->end <= to)
            done = put_span(out, d, span, side);
        else if (done)
            done = blob_append(out, MASK, strlen(MASK)) &&
                   (span->end <= to || d->text[to - 1] != '\n' || blob_append(out, "\n", 1));
        at = span->end < to ? span->end : to;
    }
    return done && (at >= to || blob_append(out, d->text + at, to - at));
}

/* Nothing but the places of the secrets looks like one. */
static bool is_clean(const struct blob *pieces)
{
    const char *text = (const char *)pieces->bytes;
    size_t from, to;
    for (size_t at = 0, span; at < pieces->len; at += span) {
        span = edit_line_len(text + at, pieces->len - at);
        if (mask_find(text + at, span, &from, &to))
            return false;
    }
    return true;
}

static void add_lines(struct diffing *d, const struct blob *lines, char mark, bool clean)
{
    const char *text = (const char *)lines->bytes;
    for (size_t at = 0, span; at < lines->len; at += span) {
        size_t before = d->edit->count;
        span = edit_line_len(text + at, lines->len - at);
        edit_insert_own(d->edit, before, mark, "", text + at, span, "");
        if (d->edit->count > before)
            d->edit->lines[before].ours = clean;
    }
}

static void add_changed(struct diffing *d, size_t first, size_t from, size_t to, bool goes)
{
    BLOB_OWNED struct blob old = {0}, new = {0}, pieces = {0};
    if (!put_lines(&old, d, first, from, to, OLD) || !put_lines(&new, d, first, from, to, NEW) ||
        !put_lines(&pieces, d, first, from, to, PIECES)) {
        d->failed = true;
        return;
    }
    add_lines(d, &old, goes ? '-' : ' ', is_clean(&pieces));
    if (goes)
        add_lines(d, &new, '+', is_clean(&pieces));
}

/* ---- all of them ---- */

static size_t line_end(const struct diffing *d, size_t at)
{
    return at + edit_line_len(d->text + at, d->len - at);
}

static void walk(struct diffing *d)
{
    size_t next = 0; /* the first that does not end before the line */
    for (size_t at = 0, end; at < d->len && !d->failed; at = end) {
        bool goes = false, touched = false;
        end = line_end(d, at);
        while (next < d->count && d->spans[next].end <= at)
            next++;
        for (size_t i = next; i < d->count && d->spans[i].at < end; i++) {
            touched = touched || d->spans[i].end > at;
            goes = goes || d->spans[i].new != NULL;
            while (d->spans[i].new != NULL && d->spans[i].end > end)
                end = line_end(d, end);
        }
        if (touched)
            add_changed(d, next, at, end, goes);
        else
            edit_insert(d->edit, d->edit->count, ' ', false, d->text + at, end - at);
    }
}

enum sv_status adopt_file_diff(const struct adopt_file *a, struct sink *out, struct sv_err *err)
{
    EDIT_OWNED struct edit edit = {.lines = NULL};
    char shown[SETUP_SHOWN];
    struct diffing d = {.edit = &edit};
    d.text = setup_file_text(&a->file, &d.len);
    d.failed = !find_spans(&d, &a->change);
    walk(&d);
    sv_free(d.spans);
    if (d.failed || edit.failed)
        return sv_fail_nomem(err);
    edit_diff(&edit, out, session_show_path(shown, sizeof shown, a->file.path));
    return sink_status(out, err);
}
