/* SPDX-License-Identifier: ISC */
/*
 * seek: a time's place in the log by bisection. Entries are in the order in
 * which they were written, and so in the order of their times but where a clock was
 * set back. Between two neighbours x, y with time(x) < t <= time(y) nothing before x
 * has a time of t + slack or more, unless the clock went back by more than slack.
 *
 * The few entries that are opened tell on a clock that did: besides those that the
 * bisection needs, some are opened all over the log, and if the times of all of them
 * do not ascend (but for slack), bisecting proves nothing.
 */
#include "audit/proved.h"
#include "audit/reader.h"

#define SPREAD 16
#define PROBES_MAX (SPREAD + 1 + 4 * 64)
/* Entries that may be unreadable before the place counts as such. */
#define SKIP_MAX 16
#define FOUND SV_FINDINGS
/* Where the clock is known never to have gone back, but for what daemons do. */
#define PROVED_SLACK 60

struct probe {
    uint64_t seq;
    int64_t time;
};

struct seeking {
    const struct audit_reader *r;
    struct probe probes[PROBES_MAX];
    size_t count;
    struct probe at; /* the one being made */
    unsigned skipped;
    bool lost; /* nothing readable near a place */
};

static enum sv_status take_time(void *context, int64_t key, const uint8_t *row, size_t len,
                                struct sv_err *err)
{
    struct seeking *s = context;
    struct audit_event event;
    enum sv_status st = audit_reader_open(s->r, (uint64_t)key, row, len, &event, NULL, err);

    if (st == SV_DATA && ++s->skipped < SKIP_MAX)
        return SV_OK;
    if (st != SV_OK)
        return st;
    s->at = (struct probe){(uint64_t)key, event.time};
    return FOUND;
}

/* The time of entry `seq`, or of the next one that can be read, into s->at. */
static enum sv_status look_at(struct seeking *s, uint64_t seq, struct sv_err *err)
{
    s->skipped = 0;
    enum sv_status st = db_walk(s->r->a->db, TABLE_ENTRY, (int64_t)seq, (int64_t)s->r->size - 1,
                                false, take_time, s, err);
    if (st == FOUND) {
        if (s->count < PROBES_MAX)
            s->probes[s->count++] = s->at;
        return SV_OK;
    }
    s->lost = true;
    return st == SV_OK || st == SV_DATA ? SV_OK : st;
}

/* The first place in low .. high at or after which no entry is younger than `time`
 * (after: younger than or of that time), as far as bisecting tells. */
static enum sv_status bisect(struct seeking *s, uint64_t low, uint64_t high, int64_t time,
                             bool after, uint64_t *place, struct sv_err *err)
{
    uint64_t most = high;

    while (low < high && !s->lost) {
        uint64_t middle = low + (high - low) / 2;
        enum sv_status st = look_at(s, middle, err);
        if (st != SV_OK)
            return st;
        if (s->at.time < time || (after && s->at.time == time))
            low = s->at.seq + 1;
        else
            high = middle;
    }
    *place = low < most ? low : most;
    return SV_OK;
}

static enum sv_status spread(struct seeking *s, uint64_t low, struct sv_err *err)
{
    uint64_t step = (s->r->size - low) / SPREAD;
    enum sv_status st = SV_OK;

    for (uint64_t i = 0; i < SPREAD && st == SV_OK; i++)
        st = look_at(s, low + i * step, err);
    return st == SV_OK ? look_at(s, s->r->size - 1, err) : st;
}

static bool in_order(struct seeking *s)
{
    int64_t newest = INT64_MIN;

    for (size_t i = 1; i < s->count; i++) {
        struct probe p = s->probes[i];
        size_t at = i;
        for (; at > 0 && s->probes[at - 1].seq > p.seq; at--)
            s->probes[at] = s->probes[at - 1];
        s->probes[at] = p;
    }
    for (size_t i = 0; i < s->count; i++) {
        int64_t back;
        if (i > 0 &&
            (__builtin_sub_overflow(newest, s->probes[i].time, &back) || back > AUDIT_SEEK_SLACK))
            return false;
        if (i == 0 || s->probes[i].time > newest)
            newest = s->probes[i].time;
    }
    return true;
}

static int64_t shifted(int64_t time, int64_t by)
{
    int64_t sum;

    return __builtin_add_overflow(time, by, &sum) ? time : sum;
}

/* Both places with the slack for what nobody has verified, and closer where the entries
 * are known to be in order: `from` depends on those before it, `to` on those after it,
 * all of which are young enough already when the wide place is among the known ones. */
static enum sv_status places(struct seeking *s, uint64_t low, int64_t since, int64_t until,
                             uint64_t *from, uint64_t *to, struct sv_err *err)
{
    uint64_t ordered = 0, size = s->r->size;
    enum sv_status st = proved_in_order(s->r->a, s->r->log_id, s->r->ring.keys, &ordered, err);

    if (st == SV_OK && since != 0)
        st = bisect(s, low, size, shifted(since, -AUDIT_SEEK_SLACK), false, from, err);
    if (st == SV_OK && since != 0 && *from < ordered)
        st = bisect(s, *from, ordered, shifted(since, -PROVED_SLACK), false, from, err);
    if (st == SV_OK && until != 0)
        st = bisect(s, low, size, shifted(until, AUDIT_SEEK_SLACK), true, to, err);
    if (st == SV_OK && until != 0 && *to <= ordered)
        st = bisect(s, low, *to, shifted(until, PROVED_SLACK), true, to, err);
    return st;
}

enum sv_status audit_seek(const struct audit_reader *r, int64_t since, int64_t until,
                          int64_t *first, int64_t *last, struct sv_err *err)
{
    struct seeking s = {.r = r};
    uint64_t low = audit_reader_known_from(r), from = 0, to = UINT64_MAX;
    enum sv_status st = SV_OK;

    *first = 0;
    *last = INT64_MAX;
    if ((since == 0 && until == 0) || low >= r->size)
        return SV_OK;
    st = spread(&s, low, err);
    if (st == SV_OK)
        st = places(&s, low, since, until, &from, &to, err);
    if (st != SV_OK || s.lost || !in_order(&s))
        return st;
    /* All of what can be read is young enough: what cannot may be as well. */
    *first = from == low ? 0 : (int64_t)from;
    if (until != 0)
        *last = (int64_t)to - 1;
    return SV_OK;
}
