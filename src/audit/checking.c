/* SPDX-License-Identifier: ISC */
#include "audit/checking.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/proved.h"
#include "base/buf.h"
#include "base/defence.h"

/* Missing entries, of all gaps together, before the keys are given up: edited numbers
 * must not keep us busy for ever. */
#define GAPS_MAX ((uint64_t)1 << 20)

void checking_find(struct checking *c, const char *fmt, ...)
{
    va_list args;

    if (c->report->findings++ > 0)
        return;
    va_start(args, fmt);
    (void)vsnprintf(c->report->first, sizeof c->report->first, fmt, args);
    va_end(args);
}

const struct audit_gen *checking_gens(const struct checking *c)
{
    return (const struct audit_gen *)(const void *)c->gens.bytes;
}

size_t checking_gen_count(const struct checking *c)
{
    return c->gens.len / sizeof(struct audit_gen);
}
/* ---- a generation's ends ---- */

enum sv_status checking_enter(struct checking *c, size_t g, struct sv_err *err)
{
    SECRET_OWNED struct secret *key = NULL;
    const struct audit_gen *gen = &checking_gens(c)[g];
    struct seal_context ctx = audit_context(c->log_id, g, SEAL_AUDIT_KEY, gen->first);

    c->gen = g;
    c->key_known = false;
    struct pkseal_reader reader;
    c->no_key = !audit_keyring_find(&c->ring, gen->pk, &reader);
    if (c->no_key) {
        if (!c->partial || c->key_ever)
            checking_find(
                c, "generation %zu (from entry %llu) is sealed to an audit key that is not known",
                g, LLU(gen->first));
        return SV_OK;
    }
    c->key_ever = true;
    enum sv_status st =
        pkseal_open(&key, &reader, NULL, &ctx, SEAL_EXACT, gen->key_box, sizeof gen->key_box, err);
    if (st == SV_DATA) {
        checking_find(c, "the key of generation %zu (from entry %llu) was altered", g,
                      LLU(gen->first));
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
    const struct audit_gen *gen = &checking_gens(c)[c->gen];
    uint8_t tag[AUDIT_TAG_LEN];

    if (!DEFENDED(LOG_CLOSED) && !gen->closed)
        return;
    if (!gen->closed) {
        checking_find(
            c, "generation %zu was not closed: its seal was lost or deleted before entry %llu",
            c->gen, LLU(c->next));
        return;
    }
    if (gen->end != c->next) {
        checking_find(c, "generation %zu was closed at %llu and ends at %llu", c->gen,
                      LLU(gen->end), LLU(c->next));
        return;
    }
    audit_closing_tag(tag, secret_peek(c->key), c->next);
    if (c->key_known && sodium_memcmp(tag, gen->closing_tag, sizeof tag) != 0)
        checking_find(c, "generation %zu was not closed with its own key", c->gen);
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
        checking_find(c, "the key in the seal is not the one that entry %llu needs", LLU(c->next));
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
            checking_find(c, "the first %llu entries are not the ones that %s", LLU(m->size),
                          i == 0 ? "this machine has seen" : "the vault was signed with");
    }
}

enum sv_status checking_meet(struct checking *c, struct sv_err *err)
{
    meet_seal(c);
    if (c->next > 0)
        meet_marks(c);
    while (c->gen + 1 < checking_gen_count(c) && checking_gens(c)[c->gen + 1].first == c->next) {
        gen_leave(c);
        enum sv_status st = checking_enter(c, c->gen + 1, err);
        if (st != SV_OK)
            return st;
        meet_seal(c);
    }
    return c->next > 0 && c->next % c->a->stride == 0 ? proved_note(c, err) : SV_OK;
}

/* ---- entries ---- */

enum sv_status checking_cross_gap(struct checking *c, uint64_t to, struct sv_err *err)
{
    uint64_t missing = to - c->next;
    enum sv_status st = SV_OK;

    if (DEFENDED(LOG_GAPS) && missing == 1)
        checking_find(c, "entry %llu is missing", LLU(c->next));
    else if (DEFENDED(LOG_GAPS))
        checking_find(c, "entries %llu to %llu are missing", LLU(c->next), LLU(to - 1));
    c->whole = false;
    if (missing > GAPS_MAX - c->missing) {
        while (c->gen + 1 < checking_gen_count(c) && checking_gens(c)[c->gen + 1].first <= to)
            c->gen++;
        c->key_known = false;
        c->next = to;
        return SV_OK;
    }
    c->missing += missing;
    while (st == SV_OK && c->next < to) {
        if (c->key_known)
            (void)audit_evolve(secret_poke(c->key));
        c->next++;
        st = checking_meet(c, err);
    }
    return st;
}

void checking_time_back(struct checking *c, uint64_t at, int64_t by)
{
    if (c->report->time_reversals++ == 0) {
        c->back_at = at;
        c->back_by = by;
    }
    checking_find(c, "the clock went back by %lld seconds before entry %llu", (long long)by,
                  LLU(at));
}

static void check_time(struct checking *c, int64_t time)
{
    int64_t back;

    if (c->timed && !__builtin_sub_overflow(c->time, time, &back) && back > AUDIT_CLOCK_SLACK)
        checking_time_back(c, c->next, back);
    c->timed = true;
    c->time = time;
}

static void check_row(struct checking *c, const uint8_t *row, size_t len)
{
    uint8_t leaf[MERKLE_LEN], tag[AUDIT_TAG_LEN];

    if (len < AUDIT_TAG_LEN + AUDIT_CLOCK_LEN) {
        checking_find(c, "entry %llu was altered", LLU(c->next));
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
        checking_find(c, "entry %llu was altered", LLU(c->next));
    else
        check_time(c, (int64_t)(le64_get(clock) ^ mask));
}

enum sv_status checking_entry(void *context, int64_t key, const uint8_t *row, size_t len,
                              struct sv_err *err)
{
    struct checking *c = context;
    uint64_t seq = (uint64_t)key;

    if (key < 0) {
        checking_find(c, "there is an entry with the number %lld", (long long)key);
        return SV_OK;
    }
    if (c->has_head && seq >= c->head.tree.size) {
        checking_find(c, "there are entries from %llu on, and the head counts %llu", LLU(seq),
                      LLU(c->head.tree.size));
        return ENOUGH;
    }
    enum sv_status st = seq > c->next ? checking_cross_gap(c, seq, err) : SV_OK;
    if (st != SV_OK)
        return st;
    check_row(c, row, len);
    c->report->entries++;
    c->next++;
    return checking_meet(c, err);
}
