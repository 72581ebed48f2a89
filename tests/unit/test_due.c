/* SPDX-License-Identifier: ISC */
/* due: one list of all clocks, at a time that the test sets. */
#include "support.h"

#include "base/alloc.h"
#include "base/text.h"
#include "domain/copies.h"
#include "domain/due.h"
#include "domain/grant.h"
#include "domain/posture.h"
#include "domain/provider.h"
#include "domain/rotation_record.h"

#define DAY INT64_C(86400)

static int64_t at(const char *text)
{
    int64_t when;
    assert_true(text_parse_time(text, 0, &when));
    return when;
}

static char name[] = "it's work";

static struct profile profile_of(const char *rotated)
{
    struct profile p = {.name = name, .uid = "0123456789abcde"};
    p.created = p.rotated = at(rotated);
    return p;
}

static void say(struct policy *policy, enum policy_field field, const char *text)
{
    struct policy_rule rule = {.scope = POLICY_VAULT};
    struct sv_err err = {""};
    assert_int_equal(policy_set(&rule, field, text, &err), SV_OK);
    assert_int_equal(policy_change(policy, &rule, 0, &err), SV_OK);
}

static void look(struct due_list *list, struct profile *p, const struct policy *policy, int64_t now)
{
    const struct due_wish wish = {.now = now, .lead = -1};
    struct sv_err err = {""};
    due_list_clear(list);
    if (due_of_profile(list, &wish, policy, p, &err) != SV_OK)
        fail_msg("%s", err.text);
}

/* There is one item, and it is this. */
static const struct due_item *only(const struct due_list *list, enum due_clock clock,
                                   enum due_urgency urgency, int64_t when)
{
    assert_int_equal(list->count, 1);
    assert_int_equal(list->items[0].clock, clock);
    assert_int_equal(list->items[0].urgency, urgency);
    assert_true(list->items[0].when == when);
    return &list->items[0];
}

static void periods(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2026-03-01T12:00:00Z");
    int64_t due = p.rotated + 90 * DAY;
    (void)state;

    look(&list, &p, &policy, due + 9000 * DAY);
    assert_int_equal(list.count, 0);
    say(&policy, POLICY_EVERY, "90d");
    say(&policy, POLICY_GRACE, "5d");
    look(&list, &p, &policy, due - 14 * DAY - 1);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, due - 14 * DAY);
    only(&list, DUE_PERIOD, DUE_SOON, due);
    look(&list, &p, &policy, due);
    const struct due_item *item = only(&list, DUE_PERIOD, DUE_NOW, due);
    assert_string_equal(item->why, "the policy wants a new secret every 90 days");
    assert_string_equal(item->act, "smtpvault rotate 'it'\\''s work'");
    assert_string_equal(due_state(item), "due");
    look(&list, &p, &policy, due + 5 * DAY);
    only(&list, DUE_PERIOD, DUE_LATE, due);
    /* The clock is set back a year, or stands at its ends. */
    look(&list, &p, &policy, due - 365 * DAY);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, 0);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, INT64_MAX);
    only(&list, DUE_PERIOD, DUE_LATE, due);
    p.rotated = INT64_MAX - DAY;
    look(&list, &p, &policy, at("9999-12-31T23:59:59Z"));
    assert_int_equal(list.count, 0);
}

static void a_command_takes_any_name(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2026-03-01");
    char quotes[PROFILE_NAME_MAX + 1];
    (void)state;

    memset(quotes, '\'', sizeof quotes - 1);
    quotes[sizeof quotes - 1] = '\0';
    p.name = quotes;
    p.rotate_days = 1;
    look(&list, &p, &policy, at("2026-04-01"));
    assert_int_equal(strlen(list.items[0].act),
                     strlen("smtpvault rotate ''") + 4 * (size_t)PROFILE_NAME_MAX);
    char option[] = "-x";
    p.name = option;
    look(&list, &p, &policy, at("2026-04-01"));
    assert_string_equal(list.items[0].act, "smtpvault rotate -- -x");
}

static void dates(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2027-09-01");
    (void)state;

    assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
    say(&policy, POLICY_DATES, "02-29,03-12");
    look(&list, &p, &policy, at("2028-02-15"));
    only(&list, DUE_DATE, DUE_SOON, at("2028-02-29"));
    look(&list, &p, &policy, at("2028-02-29"));
    only(&list, DUE_DATE, DUE_LATE, at("2028-02-29"));
    p.rotated = at("2028-03-01"); /* the day is over, and so are its days of lead */
    look(&list, &p, &policy, at("2028-03-05"));
    only(&list, DUE_DATE, DUE_SOON, at("2028-03-12")); /* in which the clocks change */
    p.rotated = at("2028-03-12");
    look(&list, &p, &policy, at("2029-02-27"));
    only(&list, DUE_DATE, DUE_SOON, at("2029-02-28"));
    assert_int_equal(unsetenv("TZ"), 0);
}

static void exposure_and_outcomes(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2026-03-01");
    int64_t now = at("2026-04-01");
    (void)state;

    say(&policy, POLICY_EVERY, "10d");
    p.exposed = at("2026-03-20");
    look(&list, &p, &policy, now);
    assert_string_equal(due_state(only(&list, DUE_EXPOSED, DUE_LATE, p.exposed)), "exposed");
    p.exposed = 0;
    say(&policy, POLICY_EVERY, "off");
    p.rotated = now;
    p.last_rejected = now + 5;
    look(&list, &p, &policy, now + 10);
    const struct due_item *item = only(&list, DUE_REJECTED, DUE_LATE, now + 5);
    assert_non_null(strstr(item->why, "was rejected"));
    assert_non_null(strstr(item->act, "smtpvault test "));
    p.last_rejected = 0;
    p.last_worked = now - DAY; /* with the secret before */
    look(&list, &p, &policy, now + 7 * DAY - 1);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, now + 7 * DAY);
    only(&list, DUE_UNPROVED, DUE_SOON, now);
    p.last_worked = now + 1;
    look(&list, &p, &policy, now + 7 * DAY);
    assert_int_equal(list.count, 0);
}

static void providers_and_oauth(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2026-03-01");
    char outlook[] = "outlook", gmail[] = "gmail";
    (void)state;

    /* A day that stands in the provider's row. */
    const struct provider *row = provider_find(outlook);
    assert_non_null(row);
    p.provider = gmail;
    p.kind = KIND_OAUTH2;
    p.authorized = at("2026-03-01");
    look(&list, &p, &policy, p.authorized + 100 * DAY);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, p.authorized + 170 * DAY);
    const struct due_item *item = only(&list, DUE_OAUTH, DUE_SOON, p.authorized + 180 * DAY);
    assert_string_equal(due_state(item), "ending");
    look(&list, &p, &policy, p.authorized + 180 * DAY);
    item = only(&list, DUE_OAUTH, DUE_LATE, p.authorized + 180 * DAY);
    assert_non_null(strstr(item->act, "smtpvault login "));
    p.last_used = p.authorized + 170 * DAY;
    look(&list, &p, &policy, p.authorized + 180 * DAY);
    assert_int_equal(list.count, 0);
}

/* Of a provider with a day on which it ends passwords, whichever the table has. */
static const struct provider *with_a_day(int64_t *day)
{
    for (size_t i = 0; i < provider_count; i++)
        for (size_t d = 0; d < providers[i].deadline_count; d++)
            if (providers[i].deadlines[d].kinds & 1u << KIND_PASSWORD) {
                *day = at(providers[i].deadlines[providers[i].deadline_count - 1].date);
                return &providers[i];
            }
    return NULL;
}

static void before_a_deadline(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2020-03-01");
    int64_t day = 0;
    const struct provider *provider = with_a_day(&day);
    (void)state;

    assert_non_null(provider);
    p.provider = (char *)(uintptr_t)provider->id; /* only read */
    look(&list, &p, &policy, day - 40 * DAY);
    size_t far = list.count;
    look(&list, &p, &policy, day - 10 * DAY);
    assert_int_equal(list.items[0].clock, DUE_PROVIDER);
    assert_int_equal(list.items[0].urgency, DUE_SOON);
    say(&policy, POLICY_BEFORE, "30d");
    look(&list, &p, &policy, day - 40 * DAY);
    assert_int_equal(list.count, far + 1);
    look(&list, &p, &policy, day - 29 * DAY);
    assert_int_equal(list.items[0].urgency, DUE_NOW);
    look(&list, &p, &policy, day);
    assert_int_equal(list.items[0].urgency, DUE_LATE);
    p.last_worked = day; /* it goes on all the same */
    look(&list, &p, &policy, day);
    assert_int_equal(list.count, 0);
}

static void copies_grants_and_tokens(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    COPIES_OWNED struct copies copies = {0};
    GRANTS_OWNED struct grants grants = {.next = 1};
    struct profile p = profile_of("2026-03-01");
    struct sv_err err = {""};
    struct copy c;
    int64_t now = at("2026-04-01");
    (void)state;

    p.version = 2;
    p.updated = now - DAY;
    assert_int_equal(copy_here(&c, "/home/ann/.msmtprc", "msmtp", &err), SV_OK);
    c.login_count = 1;
    c.version = 2;
    assert_int_equal(copies_put(&copies, &c, &err), SV_OK);
    assert_int_equal(copies_encode(&p.copies, &copies, &err), SV_OK);
    look(&list, &p, &policy, now);
    assert_int_equal(list.count, 0);
    copies.items[0].version = 1;
    assert_int_equal(copies_encode(&p.copies, &copies, &err), SV_OK);
    look(&list, &p, &policy, now);
    const struct due_item *item = only(&list, DUE_COPY, DUE_NOW, p.updated);
    assert_non_null(strstr(item->why, "/home/ann/.msmtprc"));
    assert_non_null(strstr(item->act, "export --refresh "));
    blob_clear(&p.copies);

    struct grant g = {.has = GRANT_USER | GRANT_UNTIL, .uid = 1, .until = now + 3 * DAY};
    assert_int_equal(grants_add(&grants, &g, &err), SV_OK);
    assert_int_equal(grants_encode(&p.grants, &grants, &err), SV_OK);
    look(&list, &p, &policy, now);
    only(&list, DUE_GRANT, DUE_SOON, now + 3 * DAY);
    look(&list, &p, &policy, now + 3 * DAY);
    only(&list, DUE_GRANT, DUE_LATE, now + 3 * DAY);
    blob_clear(&p.grants);

    due_list_clear(&list);
    const struct due_wish wish = {.now = now, .lead = -1};
    assert_int_equal(due_of_token(&list, &wish, "ci", 65536, 0, &err), SV_OK);
    assert_int_equal(due_of_token(&list, &wish, "ci", 65536, now + 15 * DAY, &err), SV_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(due_of_token(&list, &wish, "ci", 65536, now + 14 * DAY, &err), SV_OK);
    item = only(&list, DUE_TOKEN, DUE_SOON, now + 14 * DAY);
    assert_string_equal(item->token, "ci");
    assert_string_equal(item->act, "smtpvault token list");
    due_list_clear(&list);
    assert_int_equal(due_of_token(&list, &wish, "ci", 65536, now, &err), SV_OK);
    assert_string_equal(only(&list, DUE_TOKEN, DUE_LATE, now)->act, "smtpvault token remove ci");
}

static void certificates(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2026-03-01");
    char host[] = "mail.corp.example", ca[] = "/etc/ca.pem";
    struct posture known = {.host = "mail.corp.example", .port = 465, .tls = SMTP_IMPLICIT};
    int64_t end = at("2026-05-01T00:00:00Z");
    struct sv_err err = {""};
    (void)state;

    known.ends = end;
    p.host = host;
    p.port = 465;
    p.tls = TLS_IMPLICIT;
    assert_int_equal(posture_encode(&p.posture, &known, &err), SV_OK);
    look(&list, &p, &policy, end);
    assert_int_equal(list.count, 0); /* of a public authority */
    p.ca_file = ca;
    look(&list, &p, &policy, end - 15 * DAY);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, end - 14 * DAY);
    const struct due_item *item = only(&list, DUE_CERTIFICATE, DUE_SOON, end);
    assert_non_null(strstr(item->why, "mail.corp.example:465 showed ends on 2026-05-01"));
    look(&list, &p, &policy, end);
    assert_string_equal(due_state(only(&list, DUE_CERTIFICATE, DUE_LATE, end)), "ended");
    p.port = 587; /* of another server nothing is known */
    look(&list, &p, &policy, end);
    assert_int_equal(list.count, 0);
    blob_clear(&p.posture);
}

static void rotations(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2026-03-01");
    struct sv_err err = {""};
    int64_t now = at("2026-04-01");
    (void)state;

    struct rotation_record r = {.run = {1},
                                .stage = STAGE_PENDING,
                                .method = METHOD_HAND,
                                .turn = 2,
                                .begun = now,
                                .changed = now,
                                .version_from = 1,
                                .pending_since = now,
                                .host = "desk",
                                .who = "ann",
                                .fault = "no answer"};
    assert_int_equal(rotation_encode(&p.rotation, &r, &err), SV_OK);
    look(&list, &p, &policy, now + DAY - 1);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, now + DAY);
    const struct due_item *item = only(&list, DUE_ROTATION, DUE_NOW, now);
    assert_string_equal(item->why, "a rotation on desk stands still at \"pending\": no answer");
    assert_string_equal(due_state(item), "stuck");
    /* What is due by the policy goes on with it. */
    POLICY_OWNED struct policy daily = {0};
    DUE_LIST_OWNED struct due_list both = {0};
    say(&daily, POLICY_EVERY, "1d");
    look(&both, &p, &daily, now + 2 * DAY);
    assert_int_equal(both.count, 2);
    for (size_t i = 0; i < both.count; i++)
        assert_string_equal(both.items[i].act, "smtpvault rotate --resume 'it'\\''s work'");
    r.stage = STAGE_PROMOTED;
    r.promoted_at = r.verified_at = now;
    r.version_to = 2;
    r.overlap_until = now + 3 * DAY;
    r.alive_at = now + DAY;
    r.flags = ROTATED_ALIVE;
    assert_int_equal(rotation_encode(&p.rotation, &r, &err), SV_OK);
    look(&list, &p, &policy, now + 3 * DAY - 1);
    assert_int_equal(list.count, 0);
    look(&list, &p, &policy, now + 3 * DAY);
    assert_string_equal(due_state(only(&list, DUE_ALIVE, DUE_NOW, now + DAY)), "alive");
    r.dead_at = now + 2 * DAY;
    r.stage = STAGE_FINISHED;
    assert_int_equal(rotation_encode(&p.rotation, &r, &err), SV_OK);
    look(&list, &p, &policy, now + 9 * DAY);
    assert_int_equal(list.count, 0);
    blob_clear(&p.rotation);
}

static void the_most_urgent_first(void **state)
{
    DUE_LIST_OWNED struct due_list list = {0};
    POLICY_OWNED struct policy policy = {0};
    struct profile a = profile_of("2026-03-01"), b = a, c = a;
    char first[] = "a", second[] = "b", third[] = "c";
    int64_t now = at("2026-04-01");
    const struct due_wish wish = {.now = now, .lead = 30 * DAY, .horizon = 90 * DAY};
    struct sv_err err = {""};
    (void)state;

    a.name = first;
    b.name = second;
    c.name = third;
    a.rotate_days = 60;  /* soon */
    b.rotate_days = 10;  /* late */
    c.rotate_days = 100; /* later, within the horizon */
    assert_int_equal(due_of_profile(&list, &wish, &policy, &a, &err), SV_OK);
    assert_int_equal(due_of_profile(&list, &wish, &policy, &c, &err), SV_OK);
    assert_int_equal(due_of_profile(&list, &wish, &policy, &b, &err), SV_OK);
    due_sort(&list);
    assert_int_equal(list.count, 3);
    assert_ptr_equal(list.items[0].p, &b);
    assert_ptr_equal(list.items[1].p, &a);
    assert_int_equal(list.items[2].urgency, DUE_LATER);
    assert_int_equal(due_count(&list, DUE_SOON), 2);
    assert_int_equal(due_count(&list, DUE_LATE), 1);
}

static void without_memory(void **state)
{
    POLICY_OWNED struct policy policy = {0};
    struct profile p = profile_of("2026-03-01");
    const struct due_wish wish = {.now = at("2027-04-01"), .lead = -1};
    struct sv_err err = {""};
    (void)state;

    p.rotate_days = 1;
    for (unsigned long n = 1;; n++) {
        DUE_LIST_OWNED struct due_list list = {0};
        sv_alloc_fail_at(n);
        enum sv_status st = due_of_profile(&list, &wish, &policy, &p, &err);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(st, failed ? SV_INTERNAL : SV_OK);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods),
        cmocka_unit_test(a_command_takes_any_name),
        cmocka_unit_test(dates),
        cmocka_unit_test(exposure_and_outcomes),
        cmocka_unit_test(providers_and_oauth),
        cmocka_unit_test(before_a_deadline),
        cmocka_unit_test(copies_grants_and_tokens),
        cmocka_unit_test(certificates),
        cmocka_unit_test(rotations),
        cmocka_unit_test(the_most_urgent_first),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
