/* SPDX-License-Identifier: ISC */
/* The log as its callers see it: begun, appended to, reopened, read, verified. */
#include "audit_fixture.h"

#include <sys/stat.h>

#include "base/env.h"
#include "base/file.h"

/* ---- beginning and appending ---- */

static void begins_with_one_entry(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct stat st;
    struct audit_mark mark, again;
    struct listed list = {0};
    struct audit_filter all = {0};

    mark = log_make(l, 0);
    assert_int_equal(mark.size, 1);
    assert_int_equal(stat(l->dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    static const char *const files[] = {"audit.db", "audit.db-wal", "seal", "lock"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_int_equal(lstat(log_path(l, files[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    assert_int_equal(temp_size(log_path(l, "seal")), 137);
    again = log_make(l, 0);
    assert_memory_equal(&mark, &again, sizeof mark);
    expect_clean(l, &mark, 1);

    AUDIT_OWNED struct audit *a = log_open(l, &mark);
    expect(SV_OK, log_read(a, audit_sk, &all, log_collect, &list, &t->err));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.events[0].op, AUDIT_LOG_BEGIN);
    assert_int_equal(list.events[0].caller.uid, getuid());
}

static void entries_come_back(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_event e = log_event("billing");
    struct audit_mark mark, now;
    struct listed list = {0};
    struct audit_filter all = {0};
    int64_t before = env_now();

    e.version = 3;
    strcpy(e.note, "hello");
    expect(SV_OK, audit_append(a, &e, NULL, &mark, &t->err));
    assert_int_equal(e.seq, 1);
    assert_true(e.time >= before && e.time <= env_now());
    assert_true(e.boottime > 0);
    assert_int_equal(e.caller.uid, getuid());
    assert_int_equal(mark.size, 2);
    audit_mark_now(a, &now);
    assert_memory_equal(&mark, &now, sizeof mark);
    expect(SV_OK, log_read(a, audit_sk, &all, log_collect, &list, &t->err));
    assert_int_equal(list.count, 2);
    e.caller.exe_device = e.caller.exe_inode = 0; /* not in the log */
    assert_memory_equal(&list.events[1].caller, &e.caller, sizeof e.caller);
    assert_int_equal(list.events[1].seq, 1);
    assert_int_equal(list.events[1].version, 3);
    assert_string_equal(list.events[1].profile, "billing");
    assert_string_equal(list.events[1].note, "hello");
    assert_true(list.events[1].time == e.time);
}

/* Two handles, as in a shell that stays and commands that come and go. */
static void handles_take_turns(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    AUDIT_OWNED struct audit *b = log_open(l, NULL);
    struct audit_mark mark;

    for (int i = 0; i < 5; i++) {
        log_append(l, a, "a");
        log_append(l, b, "b");
        log_append(l, b, "b");
    }
    audit_mark_now(b, &mark);
    assert_int_equal(mark.size, 16);
    expect_clean(l, &mark, 16);
}

static void a_mark_is_checked_at_open(void **state)
{
    struct log *l = *state;
    struct audit_mark mark = log_make(l, 4), wrong = mark;

    audit_close(log_open(l, &mark));
    wrong.size = 3;
    audit_close(log_open(l, &wrong));
    wrong.size = 6;
    expect_refused(l, &wrong, "5 entries, this machine has seen 6");
    wrong = mark;
    wrong.root[0] ^= 1;
    expect_refused(l, &wrong, "not the ones this machine has seen");
    wrong = mark;
    wrong.log_id[15] ^= 1;
    expect_refused(l, &wrong, "another log");
}

static void last_use_is_remembered(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    uint8_t key[KEY_LEN] = {1}, other[KEY_LEN] = {2};
    struct audit_keep use = {.row = 77, .key = key, .now = true};
    struct audit_keep foreign = {.row = 77, .key = other};
    struct audit_keep elsewhere = {.row = 78, .key = key}, head = {.row = 0, .key = key};
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_event e = log_event("x");

    assert_true(audit_kept(a, &use) == 0);
    expect(SV_OK, audit_append(a, &e, &use, NULL, &t->err));
    assert_true((int64_t)audit_kept(a, &use) == e.time);
    assert_true(audit_kept(a, &foreign) == 0);
    assert_true(audit_kept(a, &elsewhere) == 0);
    log_meddle(l, "update head set k = 78 where k = 77");
    assert_true(audit_kept(a, &elsewhere) == 0);
    assert_true(audit_kept(a, &head) == 0);
    expect(SV_INTERNAL, audit_append(a, &e, &head, NULL, &t->err));
    expect_clean(l, NULL, 2);
}

/* ---- many at once ---- */

static void many_are_one_transaction(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    AUDIT_OWNED struct audit *other = log_open(l, NULL);
    struct audit_event e[3] = {log_event("0"), log_event("1"), log_event("2")};
    struct audit_item items[3] = {{.event = &e[0]}, {.event = &e[1]}, {.event = &e[2]}};
    struct audit_keep head = {.row = 0, .key = audit_sk};
    struct audit_mark mark;

    expect(SV_OK, audit_append_many(a, items, 3, &mark, &t->err));
    assert_int_equal(mark.size, 4);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(e[i].seq, 1 + i);
    log_append(l, other, "3");
    expect(SV_OK, audit_append_many(a, items, 3, &mark, &t->err));
    assert_int_equal(e[0].seq, 5);
    expect(SV_OK, audit_append_many(a, items, 0, NULL, &t->err));
    items[2].keeps = &head;
    items[2].keep_count = 1;
    expect(SV_INTERNAL, audit_append_many(a, items, 3, NULL, &t->err));
    expect_clean(l, &mark, 8);
}

static void who_asked_can_be_told(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_event given = log_event("0"), own = log_event("1");
    struct audit_item items[2] = {{.event = &given}, {.event = &own}};

    given.caller = (struct caller){.uid = 7, .pid = 8, .exe = "/bin/asks"};
    given.caller_given = true;
    expect(SV_OK, audit_append_many(a, items, 2, NULL, &t->err));
    assert_string_equal(given.caller.exe, "/bin/asks");
    assert_int_equal(own.caller.uid, getuid());
}

/* A number is added to in the entry's transaction, whoever else adds to it, and an entry
 * beyond the bound is one of a refusal. */
static void a_number_is_added_to_up_to_its_bound(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    AUDIT_OWNED struct audit *other = log_open(l, NULL);
    uint8_t key[KEY_LEN] = {1};
    struct audit_keep uses[2] = {{.row = 9, .key = key, .value = 1, .add = true, .most = 4},
                                 {.row = 10, .key = key, .now = true}};
    struct audit_event e[3] = {log_event("0"), log_event("1"), log_event("2")};
    struct audit_item items[3] = {{&e[0], uses, 2}, {&e[1], uses, 1}, {&e[2], uses, 1}};

    expect(SV_OK, audit_append_many(a, items, 2, NULL, &t->err));
    assert_int_equal(audit_kept(a, &uses[0]), 2);
    assert_true((int64_t)audit_kept(a, &uses[1]) == e[0].time);
    expect(SV_OK, audit_append(other, &e[0], &uses[0], NULL, &t->err));
    log_meddle(l, "delete from head where k = 10");
    expect(SV_OK, audit_append_many(a, items + 1, 2, NULL, &t->err));
    assert_int_equal(e[1].result, AUDIT_OK);
    assert_int_equal(e[2].result, AUDIT_DENIED);
    assert_string_equal(e[2].note, "no uses left");
    expect(SV_OK, audit_append_many(a, items, 1, NULL, &t->err));
    assert_int_equal(e[0].result, AUDIT_DENIED);
    assert_int_equal(audit_kept(a, &uses[0]), 4);
    assert_int_equal(audit_kept(a, &uses[1]), 0);
    expect_clean(l, NULL, 7);
}

/* What does not open says nothing about how often: with a bound that is no. */
static void a_damaged_number_is_beyond_every_bound(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    uint8_t key[KEY_LEN] = {1};
    struct audit_keep uses = {.row = 9, .key = key, .value = 1, .add = true, .most = 4};
    struct audit_event e = log_event("0");

    expect(SV_OK, audit_append(a, &e, &uses, NULL, &t->err));
    log_meddle(l, "update head set v = zeroblob(81) where k = 9");
    expect(SV_OK, audit_append(a, &e, &uses, NULL, &t->err));
    assert_int_equal(e.result, AUDIT_DENIED);
    uses.most = 0;
    e = log_event("0");
    expect(SV_OK, audit_append(a, &e, &uses, NULL, &t->err));
    assert_int_equal(e.result, AUDIT_OK);
    assert_int_equal(audit_kept(a, &uses), 1);
}

/* ---- reading ---- */

static uint64_t put(struct log *l, struct audit *a, struct audit_event e)
{
    struct temp *t = l->t;

    expect(SV_OK, audit_append(a, &e, NULL, NULL, &t->err));
    return e.seq;
}

static void begun_and_done(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_event e = log_event("x");
    struct audit_filter filter = {0};
    struct listed list = {0};

    e.op = AUDIT_ADD;
    e.result = AUDIT_BEGUN;
    uint64_t first = put(l, a, e), second = put(l, a, e), third = put(l, a, e);
    e.result = AUDIT_OK;
    e.begun = 1 + second;
    put(l, a, e);
    e.begun = 1 + first;
    put(l, a, e);
    expect(SV_OK, log_read(a, audit_sk, &filter, log_collect, &list, &t->err));
    assert_int_equal(list.count, 4);
    assert_int_equal(list.events[1].seq, third);
    assert_int_equal(list.events[1].result, AUDIT_FAILED);
    assert_string_equal(list.events[1].note, "begun; its end was not recorded");
    assert_int_equal(list.events[2].begun, 1 + second);
    assert_int_equal(list.events[3].begun, 1 + first);

    list.count = 0;
    filter.result = AUDIT_FAILED;
    expect(SV_OK, log_read(a, audit_sk, &filter, log_collect, &list, &t->err));
    assert_int_equal(list.count, 1);
    list.count = 0;
    filter.result = AUDIT_BEGUN;
    expect(SV_OK, log_read(a, audit_sk, &filter, log_collect, &list, &t->err));
    assert_int_equal(list.count, 0);
}

static void filters(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct listed list = {0};
    struct audit_event denied = log_event("c");

    for (int i = 0; i < 4; i++) {
        log_append(l, a, "a");
        log_append(l, a, "b");
    }
    denied.op = AUDIT_SHOW;
    denied.result = AUDIT_DENIED;
    put(l, a, denied);
    const struct {
        struct audit_filter filter;
        int count;
        uint64_t first;
    } cases[] = {{{.last = 3}, 3, 7},
                 {{.profile = "a"}, 4, 1},
                 {{.profile = "a", .last = 2}, 2, 5},
                 {{.profile = "A"}, 0, 0},
                 {{.op = AUDIT_SHOW}, 1, 9},
                 {{.result = AUDIT_DENIED}, 1, 9},
                 {{.op = AUDIT_GET, .last = 1}, 1, 8},
                 {{.since = env_now() - 100}, 10, 0},
                 {{.since = env_now() + 100}, 0, 0},
                 {{.until = env_now() - 100}, 0, 0},
                 {{.until = env_now() + 100, .last = 1}, 1, 9}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        list.count = 0;
        expect(SV_OK, log_read(a, audit_sk, &cases[i].filter, log_collect, &list, &t->err));
        assert_int_equal(list.count, cases[i].count);
        if (list.count > 0)
            assert_int_equal(list.events[0].seq, cases[i].first);
        for (int n = 1; n < list.count; n++)
            assert_true(list.events[n].seq > list.events[n - 1].seq);
    }
}

static enum sv_status stop_at_two(void *context, const struct audit_event *event,
                                  struct sv_err *err)
{
    int *seen = context;

    (void)event;
    return ++*seen == 2 ? sv_fail(err, SV_LOCKED, "enough") : SV_OK;
}

static void reading_fails_cleanly(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    int seen = 0;
    struct audit_filter all = {0}, newest = {.last = 2};
    struct listed list = {0};

    log_make(l, 5);
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    expect(SV_LOCKED, log_read(a, audit_sk, &all, stop_at_two, &seen, &t->err));
    assert_int_equal(seen, 2);
    expect(SV_DENIED, log_read(a, other_sk, &all, log_collect, &list, &t->err));
    expect_text("older key");
    log_meddle(l, "update entry set v = zeroblob(385) where seq = 2");
    expect(SV_DATA, log_read(a, audit_sk, &all, log_collect, &list, &t->err));
    expect_text("entry 2 ");
    assert_int_equal(list.count, 0);
    expect(SV_OK, log_read(a, audit_sk, &newest, log_collect, &list, &t->err));
    assert_int_equal(list.count, 2);
}

/* ---- generations ---- */

static const uint8_t nobody_sk[32] = "the secret key of nobody at all";

/* Entries 0 to 3 are under the first key, 4 to 6 under the other one. */
static void several_keys(struct log *l, struct audit *a)
{
    struct temp *t = l->t;
    struct listed list = {0};
    struct audit_filter all = {0};
    struct audit_check partial = {.partial = true};
    struct audit_report r;
    SECRET_OWNED struct secret *both_keys = NULL;

    expect(SV_OK, secret_new(&both_keys, 64, &t->err));
    expect(SV_OK, secret_append(both_keys, other_sk, 32, &t->err));
    expect(SV_OK, secret_append(both_keys, audit_sk, 32, &t->err));
    expect(SV_OK, audit_read(a, both_keys, &all, log_collect, &list, &t->err));
    assert_int_equal(list.count, 7);
    assert_string_equal(list.events[3].profile, "2");
    assert_string_equal(list.events[5].profile, "new");
    expect(SV_DENIED, log_read(a, other_sk, &all, log_collect, &list, &t->err));
    expect_text("entries 0 to 3 ");
    expect(SV_OK, audit_verify(a, both_keys, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.unproved, 0);
    /* Who came with the second epoch lacks the older key; nobody lacks a newer one. */
    expect(SV_OK, log_check(a, other_sk, &partial, &r, &t->err));
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.unproved, 4);
    expect(SV_OK, log_check(a, audit_sk, &partial, &r, &t->err));
    assert_non_null(strstr(r.first, "generation 1 (from entry 4)"));
    expect(SV_OK, log_check(a, nobody_sk, &partial, &r, &t->err));
    assert_non_null(strstr(r.first, "none of the log is sealed to an audit key that you have"));
}

static void a_new_key_begins_a_generation(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct audit *a = NULL;
    struct listed list = {0};
    struct audit_filter all = {0}, newest = {.last = 2};
    struct audit_report r;

    log_make(l, 3);
    AUDIT_OWNED struct audit *stays = log_open(l, NULL);
    expect(SV_OK, audit_open(&a, l->dir, vault_id, l->other_pk, NULL, &t->err));
    log_append(l, a, "new");
    log_append(l, stays, "from a handle that knew the old key");
    expect(SV_OK, log_read(a, other_sk, &newest, log_collect, &list, &t->err));
    assert_string_equal(list.events[0].profile, "new");
    assert_string_equal(list.events[1].profile, "from a handle that knew the old key");
    expect(SV_DENIED, log_read(a, other_sk, &all, log_collect, &list, &t->err));
    expect(SV_OK, log_check(a, other_sk, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.generations, 2);
    assert_int_equal(r.findings, 1); /* generation 0: another key */
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.findings, 1); /* generation 1 */
    assert_non_null(strstr(r.first, "generation 1 (from entry 4)"));
    several_keys(l, a);
    audit_close(a);

    /* Back to the first key: both of its generations are proved, and closed. */
    a = log_open(l, NULL);
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
    assert_int_equal(r.generations, 3);
    assert_int_equal(r.findings, 1);
    list.count = 0;
    expect(SV_OK,
           log_read(a, audit_sk, &(struct audit_filter){.last = 1}, log_collect, &list, &t->err));
    assert_int_equal(list.events[0].op, AUDIT_LOG_RESUME);
    assert_string_equal(list.events[0].note, "the vault has a new audit key");
    audit_close(a);
}

static void a_lost_seal_begins_a_generation(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct listed list = {0};
    struct audit_filter newest = {.last = 2};

    log_make(l, 3);
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    expect_finding(l, NULL, "the seal is missing");
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    expect_finding(l, NULL, "generation 0 was not closed");
    temp_write(log_path(l, "seal"), "rubbish", 7);
    log_append(l, a, "x");
    expect_finding(l, NULL, "generation 0 was not closed");
    assert_int_equal(log_verify(l, NULL).findings, 2);
    assert_int_equal(log_verify(l, NULL).generations, 3);
    expect(SV_OK, log_read(a, audit_sk, &newest, log_collect, &list, &t->err));
    assert_int_equal(list.events[0].op, AUDIT_LOG_RESUME);
    assert_string_equal(list.events[0].note, "the seal could not be read");
}

/* ---- resuming ---- */

static void resume_sets_aside(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct audit_mark mark = log_make(l, 3), now;
    struct listed list = {0};
    struct audit_filter all = {0};
    AUDIT_OWNED struct audit *old = log_open(l, &mark);
    struct audit_event e = log_event("x");

    log_meddle(l, "delete from entry where seq = 3");
    expect_refused(l, &mark, "its head counts 4");
    expect(SV_OK, audit_resume(l->dir, vault_id, l->pk, "the disk was lost", &t->err));
    expect(SV_DATA, audit_append(old, &e, NULL, NULL, &t->err));
    expect_text("moved aside");
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    audit_mark_now(a, &now);
    assert_memory_not_equal(now.log_id, mark.log_id, sizeof now.log_id);
    expect(SV_OK, log_read(a, audit_sk, &all, log_collect, &list, &t->err));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.events[0].op, AUDIT_LOG_RESUME);
    assert_string_equal(list.events[0].note, "the disk was lost");
    expect_clean(l, &now, 1);
    assert_true(temp_size(log_path(l, "audit.db.lost-1")) > 0);
    assert_int_equal(temp_size(log_path(l, "seal.lost-1")), 137);
    expect(SV_OK, audit_resume(l->dir, vault_id, l->pk, "again", &t->err));
    assert_true(temp_size(log_path(l, "audit.db.lost-2")) > 0);
}

/* ---- the write-ahead log ---- */

/* Each gap is one that the keys could be moved over: 2^20 of them a row, and hundreds of
 * rows, would be minutes. Only so many are crossed, whatever the numbers say. */
static void gaps_have_an_end(void **state)
{
    struct log *l = *state;

    log_make(l, 400);
    log_meddle(l, "CREATE TEMP TABLE t AS SELECT seq * 1048576 AS seq, v FROM entry;"
                  "DELETE FROM entry; INSERT INTO entry SELECT seq, v FROM t;"
                  "DELETE FROM head WHERE k = 0");
    struct audit_report r = log_verify(l, NULL);
    assert_int_equal(r.entries, 401);
    assert_true(r.findings >= 401);
    assert_non_null(strstr(r.first, "head"));
}

/* A program of one entry has all of it to read. */
static void the_wal_of_short_programs_is_short(void **state)
{
    struct log *l = *state;
    long largest = 0;

    for (int i = 0; i < 100; i++) {
        AUDIT_OWNED struct audit *a = log_open(l, NULL);
        log_append(l, a, "x");
        long size = temp_size(log_path(l, "audit.db-wal"));
        largest = size > largest ? size : largest;
    }
    assert_true(largest > 100L * 1024 && largest < 170L * 1024); /* moved at 128 KiB */
    expect_clean(l, NULL, 101);
}

static void the_wal_stays_small(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    long largest = 0;

    for (int i = 0; i < 400; i++) {
        log_append(l, a, "x");
        long size = temp_size(log_path(l, "audit.db-wal"));
        largest = size > largest ? size : largest;
    }
    assert_true(largest > 400L * 1024 && largest < 600L * 1024); /* moved at 512 KiB */
    assert_true(temp_size(log_path(l, "audit.db")) > 20 * 4096);
    expect_clean(l, NULL, 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(begins_with_one_entry),
        LOG_CASE(entries_come_back),
        LOG_CASE(handles_take_turns),
        LOG_CASE(a_mark_is_checked_at_open),
        LOG_CASE(last_use_is_remembered),
        LOG_CASE(many_are_one_transaction),
        LOG_CASE(who_asked_can_be_told),
        LOG_CASE(a_number_is_added_to_up_to_its_bound),
        LOG_CASE(a_damaged_number_is_beyond_every_bound),
        LOG_CASE(begun_and_done),
        LOG_CASE(filters),
        LOG_CASE(reading_fails_cleanly),
        LOG_CASE(a_new_key_begins_a_generation),
        LOG_CASE(a_lost_seal_begins_a_generation),
        LOG_CASE(resume_sets_aside),
        LOG_CASE(gaps_have_an_end),
        LOG_CASE(the_wal_of_short_programs_is_short),
        LOG_CASE(the_wal_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
