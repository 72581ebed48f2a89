/* SPDX-License-Identifier: ISC */
/* due: each clock once, alone: what it says, in every zone, and when the clock is a year off. */
#include "support.h"

#include "base/text.h"
#include "domain/copies.h"
#include "domain/due.h"
#include "domain/grant.h"
#include "domain/posture.h"
#include "domain/rotation_record.h"

#define DAY INT64_C(86400)
#define NOON "2028-03-12T12:00:00Z" /* of a day on which clocks change in New York */

static int64_t at(const char *text)
{
    int64_t when;
    assert_true(text_parse_time(text, 0, &when));
    return when;
}

/* Of nothing but a name and an age: nothing is due. */
static char name[] = "work";
static void plain(struct profile *p, int64_t now)
{
    *p = (struct profile){.name = name, .uid = "0123456789abcde", .version = 2};
    p->created = p->rotated = now - 30 * DAY;
}

static void say(struct policy *policy, enum policy_field field, const char *text)
{
    struct policy_rule rule = {.scope = POLICY_VAULT};
    struct sv_err err = {""};
    assert_int_equal(policy_set(&rule, field, text, &err), SV_OK);
    assert_int_equal(policy_change(policy, &rule, 0, &err), SV_OK);
}

/* ---- what starts each clock ---- */

typedef void make(struct profile *p, struct policy *policy, int64_t now);

static void period(struct profile *p, struct policy *policy, int64_t now)
{
    (void)p;
    (void)now;
    say(policy, POLICY_EVERY, "30d");
}

static void date(struct profile *p, struct policy *policy, int64_t now)
{
    (void)now;
    p->rotated -= 300 * DAY;
    say(policy, POLICY_DATES, "03-12");
    say(policy, POLICY_GRACE, "2d");
}

static void leap(struct profile *p, struct policy *policy, int64_t now)
{
    (void)now;
    p->rotated -= 300 * DAY;
    say(policy, POLICY_DATES, "02-29");
}

static void ends(struct profile *p, struct policy *policy, int64_t now)
{
    static char outlook[] = "outlook";
    (void)policy;
    (void)now;
    p->provider = outlook;
}

static void exposed(struct profile *p, struct policy *policy, int64_t now)
{
    (void)policy;
    p->exposed = now - DAY;
}

static void rejected(struct profile *p, struct policy *policy, int64_t now)
{
    (void)policy;
    p->last_worked = now - 3 * DAY;
    p->last_rejected = now - DAY;
}

static void unproved(struct profile *p, struct policy *policy, int64_t now)
{
    (void)policy;
    p->rotated = now - 8 * DAY;
    p->last_worked = now - 9 * DAY;
}

static void certificate(struct profile *p, struct policy *policy, int64_t now)
{
    static char host[] = "mail.corp.example", ca[] = "/etc/ca.pem";
    struct posture known = {.host = "mail.corp.example", .port = 465, .tls = SMTP_IMPLICIT};
    struct sv_err err;
    (void)policy;
    known.ends = now - now % DAY + 3 * DAY; /* a day */
    p->host = host;
    p->port = 465;
    p->tls = TLS_IMPLICIT;
    p->ca_file = ca;
    assert_int_equal(posture_encode(&p->posture, &known, &err), SV_OK);
}

static void told(struct profile *p, struct policy *policy, int64_t now)
{
    (void)policy;
    p->kind = KIND_OAUTH2;
    p->authorized = p->login_told = now - 4 * DAY;
    p->login_ends = now + 3 * DAY;
}

static void slides(struct profile *p, struct policy *policy, int64_t now)
{
    told(p, policy, now);
    p->authorized -= 400 * DAY;
}

static void idle(struct profile *p, struct policy *policy, int64_t now)
{
    static char gmail[] = "gmail";
    (void)policy;
    p->provider = gmail;
    p->kind = KIND_OAUTH2;
    p->authorized = now - 300 * DAY;
    p->last_used = now - 177 * DAY;
}

static void client(struct profile *p, struct policy *policy, int64_t now)
{
    (void)policy;
    p->kind = KIND_OAUTH2;
    p->authorized = now - DAY;
    p->client_ends = now + 3 * DAY;
}

static void by_hand(struct profile *p, struct policy *policy, int64_t now)
{
    client(p, policy, now);
    p->authorized = 0;
}

/* A rotation that became the present secret two days ago, in all but what is given. */
static void rotate(struct profile *p, struct rotation_record *r, int64_t now)
{
    struct sv_err err = {""};
    r->run[0] = 1;
    r->method = METHOD_GENERATED;
    r->turn = 3;
    r->begun = now - 3 * DAY;
    r->version_from = 1;
    r->version_to = 2;
    r->verified_at = r->promoted_at = r->changed = now - 2 * DAY;
    strcpy(r->host, "desk");
    strcpy(r->who, "ann");
    p->rotated = r->promoted_at;
    if (rotation_encode(&p->rotation, r, &err) != SV_OK)
        fail_msg("%s", err.text);
}

static void stuck(struct profile *p, struct policy *policy, int64_t now)
{
    struct rotation_record r = {.stage = STAGE_PROMOTED};
    (void)policy;
    rotate(p, &r, now);
}

static void alive(struct profile *p, struct policy *policy, int64_t now)
{
    struct rotation_record r = {
        .stage = STAGE_PROMOTED, .flags = ROTATED_ALIVE, .alive_at = now - DAY};
    (void)policy;
    rotate(p, &r, now);
}

/* The new secret was turned away as often as the policy takes, and has not worked since. */
static void alarmed(struct profile *p, struct policy *policy, int64_t now)
{
    struct rotation_record r = {.stage = STAGE_FINISHED, .rejections = 3, .dead_at = now - DAY};
    say(policy, POLICY_REJECTIONS, "3");
    rotate(p, &r, now);
    p->last_worked = now - 2 * DAY;
    p->last_rejected = now - DAY;
}

static void copied(struct profile *p, struct policy *policy, int64_t now)
{
    COPIES_OWNED struct copies copies = {0};
    struct copy c;
    struct sv_err err;
    (void)policy;
    p->updated = now - DAY;
    assert_int_equal(copy_here(&c, "/home/ann/.msmtprc", "msmtp", &err), SV_OK);
    c.login_count = 1;
    c.version = 1;
    assert_int_equal(copies_put(&copies, &c, &err), SV_OK);
    assert_int_equal(copies_encode(&p->copies, &copies, &err), SV_OK);
}

static void give(struct profile *p, struct grant g)
{
    GRANTS_OWNED struct grants grants = {.next = 1};
    struct sv_err err;
    assert_int_equal(grants_add(&grants, &g, &err), SV_OK);
    assert_int_equal(grants_encode(&p->grants, &grants, &err), SV_OK);
}

static void granted(struct profile *p, struct policy *policy, int64_t now)
{
    (void)policy;
    give(p, (struct grant){.has = GRANT_USER | GRANT_UNTIL, .uid = 1, .until = now + 3 * DAY});
}

static void learnt(struct profile *p, struct policy *policy, int64_t now)
{
    (void)policy;
    give(p, (struct grant){.has = GRANT_LEARN | GRANT_UNTIL, .until = now - DAY});
}

/* ---- what each says ---- */

enum { GONE = -1 }; /* in place of an urgency: it is not there */
static const struct row {
    const char *what;
    make *make;
    enum due_clock clock;
    enum due_urgency urgency;
    const char *when; /* days from now on, or a day of the calendar */
    const char *state, *act;
    int back, ahead; /* its urgency a year before and after */
} rows[] = {
    {"a period", period, DUE_PERIOD, DUE_LATE, "0", "overdue", "rotate work", GONE, DUE_LATE},
    {"a date", date, DUE_DATE, DUE_NOW, "2028-03-12", "due", "rotate work", GONE, DUE_LATE},
    {"a leap day", leap, DUE_DATE, DUE_LATE, "2028-02-29", "overdue", "rotate work", GONE,
     DUE_LATE},
    {"a provider's end", ends, DUE_PROVIDER, DUE_LATE, NULL, "ended", "show work", DUE_LATE,
     DUE_LATE},
    {"exposure", exposed, DUE_EXPOSED, DUE_LATE, "-1", "exposed", "rotate work", DUE_LATE,
     DUE_LATE},
    {"a rejection", rejected, DUE_REJECTED, DUE_LATE, "-1", "rejected", "test work", DUE_LATE,
     DUE_LATE},
    {"the alarm", alarmed, DUE_REJECTED, DUE_LATE, "-2", "rejected", "rotate --rollback work",
     DUE_LATE, DUE_LATE},
    {"not proved", unproved, DUE_UNPROVED, DUE_SOON, "-8", "unproved", "test work", GONE, DUE_SOON},
    {"a certificate", certificate, DUE_CERTIFICATE, DUE_SOON, "2028-03-15T00:00:00Z", "ending",
     "test work", GONE, DUE_LATE},
    {"a login's end", told, DUE_OAUTH, DUE_SOON, "3", "ending", "login work", GONE, DUE_LATE},
    {"one that slides", slides, DUE_OAUTH, DUE_SOON, "3", "ending", "test work", GONE, DUE_LATE},
    {"want of use", idle, DUE_OAUTH, DUE_SOON, "3", "ending", "test work", GONE, DUE_LATE},
    {"a client secret", client, DUE_CLIENT, DUE_SOON, "3", "ending",
     "login --client-secret-from tty work", GONE, DUE_LATE},
    {"that of another program", by_hand, DUE_CLIENT, DUE_SOON, "3", "ending", "show work", GONE,
     DUE_LATE},
    {"a rotation", stuck, DUE_ROTATION, DUE_NOW, "-2", "stuck", "rotate --resume work", GONE,
     DUE_NOW},
    {"the old secret", alive, DUE_ALIVE, DUE_NOW, "-1", "alive", "rotate --resume work", DUE_NOW,
     DUE_NOW},
    {"a copy", copied, DUE_COPY, DUE_NOW, "-1", "old", "export --refresh work", DUE_NOW, DUE_NOW},
    {"a grant", granted, DUE_GRANT, DUE_SOON, "3", "ending", "grant list work", GONE, DUE_LATE},
    {"learning", learnt, DUE_GRANT, DUE_LATE, "-1", "ended", "grant learn --accept work", GONE,
     DUE_LATE},
};

struct seen {
    struct profile p;
    struct policy policy;
    struct due_list list;
};

static void seen_clear(struct seen *s)
{
    blob_clear(&s->p.grants);
    blob_clear(&s->p.posture);
    blob_clear(&s->p.copies);
    blob_clear(&s->p.rotation);
    policy_clear(&s->policy);
    due_list_clear(&s->list);
}
#define SEEN_OWNED __attribute__((cleanup(seen_clear)))

static void look(struct seen *s, int64_t now)
{
    const struct due_wish wish = {.now = now, .lead = -1};
    struct sv_err err = {""};
    due_list_clear(&s->list);
    if (due_of_profile(&s->list, &wish, &s->policy, &s->p, &err) != SV_OK)
        fail_msg("%s", err.text);
}

static void begin(struct seen *s, const struct row *row, int64_t now)
{
    *s = (struct seen){.list = {0}};
    plain(&s->p, now);
    look(s, now);
    assert_int_equal(s->list.count, 0);
    row->make(&s->p, &s->policy, now);
    look(s, now);
}

static void says(const struct seen *s, const struct row *row, int64_t now)
{
    const struct due_item *item = s->list.items;
    int64_t when = row->when == NULL || strchr(row->when, '-') > row->when
                       ? 0
                       : now + DAY * strtoll(row->when, NULL, 10);
    if (row->when != NULL && when == 0)
        when = at(row->when);
    if (s->list.count != 1 || item->clock != row->clock || item->urgency != row->urgency ||
        (when != 0 && item->when != when) || strcmp(due_state(item), row->state) != 0 ||
        strcmp(item->act + strlen("smtpvault "), row->act) != 0 || item->why[0] == '\0')
        fail_msg("%s: %zu items; %s, urgency %d, in %lld s: %s", row->what, s->list.count,
                 s->list.count ? due_state(item) : "", s->list.count ? (int)item->urgency : -1,
                 s->list.count ? (long long)(item->when - now) : 0, s->list.count ? item->act : "");
}

/* Spans are seconds, and days of the calendar are whoever looks at it's: neither summer time nor a
 * leap day moves the one, and the other is that day everywhere. In some zones its midnight is
 * not there. */
static void in_every_zone(void **state)
{
    static const char *const zones[] = {
        "UTC",
        "America/New_York",
        "Pacific/Auckland",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "XXX3YYY,M3.2.0/0,M11.1.0/0", /* at midnight of this very day */
    };
    int64_t now = at(NOON);
    (void)state;
    for (size_t z = 0; z < COUNT(zones); z++) {
        assert_int_equal(setenv("TZ", zones[z], 1), 0);
        for (size_t i = 0; i < COUNT(rows); i++) {
            SEEN_OWNED struct seen s;
            begin(&s, &rows[i], now);
            says(&s, &rows[i], now);
        }
    }
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
}

/* A day begins with its first moment, also where that is not midnight, whatever day was asked
 * for before it. */
static void midnights_that_are_not_there(void **state)
{
    static const struct {
        const char *day, *begins;
    } days[] = {{"2028-11-01", "2028-11-01T02:00:00Z"}, {"2028-03-12", "2028-03-12T03:00:00Z"},
                {"2028-03-11", "2028-03-11T03:00:00Z"}, {"2029-03-11", "2029-03-11T03:00:00Z"},
                {"2028-03-13", "2028-03-13T02:00:00Z"}, {"2028-11-05", "2028-11-05T03:00:00Z"},
                {"2028-11-06", "2028-11-06T03:00:00Z"}, {"2028-02-29", "2028-02-29T03:00:00Z"}};
    char text[TEXT_TIME_MAX];
    (void)state;
    assert_int_equal(setenv("TZ", "XXX3YYY,M3.2.0/0,M11.1.0/0", 1), 0);
    for (size_t first = 0; first < COUNT(days); first++)
        for (size_t i = 0; i < COUNT(days); i++) {
            (void)at(days[first].day);
            assert_string_equal(text_time_utc(text, at(days[i].day)), days[i].begins);
        }
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
}

static void a_year_off(void **state)
{
    int64_t now = at(NOON);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int year = -1; year <= 1; year += 2) {
            SEEN_OWNED struct seen s;
            int want = year < 0 ? rows[i].back : rows[i].ahead;
            begin(&s, &rows[i], now);
            look(&s, now + year * 365 * DAY);
            int got = GONE;
            for (size_t k = 0; k < s.list.count; k++)
                if (s.list.items[k].clock == rows[i].clock)
                    got = (int)s.list.items[k].urgency;
            if (got != want)
                fail_msg("%s, %d year: urgency %d, not %d", rows[i].what, year, got, want);
        }
}

/* Whatever the clock says, there is an answer. */
static void at_the_ends_of_time(void **state)
{
    static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    int64_t now = at(NOON);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(times); t++) {
            SEEN_OWNED struct seen s;
            begin(&s, &rows[i], now);
            look(&s, times[t]);
            assert_true(s.list.count <= 2);
        }
}

/* All clocks have a row but that of tokens, which are nobody's profile (test_due.c). */
static void no_clock_is_left_out(void **state)
{
    (void)state;
    for (int clock = 0; clock < DUE_CLOCKS; clock++) {
        size_t found = clock == DUE_TOKEN;
        for (size_t i = 0; i < COUNT(rows); i++)
            found += rows[i].clock == (enum due_clock)clock;
        if (found == 0)
            fail_msg("no row for %s", due_clock_word((enum due_clock)clock));
        assert_true(strlen(due_clock_word((enum due_clock)clock)) < 12); /* the room in an id */
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_every_zone),        cmocka_unit_test(midnights_that_are_not_there),
        cmocka_unit_test(a_year_off),           cmocka_unit_test(at_the_ends_of_time),
        cmocka_unit_test(no_clock_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
