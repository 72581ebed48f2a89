/* SPDX-License-Identifier: ISC */
/*
 * audit_read: from the end backwards, so that the newest few of a long log cost
 * little, and because an end (DONE) tells that its BEGUN is not worth showing.
 * What passes the filter is kept as it was in the entry, about 150 bytes each,
 * and handed out oldest first afterwards.
 */
#include <string.h>

#include "base/buf.h"
#include "domain/audit_keyring.h"
#include "domain/audit_log.h"

#define SINCE_SLACK 86400
#define NOT_ENDED "begun; its end was not recorded"
/* The walk has all it needs: no fault. */
#define ENOUGH SV_FINDINGS

struct reading {
    struct audit *a;
    struct audit_keyring ring;
    const struct audit_filter *filter;
    uint8_t log_id[16];
    struct blob gens;  /* struct audit_gen, the whole list */
    size_t gen;        /* of the entry at hand */
    struct blob ended; /* uint64_t: entries whose end has been seen, ascending */
    struct blob found; /* for each: LE64 number, content, its length (1 byte) */
    uint64_t count;
};

static void reading_clear(struct reading *r)
{
    audit_keyring_clear(&r->ring);
    blob_clear(&r->gens);
    blob_clear(&r->ended);
    blob_clear(&r->found);
}
#define READING_OWNED __attribute__((cleanup(reading_clear)))

/* ---- what goes before the walk ---- */

static enum sv_status take_gen(void *context, int64_t key, const uint8_t *row, size_t len,
                               struct sv_err *err)
{
    struct reading *r = context;
    struct audit_gen gen;

    if ((uint64_t)key != r->gens.len / sizeof gen || !audit_gen_decode(&gen, row, len))
        return audit_log_lost(r->a, err, "its list of generations is damaged");
    return blob_append(&r->gens, &gen, sizeof gen) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status prepare(struct reading *r, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    struct audit_head head;
    enum sv_status st = db_get(r->a->db, TABLE_HEAD, AUDIT_HEAD_KEY, &row, err);

    if (st == SV_MISSING || (st == SV_OK && !audit_head_decode(&head, row.bytes, row.len)))
        return audit_log_lost(r->a, err, "its head is gone or damaged");
    if (st != SV_OK)
        return st;
    memcpy(r->log_id, head.log_id, sizeof r->log_id);
    st = db_walk(r->a->db, TABLE_GEN, 0, INT64_MAX, false, take_gen, r, err);
    if (st == SV_OK && r->gens.len == 0)
        return audit_log_lost(r->a, err, "its list of generations was deleted");
    r->gen = r->gens.len / sizeof(struct audit_gen);
    return st;
}

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

/* Told from the first such entry on to the last one of that generation. */
static enum sv_status fail_no_key(const struct reading *r, uint64_t generation, uint64_t seq,
                                  struct sv_err *err)
{
    const struct audit_gen *gens = (const struct audit_gen *)(const void *)r->gens.bytes;

    return sv_fail(err, SV_DENIED,
                   "entries %llu to %llu of the audit log in %s are sealed to an older key than "
                   "you have: ask for the newer entries only, with --last or --since",
                   (unsigned long long)gens[generation].first, (unsigned long long)seq, r->a->dir);
}

static enum sv_status open_entry(struct reading *r, uint64_t seq, const uint8_t *row, size_t len,
                                 struct secret **plain, struct sv_err *err)
{
    const struct audit_gen *gens = (const struct audit_gen *)(const void *)r->gens.bytes;

    while (r->gen > 1 && (gens[r->gen - 1].first > seq))
        r->gen--;
    uint64_t generation = r->gen - 1;
    struct pkseal_reader reader;
    if (!audit_keyring_find(&r->ring, gens[generation].pk, &reader))
        return fail_no_key(r, generation, seq, err);
    struct seal_context ctx = audit_context(r->log_id, generation, SEAL_AUDIT_ENTRY, seq);
    enum sv_status st = SV_DATA;
    if (len == AUDIT_ROW_LEN)
        st = pkseal_open(plain, &reader, NULL, &ctx, SEAL_PADDED, row + len - AUDIT_BOX_LEN,
                         AUDIT_BOX_LEN, err);
    if (st == SV_DATA)
        return sv_fail(err, SV_DATA,
                       "entry %llu of the audit log in %s does not open: it was altered or "
                       "damaged; \"smtpvault audit verify\" tells more",
                       (unsigned long long)seq, r->a->dir);
    return st;
}

static void show_unended(struct audit_event *event)
{
    event->result = AUDIT_FAILED;
    memcpy(event->note, NOT_ENDED, sizeof NOT_ENDED);
}

static bool passes(const struct audit_filter *f, const struct audit_event *e)
{
    return (f->profile == NULL || strcmp(f->profile, e->profile) == 0) &&
           (f->op == 0 || f->op == e->op) && (f->result == 0 || f->result == e->result) &&
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

static enum sv_status look(void *context, int64_t key, const uint8_t *row, size_t len,
                           struct sv_err *err)
{
    struct reading *r = context;
    SECRET_OWNED struct secret *plain = NULL;
    struct audit_event event;
    uint64_t seq = (uint64_t)key;
    enum sv_status st = open_entry(r, seq, row, len, &plain, err);

    if (st != SV_OK)
        return st;
    struct sv_err inner;
    st = audit_entry_decode(&event, secret_peek(plain), secret_len(plain), &inner);
    if (st != SV_OK)
        return sv_fail(err, st, "entry %llu of the audit log in %s cannot be read: %s",
                       (unsigned long long)seq, r->a->dir, inner.text);
    if (r->filter->since != 0 && event.time < r->filter->since - SINCE_SLACK)
        return ENOUGH;
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

enum sv_status audit_read(struct audit *a, const struct secret *keys,
                          const struct audit_filter *filter, audit_visit *visit, void *context,
                          struct sv_err *err)
{
    READING_OWNED struct reading r = {.a = a, .filter = filter};
    enum sv_status st = audit_keyring_init(&r.ring, keys, err);

    if (st != SV_OK || (st = db_begin_read(a->db, err)) != SV_OK)
        return st;
    st = prepare(&r, err);
    if (st == SV_OK)
        st = db_walk(a->db, TABLE_ENTRY, 0, INT64_MAX, true, look, &r, err);
    db_rollback(a->db);
    return st == SV_OK || st == ENOUGH ? hand_out(&r, visit, context, err) : st;
}
