/* SPDX-License-Identifier: ISC */
/* That a log has only grown: proofs from real logs of every size, against the tree as
 * the RFC defines it, and everything that is no proof. */
#include "audit_bulk.h"

#include "audit/consistency.h"
#include "base/env.h"

#define SIZE 70

static int64_t now(uint64_t seq)
{
    (void)seq;
    return env_now();
}

struct roots {
    struct audit_mark at[SIZE + 1];
};

static struct audit *made(struct log *l, struct roots *roots)
{
    struct temp *t = l->t;
    struct audit *a = log_open(l, NULL);

    for (uint64_t size = 1; size <= SIZE; size++) {
        bulk_fill(l, a, size, now);
        audit_mark_now(a, &roots->at[size]);
        assert_true(roots->at[size].size == size);
    }
    struct audit_mark again[SIZE + 1];
    memcpy(again, roots->at, sizeof again);
    for (size_t i = 1; i <= SIZE; i++)
        memset(again[i].root, 0, sizeof again[i].root);
    expect(SV_OK, audit_roots(a, again + 1, SIZE, &t->err));
    assert_memory_equal(again + 1, roots->at + 1, SIZE * sizeof again[1]);
    return a;
}

static void every_pair_of_sizes(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct roots roots;
    AUDIT_OWNED struct audit *a = made(l, &roots);

    for (uint64_t to = 1; to <= SIZE; to++)
        for (uint64_t from = 1; from <= to; from++) {
            struct audit_consistency p;
            expect(SV_OK, audit_consistency_make(a, from, to, &p, &t->err));
            assert_true(audit_consistency_holds(&p, roots.at[from].root, roots.at[to].root));
            if (from == to)
                continue;
            assert_false(audit_consistency_holds(&p, roots.at[from + 1].root, roots.at[to].root));
            assert_false(audit_consistency_holds(&p, roots.at[from].root, roots.at[to - 1].root));
        }
}

static void what_is_no_proof(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct roots roots;
    AUDIT_OWNED struct audit *a = made(l, &roots);
    struct audit_consistency p, wrong;

    for (uint64_t from = 1; from < SIZE; from++) {
        const uint8_t *old = roots.at[from].root, *new = roots.at[SIZE].root;
        expect(SV_OK, audit_consistency_make(a, from, SIZE, &p, &t->err));
        for (size_t i = 0; i < p.count; i++) {
            wrong = p;
            wrong.nodes[i][7] ^= 1;
            assert_false(audit_consistency_holds(&wrong, old, new));
        }
        wrong = p;
        wrong.count--;
        assert_false(audit_consistency_holds(&wrong, old, new));
        wrong = p;
        memcpy(wrong.nodes[wrong.count++], p.nodes[0], MERKLE_LEN);
        assert_false(audit_consistency_holds(&wrong, old, new));
        wrong = p;
        wrong.count = CONSISTENCY_MAX + 1;
        assert_false(audit_consistency_holds(&wrong, old, new));
    }
    wrong = (struct audit_consistency){.from = 0, .to = 5};
    assert_false(audit_consistency_holds(&wrong, roots.at[1].root, roots.at[5].root));
    wrong = (struct audit_consistency){.from = 6, .to = 5};
    assert_false(audit_consistency_holds(&wrong, roots.at[6].root, roots.at[5].root));
    expect(SV_INTERNAL, audit_consistency_make(a, 0, 5, &p, &t->err));
    expect(SV_INTERNAL, audit_consistency_make(a, 6, 5, &p, &t->err));
    expect(SV_DATA, audit_consistency_make(a, 5, SIZE + 1, &p, &t->err));
    log_meddle(l, "delete from entry where seq = 9");
    expect(SV_DATA, audit_consistency_make(a, 5, SIZE, &p, &t->err));
    expect_text("entry 9 ");
}

/* The example of RFC 6962 section 2.1.3: which nodes of a tree of 7, by their number. */
static void the_example_of_the_rfc(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct roots roots;
    AUDIT_OWNED struct audit *a = made(l, &roots);
    static const struct {
        uint64_t from;
        size_t count;
    } cases[] = {{3, 4}, {4, 1}, {6, 3}};

    for (size_t i = 0; i < 3; i++) {
        struct audit_consistency p;
        expect(SV_OK, audit_consistency_make(a, cases[i].from, 7, &p, &t->err));
        assert_int_equal(p.count, cases[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {LOG_CASE(every_pair_of_sizes), LOG_CASE(what_is_no_proof),
                                       LOG_CASE(the_example_of_the_rfc)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
