/* SPDX-License-Identifier: ISC */
/* The policy: its bytes, what of it holds for whom, when that is due, and how a vault keeps it. */
#include "members.h"
#include "token_fixture.h"

#include "base/text.h"
#include "domain/policy.h"
#include "domain/rotation.h"
#include "domain/vault_policy.h"

#define DAY INT64_C(86400)

static void good(enum sv_status st)
{
    assert_int_equal(st, SV_OK);
}

static struct policy_rule rule_for(enum policy_scope scope, const char *name)
{
    struct policy_rule rule = {.scope = scope};

    snprintf(rule.name, sizeof rule.name, "%s", name);
    return rule;
}

static void set(struct policy_rule *rule, enum policy_field field, const char *text)
{
    struct sv_err err = {""};

    if (policy_set(rule, field, text, &err) != SV_OK)
        fail_msg("%s: %s", text, err.text);
}

static void put(struct policy *policy, const struct policy_rule *rule)
{
    struct sv_err err = {""};

    good(policy_change(policy, rule, 0, &err));
}

static void say(struct policy *policy, enum policy_scope scope, const char *name,
                enum policy_field field, const char *text)
{
    struct policy_rule rule = rule_for(scope, name);

    set(&rule, field, text);
    put(policy, &rule);
}

/* Everything that a policy can say. */
static void fill(struct policy *policy)
{
    static const char *const values[POLICY_FIELDS] = {
        [POLICY_EVERY] = "90d",          [POLICY_DATES] = "07-15,01-15,02-29",
        [POLICY_BEFORE] = "30d",         [POLICY_LEAD] = "10d",
        [POLICY_GRACE] = "1w",           [POLICY_LENGTH] = "40",
        [POLICY_ALPHABET] = "alnum",     [POLICY_OVERLAP] = "2d",
        [POLICY_REJECTIONS] = "7",       [POLICY_ON_REJECT] = "rollback",
        [POLICY_PUBLIC] = "yes",         [POLICY_AFTER] = "systemctl reload postfix",
        [POLICY_HOOK] = "dovecot-passwd"};
    struct policy_rule whole = rule_for(POLICY_VAULT, "");
    struct policy_rule own = {.scope = POLICY_PROFILE, .uid = "0123456789abcde"};

    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++)
        set(&whole, f, values[f]);
    set(&whole, POLICY_AFTER, "logger changed");
    set(&own, POLICY_EVERY, "off");
    put(policy, &own);
    put(policy, &whole);
    say(policy, POLICY_TAG, "prod", POLICY_EVERY, "30d");
    say(policy, POLICY_TAG, "mail", POLICY_DATES, "off");
    say(policy, POLICY_PROVIDER, "gmail", POLICY_HOOK, "off");
    say(policy, POLICY_KIND, "api-key", POLICY_AFTER, "off");
}

/* ---- bytes ---- */

static void bytes_come_back(void **state)
{
    POLICY_OWNED struct policy policy = {0}, back = {0};
    BLOB_OWNED struct blob bytes = {0}, again = {0};
    struct sv_err err = {""};
    (void)state;

    fill(&policy);
    assert_int_equal(policy.count, 6);
    good(policy_encode(&bytes, &policy, &err));
    good(policy_decode(&back, bytes.bytes, bytes.len, &err));
    good(policy_encode(&again, &back, &err));
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.bytes, bytes.bytes, bytes.len);
    assert_int_equal(back.rules[0].after_count, 2);
    assert_string_equal(back.rules[0].after[1], "logger changed");
    assert_int_equal(back.rules[0].dates[1].day, 29);
    for (size_t len = 1; len < bytes.len; len++) {
        POLICY_OWNED struct policy cut = {0};
        assert_int_equal(policy_decode(&cut, bytes.bytes, len, &err), SV_DATA);
    }
    POLICY_OWNED struct policy none = {0};
    good(policy_decode(&none, NULL, 0, &err));
    good(policy_encode(&again, &none, &err));
    assert_int_equal(again.len, 0);
}

/* The bytes of a policy with one rule for the vault, one of which is changed. */
static enum sv_status with(size_t at, uint8_t byte, enum policy_field field, const char *text)
{
    POLICY_OWNED struct policy policy = {0}, back = {0};
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};

    say(&policy, POLICY_VAULT, "", field, text);
    good(policy_encode(&bytes, &policy, &err));
    assert_true(at < bytes.len);
    bytes.bytes[at] = byte;
    return policy_decode(&back, bytes.bytes, bytes.len, &err);
}

static void another_encoding_is_refused(void **state)
{
    POLICY_OWNED struct policy policy = {0}, back = {0};
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};
    (void)state;

    /* count u16 | scope | length u16 | fields | tag | length u16 | value */
    assert_int_equal(with(2, POLICY_VAULT, POLICY_PUBLIC, "yes"), SV_OK);
    assert_int_equal(with(2, POLICY_KIND, POLICY_PUBLIC, "yes"), SV_DATA);
    assert_int_equal(with(2, 6, POLICY_PUBLIC, "yes"), SV_DATA);
    assert_int_equal(with(5, 0, POLICY_PUBLIC, "yes"), SV_DATA);
    assert_int_equal(with(5, 2, POLICY_PUBLIC, "yes"), SV_DATA);
    assert_int_equal(with(6, POLICY_FIELDS, POLICY_PUBLIC, "yes"), SV_DATA);
    assert_int_equal(with(9, 2, POLICY_PUBLIC, "yes"), SV_DATA);
    assert_int_equal(with(9, 3, POLICY_ALPHABET, "alnum"), SV_DATA);
    assert_int_equal(with(9, 0, POLICY_ON_REJECT, "alarm"), SV_DATA);
    assert_int_equal(with(9, 11, POLICY_LENGTH, "12"), SV_DATA);
    assert_int_equal(with(9, 13, POLICY_DATES, "01-15"), SV_DATA);
    assert_int_equal(with(10, 32, POLICY_DATES, "01-15"), SV_DATA);
    assert_int_equal(with(11, 1, POLICY_DATES, "01-15,02-01"), SV_DATA); /* out of order */
    assert_int_equal(with(11, '\n', POLICY_AFTER, "x"), SV_DATA);
    assert_int_equal(with(9, '\0', POLICY_HOOK, "x"), SV_DATA);
    fill(&policy);
    struct policy_rule swap = policy.rules[0];
    policy.rules[0] = policy.rules[1];
    policy.rules[1] = swap;
    good(policy_encode(&bytes, &policy, &err));
    assert_int_equal(policy_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
}

static void it_is_bounded(void **state)
{
    POLICY_OWNED struct policy policy = {0};
    BLOB_OWNED struct blob bytes = {0};
    struct policy_rule rule = rule_for(POLICY_TAG, "");
    char line[POLICY_LINE_MAX + 2];
    struct sv_err err = {""};
    (void)state;

    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\0';
    assert_int_equal(policy_set(&rule, POLICY_AFTER, line, &err), SV_USAGE);
    line[POLICY_LINE_MAX] = '\0';
    for (int i = 0; i < POLICY_AFTER_MAX; i++)
        set(&rule, POLICY_AFTER, line);
    assert_int_equal(policy_set(&rule, POLICY_AFTER, "one more", &err), SV_USAGE);
    for (int i = 0; i < POLICY_RULES_MAX; i++) {
        snprintf(rule.name, sizeof rule.name, "tag%d", i);
        put(&policy, &rule);
    }
    snprintf(rule.name, sizeof rule.name, "one more");
    assert_int_equal(policy_change(&policy, &rule, 0, &err), SV_DATA);
    assert_int_equal(policy_encode(&bytes, &policy, &err), SV_DATA);
}

/* ---- words ---- */

static void words_come_back(void **state)
{
    POLICY_OWNED struct policy policy = {0};
    char said[POLICY_SHOWN_MAX], who[POLICY_WHO_MAX];
    (void)state;

    fill(&policy);
    const struct policy_rule *whole = &policy.rules[0];
    for (enum policy_field f = POLICY_EVERY; f < POLICY_FIELDS; f++) {
        struct policy_rule again = rule_for(POLICY_VAULT, "");
        char twice[POLICY_SHOWN_MAX];
        assert_true(whole->has & 1u << f);
        policy_say(said, whole, f);
        if (f == POLICY_AFTER)
            continue;
        set(&again, f, said);
        assert_string_equal(policy_say(twice, &again, f), said);
    }
    assert_string_equal(policy_say(said, whole, POLICY_AFTER),
                        "systemctl reload postfix; logger changed");
    assert_string_equal(policy_say(said, whole, POLICY_DATES), "01-15,02-29,07-15");
    assert_string_equal(policy_say(said, whole, POLICY_OVERLAP), "48h");
    assert_string_equal(policy_who(who, whole), "the vault");
    assert_string_equal(policy_who(who, &policy.rules[1]), "kind api-key");
    assert_string_equal(policy_who(who, NULL), "built in");
}

static void wrong_words_are_refused(void **state)
{
    static const struct {
        enum policy_field field;
        const char *text;
    } wrong[] = {
        {POLICY_EVERY, ""},
        {POLICY_EVERY, "12h"},
        {POLICY_EVERY, "101y"},
        {POLICY_EVERY, "often"},
        {POLICY_DATES, ""},
        {POLICY_DATES, "13-01"},
        {POLICY_DATES, "02-30"},
        {POLICY_DATES, "1-1"},
        {POLICY_DATES, "01-15,"},
        {POLICY_DATES, ",01-15"},
        {POLICY_DATES, "01-15,01-15"},
        {POLICY_DATES, "01-15 02-1"},
        {POLICY_DATES, "00-10"},
        {POLICY_DATES, "04-31"},
        {POLICY_LENGTH, "11"},
        {POLICY_LENGTH, "257"},
        {POLICY_LENGTH, "off"},
        {POLICY_ALPHABET, "greek"},
        {POLICY_OVERLAP, "90m"},
        {POLICY_REJECTIONS, "-1"},
        {POLICY_REJECTIONS, "1001"},
        {POLICY_ON_REJECT, "shout"},
        {POLICY_PUBLIC, "maybe"},
        {POLICY_AFTER, ""},
        {POLICY_AFTER, "a\nb"},
        {POLICY_HOOK, ""},
        {POLICY_LEAD, "4000d"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct policy_rule rule = rule_for(POLICY_VAULT, "");
        struct sv_err err = {""};
        if (policy_set(&rule, wrong[i].field, wrong[i].text, &err) != SV_USAGE)
            fail_msg("\"%s\" was taken", wrong[i].text);
        assert_non_null(strstr(err.text, policy_option(wrong[i].field)));
        assert_int_equal(rule.has, 0);
    }
}

/* ---- what holds ---- */

static void the_narrower_wins_field_by_field(void **state)
{
    POLICY_OWNED struct policy policy = {0};
    char prod[] = "prod", mail[] = "mail", provider[] = "gmail", *tags[] = {mail, prod};
    struct profile p = {.uid = "0123456789abcde",
                        .kind = KIND_API_KEY,
                        .tags = tags,
                        .tag_count = 2,
                        .provider = provider};
    (void)state;

    struct policy_terms t = policy_of(&policy, &p);
    assert_int_equal(t.every_days, 365);
    assert_null(t.from[POLICY_EVERY]);
    assert_int_equal(t.lead_days, 14);
    assert_int_equal(t.length, 32);
    p.kind = KIND_PASSWORD;
    assert_int_equal(policy_of(&policy, &p).every_days, 0);
    p.kind = KIND_API_KEY;

    fill(&policy);
    t = policy_of(&policy, &p);
    assert_int_equal(t.every_days, 0); /* the profile's own rule */
    assert_int_equal(t.from[POLICY_EVERY]->scope, POLICY_PROFILE);
    assert_int_equal(t.date_count, 0); /* tag mail */
    assert_int_equal(t.from[POLICY_DATES]->scope, POLICY_TAG);
    assert_null(t.after); /* kind api-key */
    assert_string_equal(t.hook, "");
    assert_int_equal(t.from[POLICY_HOOK]->scope, POLICY_PROVIDER);
    assert_int_equal(t.grace_days, 7);
    assert_int_equal(t.from[POLICY_GRACE]->scope, POLICY_VAULT);
    p.uid[0] = 'x';
    assert_int_equal(policy_of(&policy, &p).every_days, 30); /* tag prod */
    say(&policy, POLICY_TAG, "mail", POLICY_EVERY, "60d");
    assert_int_equal(policy_of(&policy, &p).every_days, 60); /* its first tag that says so */
    p.rotate_days = 5;
    t = policy_of(&policy, &p);
    assert_int_equal(t.every_days, 5);
    assert_true(t.own_every);
    p.tag_count = 0;
    p.provider = NULL;
    p.kind = KIND_PASSWORD;
    t = policy_of(&policy, &p);
    assert_int_equal(t.after->after_count, 2);
    assert_string_equal(t.hook, "dovecot-passwd");
}

static void fields_go_and_rules_with_them(void **state)
{
    POLICY_OWNED struct policy policy = {0};
    struct policy_rule prod = rule_for(POLICY_TAG, "prod");
    struct sv_err err = {""};
    (void)state;

    say(&policy, POLICY_TAG, "prod", POLICY_EVERY, "30d");
    say(&policy, POLICY_TAG, "prod", POLICY_LEAD, "3d");
    assert_int_equal(policy.count, 1);
    good(policy_change(&policy, &prod, 1u << POLICY_EVERY, &err));
    assert_int_equal(policy_find(&policy, &prod)->has, 1u << POLICY_LEAD);
    good(policy_change(&policy, &prod, POLICY_ALL, &err));
    assert_int_equal(policy.count, 0);
    good(policy_change(&policy, &prod, POLICY_ALL, &err));
}

/* ---- when ---- */

static int64_t at(const char *text)
{
    int64_t when;
    assert_true(text_parse_time(text, 0, &when));
    return when;
}

/* When a secret of that time is due by fixed dates. */
static int64_t due_by(const char *dates, const char *lead, const char *rotated)
{
    POLICY_OWNED struct policy policy = {0};
    struct profile p = {.rotated = at(rotated)};

    say(&policy, POLICY_VAULT, "", POLICY_DATES, dates);
    say(&policy, POLICY_VAULT, "", POLICY_LEAD, lead);
    struct policy_terms t = policy_of(&policy, &p);
    return policy_due(&t, &p, NULL);
}

static void fixed_dates(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    const char *two = "01-15,07-15";
    assert_int_equal(due_by(two, "14d", "2026-03-01"), at("2026-07-15"));
    assert_int_equal(due_by(two, "14d", "2026-12-25"), at("2027-01-15"));
    assert_int_equal(due_by(two, "14d", "2026-07-15"), at("2027-01-15"));
    /* Changed early, within the days of lead: done for that date. */
    assert_int_equal(due_by(two, "14d", "2027-01-02"), at("2027-07-15"));
    assert_int_equal(due_by(two, "14d", "2026-12-31"), at("2027-01-15"));
    /* A lead that is longer than the time between counts for half of that time. */
    assert_int_equal(due_by("06-01", "3650d", "2026-06-02"), at("2027-06-01"));
    assert_int_equal(due_by("06-01", "3650d", "2027-01-01"), at("2028-06-01"));
    /* Leap days, summer time, the last year. */
    assert_int_equal(due_by("02-29", "0d", "2027-03-01"), at("2028-02-29"));
    assert_int_equal(due_by("02-29", "0d", "2028-03-01"), at("2029-02-28"));
    assert_int_equal(due_by("03-29,10-25", "0d", "2026-03-29"), at("2026-10-25"));
    assert_int_equal(at("2026-10-25") - at("2026-03-29"), 210 * DAY - 3600);
    assert_int_equal(due_by(two, "14d", "9998-03-01"), at("9998-07-15"));
    assert_int_equal(due_by(two, "14d", "9999-03-01"), INT64_MAX);
    assert_int_equal(due_by(two, "14d", "1970-01-02"), at("1970-07-15"));
    assert_int_equal(unsetenv("TZ"), 0);
}

static void the_first_of_both(void **state)
{
    POLICY_OWNED struct policy policy = {0};
    struct profile p = {.rotated = at("2026-03-01"), .kind = KIND_API_KEY};
    bool dated = false;
    (void)state;

    say(&policy, POLICY_VAULT, "", POLICY_DATES, "07-15");
    struct policy_terms t = policy_of(&policy, &p);
    assert_int_equal(policy_due(&t, &p, &dated), at("2026-07-15"));
    assert_true(dated);
    p.rotate_days = 10;
    t = policy_of(&policy, &p);
    assert_int_equal(policy_due(&t, &p, &dated), p.rotated + 10 * DAY);
    assert_false(dated);
    p.rotated = INT64_MAX - DAY;
    assert_int_equal(policy_due(&t, &p, NULL), INT64_MAX);
}

static void a_profile_knows_its_terms(void **state)
{
    POLICY_OWNED struct policy policy = {0};
    struct profile p = {.rotated = 1000 * DAY, .kind = KIND_APP_PASSWORD};
    (void)state;

    assert_int_equal(rotation_of(&p, 5000 * DAY, 0), ROTATION_NONE); /* nobody asked */
    policy_apply(&policy, &p);
    assert_int_equal(rotation_due(&p), 1365 * DAY);
    assert_int_equal(rotation_every(&p), 365);
    assert_int_equal(rotation_now(&p, 1350 * DAY), ROTATION_OK);
    assert_int_equal(rotation_now(&p, 1351 * DAY), ROTATION_SOON);
    assert_int_equal(rotation_now(&p, 1365 * DAY), ROTATION_OVERDUE);
    /* A clock that was set back a year makes nothing due. */
    assert_int_equal(rotation_now(&p, 1000 * DAY), ROTATION_OK);
    say(&policy, POLICY_VAULT, "", POLICY_GRACE, "7d");
    say(&policy, POLICY_VAULT, "", POLICY_LEAD, "1d");
    policy_apply(&policy, &p);
    assert_int_equal(rotation_now(&p, 1363 * DAY), ROTATION_OK);
    assert_int_equal(rotation_now(&p, 1371 * DAY), ROTATION_SOON);
    assert_int_equal(rotation_now(&p, 1372 * DAY), ROTATION_OVERDUE);
    say(&policy, POLICY_KIND, "app-password", POLICY_EVERY, "off");
    policy_apply(&policy, &p);
    assert_int_equal(rotation_now(&p, 9000 * DAY), ROTATION_NONE);
    p.exposed = 5;
    assert_int_equal(rotation_now(&p, 9000 * DAY), ROTATION_OVERDUE);
}

/* ---- in a vault ---- */

static uint32_t every_of(struct fixture *f, struct vault *v, const char *name)
{
    POLICY_OWNED struct policy policy = {0};
    PROFILE_OWNED struct profile p = {0};

    must(vault_policy(v, &policy, &f->err));
    must(vault_find(v, name, &p, &f->err));
    return policy_of(&policy, &p).every_days;
}

static struct policy_rule own_rule(struct fixture *f, const char *name)
{
    PROFILE_OWNED struct profile p = {0};
    struct policy_rule rule = {.scope = POLICY_PROFILE};

    must(vault_find(f->v, name, &p, &f->err));
    memcpy(rule.uid, p.uid, sizeof rule.uid);
    return rule;
}

static void count_findings(void *context, const char *finding)
{
    (void)context;
    fail_msg("%s", finding);
}

static void it_goes_where_the_vault_goes(void **state)
{
    struct fixture fx, *f = &fx;
    POLICY_OWNED struct policy policy = {0};
    PERSON_OWNED struct person ben = {0};
    struct policy_rule whole = rule_for(POLICY_VAULT, "");
    uint64_t findings = 0;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    must(vault_policy(f->v, &policy, &f->err));
    assert_int_equal(policy.count, 0);
    set(&whole, POLICY_EVERY, "90d");
    must(vault_policy_change(f->v, NULL, &whole, 0, &f->err));
    struct policy_rule own = own_rule(f, "work");
    set(&own, POLICY_EVERY, "10d");
    set(&own, POLICY_LEAD, "3d");
    must(vault_policy_change(f->v, "work", &own, 0, &f->err));
    fixture_reopen(f);
    assert_int_equal(every_of(f, f->v, "work"), 10);
    assert_int_equal(every_of(f, f->v, "home"), 90);
    must(vault_verify(f->v, &findings, count_findings, NULL, &f->err));

    person_join(f, &ben, "ben", ROLE_READER);
    must(vault_member_remove(f->v, ben.slot, NULL, NULL, &f->err));
    must(vault_verify(f->v, &findings, count_findings, NULL, &f->err));
    assert_int_equal(findings, 0);
    assert_int_equal(every_of(f, f->v, "work"), 10);
    must(vault_rename(f->v, "work", "shop", &f->err));
    assert_int_equal(every_of(f, f->v, "shop"), 10);
    must(vault_remove(f->v, "shop", &f->err));
    must(vault_policy(f->v, &policy, &f->err));
    assert_int_equal(policy.count, 1);
    whole.has = 0;
    must(vault_policy_change(f->v, NULL, &whole, POLICY_ALL, &f->err));
    assert_int_equal(every_of(f, f->v, "home"), 0);
    must(vault_verify(f->v, &findings, count_findings, NULL, &f->err));
    fixture_end(f);
}

/* A period stands in the card and the rest in a rule: one change, one entry, one version. */
static void a_period_and_a_term_are_one_change(void **state)
{
    struct fixture fx, *f = &fx;
    POLICY_OWNED struct policy policy = {0};
    PROFILE_OWNED struct profile p = {0};
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    struct policy_rule own = own_rule(f, "work");
    const struct policy_rule nothing = own;
    set(&own, POLICY_EVERY, "10d");
    set(&own, POLICY_LEAD, "3d");
    must(vault_policy_change(f->v, "work", &own, 0, &f->err));
    must(vault_find(f->v, "work", &p, &f->err));
    must(vault_policy(f->v, &policy, &f->err));
    assert_int_equal(p.rotate_days, 10);
    assert_int_equal(p.version, 2);
    assert_int_equal(policy.count, 1);
    assert_int_equal(policy.rules[0].has, 1u << POLICY_LEAD);
    /* A term alone leaves the card as it is; "never" takes the period out of it. */
    own.has = 1u << POLICY_LEAD;
    must(vault_policy_change(f->v, "work", &own, 0, &f->err));
    profile_clear(&p);
    must(vault_find(f->v, "work", &p, &f->err));
    assert_int_equal(p.version, 2);
    set(&own, POLICY_EVERY, "off");
    must(vault_policy_change(f->v, "work", &own, 0, &f->err));
    profile_clear(&p);
    must(vault_find(f->v, "work", &p, &f->err));
    assert_int_equal(p.rotate_days, 0);
    must(vault_policy_change(f->v, "work", &nothing, 1u << POLICY_LEAD, &f->err));
    must(vault_policy_change(f->v, "work", &nothing, 1u << POLICY_LEAD, &f->err));
    must_fail(SV_MISSING, vault_policy_change(f->v, "work", &nothing, POLICY_ALL, &f->err));
    own.has = 0;
    set(&own, POLICY_EVERY, "10d");
    must(vault_policy_change(f->v, "work", &own, 0, &f->err));
    must(vault_policy_change(f->v, "work", &nothing, POLICY_ALL, &f->err));
    assert_int_equal(every_of(f, f->v, "work"), 0);
    token_verify(f);
    fixture_end(f);
}

static void who_may(void **state)
{
    struct fixture fx, *f = &fx;
    POLICY_OWNED struct policy policy = {0};
    PERSON_OWNED struct person ben = {0}, eve = {0};
    VAULT_OWNED struct vault *his = NULL, *hers = NULL, *held = NULL;
    struct policy_rule whole = rule_for(POLICY_VAULT, "");
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    set(&whole, POLICY_EVERY, "90d");
    must(vault_policy_change(f->v, NULL, &whole, 0, &f->err));
    person_join(f, &ben, "ben", ROLE_READER);
    person_join(f, &eve, "eve", ROLE_AUDITOR);
    SECRET_OWNED struct secret *token = token_for(f, "ci", "work");
    must(person_open(f, &ben, &his));
    must(person_open(f, &eve, &hers));
    must(token_enter(f, &held, token));
    assert_int_equal(every_of(f, his, "work"), 90);
    must_fail(SV_DENIED, vault_policy(hers, &policy, &f->err));
    must_fail(SV_DENIED, vault_policy(held, &policy, &f->err));
    must_fail(SV_DENIED, vault_policy_change(his, NULL, &whole, 0, &f->err));
    must_fail(SV_DENIED, vault_policy_change(held, NULL, &whole, 0, &f->err));
    struct policy_rule own = own_rule(f, "work");
    set(&own, POLICY_EVERY, "1d");
    own.uid[0] ^= 1;
    must_fail(SV_LOCKED, vault_policy_change(f->v, "work", &own, 0, &f->err));
    must_fail(SV_MISSING, vault_policy_change(f->v, "nobody", &own, 0, &f->err));
    struct policy_rule tag = rule_for(POLICY_TAG, "none");
    must_fail(SV_MISSING, vault_policy_change(f->v, NULL, &tag, POLICY_ALL, &f->err));
    vault_close(his);
    vault_close(hers);
    vault_close(held);
    his = hers = held = NULL;
    fixture_end(f);
}

/* Each allocation fails in turn: the policy is the one before or the one after. */
static void without_memory(void **state)
{
    struct fixture fx, *f = &fx;
    bool failed = true;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    for (unsigned long n = 1; failed; n++) {
        POLICY_OWNED struct policy policy = {0};
        struct policy_rule whole = rule_for(POLICY_VAULT, "");
        char every[16];
        snprintf(every, sizeof every, "%lud", n);
        set(&whole, POLICY_EVERY, every);
        size_t live = secret_live();
        sv_alloc_fail_at(n);
        enum sv_status st = vault_policy_change(f->v, NULL, &whole, 0, &f->err);
        if (st == SV_OK)
            st = vault_policy(f->v, &policy, &f->err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(secret_live(), live);
        if (st != SV_OK && st != SV_INTERNAL && !strstr(f->err.text, "the change was made"))
            fail_msg("allocation %lu: status %d: %s", n, st, f->err.text);
        assert_true(failed || st == SV_OK);
        if (st == SV_OK)
            assert_int_equal(policy.rules[0].every_days, n);
    }
    token_verify(f);
    fixture_end(f);
}

/* Nor is there a period without its term, or a term without its period. */
static void without_memory_of_one_profile(void **state)
{
    struct fixture fx, *f = &fx;
    bool failed = true;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    for (unsigned long n = 1; failed; n++) {
        POLICY_OWNED struct policy policy = {0};
        PROFILE_OWNED struct profile p = {0};
        struct policy_rule own = own_rule(f, "work");
        char days[16];
        snprintf(days, sizeof days, "%lud", n);
        set(&own, POLICY_EVERY, days);
        set(&own, POLICY_LEAD, days);
        sv_alloc_fail_at(n);
        enum sv_status st = vault_policy_change(f->v, "work", &own, 0, &f->err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(failed || st == SV_OK);
        must(vault_policy(f->v, &policy, &f->err));
        must(vault_find(f->v, "work", &p, &f->err));
        assert_int_equal(policy.count == 0 ? 0 : policy.rules[0].lead_days, p.rotate_days);
        if (st == SV_OK)
            assert_int_equal(p.rotate_days, n);
    }
    token_verify(f);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(another_encoding_is_refused),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(words_come_back),
        cmocka_unit_test(wrong_words_are_refused),
        cmocka_unit_test(the_narrower_wins_field_by_field),
        cmocka_unit_test(fields_go_and_rules_with_them),
        cmocka_unit_test(fixed_dates),
        cmocka_unit_test(the_first_of_both),
        cmocka_unit_test(a_profile_knows_its_terms),
        cmocka_unit_test(it_goes_where_the_vault_goes),
        cmocka_unit_test(a_period_and_a_term_are_one_change),
        cmocka_unit_test(who_may),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(without_memory_of_one_profile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
