/* SPDX-License-Identifier: ISC */
#include "audit/consistency.h"

#include <string.h>

#include "audit/log.h"

/* ---- one pass over the leaves ---- */

typedef void leaf_visit(void *context, const uint8_t leaf[MERKLE_LEN]);

struct pass {
    struct audit *a;
    uint64_t next;
    leaf_visit *visit;
    void *context;
};

static enum sv_status fail_missing(const struct pass *p, struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "entry %llu of the audit log in %s is missing; \"smtpvault audit verify\" tells "
                   "more",
                   (unsigned long long)p->next, p->a->dir);
}

static enum sv_status take_leaf(void *context, int64_t key, const uint8_t *row, size_t len,
                                struct sv_err *err)
{
    struct pass *p = context;
    uint8_t leaf[MERKLE_LEN];

    if ((uint64_t)key != p->next || len < AUDIT_TAG_LEN)
        return fail_missing(p, err);
    merkle_leaf(leaf, row + AUDIT_TAG_LEN, len - AUDIT_TAG_LEN);
    p->visit(p->context, leaf);
    p->next++;
    return SV_OK;
}

static enum sv_status walk(struct audit *a, uint64_t size, leaf_visit *visit, void *context,
                           struct sv_err *err)
{
    struct pass p = {.a = a, .visit = visit, .context = context};
    enum sv_status st = db_begin_read(a->db, err);

    if (st != SV_OK)
        return st;
    st = db_walk(a->db, TABLE_ENTRY, 0, (int64_t)size - 1, false, take_leaf, &p, err);
    db_rollback(a->db);
    return st == SV_OK && p.next != size ? fail_missing(&p, err) : st;
}

/* ---- roots ---- */

struct rooting {
    struct frontier tree;
    struct audit_mark *marks;
    size_t at, count;
};

static void meet_sizes(struct rooting *r)
{
    for (; r->at < r->count && r->marks[r->at].size == r->tree.size; r->at++)
        frontier_root(&r->tree, r->marks[r->at].root);
}

static void root_leaf(void *context, const uint8_t leaf[MERKLE_LEN])
{
    struct rooting *r = context;

    frontier_push(&r->tree, leaf);
    meet_sizes(r);
}

enum sv_status audit_roots(struct audit *a, struct audit_mark *marks, size_t count,
                           struct sv_err *err)
{
    struct rooting r = {.marks = marks, .count = count};

    meet_sizes(&r);
    return count == 0 ? SV_OK : walk(a, marks[count - 1].size, root_leaf, &r, err);
}

/* ---- making a proof ---- */

/* The subtree over the leaves from .. to - 1, which becomes node `place`. */
struct part {
    uint64_t from, to;
    size_t place;
};

struct proving {
    struct part parts[CONSISTENCY_MAX]; /* ascending, none over another */
    size_t count, at;
    struct frontier tree; /* of the part at hand */
    uint64_t next;
    struct audit_consistency *proof;
};

/* The largest power of two below n; n > 1. */
static uint64_t split_of(uint64_t n)
{
    return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* SUBPROOF(m, D[from:to], whole) of RFC 6962 gives its nodes from the deepest to the
 * topmost; here the way down is gone and what is left beside it noted. */
static void choose_parts(struct proving *p, uint64_t m, uint64_t to)
{
    struct part beside[CONSISTENCY_MAX];
    uint64_t from = 0;
    size_t depth = 0;
    bool whole = true;

    while (m != to - from) {
        uint64_t split = split_of(to - from);
        if (m <= split) {
            beside[depth++] = (struct part){.from = from + split, .to = to};
            to = from + split;
        } else {
            beside[depth++] = (struct part){.from = from, .to = from + split};
            from += split;
            m -= split;
            whole = false;
        }
    }
    if (!whole)
        p->parts[p->count++] = (struct part){.from = from, .to = to};
    while (depth > 0)
        p->parts[p->count++] = beside[--depth];
    for (size_t i = 0; i < p->count; i++)
        p->parts[i].place = i;
}

static void sort_parts(struct proving *p)
{
    for (size_t i = 1; i < p->count; i++) {
        struct part part = p->parts[i];
        size_t at = i;
        for (; at > 0 && p->parts[at - 1].from > part.from; at--)
            p->parts[at] = p->parts[at - 1];
        p->parts[at] = part;
    }
}

static void part_leaf(void *context, const uint8_t leaf[MERKLE_LEN])
{
    struct proving *p = context;
    uint64_t i = p->next++;

    if (p->at == p->count || i < p->parts[p->at].from)
        return;
    const struct part *part = &p->parts[p->at];
    frontier_push(&p->tree, leaf);
    if (i + 1 < part->to)
        return;
    frontier_root(&p->tree, p->proof->nodes[part->place]);
    memset(&p->tree, 0, sizeof p->tree);
    p->at++;
}

enum sv_status audit_consistency_make(struct audit *a, uint64_t from, uint64_t to,
                                      struct audit_consistency *proof, struct sv_err *err)
{
    struct audit_consistency made = {.from = from, .to = to};
    struct proving p = {.proof = &made};

    if (from == 0 || from > to)
        return sv_fail(err, SV_INTERNAL, "no log of %llu entries grows to %llu",
                       (unsigned long long)from, (unsigned long long)to);
    choose_parts(&p, from, to);
    made.count = p.count;
    sort_parts(&p);
    enum sv_status st = walk(a, to, part_leaf, &p, err);
    if (st == SV_OK)
        *proof = made;
    return st;
}

/* ---- verifying one: RFC 9162 section 2.1.4.2, which says how for RFC 6962's ---- */

static void climb(uint8_t root[MERKLE_LEN], const uint8_t node[MERKLE_LEN], bool node_left)
{
    if (node_left)
        merkle_node(root, node, root);
    else
        merkle_node(root, root, node);
}

bool audit_consistency_holds(const struct audit_consistency *proof,
                             const uint8_t from_root[MERKLE_LEN], const uint8_t to_root[MERKLE_LEN])
{
    uint64_t f = proof->from - 1, s = proof->to - 1;
    uint8_t old[MERKLE_LEN], new[MERKLE_LEN];
    size_t at = 0;

    if (proof->from == proof->to)
        return proof->count == 0 && memcmp(from_root, to_root, MERKLE_LEN) == 0;
    if (proof->from == 0 || proof->from > proof->to || proof->count > CONSISTENCY_MAX)
        return false;
    for (; f & 1; f >>= 1)
        s >>= 1;
    /* A full tree is its own first node. */
    if (f != 0 && proof->count == 0)
        return false;
    memcpy(old, f == 0 ? from_root : proof->nodes[at++], MERKLE_LEN);
    memcpy(new, old, MERKLE_LEN);
    for (; at < proof->count; at++, f >>= 1, s >>= 1) {
        if (s == 0)
            return false;
        if ((f & 1) || f == s) {
            climb(old, proof->nodes[at], true);
            climb(new, proof->nodes[at], true);
            for (; !(f & 1) && f != 0; f >>= 1)
                s >>= 1;
        } else {
            climb(new, proof->nodes[at], false);
        }
    }
    return s == 0 && memcmp(old, from_root, MERKLE_LEN) == 0 &&
           memcmp(new, to_root, MERKLE_LEN) == 0;
}
