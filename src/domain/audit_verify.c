/* SPDX-License-Identifier: ISC */
/*
 * audit_verify: one pass over the rows with the keys evolving beside it. `next`
 * is the place that has been proved so far; whatever is due at a place (the seal,
 * a mark, the end of a generation) is compared when `next` gets there.
 *
 * A finding never ends the pass, but for rows beyond the head: they are counted
 * as one. Where rows are missing the keys are moved over the gap, so that one
 * deleted entry is one finding and the rest is still proved.
 */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/defence.h"
#include "base/file.h"
#include "domain/audit_keyring.h"
#include "domain/audit_log.h"

/* Entries that a gap may have before the keys are given up: an edited number
 * must not keep us busy for ever. */
#define GAP_MAX ((uint64_t)1 << 20)
#define ENOUGH SV_FINDINGS

struct checking {
    struct audit *a;
    struct audit_keyring ring;
    bool partial;
    const struct audit_mark *marks[2];
    struct audit_report *report;

    bool has_head, has_seal, seal_met;
    uint8_t log_id[16];
    struct audit_head head; /* as stored */
    struct blob gens;       /* struct audit_gen: those that can be used */
    size_t gen;             /* at `next` */
    uint64_t next;
    bool whole; /* no gap so far: the tree means something */
    struct frontier tree;
    struct secret *key; /* A_next */
    bool key_known;
    bool no_key;   /* none of the ring is this generation's */
    bool key_ever; /* one was an earlier one's, or is this one's */
    bool timed;
    int64_t time; /* of the entry before */
};

static void checking_clear(struct checking *c)
{
    audit_keyring_clear(&c->ring);
    blob_clear(&c->gens);
    secret_free(c->key);
    audit_seal_wipe(c->a->seal);
}
#define CHECKING_OWNED __attribute__((cleanup(checking_clear)))

static void find(struct checking *c, const char *fmt, ...) SV_PRINTF(2, 3);
static void find(struct checking *c, const char *fmt, ...)
{
    va_list args;

    if (c->report->findings++ > 0)
        return;
    va_start(args, fmt);
    (void)vsnprintf(c->report->first, sizeof c->report->first, fmt, args);
    va_end(args);
}

#define LLU(n) ((unsigned long long)(n))

static const struct audit_gen *gens(const struct checking *c)
{
    return (const struct audit_gen *)(const void *)c->gens.bytes;
}

static size_t gen_count(const struct checking *c)
{
    return c->gens.len / sizeof(struct audit_gen);
}

/* ---- a generation's ends ---- */

/* The key of a generation that cannot be had is a finding, and its tags are not
 * checked. */
static enum sv_status gen_enter(struct checking *c, size_t g, struct sv_err *err)
{
    SECRET_OWNED struct secret *key = NULL;
    const struct audit_gen *gen = &gens(c)[g];
    struct seal_context ctx = audit_context(c->log_id, g, SEAL_AUDIT_KEY, gen->first);

    c->gen = g;
    c->key_known = false;
    struct pkseal_reader reader;
    c->no_key = !audit_keyring_find(&c->ring, gen->pk, &reader);
    if (c->no_key) {
        if (!c->partial || c->key_ever)
            find(c, "generation %zu (from entry %llu) is sealed to an audit key that is not known",
                 g, LLU(gen->first));
        return SV_OK;
    }
    c->key_ever = true;
    enum sv_status st =
        pkseal_open(&key, &reader, NULL, &ctx, SEAL_EXACT, gen->key_box, sizeof gen->key_box, err);
    if (st == SV_DATA) {
        find(c, "the key of generation %zu (from entry %llu) was altered", g, LLU(gen->first));
        return SV_OK;
    }
    if (st != SV_OK)
        return st;
    memcpy(secret_poke(c->key), secret_peek(key), KEY_LEN);
    c->key_known = true;
    return SV_OK;
}

static void gen_leave(struct checking *c)
{
    const struct audit_gen *gen = &gens(c)[c->gen];
    uint8_t tag[AUDIT_TAG_LEN];

    if (!DEFENDED(LOG_CLOSED) && !gen->closed)
        return;
    if (!gen->closed) {
        find(c, "generation %zu was not closed: its seal was lost or deleted before entry %llu",
             c->gen, LLU(c->next));
        return;
    }
    if (gen->end != c->next) {
        find(c, "generation %zu was closed at %llu and ends at %llu", c->gen, LLU(gen->end),
             LLU(c->next));
        return;
    }
    audit_closing_tag(tag, secret_peek(c->key), c->next);
    if (c->key_known && sodium_memcmp(tag, gen->closing_tag, sizeof tag) != 0)
        find(c, "generation %zu was not closed with its own key", c->gen);
}

/* ---- what is due at `next` ---- */

static void meet_seal(struct checking *c)
{
    const struct audit_seal *s = audit_seal_peek(c->a->seal);

    if (!c->has_seal || !s->has_live || s->next != c->next || s->generation != c->gen ||
        memcmp(s->log_id, c->log_id, sizeof s->log_id) != 0)
        return;
    c->seal_met = true;
    if (c->key_known && sodium_memcmp(s->live, secret_peek(c->key), KEY_LEN) != 0)
        find(c, "the key in the seal is not the one that entry %llu needs", LLU(c->next));
}

static void meet_marks(struct checking *c)
{
    uint8_t root[MERKLE_LEN];

    for (size_t i = 0; i < 2; i++) {
        const struct audit_mark *m = c->marks[i];
        if (m == NULL || m->size == 0 || m->size != c->next || !c->whole ||
            memcmp(m->log_id, c->log_id, sizeof m->log_id) != 0)
            continue;
        frontier_root(&c->tree, root);
        if (memcmp(root, m->root, sizeof root) != 0)
            find(c, "the first %llu entries are not the ones that %s", LLU(m->size),
                 i == 0 ? "this machine has seen" : "the vault was signed with");
    }
}

static enum sv_status meet(struct checking *c, struct sv_err *err)
{
    meet_seal(c);
    if (c->next > 0)
        meet_marks(c);
    while (c->gen + 1 < gen_count(c) && gens(c)[c->gen + 1].first == c->next) {
        gen_leave(c);
        enum sv_status st = gen_enter(c, c->gen + 1, err);
        if (st != SV_OK)
            return st;
        meet_seal(c);
    }
    return SV_OK;
}

/* ---- entries ---- */

/* Moves `next` over missing entries to `to`. */
static enum sv_status cross_gap(struct checking *c, uint64_t to, struct sv_err *err)
{
    uint64_t missing = to - c->next;
    enum sv_status st = SV_OK;

    if (DEFENDED(LOG_GAPS) && missing == 1)
        find(c, "entry %llu is missing", LLU(c->next));
    else if (DEFENDED(LOG_GAPS))
        find(c, "entries %llu to %llu are missing", LLU(c->next), LLU(to - 1));
    c->whole = false;
    if (missing > GAP_MAX) {
        while (c->gen + 1 < gen_count(c) && gens(c)[c->gen + 1].first <= to)
            c->gen++;
        c->key_known = false;
        c->next = to;
        return SV_OK;
    }
    while (st == SV_OK && c->next < to) {
        if (c->key_known)
            (void)audit_evolve(secret_poke(c->key));
        c->next++;
        st = meet(c, err);
    }
    return st;
}

static void check_time(struct checking *c, int64_t time)
{
    int64_t back;

    if (c->timed && !__builtin_sub_overflow(c->time, time, &back) && back > AUDIT_CLOCK_SLACK) {
        c->report->time_reversals++;
        find(c, "the clock went back by %lld seconds before entry %llu", (long long)back,
             LLU(c->next));
    }
    c->timed = true;
    c->time = time;
}

static void check_row(struct checking *c, const uint8_t *row, size_t len)
{
    uint8_t leaf[MERKLE_LEN], tag[AUDIT_TAG_LEN];

    if (len < AUDIT_TAG_LEN + AUDIT_CLOCK_LEN) {
        find(c, "entry %llu was altered", LLU(c->next));
        c->whole = false;
        if (c->key_known)
            (void)audit_evolve(secret_poke(c->key));
        return;
    }
    const uint8_t *clock = row + AUDIT_TAG_LEN;
    merkle_leaf(leaf, clock, len - AUDIT_TAG_LEN);
    frontier_push(&c->tree, leaf);
    c->report->unproved += c->no_key;
    if (!c->key_known)
        return;
    uint8_t *key = secret_poke(c->key);
    audit_tag(tag, key, c->next, leaf);
    uint64_t mask = audit_evolve(key);
    if (len != AUDIT_ROW_LEN || (DEFENDED(LOG_TAGS) && sodium_memcmp(tag, row, sizeof tag) != 0))
        find(c, "entry %llu was altered", LLU(c->next));
    else
        check_time(c, (int64_t)(le64_get(clock) ^ mask));
}

static enum sv_status check_entry(void *context, int64_t key, const uint8_t *row, size_t len,
                                  struct sv_err *err)
{
    struct checking *c = context;
    uint64_t seq = (uint64_t)key;

    if (key < 0) {
        find(c, "there is an entry with the number %lld", (long long)key);
        return SV_OK;
    }
    if (c->has_head && seq >= c->head.tree.size) {
        find(c, "there are entries from %llu on, and the head counts %llu", LLU(seq),
             LLU(c->head.tree.size));
        return ENOUGH;
    }
    enum sv_status st = seq > c->next ? cross_gap(c, seq, err) : SV_OK;
    if (st != SV_OK)
        return st;
    check_row(c, row, len);
    c->report->entries++;
    c->next++;
    return meet(c, err);
}

/* ---- before the entries ---- */

/* The seal belongs to the snapshot: no entry comes between the two. */
static enum sv_status take_snapshot(struct checking *c, struct sv_err *err)
{
    FD_OWNED int lock = -1;
    enum sv_status st = audit_log_lock(c->a, &lock, err);

    if (st != SV_OK || (st = db_begin_read(c->a->db, err)) != SV_OK)
        return st;
    st = audit_seal_read(c->a->seal, c->a->seal_path, err);
    c->has_seal = st == SV_OK;
    if (st == SV_MISSING)
        find(c, "the seal is missing");
    if (st == SV_DATA)
        find(c, "the seal cannot be read");
    return st == SV_MISSING || st == SV_DATA ? SV_OK : st;
}

static enum sv_status read_head(struct checking *c, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = db_get(c->a->db, TABLE_HEAD, AUDIT_HEAD_KEY, &row, err);

    if (st != SV_OK && st != SV_MISSING)
        return st;
    c->has_head = st == SV_OK && audit_head_decode(&c->head, row.bytes, row.len);
    if (!c->has_head)
        find(c, st == SV_OK ? "the head is damaged" : "the head was deleted");
    else if (memcmp(c->head.vault_id, c->a->vault_id, sizeof c->head.vault_id) != 0)
        find(c, "the log belongs to another vault");
    const uint8_t *id = c->has_head   ? c->head.log_id
                        : c->has_seal ? audit_seal_peek(c->a->seal)->log_id
                        : c->marks[0] ? c->marks[0]->log_id
                        : c->marks[1] ? c->marks[1]->log_id
                                      : c->log_id;
    memmove(c->log_id, id, sizeof c->log_id);
    return SV_OK;
}

/* Keeps the generations up to the first one that is out of order. */
static enum sv_status take_gen(void *context, int64_t key, const uint8_t *row, size_t len,
                               struct sv_err *err)
{
    struct checking *c = context;
    size_t count = gen_count(c);
    struct audit_gen gen;

    bool fits = key >= 0 && (uint64_t)key == count && audit_gen_decode(&gen, row, len) &&
                (count == 0 ? gen.first == 0 : gen.first > gens(c)[count - 1].first);
    if (!fits) {
        find(c, "generation %lld is damaged or out of order", (long long)key);
        return ENOUGH;
    }
    return blob_append(&c->gens, &gen, sizeof gen) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status read_gens(struct checking *c, struct sv_err *err)
{
    enum sv_status st = db_walk(c->a->db, TABLE_GEN, INT64_MIN, INT64_MAX, false, take_gen, c, err);

    if (st != SV_OK && st != ENOUGH)
        return st;
    c->report->generations = gen_count(c);
    if (gen_count(c) == 0) {
        find(c, "the list of generations was deleted");
        return SV_OK;
    }
    if ((st = gen_enter(c, 0, err)) != SV_OK)
        return st;
    return meet(c, err);
}

/* ---- after the entries ---- */

static void check_seal_end(struct checking *c)
{
    const struct audit_seal *s = audit_seal_peek(c->a->seal);
    size_t newest = gen_count(c) - 1;

    if (!c->has_seal || gen_count(c) == 0)
        return;
    bool crossing = s->has_upcoming && s->generation + 1 == newest;
    if (memcmp(s->log_id, c->log_id, sizeof s->log_id) != 0)
        find(c, "the seal is the seal of another log");
    else if (DEFENDED(LOG_SEAL) && (s->generation > newest || s->next > c->next))
        find(c,
             "the log has %llu entries where its seal has seen %llu: its tail was deleted, or "
             "an older copy was put back",
             LLU(c->next), LLU(s->next));
    else if (s->generation < newest && !crossing)
        find(c, "the seal is of generation %llu, the log at %zu", LLU(s->generation), newest);
    else if (!s->has_live && !crossing)
        find(c, "the seal holds no key");
    else if (DEFENDED(LOG_SEAL) && s->has_live && !c->seal_met)
        find(c, "the seal does not belong to its place in the log");
}

static void check_marks_end(struct checking *c)
{
    for (size_t i = 0; i < 2; i++) {
        const struct audit_mark *m = c->marks[i];
        const char *who = i == 0 ? "this machine has seen" : "the vault was signed with";
        if (m == NULL || m->size == 0)
            continue;
        if (memcmp(m->log_id, c->log_id, sizeof m->log_id) != 0)
            find(c, "the log is not the one that %s", who);
        else if (m->size > c->next)
            find(c, "the log has %llu entries, and %s %llu", LLU(c->next), who, LLU(m->size));
    }
}

static enum sv_status check_end(struct checking *c, struct sv_err *err)
{
    enum sv_status st = SV_OK;

    if (c->has_head && c->next < c->head.tree.size)
        st = cross_gap(c, c->head.tree.size, err);
    if (st != SV_OK)
        return st;
    if (c->gen + 1 < gen_count(c))
        find(c, "generation %zu begins at %llu, beyond the end", c->gen + 1,
             LLU(gens(c)[c->gen + 1].first));
    else if (gen_count(c) > 0 && gens(c)[c->gen].closed)
        find(c, "the newest generation (%zu) is marked as closed", c->gen);
    if (c->has_head && c->whole &&
        (c->next != c->head.tree.size ||
         memcmp(c->tree.nodes, c->head.tree.nodes, frontier_count(c->next) * MERKLE_LEN) != 0))
        find(c, "the head does not sum up the entries");
    if (c->partial && gen_count(c) > 0 && !c->key_ever)
        find(c, "none of the log is sealed to an audit key that you have");
    check_seal_end(c);
    check_marks_end(c);
    return SV_OK;
}

static enum sv_status check_all(struct checking *c, struct sv_err *err)
{
    enum sv_status st = take_snapshot(c, err);

    if (st != SV_OK || (st = read_head(c, err)) != SV_OK || (st = read_gens(c, err)) != SV_OK)
        return st;
    st = db_walk(c->a->db, TABLE_ENTRY, INT64_MIN, INT64_MAX, false, check_entry, c, err);
    if (st == SV_OK || st == ENOUGH)
        st = check_end(c, err);
    return st;
}

enum sv_status audit_verify(struct audit *a, const struct secret *keys,
                            const struct audit_check *check, struct audit_report *report,
                            struct sv_err *err)
{
    struct audit_report made = {0};
    CHECKING_OWNED struct checking c = {.a = a,
                                        .partial = check->partial,
                                        .marks = {check->remembered, check->signed_mark},
                                        .report = &made,
                                        .whole = true};
    enum sv_status st = audit_keyring_init(&c.ring, keys, err);

    if (st != SV_OK || (st = secret_new(&c.key, KEY_LEN, err)) != SV_OK)
        return st;
    secret_set_len(c.key, KEY_LEN);
    st = check_all(&c, err);
    db_rollback(a->db);
    if (st != SV_OK)
        return st;
    memcpy(made.mark.log_id, c.log_id, sizeof made.mark.log_id);
    made.mark.size = c.tree.size;
    frontier_root(&c.tree, made.mark.root);
    *report = made;
    sv_err_clear(err); /* what was found is in the report */
    return SV_OK;
}
