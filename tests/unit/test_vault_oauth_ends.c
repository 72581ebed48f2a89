/* SPDX-License-Identifier: ISC */
/* When a login by OAuth2 ends, as its provider told: kept at each renewal, by whoever renews, and
 * seen by `due` in time. */
#include "oauth_fixture.h"

#include "domain/vault_due.h"
#include "domain/vault_impl.h"

#define DAY INT64_C(86400)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A login whose refresh token ends in `left` seconds; 0: that is not told. */
static void agree(struct fixture *f, int64_t made, int64_t left)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT, .kind = KIND_OAUTH2};
    OAUTH_GRANT_OWNED struct oauth_grant g;
    SECRET_OWNED struct secret *access = text("t0");
    const struct oauth_tokens tokens = {
        .access = access, .expires = env_now(), .refresh_ends = left > 0 ? env_now() + left : 0};
    struct sv_err aside;
    grant_fill(&g, made);
    if (vault_find(f->v, "work", &p, &aside) != SV_OK) {
        p.name = sv_strdup("work");
        p.host = sv_strdup("mail.example.com");
        p.username = sv_strdup("ann@example.com");
    }
    must(vault_login(f->v, &p, &g, &tokens, &f->err));
}

/* The end as the vault's session has it, within the seconds that a test takes; 0: none. */
static void ends_at(struct fixture *f, int64_t when)
{
    PROFILE_OWNED struct profile p = {0};
    PROFILE_LIST_OWNED struct profile_list all = {0};
    must(vault_find(f->v, "work", &p, &f->err));
    must(vault_list_outcomes(f->v, &all, &f->err));
    assert_true(all.items[0].login_ends == p.login_ends);
    if (p.login_ends < when || p.login_ends > when + 5 * (when != 0))
        fail_msg("it ends at %lld, not at %lld", (long long)p.login_ends, (long long)when);
}

/* The card's own word, which is what other machines have. */
static void card_says(struct fixture *f, int64_t end, int64_t told)
{
    ROW_OWNED struct vault_row row = {0};
    must(vault_row_read(f->v, "work", &row, &f->err));
    const struct profile *p = &row.profile;
    if (p->login_ends < end || p->login_ends > end + 5 * (end != 0) || p->login_told < told ||
        p->login_told > told + 5 * (told != 0))
        fail_msg("%lld, told %lld; not %lld, told %lld", (long long)p->login_ends,
                 (long long)p->login_told, (long long)end, (long long)told);
}

/* What is due of it: the first word of the command, "" when nothing is. */
static const char *to_do(struct fixture *f, enum due_urgency urgency)
{
    static char word[64];
    PROFILE_LIST_OWNED struct profile_list all = {0};
    DUE_LIST_OWNED struct due_list list = {0};
    const struct due_wish wish = {.now = env_now(), .lead = -1};
    must(vault_due(f->v, &wish, &all, &list, &f->err));
    word[0] = '\0';
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].clock == DUE_OAUTH) {
            assert_int_equal(list.items[i].urgency, urgency);
            assert_int_equal(sscanf(list.items[i].act, "smtpvault %63s", word), 1);
        }
    return word;
}

/* As Google does for a program that is being tested: seven days, whatever is done. */
static void an_end_that_stays(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    (void)state;
    begin(f);
    renews(f, &e);
    int64_t made = env_now(), end = made + 7 * DAY;
    agree(f, made, 7 * DAY);
    ends_at(f, end);
    assert_string_equal(to_do(f, DUE_SOON), "");
    for (int day = 1; day < 7; day++) { /* the rest is told each time */
        ahead = day * DAY;
        e.refresh_left = end - env_now();
        must(get(f, "work"));
        ends_at(f, end - 1);
        assert_string_equal(to_do(f, DUE_SOON), day < 4 ? "" : "login");
    }
    ahead = 7 * DAY + 5;
    assert_string_equal(to_do(f, DUE_LATE), "login");
    e.refresh_left = 0;
    agree(f, env_now(), 0); /* and nothing is known of the next one */
    ends_at(f, 0);
    assert_string_equal(to_do(f, DUE_LATE), "");
    fixture_end(f);
}

/* As Keycloak and Microsoft do: each use puts it off. */
static void an_end_that_slides(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600, .rotates = true, .refresh_left = 20 * DAY};
    (void)state;
    begin(f);
    renews(f, &e);
    agree(f, env_now(), 20 * DAY);
    for (int day = 1; day < 200; day += 9) {
        ahead = day * DAY;
        must(get(f, "work"));
        ends_at(f, env_now() + 20 * DAY - 3);
        assert_string_equal(to_do(f, DUE_SOON), ""); /* in use, it never comes near */
    }
    ahead += 9 * DAY;
    assert_string_equal(to_do(f, DUE_SOON), "");
    ahead += 2 * DAY;
    assert_string_equal(to_do(f, DUE_SOON), "test");
    ahead += 9 * DAY + 60;
    assert_string_equal(to_do(f, DUE_LATE), "login");
    fixture_end(f);
}

/* Offline tokens of Keycloak say 0, which is never; a new token of which nothing is said is not
 * the one before. */
static void an_end_that_goes(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    (void)state;
    begin(f);
    renews(f, &e);
    int64_t made = env_now();
    agree(f, made, 10 * DAY);
    ahead += DAY;
    must(get(f, "work"));
    ends_at(f, env_now() + 9 * DAY - 3); /* nothing was told: it is the same token */
    e.refresh_left = OAUTH_ENDLESS;
    ahead += DAY;
    must(get(f, "work"));
    ends_at(f, 0);
    card_says(f, 0, 0);
    e.refresh_left = 5 * DAY;
    ahead += DAY;
    must(get(f, "work"));
    ends_at(f, env_now() + 5 * DAY - 3);
    card_says(f, env_now() + 5 * DAY - 3, made);
    e.refresh_left = 0;
    e.rotates = true;
    ahead += DAY;
    must(get(f, "work"));
    ends_at(f, 0);
    fixture_end(f);
}

static void a_reader_keeps_it_too(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600, .refresh_left = 20 * DAY};
    PERSON_OWNED struct person bob = {0};
    VAULT_OWNED struct vault *v = NULL;
    OFFBOARDING_OWNED struct offboarding left = {0};
    struct vault_info before, after;
    (void)state;
    begin(f);
    person_join(f, &bob, "bob", ROLE_READER);
    agree(f, env_now(), 2 * DAY);
    must(vault_info(f->v, &before, &f->err));
    must(person_open(f, &bob, &v));
    vault_renew_by(v, &(const struct vault_renewer){ask, &e});
    must(person_get(f, v, "work"));
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(before.seq, after.seq); /* beside the log alone */
    int64_t end = env_now() + 20 * DAY - 3;
    ends_at(f, end);
    /* The next epoch's keys find no number any more: it is in the card then. */
    must(vault_rename(f->v, "work", "job", &f->err));
    must(vault_rename(f->v, "job", "work", &f->err));
    ends_at(f, end);
    must(vault_member_remove(f->v, bob.slot, NULL, &left, &f->err));
    ends_at(f, end);
    fixture_end(f);
}

/* Into the vault for other machines, but not with every hour that it moves. */
static void the_card_follows(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600, .refresh_left = 20 * DAY};
    struct vault_info before, after;
    (void)state;
    begin(f);
    renews(f, &e);
    agree(f, env_now(), 20 * DAY);
    must(vault_info(f->v, &before, &f->err));
    for (int hour = 1; hour <= 23; hour++) {
        ahead = hour * INT64_C(3600);
        must(get(f, "work"));
        ends_at(f, env_now() + 20 * DAY - 3);
    }
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(before.seq, after.seq);
    ahead += 7200;
    must(get(f, "work"));
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(before.seq + 1, after.seq);
    card_says(f, env_now() + 20 * DAY - 3, env_now() - 3);
    fixture_end(f);
}

static void what_the_provider_ended_is_over(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600, .end = OAUTH_INVALID_GRANT};
    SECRET_OWNED struct secret *bare = text("a-bare-token");
    PROFILE_OWNED struct profile p = {0};
    (void)state;
    begin(f);
    renews(f, &e);
    agree(f, env_now() - DAY, 20 * DAY);
    must_fail(SV_DENIED, get(f, "work"));
    ends_at(f, env_now() - 3);
    assert_string_equal(to_do(f, DUE_LATE), "login");
    must(vault_find(f->v, "work", &p, &f->err));
    must(vault_edit(f->v, &p, bare, AUDIT_EDIT, &f->err)); /* no login by OAuth2 any more */
    ends_at(f, 0);
    assert_string_equal(to_do(f, DUE_LATE), "");
    fixture_end(f);
}

/* Whatever a card says, the two times of it make sense, and sums stop at the ends of time. */
static void ends_of_time(void **state)
{
    static const int64_t times[] = {0, 1, 1000, INT64_MAX - 1, INT64_MAX};
    (void)state;
    for (size_t a = 0; a < COUNT(times); a++)
        for (size_t b = 0; b < COUNT(times); b++)
            for (size_t c = 1; c < COUNT(times); c++) {
                char name[] = "x";
                struct profile p = {.name = name, .authorized = 1000, .login_ends = times[a]};
                DUE_LIST_OWNED struct due_list list = {0};
                const struct due_wish wish = {.now = env_now(), .lead = -1};
                const struct policy policy = {0};
                struct sv_err err;
                p.login_told = times[b];
                oauth_login_moves(&p, times[c]);
                assert_true(p.login_ends == (times[c] == OAUTH_ENDLESS ? 0 : times[c]));
                assert_true(p.login_ends == 0 ? p.login_told == 0 : p.login_told >= 1000);
                assert_int_equal(due_of_profile(&list, &wish, &policy, &p, &err), SV_OK);
                assert_int_equal(list.count, p.login_ends > 0 && p.login_ends <= wish.now);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_that_stays), cmocka_unit_test(an_end_that_slides),
        cmocka_unit_test(an_end_that_goes),  cmocka_unit_test(a_reader_keeps_it_too),
        cmocka_unit_test(the_card_follows),  cmocka_unit_test(what_the_provider_ended_is_over),
        cmocka_unit_test(ends_of_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
