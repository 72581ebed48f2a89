/* SPDX-License-Identifier: ISC */
/*
 * read: from the end, or from where `until` is, backwards, so that a few of a
 * long log cost little, and because an end (DONE) tells that its BEGUN is not worth
 * showing. The end of what began before `until` is within the slack of audit/seek.c.
 * What passes the filter is kept as it was in the entry, about 150 bytes each,
 * and handed out oldest first afterwards.
 */
#include <string.h>

#include "audit/reader.h"
#include "base/buf.h"

#define CUT "..."
#define NOT_ENDED "begun; its end was not recorded"
/* The walk has all it needs: no fault. */
#define ENOUGH SV_FINDINGS

struct reading {
    struct audit_reader reader;
    const struct audit_filter *filter;
    struct blob ended; /* uint64_t: entries whose end has been seen, ascending */
    struct blob found; /* for each: LE64 number, content, its length (1 byte) */
    uint64_t count;
    uint64_t opened;
};

static void reading_clear(struct reading *r)
{
    audit_reader_clear(&r->reader);
    blob_clear(&r->ended);
    blob_clear(&r->found);
}
#define READING_OWNED __attribute__((cleanup(reading_clear)))

/* ---- ends and their beginnings ---- */

static enum sv_status note_end(struct reading *r, uint64_t begun, struct sv_err *err)
{
    size_t count = r->ended.len / sizeof begun;

    if (!blob_append(&r->ended, &begun, sizeof begun))
        return sv_fail_nomem(err);
    uint64_t *list = (uint64_t *)(void *)r->ended.bytes;
    for (; count > 0 && list[count - 1] > begun; count--)
        list[count] = list[count - 1];
    list[count] = begun;
    return SV_OK;
}

static bool has_end(struct reading *r, uint64_t seq)
{
    const uint64_t *list = (const uint64_t *)(const void *)r->ended.bytes;
    size_t count = r->ended.len / sizeof *list;

    while (count > 0 && list[count - 1] > seq)
        count--;
    r->ended.len = count * sizeof *list;
    return count > 0 && list[count - 1] == seq;
}

/* ---- one entry ---- */

static void show_unended(struct audit_event *event)
{
    event->result = AUDIT_FAILED;
    memcpy(event->note, NOT_ENDED, sizeof NOT_ENDED);
}

/* A text that was cut in its entry ("...bin/msmtp") is asked for by what is left. */
static bool is_exe(const char *asked, const char *exe)
{
    size_t len = strlen(exe), want = strlen(asked);
    const char *base = strrchr(exe, '/');

    if (strchr(asked, '/') == NULL)
        return strcmp(asked, base != NULL ? base + 1 : exe) == 0;
    if (strncmp(exe, CUT, strlen(CUT)) != 0)
        return strcmp(asked, exe) == 0;
    len -= strlen(CUT);
    return want >= len && strcmp(asked + want - len, exe + strlen(CUT)) == 0;
}

static bool passes(const struct audit_filter *f, const struct audit_event *e)
{
    return (f->profile == NULL || strcmp(f->profile, e->profile) == 0) &&
           (f->op == 0 || f->op == e->op) && (f->result == 0 || f->result == e->result) &&
           (f->via == 0 || f->via == e->via) && (f->member == 0 || f->member == e->member) &&
           (f->exe == NULL || is_exe(f->exe, e->caller.exe)) &&
           (f->since == 0 || e->time >= f->since) && (f->until == 0 || e->time <= f->until);
}

static enum sv_status keep(struct reading *r, uint64_t seq, const struct secret *plain,
                           struct sv_err *err)
{
    uint8_t number[8], len = (uint8_t)secret_len(plain);

    le64_put(number, seq);
    if (!blob_append(&r->found, number, sizeof number) ||
        !blob_append(&r->found, secret_peek(plain), len) ||
        !blob_append(&r->found, &len, sizeof len))
        return sv_fail_nomem(err);
    r->count++;
    return r->filter->last != 0 && r->count == r->filter->last ? ENOUGH : SV_OK;
}

static enum sv_status too_many(struct reading *r, struct sv_err *err)
{
    if (r->filter->most == 0 || r->opened++ < r->filter->most)
        return SV_OK;
    return sv_fail(err, SV_LOCKED,
                   "more than %llu entries would have to be read, for which everybody else would "
                   "wait: narrow it with --last, --since and --until, or add --no-agent",
                   (unsigned long long)r->filter->most);
}

static enum sv_status look(void *context, int64_t key, const uint8_t *row, size_t len,
                           struct sv_err *err)
{
    struct reading *r = context;
    SECRET_OWNED struct secret *plain = NULL;
    struct audit_event event;
    uint64_t seq = (uint64_t)key;
    enum sv_status st = too_many(r, err);

    if (st == SV_OK)
        st = audit_reader_open(&r->reader, seq, row, len, &event, &plain, err);

    if (st != SV_OK)
        return st;
    if (event.begun != 0 && (st = note_end(r, event.begun - 1, err)) != SV_OK)
        return st;
    if (event.result == AUDIT_BEGUN && has_end(r, seq))
        return SV_OK;
    if (event.result == AUDIT_BEGUN)
        show_unended(&event);
    return passes(r->filter, &event) ? keep(r, seq, plain, err) : SV_OK;
}

/* ---- handing out ---- */

static enum sv_status hand_out(const struct reading *r, audit_visit *visit, void *context,
                               struct sv_err *err)
{
    size_t at = r->found.len;

    while (at > 0) {
        struct audit_event event;
        size_t len = r->found.bytes[--at];
        at -= len;
        enum sv_status st = audit_entry_decode(&event, r->found.bytes + at, len, err);
        if (st != SV_OK)
            return st;
        at -= sizeof(uint64_t);
        event.seq = le64_get(r->found.bytes + at);
        if (event.result == AUDIT_BEGUN)
            show_unended(&event);
        if ((st = visit(context, &event, err)) != SV_OK)
            return st;
    }
    return SV_OK;
}

static enum sv_status collect(struct reading *r, struct sv_err *err)
{
    int64_t first, last;
    enum sv_status st =
        audit_seek(&r->reader, r->filter->since, r->filter->until, &first, &last, err);

    if (st != SV_OK)
        return st;
    st = db_walk(r->reader.a->db, TABLE_ENTRY, first, last, true, look, r, err);
    return st == ENOUGH ? SV_OK : st;
}

enum sv_status audit_read(struct audit *a, const struct secret *keys,
                          const struct audit_filter *filter, audit_visit *visit, void *context,
                          struct sv_err *err)
{
    READING_OWNED struct reading r = {.filter = filter};
    enum sv_status st = db_begin_read(a->db, err);

    if (st != SV_OK)
        return st;
    st = audit_reader_begin(&r.reader, a, keys, err);
    if (st == SV_OK)
        st = collect(&r, err);
    db_rollback(a->db);
    return st == SV_OK ? hand_out(&r, visit, context, err) : st;
}
