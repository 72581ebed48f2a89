/* SPDX-License-Identifier: ISC */
/* generations: how a log and its generations begin, and how a seal that lags is
 * brought up to them. The orders are in audit/log.h. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "audit/log.h"
#include "base/defence.h"
#include "crypto/random.h"

/* ---- beginning ---- */

/* Puts the row of generation `number`, which begins at the head, for own_pk; its
 * A_0 is the live key. Nothing is taken over into *a but by the caller. */
static enum sv_status put_gen(struct audit *a, uint64_t number, struct sv_err *err)
{
    const struct audit_seal *s = audit_seal_peek(a->seal);
    struct audit_gen gen = {.first = a->head.tree.size};
    uint8_t row[AUDIT_GEN_CLOSED_LEN];
    struct seal_context ctx = audit_context(a->head.log_id, number, SEAL_AUDIT_KEY, gen.first);

    memcpy(gen.pk, a->own_pk, sizeof gen.pk);
    enum sv_status st =
        pkseal_box(gen.key_box, gen.pk, NULL, &ctx, SEAL_EXACT, s->live, KEY_LEN, err);
    if (st != SV_OK)
        return st;
    st = db_put(a->db, TABLE_GEN, (int64_t)number, row, audit_gen_encode(row, &gen), err);
    if (st != SV_OK)
        return st;
    a->generation = number;
    a->gen = gen;
    return SV_OK;
}

/* The first entry of a generation says why there is one. */
static enum sv_status put_reason(struct audit *a, enum audit_op op, const char *note,
                                 struct sv_err *err)
{
    struct audit_event event = {.op = op, .result = AUDIT_OK};

    (void)snprintf(event.note, sizeof event.note, "%s", note);
    audit_log_stamp(a, &event);
    return audit_log_put(a, &event, err);
}

enum sv_status audit_log_begin(struct audit *a, enum audit_op op, const char *note,
                               struct sv_err *err)
{
    struct audit_seal *s = audit_seal_poke(a->seal);
    enum sv_status st;

    memset(&a->head, 0, sizeof a->head);
    random_bytes(a->head.log_id, sizeof a->head.log_id);
    memcpy(a->head.vault_id, a->vault_id, sizeof a->vault_id);
    audit_seal_wipe(a->seal);
    memcpy(s->log_id, a->head.log_id, sizeof s->log_id);
    s->has_live = true;
    random_bytes(s->live, sizeof s->live);
    if ((st = audit_seal_make(a->seal, a->seal_path, err)) != SV_OK)
        return st;
    if (a->db == NULL && ((st = db_create(&a->db, a->db_path, DB_AUDIT, err)) != SV_OK ||
                          (st = audit_log_remember_file(a, err)) != SV_OK))
        return st;
    if ((st = db_begin_write(a->db, err)) != SV_OK)
        return st;
    if ((st = put_gen(a, 0, err)) != SV_OK || (st = put_reason(a, op, note, err)) != SV_OK ||
        (st = audit_log_commit(a, err)) != SV_OK) {
        db_rollback(a->db);
        return st;
    }
    a->generation_known = true;
    return SV_OK;
}

/* ---- a further generation ---- */

/* Closes the newest generation with the live key, which stands at the head. */
static enum sv_status close_gen(struct audit *a, struct sv_err *err)
{
    const struct audit_seal *s = audit_seal_peek(a->seal);
    uint8_t row[AUDIT_GEN_CLOSED_LEN];
    struct audit_gen gen = a->gen;

    gen.closed = true;
    gen.end = a->head.tree.size;
    audit_closing_tag(gen.closing_tag, s->live, gen.end);
    return db_put(a->db, TABLE_GEN, (int64_t)a->generation, row, audit_gen_encode(row, &gen), err);
}

/* Writes the upcoming key beside the live one, or beside none when that is lost. */
static enum sv_status announce(struct audit *a, struct sv_err *err)
{
    struct audit_seal *s = audit_seal_poke(a->seal);

    if (!s->has_live) {
        audit_seal_wipe(a->seal);
        memcpy(s->log_id, a->head.log_id, sizeof s->log_id);
        s->generation = a->generation;
        s->next = a->head.tree.size;
    }
    s->has_upcoming = true;
    random_bytes(s->upcoming, sizeof s->upcoming);
    return s->has_live ? audit_seal_write(a->seal, a->seal_path, true, err)
                       : audit_seal_make(a->seal, a->seal_path, err);
}

/* The upcoming key is the live one from here on. */
static void promote(struct audit_seal *s)
{
    memcpy(s->live, s->upcoming, sizeof s->live);
    sodium_memzero(s->upcoming, sizeof s->upcoming);
    s->has_live = true;
    s->has_upcoming = false;
    s->generation++;
}

static enum sv_status renew(struct audit *a, const char *why, struct sv_err *err)
{
    struct audit_seal *s = audit_seal_poke(a->seal);
    enum sv_status st = announce(a, err);

    if (st != SV_OK || (s->has_live && (st = close_gen(a, err)) != SV_OK))
        return st;
    promote(s);
    a->generation_known = false;
    if ((st = put_gen(a, a->generation + 1, err)) != SV_OK ||
        (st = put_reason(a, AUDIT_LOG_RESUME, why, err)) != SV_OK ||
        (st = audit_log_commit(a, err)) != SV_OK)
        return st;
    a->generation_known = true;
    return db_begin_write(a->db, err);
}

/* ---- catching up ---- */

static enum sv_status step(void *context, int64_t key, const uint8_t *row, size_t len,
                           struct sv_err *err)
{
    struct audit *a = context;
    struct audit_seal *s = audit_seal_poke(a->seal);
    uint8_t leaf[MERKLE_LEN], tag[AUDIT_TAG_LEN];

    if ((uint64_t)key != s->next)
        return audit_log_lost(a, err, "entry %llu is missing", (unsigned long long)s->next);
    if (len == AUDIT_ROW_LEN) {
        merkle_leaf(leaf, row + AUDIT_TAG_LEN, len - AUDIT_TAG_LEN);
        audit_tag(tag, s->live, s->next, leaf);
    }
    if (len != AUDIT_ROW_LEN || sodium_memcmp(tag, row, sizeof tag) != 0)
        return audit_log_lost(a, err, "entry %lld was altered", (long long)key);
    (void)audit_evolve(s->live);
    s->next++;
    return SV_OK;
}

/* Moves the live key up to entry `end`. */
static enum sv_status walk_to(struct audit *a, uint64_t end, struct sv_err *err)
{
    const struct audit_seal *s = audit_seal_peek(a->seal);

    if (DEFENDED(LOG_SEAL) && s->next > end)
        return audit_log_lost(a, err,
                              "it has %llu entries where its seal has seen %llu: entries were "
                              "deleted, or an older copy was put back",
                              (unsigned long long)end, (unsigned long long)s->next);
    if (s->next >= end)
        return SV_OK;
    enum sv_status st =
        db_walk(a->db, TABLE_ENTRY, (int64_t)s->next, (int64_t)end - 1, false, step, a, err);
    if (st == SV_OK && s->next != end)
        st = audit_log_lost(a, err, "entry %llu is missing", (unsigned long long)s->next);
    return st;
}

/* The commit that began the newest generation came through, the seal's last
 * write did not. */
static enum sv_status cross_over(struct audit *a, struct sv_err *err)
{
    struct audit_seal *s = audit_seal_poke(a->seal);

    if (s->has_live) {
        struct audit_gen old;
        uint8_t tag[AUDIT_TAG_LEN];
        enum sv_status st = audit_log_gen(a, s->generation, &old, err);
        if (st != SV_OK || (st = walk_to(a, a->gen.first, err)) != SV_OK)
            return st;
        audit_closing_tag(tag, s->live, s->next);
        if (!old.closed || old.end != s->next ||
            sodium_memcmp(tag, old.closing_tag, sizeof tag) != 0)
            return audit_log_lost(a, err, "generation %llu was not closed as it should be",
                                  (unsigned long long)s->generation);
    }
    s->next = a->gen.first;
    promote(s);
    return SV_OK;
}

enum sv_status audit_log_catch_up(struct audit *a, const char **why, struct sv_err *err)
{
    struct audit_seal *s = audit_seal_poke(a->seal);
    enum sv_status st = SV_OK;

    if (memcmp(s->log_id, a->head.log_id, sizeof s->log_id) != 0)
        return audit_log_lost(a, err, "its seal is the seal of another log");
    if (s->generation > a->generation)
        return audit_log_lost(a, err,
                              "it is at generation %llu where its seal has seen %llu: an older "
                              "copy was put back",
                              (unsigned long long)a->generation, (unsigned long long)s->generation);
    if (s->has_upcoming && s->generation + 1 == a->generation)
        st = cross_over(a, err);
    if (st != SV_OK)
        return st;
    if (s->generation != a->generation || !s->has_live) {
        *why = s->has_live ? "the seal was of an older generation" : "the seal was missing";
        s->has_live = false;
        return SV_MISSING;
    }
    s->has_upcoming = false;
    sodium_memzero(s->upcoming, sizeof s->upcoming);
    if (s->next < a->gen.first)
        return audit_log_lost(a, err, "its seal does not belong to generation %llu",
                              (unsigned long long)a->generation);
    return walk_to(a, a->head.tree.size, err);
}

/* ---- ready for the next entry ---- */

/* Reads the seal and catches it up. *why: the reason for a new generation. */
static enum sv_status read_seal(struct audit *a, const char **why, struct sv_err *err)
{
    enum sv_status st = audit_seal_read(a->seal, a->seal_path, err);

    if (st == SV_MISSING || st == SV_DATA) {
        *why = st == SV_MISSING ? "the seal was missing" : "the seal could not be read";
        sv_err_clear(err);
        return SV_OK;
    }
    if (st != SV_OK)
        return st;
    const struct audit_seal *s = audit_seal_peek(a->seal);
    uint64_t generation = s->generation, next = s->next;
    st = audit_log_catch_up(a, why, err);
    if (st == SV_MISSING)
        return SV_OK;
    if (st == SV_OK && (s->generation != generation || s->next != next))
        st = audit_seal_write(a->seal, a->seal_path, false, err);
    return st;
}

static enum sv_status ready(struct audit *a, bool check_pk, struct sv_err *err)
{
    const char *why = NULL;
    enum sv_status st = audit_log_load(a, err);

    if (st == SV_MISSING)
        return audit_log_lost(a, err, "all of its rows were deleted");
    if (st != SV_OK || (st = read_seal(a, &why, err)) != SV_OK)
        return st;
    if (why == NULL && check_pk && memcmp(a->gen.pk, a->own_pk, sizeof a->own_pk) != 0)
        why = "the vault has a new audit key";
    return why == NULL ? SV_OK : renew(a, why, err);
}

enum sv_status audit_log_ready(struct audit *a, bool check_pk, struct sv_err *err)
{
    enum sv_status st = db_begin_write(a->db, err);

    if (st != SV_OK)
        return st;
    if ((st = ready(a, check_pk, err)) != SV_OK) {
        db_rollback(a->db);
        audit_seal_wipe(a->seal);
    }
    return st;
}
