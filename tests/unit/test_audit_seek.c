/* SPDX-License-Identifier: ISC */
/* A period of the log by bisection: the right entries, few of them opened, and
 * nothing missed where clocks were wrong. */
#include "audit_bulk.h"

#include "audit/reader.h"
#include "base/env.h"

#define HOUR 3600
#define DAY 86400
#define SIZE 3000

/* Half an hour between entries, from LOG_BEGIN, which is now, on. */
static int64_t begun;
static int64_t regular(uint64_t seq)
{
    return begun + (int64_t)seq * HOUR / 2;
}

/* The clock was five hours late for a while. */
static int64_t late(uint64_t seq)
{
    return regular(seq) - (seq >= 1000 && seq < 1020 ? 5 * HOUR : 0);
}

/* It began at 1970 again for the newest entries, as somebody might who wants the
 * entries before them not to be shown. */
static int64_t at_1970(uint64_t seq)
{
    return seq >= SIZE - 3 ? (int64_t)seq : regular(seq);
}

struct tally {
    uint64_t count, first, last;
};

static enum sv_status tell(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct tally *x = context;

    (void)err;
    if (x->count++ == 0)
        x->first = event->seq;
    x->last = event->seq;
    return SV_OK;
}

static struct tally ask(struct log *l, struct audit *a, struct audit_filter f)
{
    struct temp *t = l->t;
    struct tally x = {0};

    expect(SV_OK, log_read(a, audit_sk, &f, tell, &x, &t->err));
    return x;
}

static struct audit *filled(struct log *l, bulk_time *time_of)
{
    begun = env_now();
    struct audit *a = log_open(l, NULL);
    bulk_fill(l, a, SIZE, time_of);
    return a;
}

static void the_right_entries(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = filled(l, regular);

    for (uint64_t from = 1; from < SIZE; from += 337)
        for (uint64_t to = from; to < SIZE; to += 611) {
            struct audit_filter f = {.since = regular(from), .until = regular(to)};
            struct tally x = ask(l, a, f);
            assert_int_equal(x.first, from);
            assert_int_equal(x.last, to);
            assert_int_equal(x.count, to - from + 1);
            f.since++;
            f.until--;
            assert_int_equal(ask(l, a, f).count, to - from < 2 ? 0 : to - from - 1);
        }
    assert_int_equal(ask(l, a, (struct audit_filter){.since = regular(SIZE)}).count, 0);
    assert_int_equal(ask(l, a, (struct audit_filter){.until = regular(1) - 1}).count, 1);
    struct tally x = ask(l, a, (struct audit_filter){.until = regular(77), .last = 2});
    assert_int_equal(x.first, 76);
    assert_int_equal(x.last, 77);
}

/* What lies outside of the period is not even opened, but for the probes. */
static void seek(struct log *l, struct audit *a, int64_t since, int64_t until, int64_t place[2])
{
    struct temp *t = l->t;
    SECRET_OWNED struct secret *keys = NULL;
    struct audit_reader r;

    expect(SV_OK, secret_copy(&keys, audit_sk, 32, &t->err));
    expect(SV_OK, db_begin_read(a->db, &t->err));
    expect(SV_OK, audit_reader_begin(&r, a, keys, &t->err));
    expect(SV_OK, audit_seek(&r, since, until, &place[0], &place[1], &t->err));
    audit_reader_clear(&r);
    db_rollback(a->db);
}

static void nothing_more_is_opened(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = filled(l, regular);
    int64_t place[2];

    seek(l, a, regular(1500), regular(1600), place);
    assert_in_range(place[0], 1500 - 2 * DAY / HOUR - 1, 1500);
    assert_in_range(place[1], 1600, 1600 + 2 * DAY / HOUR + 1);
    seek(l, a, 0, regular(10), place);
    assert_int_equal(place[0], 0);
    assert_in_range(place[1], 10, 10 + 2 * DAY / HOUR + 1);
    seek(l, a, 0, 0, place);
    assert_int_equal(place[0], 0);
    assert_true(place[1] == INT64_MAX);
}

static void a_clock_that_was_late(void **state)
{
    /* Before, in and behind what is late, and where its entries end that overlap others. */
    static const uint64_t edges[] = {985,  989,  990,  991,  999,  1000, 1001, 1009,
                                     1010, 1011, 1019, 1020, 1021, 1029, 1030, 1031};
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = filled(l, late);

    for (size_t n = 0; n < sizeof edges / sizeof *edges; n++) {
        const uint64_t edge = edges[n];
        struct tally x = ask(l, a, (struct audit_filter){.since = regular(edge)});
        uint64_t expected = 0;
        for (uint64_t i = 0; i < SIZE; i++)
            expected += late(i) >= regular(edge);
        assert_int_equal(x.count, expected);
        x = ask(l, a, (struct audit_filter){.until = regular(edge) - 1});
        assert_int_equal(x.count, SIZE - expected);
    }
}

/* What was verified is in order and sought closely; what came after it is half a day
 * late and must not hide any of it. */
static int64_t late_from_1000(uint64_t seq)
{
    return regular(seq) - (seq >= 1000 ? 12 * HOUR : 0);
}

static void verified_and_then_late(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct audit_report r;
    int64_t place[2];

    begun = env_now();
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    a->stride = 8;
    bulk_fill(l, a, 1000, regular);
    expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
    seek(l, a, regular(500), regular(600), place);
    assert_in_range(place[0], 498, 500);
    assert_in_range(place[1], 600, 602);
    bulk_fill(l, a, 1100, late_from_1000);
    for (uint64_t edge = 960; edge < 1040; edge += 9) {
        uint64_t expected = 0;
        for (uint64_t i = 0; i < 1100; i++)
            expected += late_from_1000(i) >= regular(edge);
        assert_int_equal(ask(l, a, (struct audit_filter){.since = regular(edge)}).count, expected);
        struct audit_filter before = {.until = regular(edge) - 1};
        assert_int_equal(ask(l, a, before).count, 1100 - expected);
    }
}

static void a_clock_that_began_anew(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = filled(l, at_1970);

    struct tally x = ask(l, a, (struct audit_filter){.since = regular(SIZE - 10)});
    assert_int_equal(x.count, 7);
    assert_int_equal(x.last, SIZE - 4);
    x = ask(l, a, (struct audit_filter){.since = 1, .until = DAY});
    assert_int_equal(x.count, 3);
}

/* Where probes meet damage the whole log is read, and says what is damaged. */
static void damaged_places(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = filled(l, regular);
    struct audit_filter f = {.since = regular(2990)};
    struct tally x = {0};

    log_meddle(l, "update entry set v = zeroblob(385) where seq between 1490 and 1500");
    assert_int_equal(ask(l, a, f).count, 10);
    log_meddle(l, "delete from entry where seq between 1490 and 1510");
    assert_int_equal(ask(l, a, f).count, 10);
    log_meddle(l, "update entry set v = zeroblob(385) where seq between 1400 and 1600");
    expect(SV_DATA, log_read(a, audit_sk, &f, tell, &x, &t->err));
    expect_text("entry 1600 ");
}

static void other_filters(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_event e = log_event("x");

    e.via = VIA_TOKEN;
    e.member = 3;
    expect(SV_OK, audit_append(a, &e, NULL, NULL, &t->err));
    log_append(l, a, "y");
    assert_int_equal(ask(l, a, (struct audit_filter){.via = VIA_TOKEN}).count, 1);
    assert_int_equal(ask(l, a, (struct audit_filter){.member = 3}).count, 1);
    assert_int_equal(ask(l, a, (struct audit_filter){.member = 4}).count, 0);
    const char *exe = e.caller.exe, *base = strrchr(exe, '/');
    assert_non_null(base);
    assert_int_equal(ask(l, a, (struct audit_filter){.exe = exe}).count, 3);
    assert_int_equal(ask(l, a, (struct audit_filter){.exe = base + 1}).count, 3);
    assert_int_equal(ask(l, a, (struct audit_filter){.exe = "/bin/none"}).count, 0);
    assert_int_equal(ask(l, a, (struct audit_filter){.exe = base}).count, 0);
}

/* A path that was cut in its entry is found by the path that it was. */
static void cut_paths(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    FD_OWNED int lock = -1;
    struct audit_event e = log_event("x");

    memset(e.caller.exe, 'a', sizeof e.caller.exe - 1);
    memcpy(e.caller.exe, "/opt/", 5);
    memcpy(e.caller.exe + sizeof e.caller.exe - 8, "/msmtpx", 8);
    memset(e.profile, 'p', 100);
    expect(SV_OK, audit_log_lock(a, &lock, &t->err));
    expect(SV_OK, audit_log_ready(a, false, &t->err));
    expect(SV_OK, audit_log_put(a, &e, &t->err));
    expect(SV_OK, audit_log_commit(a, &t->err));
    assert_int_equal(ask(l, a, (struct audit_filter){.exe = e.caller.exe}).count, 1);
    assert_int_equal(ask(l, a, (struct audit_filter){.exe = "msmtpx"}).count, 1);
    e.caller.exe[sizeof e.caller.exe - 10] = 'b';
    assert_int_equal(ask(l, a, (struct audit_filter){.exe = e.caller.exe}).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(the_right_entries),       LOG_CASE(nothing_more_is_opened),
        LOG_CASE(a_clock_that_was_late),   LOG_CASE(verified_and_then_late),
        LOG_CASE(a_clock_that_began_anew), LOG_CASE(damaged_places),
        LOG_CASE(other_filters),           LOG_CASE(cut_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
