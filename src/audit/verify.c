/* SPDX-License-Identifier: ISC */
/* verify: what is seen to before the entries and after them. The pass over them
 * is audit/checking.h's. */
#include <sodium.h>
#include <string.h>

#include "audit/checking.h"
#include "audit/proved.h"
#include "base/buf.h"
#include "base/defence.h"
#include "base/file.h"

static void checking_clear(struct checking *c)
{
    audit_keyring_clear(&c->ring);
    blob_clear(&c->gens);
    blob_clear(&c->proved);
    secret_free(c->key);
    audit_seal_wipe(c->a->seal);
}
#define CHECKING_OWNED __attribute__((cleanup(checking_clear)))

/* ---- before the entries ---- */

/* The seal belongs to the snapshot: no entry comes between the two. A copy has none. */
static enum sv_status take_snapshot(struct checking *c, struct sv_err *err)
{
    FD_OWNED int lock = -1;
    enum sv_status st = c->a->copy ? SV_OK : audit_log_lock(c->a, &lock, err);

    if (st != SV_OK || (st = db_begin_read(c->a->db, err)) != SV_OK || c->a->copy)
        return st;
    st = audit_seal_read(c->a->seal, c->a->seal_path, err);
    c->has_seal = st == SV_OK;
    if (st == SV_MISSING)
        checking_find(c, "the seal is missing");
    if (st == SV_DATA)
        checking_find(c, "the seal cannot be read");
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
        checking_find(c, st == SV_OK ? "the head is damaged" : "the head was deleted");
    else if (memcmp(c->head.vault_id, c->a->vault_id, sizeof c->head.vault_id) != 0)
        checking_find(c, "the log belongs to another vault");
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
    size_t count = checking_gen_count(c);
    struct audit_gen gen;

    bool fits = key >= 0 && (uint64_t)key == count && audit_gen_decode(&gen, row, len) &&
                (count == 0 ? gen.first == 0 : gen.first > checking_gens(c)[count - 1].first);
    if (!fits) {
        checking_find(c, "generation %lld is damaged or out of order", (long long)key);
        return ENOUGH;
    }
    return blob_append(&c->gens, &gen, sizeof gen) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status read_gens(struct checking *c, struct sv_err *err)
{
    enum sv_status st = db_walk(c->a->db, TABLE_GEN, INT64_MIN, INT64_MAX, false, take_gen, c, err);

    if (st != SV_OK && st != ENOUGH)
        return st;
    c->report->generations = checking_gen_count(c);
    if (checking_gen_count(c) == 0) {
        checking_find(c, "the list of generations was deleted");
        return SV_OK;
    }
    return proved_begin(c, err);
}

/* ---- after the entries ---- */

static void check_seal_end(struct checking *c)
{
    const struct audit_seal *s = audit_seal_peek(c->a->seal);
    size_t newest = checking_gen_count(c) - 1;

    if (!c->has_seal || checking_gen_count(c) == 0)
        return;
    bool crossing = s->has_upcoming && s->generation + 1 == newest;
    if (memcmp(s->log_id, c->log_id, sizeof s->log_id) != 0)
        checking_find(c, "the seal is the seal of another log");
    else if (DEFENDED(LOG_SEAL) && (s->generation > newest || s->next > c->next))
        checking_find(
            c,
            "the log has %llu entries where its seal has seen %llu: its tail was deleted, or "
            "an older copy was put back",
            LLU(c->next), LLU(s->next));
    else if (s->generation < newest && !crossing)
        checking_find(c, "the seal is of generation %llu, the log at %zu", LLU(s->generation),
                      newest);
    else if (!s->has_live && !crossing)
        checking_find(c, "the seal holds no key");
    else if (DEFENDED(LOG_SEAL) && s->has_live && !c->seal_met)
        checking_find(c, "the seal does not belong to its place in the log");
}

static void check_marks_end(struct checking *c)
{
    for (size_t i = 0; i < 2; i++) {
        const struct audit_mark *m = c->marks[i];
        const char *who = i == 0 ? "this machine has seen" : "the vault was signed with";
        if (m == NULL || m->size == 0)
            continue;
        if (memcmp(m->log_id, c->log_id, sizeof m->log_id) != 0)
            checking_find(c, "the log is not the one that %s", who);
        else if (m->size > c->next)
            checking_find(c, "the log has %llu entries, and %s %llu", LLU(c->next), who,
                          LLU(m->size));
    }
}

static enum sv_status check_end(struct checking *c, struct sv_err *err)
{
    enum sv_status st = SV_OK;

    if (c->has_head && c->next < c->head.tree.size)
        st = checking_cross_gap(c, c->head.tree.size, err);
    if (st != SV_OK)
        return st;
    if (c->gen + 1 < checking_gen_count(c))
        checking_find(c, "generation %zu begins at %llu, beyond the end", c->gen + 1,
                      LLU(checking_gens(c)[c->gen + 1].first));
    else if (checking_gen_count(c) > 0 && checking_gens(c)[c->gen].closed)
        checking_find(c, "the newest generation (%zu) is marked as closed", c->gen);
    if (c->has_head && c->whole &&
        (c->next != c->head.tree.size ||
         memcmp(c->tree.nodes, c->head.tree.nodes, frontier_count(c->next) * MERKLE_LEN) != 0))
        checking_find(c, "the head does not sum up the entries");
    if (c->partial && checking_gen_count(c) > 0 && !c->key_ever)
        checking_find(c, "none of the log is sealed to an audit key that you have");
    check_seal_end(c);
    check_marks_end(c);
    return SV_OK;
}

static enum sv_status check_all(struct checking *c, struct sv_err *err)
{
    enum sv_status st = take_snapshot(c, err);

    if (st != SV_OK || (st = read_head(c, err)) != SV_OK || (st = read_gens(c, err)) != SV_OK)
        return st;
    if (c->next > 0 && (st = proved_again(c, err)) != SV_OK)
        return st;
    st = db_walk(c->a->db, TABLE_ENTRY, c->next > 0 ? (int64_t)c->next : INT64_MIN, INT64_MAX,
                 false, checking_entry, c, err);
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
                                        .full = check->full,
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
    /* What could not be remembered is proved again the next time. */
    if (!a->inspecting)
        (void)!proved_store(&c, NULL);
    memcpy(made.mark.log_id, c.log_id, sizeof made.mark.log_id);
    made.mark.size = c.tree.size;
    frontier_root(&c.tree, made.mark.root);
    *report = made;
    sv_err_clear(err); /* what was found is in the report */
    return SV_OK;
}
