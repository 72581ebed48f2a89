/* SPDX-License-Identifier: ISC */
/* rotation: days of 86400 seconds, whatever the calendar says. */
#include "support.h"

#include "base/text.h"
#include "domain/rotation.h"

#define DAY INT64_C(86400)

static int64_t at(const char *text)
{
    int64_t when;
    assert_true(text_parse_time(text, 0, &when));
    return when;
}

static struct profile secret_of(const char *rotated, uint32_t days)
{
    return (struct profile){.rotated = at(rotated), .rotate_days = days};
}

static void test_never(void **state)
{
    (void)state;
    struct profile p = {.rotated = 1700000000};
    assert_true(rotation_due(&p) == 0);
    assert_int_equal(rotation_of(&p, INT64_MAX, INT64_MAX), ROTATION_NONE);
}

static void test_leap_days(void **state)
{
    (void)state;
    struct profile leap = secret_of("2028-02-28T12:00:00Z", 2);
    assert_true(rotation_due(&leap) == at("2028-03-01T12:00:00Z"));
    struct profile plain = secret_of("2027-02-28T12:00:00Z", 2);
    assert_true(rotation_due(&plain) == at("2027-03-02T12:00:00Z"));
    struct profile year = secret_of("2027-06-01T00:00:00Z", 365);
    assert_true(rotation_due(&year) == at("2028-05-31T00:00:00Z"));
}

/* Clocks change in Europe on 2026-03-29 and 2026-10-25: the due time of day stays. */
static void test_summer_time(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    struct profile spring = secret_of("2026-03-28T12:00:00Z", 7);
    assert_true(rotation_due(&spring) == at("2026-04-04T12:00:00Z"));
    struct profile autumn = secret_of("2026-10-24T12:00:00Z", 7);
    assert_true(rotation_due(&autumn) == at("2026-10-31T12:00:00Z"));
    assert_int_equal(unsetenv("TZ"), 0);
}

static void test_states(void **state)
{
    (void)state;
    struct profile p = {.rotated = 1000, .rotate_days = 90};
    int64_t due = 1000 + 90 * DAY;
    int64_t window = ROTATION_SOON_DAYS * DAY;
    assert_true(rotation_due(&p) == due);
    assert_int_equal(rotation_of(&p, due - window - 1, window), ROTATION_OK);
    assert_int_equal(rotation_of(&p, due - window, window), ROTATION_SOON);
    assert_int_equal(rotation_of(&p, due - 1, window), ROTATION_SOON);
    assert_int_equal(rotation_of(&p, due - 1, 0), ROTATION_OK);
    assert_int_equal(rotation_of(&p, due, window), ROTATION_OVERDUE);
    assert_int_equal(rotation_of(&p, INT64_MAX, window), ROTATION_OVERDUE);
    assert_string_equal(rotation_word(ROTATION_NONE), "none");
    assert_string_equal(rotation_word(ROTATION_OK), "ok");
    assert_string_equal(rotation_word(ROTATION_SOON), "soon");
    assert_string_equal(rotation_word(ROTATION_OVERDUE), "overdue");
    assert_string_equal(rotation_word((enum rotation_state)9), "");
}

static void test_limits(void **state)
{
    (void)state;
    struct profile never_rotated = {.created = 5000, .rotate_days = 1};
    assert_true(rotation_due(&never_rotated) == 5000 + DAY);
    struct profile late = {.rotated = INT64_MAX - 10, .rotate_days = UINT32_MAX};
    assert_true(rotation_due(&late) == INT64_MAX);
    assert_int_equal(rotation_of(&late, INT64_MAX - 1, INT64_MAX), ROTATION_SOON);
    struct profile long_one = {.rotated = 1, .rotate_days = UINT32_MAX};
    assert_true(rotation_due(&long_one) == 1 + (int64_t)UINT32_MAX * DAY);
}

/* Exposed is due since then, with a period and without, whatever the clock says. */
static void an_exposed_secret_is_overdue(void **state)
{
    (void)state;
    struct profile p = {.rotated = 1000, .exposed = 5000};
    assert_true(rotation_due(&p) == 5000);
    assert_int_equal(rotation_of(&p, 6000, 0), ROTATION_OVERDUE);
    assert_int_equal(rotation_of(&p, 4000, 0), ROTATION_OVERDUE);
    p.rotate_days = 1;
    assert_true(rotation_due(&p) == 5000);
    p.exposed = 1000 + 2 * DAY;
    assert_true(rotation_due(&p) == 1000 + DAY);
    p.exposed = 0;
    assert_int_equal(rotation_of(&p, 1000, 0), ROTATION_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never),       cmocka_unit_test(test_leap_days),
        cmocka_unit_test(test_summer_time), cmocka_unit_test(test_states),
        cmocka_unit_test(test_limits),      cmocka_unit_test(an_exposed_secret_is_overdue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
