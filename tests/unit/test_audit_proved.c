/* SPDX-License-Identifier: ISC */
/* Verifying from where it was verified before: what it costs, what it finds, and that
 * nobody without the audit key can move the place or hide behind it. */
#include "audit_bulk.h"

#include "base/env.h"

#define STRIDE 8
#define SIZE 100

static int64_t begun;
static int64_t regular(uint64_t seq)
{
    return begun + (int64_t)seq;
}

static int64_t at_once(uint64_t seq)
{
    (void)seq;
    return env_now();
}

static int64_t back_at_20(uint64_t seq)
{
    return begun + (int64_t)seq - (seq >= 20 ? 3600 : 0);
}

static struct audit *grown(struct log *l, uint64_t size, bulk_time *time_of)
{
    /* Anew for each log: its entry 0 has the time of its making. */
    begun = env_now();
    struct audit *a = log_open(l, NULL);
    a->stride = STRIDE;
    bulk_fill(l, a, size, time_of);
    return a;
}

static struct audit_report check(struct log *l, struct audit *a, struct audit_check how)
{
    struct temp *t = l->t;
    struct audit_report r = {0};

    expect(SV_OK, log_check(a, audit_sk, &how, &r, &t->err));
    return r;
}

static void expect_from(struct log *l, struct audit *a, uint64_t from, uint64_t entries)
{
    struct audit_report r = check(l, a, (struct audit_check){0});

    if (r.findings != 0)
        fail_msg("%s", r.first);
    assert_int_equal(r.from, from);
    assert_int_equal(r.entries, entries);
    assert_int_equal(r.mark.size, entries);
}

/* One of many runs finds it, since the stretch that is proved again is drawn by lot. */
static void expect_found_by_lot(struct log *l, struct audit *a, const char *words)
{
    struct audit_report r = {0};

    for (int i = 0; i < 1000 && r.findings == 0; i++)
        r = check(l, a, (struct audit_check){0});
    if (strstr(r.first, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", r.first, words);
}

static void what_is_new_is_proved(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, SIZE, regular);
    struct audit_report whole, part;

    expect_from(l, a, 0, SIZE);
    expect_from(l, a, 96, SIZE);
    bulk_fill(l, a, SIZE + 13, regular);
    part = check(l, a, (struct audit_check){0});
    assert_int_equal(part.from, 96);
    expect_from(l, a, 112, SIZE + 13);
    whole = check(l, a, (struct audit_check){.full = true});
    assert_int_equal(whole.from, 0);
    assert_int_equal(whole.findings, 0);
    assert_memory_equal(&whole.mark, &part.mark, sizeof part.mark);
    log_append(l, a, "x");
    log_meddle(l, "update entry set v = zeroblob(385) where seq = 113");
    part = check(l, a, (struct audit_check){0});
    assert_int_equal(part.from, 112);
    assert_non_null(strstr(part.first, "entry 113 was altered"));
}

static void a_small_log_is_always_proved_whole(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, STRIDE, regular);

    a->stride = AUDIT_PROVED_STRIDE;
    expect_from(l, a, 0, STRIDE);
    expect_from(l, a, 0, STRIDE);
    log_meddle(l, "update entry set v = zeroblob(385) where seq = 1");
    assert_int_equal(check(l, a, (struct audit_check){0}).findings, 2);
}

static void findings_are_not_remembered(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, SIZE, regular);

    log_meddle(l, "update entry set v = zeroblob(385) where seq = 50");
    for (int i = 0; i < 3; i++) {
        struct audit_report r = check(l, a, (struct audit_check){0});
        assert_int_equal(r.from, i == 0 ? 0 : 48);
        assert_non_null(strstr(r.first, "entry 50 was altered"));
    }
}

/* Rows before the place: by lot, with `full`, and through the head. */
static void altered_before_the_place(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, SIZE, regular);

    expect_from(l, a, 0, SIZE);
    log_meddle(l, "update entry set v = (select v from entry where seq = 4) where seq = 3");
    expect_found_by_lot(l, a, "entries 0 to 7, which were verified before: entry 3 was altered");
    struct audit_report r = check(l, a, (struct audit_check){.full = true});
    assert_non_null(strstr(r.first, "entry 3 was altered"));
}

static void deleted_before_the_place(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, SIZE, regular);

    expect_from(l, a, 0, SIZE);
    log_meddle(l, "delete from entry where seq = 47");
    expect_found_by_lot(l, a, "entries 40 to 47, which were verified before: entry 47 is missing");
    assert_int_equal(check(l, a, (struct audit_check){.full = true}).findings, 1);
}

/* Entries that somebody with an old live key wrote instead, head and all. */
static void another_past(void **state)
{
    struct log *l = *state;
    const char *kept = temp_path(l->t, "kept.db");
    char sql[512], seal[256];
    AUDIT_OWNED struct audit *a = grown(l, 50, regular);

    snprintf(sql, sizeof sql, "attach '%s' as k; create table k.head as select * from head", kept);
    log_meddle(l, sql);
    snprintf(seal, sizeof seal, "cp '%s' '%s'", log_path(l, "seal"), temp_path(l->t, "kept-seal"));
    assert_int_equal(system(seal), 0);
    bulk_fill(l, a, SIZE, regular);
    expect_from(l, a, 0, SIZE);
    /* Back to 50 entries and on with others; the rows of ckpt stay. */
    snprintf(sql, sizeof sql,
             "attach '%s' as k; delete from entry where seq >= 50; delete from head;"
             "insert into head select * from k.head",
             kept);
    log_meddle(l, sql);
    snprintf(seal, sizeof seal, "cp '%s' '%s'", temp_path(l->t, "kept-seal"), log_path(l, "seal"));
    assert_int_equal(system(seal), 0);
    struct audit_report r = check(l, a, (struct audit_check){0});
    assert_string_equal(r.first, "the log has 50 entries, and 96 were verified before");
    audit_close(a);
    a = grown(l, SIZE + 1, regular);
    r = check(l, a, (struct audit_check){0});
    assert_int_equal(r.from, 96);
    assert_true(strcmp(r.first, "the head does not sum up the entries") == 0 ||
                strstr(r.first, "they are not the ones that were verified before") != NULL);
}

/* Nothing that is put into the table makes a place count that was not proved. */
static void forged_places(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, SIZE, regular);

    expect_from(l, a, 0, SIZE);
    log_meddle(l, "delete from ckpt where size > 40; update ckpt set size = 96 where size = 40");
    expect_from(l, a, 32, SIZE);
    log_meddle(l, "insert or replace into ckpt values(96, zeroblob(500))");
    log_meddle(l, "insert or replace into ckpt values(88, zeroblob(0))");
    log_meddle(l, "insert or replace into ckpt values(-8, zeroblob(9))");
    log_meddle(l, "update ckpt set v = substr(v, 1, length(v) - 1) where size = 80");
    expect_from(l, a, 72, SIZE);
    log_meddle(l, "delete from ckpt");
    expect_from(l, a, 0, SIZE);
}

static void an_old_place_costs_time_only(void **state)
{
    struct log *l = *state;
    char sql[256];
    AUDIT_OWNED struct audit *a = grown(l, 50, regular);

    expect_from(l, a, 0, 50);
    snprintf(sql, sizeof sql, "attach '%s' as k; create table k.ckpt as select * from ckpt",
             temp_path(l->t, "kept.db"));
    log_meddle(l, sql);
    bulk_fill(l, a, SIZE, regular);
    expect_from(l, a, 48, SIZE);
    snprintf(sql, sizeof sql,
             "attach '%s' as k; delete from ckpt; insert into ckpt select * from k.ckpt",
             temp_path(l->t, "kept.db"));
    log_meddle(l, sql);
    expect_from(l, a, 48, SIZE);
    expect_from(l, a, 96, SIZE);
}

/* A member who left knows the keys of their time and could have made such rows. */
static void the_key_of_an_epoch_that_is_over(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = grown(l, SIZE, regular);
    SECRET_OWNED struct secret *both = NULL;
    struct audit_report r;

    expect_from(l, a, 0, SIZE);
    expect(SV_OK, secret_new(&both, 64, &t->err));
    expect(SV_OK, secret_append(both, other_sk, 32, &t->err));
    expect(SV_OK, secret_append(both, audit_sk, 32, &t->err));
    expect(SV_OK, audit_verify(a, both, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.from, 0);
    expect(SV_OK, audit_verify(a, both, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.from, 96);
    assert_int_equal(r.findings, 0);
}

/* What an auditor without the older keys proved is less than an owner wants. */
static void a_part_is_not_the_whole(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *first = grown(l, 20, at_once);
    struct audit *a = NULL;
    struct audit_report r;
    SECRET_OWNED struct secret *both = NULL;

    assert_non_null(first);
    expect(SV_OK, audit_open(&a, l->dir, vault_id, l->other_pk, NULL, &t->err));
    a->stride = STRIDE;
    bulk_fill(l, a, SIZE, at_once);
    for (int i = 0; i < 2; i++) {
        expect(SV_OK, log_check(a, other_sk, &(struct audit_check){.partial = true}, &r, &t->err));
        assert_int_equal(r.findings, 0);
        assert_int_equal(r.unproved, 20);
        assert_int_equal(r.from, i == 0 ? 0 : 96);
    }
    expect(SV_OK, secret_new(&both, 64, &t->err));
    expect(SV_OK, secret_append(both, other_sk, 32, &t->err));
    expect(SV_OK, secret_append(both, audit_sk, 32, &t->err));
    expect(SV_OK, audit_verify(a, both, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.from, 0);
    assert_int_equal(r.unproved, 0);
    assert_int_equal(r.findings, 0);
    audit_close(a);
}

/* A mark that is not the one that was met before sends the pass back behind it. */
static void marks_are_met(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, 21, regular);
    struct audit_mark mark, wrong;

    audit_mark_now(a, &mark);
    bulk_fill(l, a, SIZE, regular);
    struct audit_check how = {.remembered = &mark};
    assert_int_equal(check(l, a, how).from, 0);
    assert_int_equal(check(l, a, how).from, 96);
    wrong = mark;
    wrong.root[0] ^= 1;
    how.remembered = &wrong;
    struct audit_report r = check(l, a, how);
    assert_int_equal(r.from, 16);
    assert_string_equal(r.first,
                        "the first 21 entries are not the ones that this machine has seen");
    how = (struct audit_check){.signed_mark = &wrong};
    assert_int_equal(check(l, a, how).findings, 1);
}

/* After a crash: the pass comes by the seal. */
static void a_seal_that_lags(void **state)
{
    struct log *l = *state;
    char copy[256];
    AUDIT_OWNED struct audit *a = grown(l, 50, regular);

    snprintf(copy, sizeof copy, "cp '%s' '%s'", log_path(l, "seal"), temp_path(l->t, "kept-seal"));
    assert_int_equal(system(copy), 0);
    bulk_fill(l, a, SIZE, regular);
    expect_from(l, a, 0, SIZE);
    snprintf(copy, sizeof copy, "cp '%s' '%s'", temp_path(l->t, "kept-seal"), log_path(l, "seal"));
    assert_int_equal(system(copy), 0);
    expect_from(l, a, 48, SIZE);
}

static void clocks_stay_findings(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = grown(l, SIZE, back_at_20);

    for (int i = 0; i < 3; i++) {
        struct audit_report r = check(l, a, (struct audit_check){0});
        assert_int_equal(r.from, i == 0 ? 0 : 96);
        assert_int_equal(r.findings, 1);
        assert_int_equal(r.time_reversals, 1);
        assert_string_equal(r.first, "the clock went back by 3599 seconds before entry 20");
    }
}

static void inspecting_writes_nothing(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;

    audit_close(grown(l, SIZE, regular));
    AUDIT_OWNED struct audit *a = NULL;
    expect(SV_OK, audit_open_inspect(&a, l->dir, vault_id, &t->err));
    a->stride = STRIDE;
    expect_from(l, a, 0, SIZE);
    expect_from(l, a, 0, SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(what_is_new_is_proved),
        LOG_CASE(a_small_log_is_always_proved_whole),
        LOG_CASE(findings_are_not_remembered),
        LOG_CASE(altered_before_the_place),
        LOG_CASE(deleted_before_the_place),
        LOG_CASE(another_past),
        LOG_CASE(forged_places),
        LOG_CASE(an_old_place_costs_time_only),
        LOG_CASE(the_key_of_an_epoch_that_is_over),
        LOG_CASE(a_part_is_not_the_whole),
        LOG_CASE(marks_are_met),
        LOG_CASE(a_seal_that_lags),
        LOG_CASE(clocks_stay_findings),
        LOG_CASE(inspecting_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
