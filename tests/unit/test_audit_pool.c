/* SPDX-License-Identifier: ISC */
/* Pairs that are made before the entries they seal: for one append, one key, one process. */
#include "audit_fixture.h"

#include <sys/wait.h>

#include "audit/pool.h"
#include "base/alloc.h"
#include "crypto/seal_known.h"

static void a_pair_gives_each_box_its_own_key(void **state)
{
    struct log *l = *state;
    struct pkseal_pair pair, zero = {0};
    struct seal_context ctx = {.kind = SEAL_AUDIT_ENTRY, .row = 1}, next = ctx;
    struct pkseal_reader reader = {.sk = audit_sk, .pk = l->pk};
    uint8_t psk[KEY_LEN] = {5}, box[2][PKSEAL_OVERHEAD + 5];
    SECRET_OWNED struct secret *plain = NULL, *none = NULL;

    next.row = 2;
    assert_int_equal(pkseal_prepare(&pair, l->pk, NULL), SV_OK);
    assert_int_equal(
        pkseal_box_prepared(box[0], &pair, l->pk, psk, &ctx, SEAL_EXACT, "hello", 5, NULL), SV_OK);
    assert_int_equal(
        pkseal_box_prepared(box[1], &pair, l->pk, psk, &next, SEAL_EXACT, "hello", 5, NULL), SV_OK);
    assert_memory_equal(box[0], box[1], KEY_LEN);
    assert_memory_not_equal(box[0] + KEY_LEN + 1, box[1] + KEY_LEN + 1, 24);
    for (int i = 0; i < 2; i++) {
        secret_free(plain);
        assert_int_equal(pkseal_open(&plain, &reader, psk, i ? &next : &ctx, SEAL_EXACT, box[i],
                                     sizeof box[i], NULL),
                         SV_OK);
        assert_memory_equal(secret_peek(plain), "hello", 5);
    }
    psk[0]++;
    assert_int_equal(
        pkseal_open(&none, &reader, psk, &ctx, SEAL_EXACT, box[0], sizeof box[0], NULL), SV_DATA);
    assert_int_equal(pkseal_prepare(&pair, zero.shared, NULL), SV_DATA); /* of low order */
    assert_memory_equal(&pair, &zero, sizeof pair);
    assert_int_equal(
        pkseal_box_prepared(box[0], &pair, l->pk, psk, &ctx, SEAL_EXACT, "again", 5, NULL),
        SV_INTERNAL);
}

/* Two contexts, and the same pair, nonce and plaintext: what depends on the key differs. */
static void the_context_is_part_of_the_key(void **state)
{
    struct log *l = *state;
    struct seal_context ctx = {.kind = SEAL_AUDIT_ENTRY, .row = 1}, next = ctx;
    static const uint8_t sk[KEY_LEN] = {9}, nonce[24] = {7};
    uint8_t box[2][PKSEAL_OVERHEAD + 64], plain[64] = {0};
    enum { COMMITMENT = KEY_LEN + 1 + 24, CIPHER = COMMITMENT + 32 };

    next.row = 2;
    assert_int_equal(pkseal_box_with_ephemeral(box[0], l->pk, NULL, &ctx, SEAL_EXACT, plain,
                                               sizeof plain, sk, nonce, NULL),
                     SV_OK);
    assert_int_equal(pkseal_box_with_ephemeral(box[1], l->pk, NULL, &next, SEAL_EXACT, plain,
                                               sizeof plain, sk, nonce, NULL),
                     SV_OK);
    assert_memory_equal(box[0], box[1], COMMITMENT);
    for (size_t at = COMMITMENT; at + 16 <= sizeof box[0]; at += 16)
        assert_memory_not_equal(box[0] + at, box[1] + at, 16);
}

static void entries_take_what_was_prepared(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);

    assert_true(audit_prepare(a, 3));
    assert_int_equal(audit_pool_count(a), 3);
    log_append(l, a, "0");
    log_append(l, a, "1");
    assert_int_equal(audit_pool_count(a), 1);
    assert_true(audit_prepare(a, 20));
    assert_int_equal(audit_pool_count(a), 21);
    for (int i = 0; i < 25; i++)
        log_append(l, a, "more");
    assert_int_equal(audit_pool_count(a), 0);
    while (audit_prepare(a, 50)) {
    }
    assert_int_equal(audit_pool_count(a), AUDIT_POOL_MAX);
    assert_false(audit_prepare(a, 1));
    audit_unprepare(a);
    assert_int_equal(audit_pool_count(a), 0);
    log_append(l, a, "last");
    expect_clean(l, NULL, 1 + 28);
}

/* Every entry opens with the key that it was sealed for, before and after. */
static void another_audit_key_has_no_use_for_them(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    SECRET_OWNED struct secret *keys = NULL;
    struct audit_report report;

    (void)audit_prepare(a, 10);
    log_append(l, a, "0");
    audit_set_key(a, l->pk);
    assert_int_equal(audit_pool_count(a), 9);
    audit_set_key(a, l->other_pk);
    assert_int_equal(audit_pool_count(a), 0);
    (void)audit_prepare(a, 10);
    log_append(l, a, "1"); /* and why there is a generation */
    assert_int_equal(audit_pool_count(a), 9);
    expect(SV_OK, secret_new(&keys, 64, &t->err));
    expect(SV_OK, secret_append(keys, other_sk, 32, &t->err));
    expect(SV_OK, secret_append(keys, audit_sk, 32, &t->err));
    expect(SV_OK, audit_verify(a, keys, &(struct audit_check){.full = true}, &report, &t->err));
    assert_int_equal(report.findings, 0);
    assert_int_equal(report.entries, 4);
    struct listed list = {0};
    expect(SV_OK, audit_read(a, keys, &(struct audit_filter){0}, log_collect, &list, &t->err));
    assert_int_equal(list.count, 4);
}

/* Two processes with the same pairs would seal two entries with one. */
static void a_child_has_none(void **state)
{
    AUDIT_OWNED struct audit *a = log_open(*state, NULL);
    int status;

    (void)audit_prepare(a, 10);
    pid_t child = fork();
    if (child == 0) {
        if (audit_pool_count(a) != 0)
            _exit(1);
        audit_pool_fill(a, 1);
        _exit(audit_pool_count(a) == 1 && a->pool_owner == getpid() ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(audit_pool_count(a), 10);
}

static void no_memory_to_prepare(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);

    for (unsigned long n = 1; n < 4; n++) {
        sv_alloc_fail_at(n);
        (void)audit_prepare(a, 10);
        sv_alloc_fail_at(0);
        log_append(l, a, "0");
    }
    expect_clean(l, NULL, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(a_pair_gives_each_box_its_own_key),
        LOG_CASE(the_context_is_part_of_the_key),
        LOG_CASE(entries_take_what_was_prepared),
        LOG_CASE(another_audit_key_has_no_use_for_them),
        LOG_CASE(a_child_has_none),
        LOG_CASE(no_memory_to_prepare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
