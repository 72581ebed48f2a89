/* SPDX-License-Identifier: ISC */
/* What the report says of a secret's changes, by the times and words in the records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/rotation_report.h"

#define DAY INT64_C(86400)
#define NOW (1000 * DAY)
#define SINCE (NOW - 90 * DAY)

static struct profile login(int64_t created, int64_t rotated)
{
    struct profile p;

    memset(&p, 0, sizeof p);
    p.created = created;
    p.rotated = rotated;
    p.terms.known = true;
    p.terms.grace_days = 7;
    return p;
}

static struct rotation_record rotation(int64_t promoted, int64_t due)
{
    struct rotation_record r;

    memset(&r, 0, sizeof r);
    memset(r.run, 7, sizeof r.run);
    r.stage = STAGE_FINISHED;
    r.method = METHOD_HOOK;
    r.turn = 1;
    r.begun = promoted - 10;
    r.changed = promoted + 10;
    r.promoted_at = promoted;
    r.dead_at = promoted + 10;
    r.due = due;
    r.version_from = 1;
    r.version_to = 2;
    memcpy(r.host, "desk", 5);
    memcpy(r.who, "ann", 4);
    memcpy(r.proof, "535 5.7.8", 10);
    return r;
}

static struct report report(struct profile *p, const struct rotation_record *r)
{
    struct report out;
    struct sv_err err = {""};

    if (r)
        assert_int_equal(rotation_encode(&p->rotation, r, &err), SV_OK);
    report_of(&out, p, SINCE, NOW);
    blob_clear(&p->rotation);
    return out;
}

static void a_finished_rotation_is_proved(void **state)
{
    struct profile p = login(DAY, NOW - 30 * DAY);
    struct rotation_record r = rotation(NOW - 30 * DAY, NOW - 31 * DAY);
    struct report out = report(&p, &r);
    (void)state;

    assert_true(out.changed);
    assert_int_equal(out.age_days, 30);
    assert_int_equal(out.count, 1);
    struct report_change *c = report_present(&out);
    assert_ptr_equal(c, &out.changes[0]);
    assert_true(report_is_proved(c));
    assert_string_equal(c->method, "hook");
    assert_string_equal(c->who, "ann");
    assert_string_equal(c->host, "desk");
    assert_string_equal(c->proof, "the new one logged in; the old one was refused (535 5.7.8)");
}

static void days_of_grace_are_no_delay(void **state)
{
    const struct {
        int64_t late;
        enum report_time time;
    } rows[] = {{-1, REPORT_ON_TIME},
                {0, REPORT_ON_TIME},
                {7 * DAY, REPORT_ON_TIME},
                {7 * DAY + 1, REPORT_LATE}};
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t when = NOW - 30 * DAY;
        struct profile p = login(DAY, when);
        struct rotation_record r = rotation(when, when - rows[i].late);
        struct report out = report(&p, &r);
        assert_int_equal(out.changes[0].time, rows[i].time);
    }
    struct profile p = login(DAY, NOW - DAY);
    struct rotation_record r = rotation(NOW - DAY, 0);
    struct report out = report(&p, &r);
    assert_int_equal(out.changes[0].time, REPORT_NO_DATE);
    p = login(DAY, NOW - DAY);
    r = rotation(NOW - DAY, INT64_MAX);
    out = report(&p, &r);
    assert_int_equal(out.changes[0].time, REPORT_ON_TIME);
}

static void what_was_not_tried_is_unproved(void **state)
{
    const struct {
        unsigned flags;
        enum rotation_stage stage;
        bool new_one;
        const char *says;
    } rows[] = {
        {ROTATED_UNPROVED, STAGE_FINISHED, false, "no login with the new one was tried"},
        {ROTATED_DEAD_UNTOLD, STAGE_FINISHED, true, "no login with the old one was tried"},
        {ROTATED_ALIVE, STAGE_PROMOTED, true, "but so does the old one"},
        {0, STAGE_PROMOTED, true, "was not tried yet"},
        {ROTATED_ANY_PASSWORD, STAGE_FINISHED, false, "takes any password"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct profile p = login(DAY, NOW - DAY);
        struct rotation_record r = rotation(NOW - DAY, 0);
        r.flags = rows[i].flags;
        r.stage = rows[i].stage;
        struct report out = report(&p, &r);
        assert_false(report_is_proved(&out.changes[0]));
        assert_int_equal(out.changes[0].new_proved, rows[i].new_one);
        assert_non_null(strstr(out.changes[0].proof, "unproved: "));
        assert_non_null(strstr(out.changes[0].proof, rows[i].says));
    }
}

/* The quarter's earlier changes are told as well, and none from before it. */
static void the_past_is_told_since_the_day(void **state)
{
    struct profile p = login(DAY, NOW - 10 * DAY);
    struct rotation_record last = rotation(NOW - 10 * DAY, 0), r = rotation(NOW - 200 * DAY, 0);
    struct rotation_record middle = rotation(NOW - 40 * DAY, NOW - 60 * DAY);
    (void)state;

    rotation_remember(&middle, &r);
    rotation_remember(&last, &middle);
    struct report out = report(&p, &last);
    assert_int_equal(out.count, 2);
    assert_int_equal(out.changes[0].when, NOW - 10 * DAY);
    assert_int_equal(out.changes[1].when, NOW - 40 * DAY);
    assert_int_equal(out.changes[1].time, REPORT_LATE);
    assert_ptr_equal(report_present(&out), &out.changes[0]);
}

/* Taken back, it is no change: the secret is as old as it was. */
static void what_was_taken_back_is_no_change(void **state)
{
    struct profile p = login(DAY, NOW - 300 * DAY);
    struct rotation_record r = rotation(NOW - 10 * DAY, 0);
    (void)state;

    r.stage = STAGE_ROLLED_BACK;
    struct report out = report(&p, &r);
    assert_false(out.changed);
    assert_int_equal(out.age_days, 300);
    assert_int_equal(out.count, 1);
    assert_true(out.changes[0].back);
    assert_false(report_is_proved(&out.changes[0]));
    assert_null(report_present(&out));
    assert_string_equal(out.why, "no policy wants it; the change of 1972-09-17 was taken back");
}

/* Changed without a login, and seen to work later. */
static void what_worked_since_is_half_proved(void **state)
{
    struct profile p = login(DAY, NOW - 10 * DAY);
    struct rotation_record r = rotation(NOW - 10 * DAY, 0);
    (void)state;

    r.flags = ROTATED_UNPROVED | ROTATED_DEAD_UNTOLD;
    p.last_worked = NOW - 11 * DAY;
    assert_false(report(&p, &r).changes[0].new_proved);
    p.last_worked = NOW - 9 * DAY;
    struct report out = report(&p, &r);
    assert_true(out.changes[0].new_proved);
    assert_false(report_is_proved(&out.changes[0]));
    assert_string_equal(out.changes[0].proof, "unproved: a login with the new one worked since, "
                                              "but none with the old one was tried");
    r.stage = STAGE_ROLLED_BACK;
    assert_false(report(&p, &r).changes[0].new_proved);
}

/* An auditor asks first about what was not changed. */
static void what_was_not_changed_has_a_reason(void **state)
{
    struct profile p = login(DAY, NOW - 300 * DAY);
    struct rotation_record r = rotation(0, 0);
    (void)state;

    assert_string_equal(report(&p, NULL).why, "no policy wants it");
    p.terms.due = NOW + 10 * DAY;
    assert_string_equal(report(&p, NULL).why, "not due before 1972-10-07");
    p.terms.due = NOW - 3 * DAY; /* of 7 of grace */
    assert_string_equal(report(&p, NULL).why, "due since 1972-09-24");
    p.terms.due = NOW - 10 * DAY;
    assert_string_equal(report(&p, NULL).why, "overdue since 1972-09-17");
    r.stage = STAGE_PENDING;
    r.begun = r.changed = NOW - DAY;
    r.promoted_at = r.dead_at = 0;
    r.version_to = 0;
    memcpy(r.fault, "no answer", 10);
    assert_string_equal(report(&p, &r).why, "overdue since 1972-09-17; a change begun on "
                                            "1972-09-26 stands at \"pending\": no answer");
    p.exposed = NOW - 2 * DAY;
    assert_string_equal(report(&p, NULL).why,
                        "overdue: somebody who left could read it since 1972-09-25");
    p.kind = KIND_OAUTH2;
    assert_string_equal(report(&p, NULL).why,
                        "it logs in by OAuth2, whose tokens change by themselves");
    p = login(NOW - DAY, NOW - DAY);
    assert_string_equal(report(&p, NULL).why, "");
    assert_true(report(&p, NULL).is_new);
    p.created = DAY;
    assert_false(report(&p, NULL).is_new);
}

static void other_changes_are_proved_by_a_login_alone(void **state)
{
    struct profile p = login(NOW - 20 * DAY, NOW - 20 * DAY);
    (void)state;

    struct report out = report(&p, NULL);
    assert_true(out.changed);
    assert_string_equal(out.changes[0].method, "other");
    assert_string_equal(out.changes[0].proof,
                        "unproved: the first one, and no login was seen to work");
    p.last_worked = NOW - DAY;
    out = report(&p, NULL);
    assert_true(report_is_proved(&out.changes[0])); /* there is none before it */
    p.created = DAY;
    out = report(&p, NULL);
    assert_false(report_is_proved(&out.changes[0]));
    assert_non_null(strstr(out.changes[0].proof, "another command than rotate"));
    p.rotated = NOW - 91 * DAY;
    out = report(&p, NULL);
    assert_false(out.changed);
    assert_int_equal(out.count, 0);
}

static void overdue_is_what_due_says(void **state)
{
    struct profile p = login(DAY, NOW - 200 * DAY);
    (void)state;

    p.terms.due = NOW - 7 * DAY + 1;
    assert_false(report(&p, NULL).overdue);
    p.terms.due = NOW - 7 * DAY;
    assert_true(report(&p, NULL).overdue);
    p.terms.due = 0;
    assert_false(report(&p, NULL).overdue);
    p.exposed = NOW - DAY;
    assert_true(report(&p, NULL).overdue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finished_rotation_is_proved),
        cmocka_unit_test(days_of_grace_are_no_delay),
        cmocka_unit_test(what_was_not_tried_is_unproved),
        cmocka_unit_test(the_past_is_told_since_the_day),
        cmocka_unit_test(what_was_taken_back_is_no_change),
        cmocka_unit_test(what_was_not_changed_has_a_reason),
        cmocka_unit_test(what_worked_since_is_half_proved),
        cmocka_unit_test(other_changes_are_proved_by_a_login_alone),
        cmocka_unit_test(overdue_is_what_due_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
