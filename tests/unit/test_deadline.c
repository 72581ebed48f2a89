/* SPDX-License-Identifier: ISC */
/* deadline: which profiles a provider's day concerns, and when it is told. */
#include "support.h"

#include "base/text.h"
#include "domain/deadline.h"

#define DAY INT64_C(86400)

static int64_t at(const char *text)
{
    int64_t when;
    assert_true(text_parse_time(text, 0, &when));
    return when;
}

static char ms[] = "microsoft-365", outlook[] = "outlook-com", host[] = "SMTP.office365.com";

static enum deadline_state state_on(const struct profile *p, const char *day)
{
    return deadline_of(p, at(day), DEADLINE_SOON_DAYS * DAY).state;
}

static void test_states(void **state)
{
    (void)state;
    struct profile p = {.provider = ms, .kind = KIND_PASSWORD};
    assert_int_equal(state_on(&p, "2026-01-01"), DEADLINE_LATER);
    assert_int_equal(state_on(&p, "2026-10-01"), DEADLINE_LATER);
    assert_int_equal(state_on(&p, "2026-10-03"), DEADLINE_SOON);
    assert_int_equal(state_on(&p, "2026-12-30"), DEADLINE_SOON);
    assert_int_equal(state_on(&p, "2026-12-31"), DEADLINE_PAST);
    assert_int_equal(deadline_of(&p, at("2026-11-29"), INT64_MAX).state, DEADLINE_SOON);
    p.provider = outlook;
    assert_int_equal(state_on(&p, "2024-09-15"), DEADLINE_SOON);
    assert_int_equal(state_on(&p, "2026-11-29"), DEADLINE_PAST);
}

static void test_whom(void **state)
{
    (void)state;
    struct profile p = {.provider = ms, .kind = KIND_APP_PASSWORD};
    assert_int_equal(state_on(&p, "2026-11-29"), DEADLINE_SOON);
    p.kind = KIND_OAUTH2;
    assert_int_equal(state_on(&p, "2026-11-29"), DEADLINE_NONE);
    p.kind = KIND_PASSWORD;
    p.auth = AUTH_XOAUTH2;
    assert_int_equal(state_on(&p, "2026-11-29"), DEADLINE_NONE);
    p.auth = AUTH_LOGIN;
    p.provider = NULL;
    assert_int_equal(state_on(&p, "2026-11-29"), DEADLINE_NONE);
    p.host = host; /* by its server */
    assert_int_equal(state_on(&p, "2026-11-29"), DEADLINE_SOON);
}

/* An administrator may have made an exception: what works is not due. */
static void test_due(void **state)
{
    (void)state;
    struct profile p = {.provider = ms, .kind = KIND_PASSWORD, .last_worked = at("2026-12-01")};
    struct deadline d = deadline_of(&p, at("2026-12-10"), 30 * DAY);
    assert_true(deadline_is_due(&d, &p));
    d = deadline_of(&p, at("2026-11-29"), 14 * DAY);
    assert_false(deadline_is_due(&d, &p));
    d = deadline_of(&p, at("2027-01-10"), 14 * DAY);
    assert_true(deadline_is_due(&d, &p));
    p.last_worked = at("2027-01-09");
    assert_false(deadline_is_due(&d, &p));
}

static void test_words(void **state)
{
    (void)state;
    char text[DEADLINE_SHOWN_MAX];
    struct profile p = {.provider = ms, .kind = KIND_PASSWORD};
    struct deadline d = deadline_of(&p, at("2026-11-29"), 0);
    for (int64_t hour = 0; hour < 24; hour++) {
        deadline_say(text, &d, at("2026-11-29") + hour * 3600);
        assert_non_null(strstr(text, "from 2026-12-31 (in 32 days) such a login may be refused"));
    }
    assert_non_null(strstr(text, "OAuth2"));
    p.provider = outlook;
    d = deadline_of(&p, at("2026-11-29"), 0);
    deadline_when(text, &d, at("2026-11-29"));
    assert_non_null(strstr(text, "since 2024-09-16"));
    assert_non_null(strstr(text, "such a login is refused"));
    int64_t afternoon = at("2024-09-16") + 15 * 3600;
    d = deadline_of(&p, afternoon, 0);
    deadline_when(text, &d, afternoon);
    assert_non_null(strstr(text, "since 2024-09-16 (today)"));
}

/* Days are those of the calendar here, and clocks change between them. */
static void test_words_elsewhere(void **state)
{
    static const char *const zones[] = {"America/New_York", "Pacific/Auckland", "UTC"};
    (void)state;
    char text[DEADLINE_SHOWN_MAX];
    struct profile p = {.provider = ms, .kind = KIND_PASSWORD};
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        assert_int_equal(setenv("TZ", zones[z], 1), 0);
        for (int64_t hour = 0; hour < 24; hour++) {
            struct deadline d = deadline_of(&p, at("2026-09-20") + hour * 3600, 0);
            deadline_when(text, &d, at("2026-09-20") + hour * 3600);
            assert_non_null(strstr(text, "from 2026-12-31 (in 102 days) such"));
            p.provider = outlook;
            d = deadline_of(&p, at("2024-09-16") + hour * 3600, 0);
            deadline_when(text, &d, at("2024-09-16") + hour * 3600);
            assert_non_null(strstr(text, "since 2024-09-16 (today)"));
            deadline_when(text, &d, at("2024-09-17") + hour * 3600);
            assert_non_null(strstr(text, "since 2024-09-16 (1 day ago)"));
            p.provider = ms;
        }
    }
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
}

/* Nothing is cut, whatever row it is. */
static void test_rows_fit(void **state)
{
    (void)state;
    char text[DEADLINE_SHOWN_MAX];
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *p = &providers[i];
        for (size_t k = 0; k < p->deadline_count; k++) {
            struct deadline d = {DEADLINE_SOON, at(p->deadlines[k].date), p, &p->deadlines[k]};
            assert_true(strlen(p->deadlines[k].what) <= 200 &&
                        strlen(p->deadlines[k].advice) <= 200);
            deadline_say(text, &d, 0);
            assert_non_null(strstr(text, p->deadlines[k].advice));
            assert_true(k == 0 || strcmp(p->deadlines[k - 1].date, p->deadlines[k].date) < 0);
        }
    }
}

static void test_age(void **state)
{
    (void)state;
    const struct provider row = {.verified = "2026-11-23"}, undated = {.verified = NULL};
    assert_int_equal(deadline_row_age(&row, at("2026-11-29")), 6);
    assert_int_equal(deadline_row_age(&row, at("2026-11-22")), -1);
    assert_int_equal(deadline_row_age(&undated, at("2026-11-22")), -1);
    assert_int_equal(deadline_row_age(NULL, at("2026-11-22")), -1);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_whom),
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_rows_fit),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_words_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
