/* SPDX-License-Identifier: ISC */
/* Logins by OAuth2 in a vault: what is given out, when it is renewed, and what survives. */
#include "oauth_fixture.h"

#include "domain/git_secret.h"
#include "domain/vault_grant.h"

/* ---- what is given ---- */

static void a_token_that_lasts_is_given(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    (void)state;
    begin(f);
    login(f, "work", 1000, 3600);
    fixture_expect(f, "work", 0, "t0"); /* without anybody who could renew */
    renews(f, &e);
    fixture_expect(f, "work", 0, "t0");
    assert_int_equal(e.asked, 0);
    PROFILE_OWNED struct profile p = {0};
    must(vault_find(f->v, "work", &p, &f->err));
    assert_int_equal(p.authorized, 1000);
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "t0");
    fixture_end(f);
}

static void one_that_ends_soon_is_renewed_once(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    (void)state;
    begin(f);
    login(f, "work", 1000, OAUTH_MARGIN); /* sixty seconds are not enough */
    must_fail(SV_LOCKED, get(f, "work"));
    renews(f, &e);
    fixture_expect(f, "work", 0, "t1");
    fixture_expect(f, "work", 0, "t1");
    assert_int_equal(e.asked, 1);
    assert_string_equal(e.seen, "r0");
    assert_int_equal(logged(f, AUDIT_RENEW, AUDIT_OK), 2); /* of the login, and this */
    assert_int_equal(logged(f, AUDIT_GET, AUDIT_OK), 2);
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "t1");
    fixture_end(f);
}

/* One that the server gives for less than the margin is good for this once. */
static void a_short_token_is_given_all_the_same(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 5};
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    renews(f, &e);
    fixture_expect(f, "work", 0, "t1");
    fixture_end(f);
}

/* ---- refresh tokens ---- */

/* A session that may change nothing keeps it beside the log, and one that may takes it along. */
static void a_new_refresh_token_is_kept_before_it_is_used(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.rotates = true, .lasts = 3600};
    struct vault_info before, after;
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    reopen(f, &e, true);
    must(vault_info(f->v, &before, &f->err));
    fixture_expect(f, "work", 0, "t1");
    assert_string_equal(e.seen, "r0");
    ahead += 3600;
    reopen(f, &e, true);
    fixture_expect(f, "work", 0, "t2");
    assert_string_equal(e.seen, "r1");
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(before.seq, after.seq);
    e.rotates = false;
    ahead += 3600;
    reopen(f, &e, false);
    fixture_expect(f, "work", 0, "t3");
    assert_string_equal(e.seen, "r2");
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(after.seq, before.seq + 1); /* the vault has r2 from here on */
    fixture_end(f);
}

/* What only this machine knew goes into the next epoch; what the log keeps under the old keys is
 * lost to nobody. */
static void it_survives_an_epoch_an_edit_and_a_rename(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.rotates = true, .lasts = 3600};
    PERSON_OWNED struct person bob = {0};
    (void)state;
    begin(f);
    person_join(f, &bob, "bob", ROLE_READER);
    login(f, "work", 1000, 0);
    reopen(f, &e, true);
    fixture_expect(f, "work", 0, "t1");
    reopen(f, &e, false);
    e.rotates = false;
    {
        PROFILE_OWNED struct profile p = {0};
        must(vault_find(f->v, "work", &p, &f->err));
        must(profile_set(&p, profile_field("note"), "a note", &f->err));
        must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
        assert_int_equal(p.authorized, 1000);
    }
    OFFBOARDING_OWNED struct offboarding left = {0};
    must(vault_rename(f->v, "work", "job", &f->err));
    fixture_expect(f, "job", 0, "t1");
    must(vault_member_remove(f->v, bob.slot, NULL, &left, &f->err));
    fixture_expect(f, "job", 0, "t2");
    assert_string_equal(e.seen, "r1");
    fixture_end(f);
}

/* Whatever its provider says, and wherever the clock stood. */
static void an_end_is_trusted_for_a_day(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = INT64_C(3652) * 86400};
    (void)state;
    begin(f);
    login(f, "work", 1000, e.lasts);
    renews(f, &e);
    ahead += 86000;
    fixture_expect(f, "work", 0, "t0");
    ahead += 400;
    fixture_expect(f, "work", 0, "t1");
    ahead += 86000;
    fixture_expect(f, "work", 0, "t1");
    ahead += 400;
    fixture_expect(f, "work", 0, "t2");
    e.lasts = 3600;
    ahead -= 7200; /* now it seems to last for longer than a day */
    fixture_expect(f, "work", 0, "t3");
    fixture_expect(f, "work", 0, "t3");
    fixture_end(f);
}

/* ---- a login ends ---- */

static void only_invalid_grant_ends_a_login(void **state)
{
    static const struct {
        enum oauth_end end;
        enum sv_status status;
    } others[] = {{OAUTH_UNREACHABLE, SV_UNREACHABLE},
                  {OAUTH_ANSWER_WRONG, SV_DATA},
                  {OAUTH_CLIENT_WRONG, SV_CONFIG},
                  {OAUTH_DENIED, SV_DENIED},
                  {OAUTH_SLOW_DOWN, SV_LOCKED}};
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    renews(f, &e);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        e.end = others[i].end;
        must_fail(others[i].status, get(f, "work"));
        assert_non_null(strstr(f->err.text, "the endpoint's own words"));
        assert_int_equal(e.asked, (int)i + 1);
    }
    e.end = OAUTH_GRANTED;
    fixture_expect(f, "work", 0, "t6");
    ahead += 3600;
    e.end = OAUTH_INVALID_GRANT;
    must_fail(SV_DENIED, get(f, "work"));
    assert_non_null(strstr(f->err.text, "smtpvault login work"));
    e.end = OAUTH_GRANTED;
    must_fail(SV_DENIED, get(f, "work")); /* nobody is asked any more */
    assert_non_null(strstr(f->err.text, "smtpvault login work"));
    reopen(f, &e, false);
    must_fail(SV_DENIED, get(f, "work"));
    assert_int_equal(e.asked, 7);
    login(f, "work", 2000, 3600);
    fixture_expect(f, "work", 0, "t0");
    fixture_end(f);
}

/* A new login finds nothing of the one before it, and going back finds that one again. */
static void logins_are_kept_apart(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    uint64_t version;
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    renews(f, &e);
    fixture_expect(f, "work", 0, "t1");
    login(f, "work", 2000, 3600);
    fixture_expect(f, "work", 0, "t0");
    fixture_expect(f, "work", 1, "t1"); /* while it lasts */
    ahead += 1800;
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    fixture_expect(f, "work", 0, "t1");
    ahead += 3600;
    const struct reveal old = {.op = AUDIT_GET, .version = 2};
    SECRET_OWNED struct secret *s = NULL;
    must_fail(SV_DENIED, vault_reveal(f->v, "work", &old, NULL, &s, &f->err));
    assert_non_null(strstr(f->err.text, "rollback"));
    assert_int_equal(e.asked, 1);
    fixture_expect(f, "work", 0, "t2");
    fixture_end(f);
}

static void a_password_ends_it(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *bare = text("a-bare-token");
    (void)state;
    begin(f);
    login(f, "work", 1000, 3600);
    must(vault_find(f->v, "work", &p, &f->err));
    must(vault_edit(f->v, &p, bare, AUDIT_EDIT, &f->err));
    assert_int_equal(p.authorized, 0);
    fixture_expect(f, "work", 0, "a-bare-token");
    fixture_expect(f, "work", 1, "t0");
    fixture_end(f);
}

/* ---- who else ---- */

static void a_reader_renews_too(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.rotates = true, .lasts = 3600};
    PERSON_OWNED struct person bob = {0};
    VAULT_OWNED struct vault *v = NULL;
    (void)state;
    begin(f);
    person_join(f, &bob, "bob", ROLE_READER);
    login(f, "work", 1000, 0);
    must(person_open(f, &bob, &v));
    vault_renew_by(v, &(const struct vault_renewer){ask, &e});
    must(person_get(f, v, "work"));
    assert_int_equal(e.asked, 1);
    fixture_expect(f, "work", 0, "t1");
    fixture_end(f);
}

static void of_two_callers_one_asks(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    PERSON_OWNED struct person bob = {0};
    VAULT_OWNED struct vault *v = NULL;
    VAULT_RENEWAL_OWNED struct vault_renewal first = VAULT_RENEWAL_NONE,
                                             second = VAULT_RENEWAL_NONE;
    struct oauth_tokens tokens = {0};
    enum oauth_end end;
    struct sv_err why = {""};
    bool fresh = true;
    (void)state;
    begin(f);
    person_join(f, &bob, "bob", ROLE_READER);
    login(f, "work", 1000, 0);
    must(person_open(f, &bob, &v));
    must(vault_renewal_begin(f->v, "work", 0, &first, &fresh, &f->err));
    assert_false(fresh);
    must_fail(SV_LOCKED, vault_renewal_begin(v, "work", 0, &second, &fresh, &f->err));
    must(ask(&e, &first.grant, &tokens, &end, &why));
    must(vault_renewal_end(f->v, &first, end, &tokens, &why, &f->err));
    secret_free(tokens.access);
    must(vault_renewal_begin(v, "work", 0, &second, &fresh, &f->err));
    assert_true(fresh);
    assert_int_equal(e.asked, 1);
    fixture_end(f);
}

/* ---- the order ---- */

/* The entry stands before the grant leaves; a death in between shows. */
static void a_renewal_is_in_the_log_before_it_is_asked_for(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_RENEWAL_OWNED struct vault_renewal r = VAULT_RENEWAL_NONE;
    bool fresh = true;
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    must(vault_renewal_begin(f->v, "work", 0, &r, &fresh, &f->err));
    assert_int_equal(r.grant.made, 1000);
    vault_renewal_clear(&r);
    fixture_reopen(f);
    assert_int_equal(logged(f, AUDIT_RENEW, AUDIT_FAILED), 1);
    fixture_end(f);
}

/* Two logins are put off and a password is not, where somebody else renews. */
static void a_release_can_be_put_off(void **state)
{
    struct fixture fx, *f = &fx;
    bool stale[3] = {false};
    struct reveal_one ones[3] = {{.name = "work"}, {.name = "plain"}, {.name = "gone"}};
    const struct reveal_unrenewed why = {SV_UNREACHABLE, {"no way there"}};
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    fixture_add(f, "plain", "password");
    for (size_t i = 0; i < 3; i++)
        ones[i].why = (struct reveal){.op = AUDIT_GET, .stale = &stale[i]};
    size_t before = logged(f, AUDIT_GET, 0);
    vault_reveal_many(f->v, ones, 3);
    assert_int_equal(ones[0].status, SV_FINDINGS);
    assert_true(stale[0]);
    assert_int_equal(ones[1].status, SV_OK);
    assert_int_equal(ones[2].status, SV_MISSING);
    assert_false(stale[1] || stale[2]);
    assert_int_equal(logged(f, AUDIT_GET, 0), before + 2); /* what is put off comes again */
    profile_clear(&ones[1].profile);
    secret_free(ones[1].secret);
    ones[0].why.unrenewed = &why;
    vault_reveal_many(f->v, ones, 1);
    assert_int_equal(ones[0].status, SV_UNREACHABLE);
    assert_string_equal(ones[0].err.text, "no way there");
    assert_int_equal(logged(f, AUDIT_GET, AUDIT_FAILED), 2);
    fixture_end(f);
}

static enum sv_status say_yes(void *context, const char *question, bool *yes, struct sv_err *err)
{
    (void)question;
    (void)err;
    ++*(unsigned *)context;
    *yes = true;
    return SV_OK;
}

/* The first of two needs nobody's word and uses that grant up; the second needs it, and that the
 * first was let through before the renewal is not that. */
static void who_was_not_asked_is_asked_yet(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.lasts = 3600};
    struct grant once = {.has = GRANT_USER | GRANT_MAX, .uid = getuid(), .max = 1},
                 asks = {.has = GRANT_USER | GRANT_CONFIRM, .uid = getuid()};
    struct reveal_one ones[2] = {{.name = "work"}, {.name = "work"}};
    unsigned asked = 0;
    (void)state;
    begin(f);
    once.seconds = GRANT_HOUR_SECONDS;
    login(f, "work", 1000, 0);
    must(vault_grant_add(f->v, "work", &once, &f->err));
    must(vault_grant_add(f->v, "work", &asks, &f->err));
    reopen(f, &e, false);
    vault_confirm_by(f->v, &(const struct vault_confirm){say_yes, &asked});
    for (size_t i = 0; i < 2; i++)
        ones[i].why = (struct reveal){.op = AUDIT_GET};
    vault_reveal_many(f->v, ones, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ones[i].status, SV_OK);
        profile_clear(&ones[i].profile);
        secret_free(ones[i].secret);
    }
    assert_int_equal(asked, 1);
    assert_int_equal(e.asked, 1);
    fixture_end(f);
}

/* What a program says of an access token is compared with that, and not with the grant. */
static void an_outcome_is_of_the_access_token(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *given = text("t0"), *other = text("t9");
    PROFILE_OWNED struct profile p = {0};
    bool same = true;
    (void)state;
    begin(f);
    login(f, "work", 1000, 3600);
    struct audit_event event = {.op = AUDIT_HELPER, .result = AUDIT_OK};
    strcpy(event.profile, "work");
    must(vault_outcome_claim(f->v, &event, OUTCOME_WORKED, other, &same, &f->err));
    assert_false(same);
    must(vault_find(f->v, "work", &p, &f->err));
    assert_int_equal(p.last_worked, 0);
    profile_clear(&p);
    struct audit_event again = {.op = AUDIT_HELPER, .result = AUDIT_OK};
    strcpy(again.profile, "work");
    must(vault_outcome_claim(f->v, &again, OUTCOME_WORKED, given, &same, &f->err));
    assert_true(same);
    must(vault_find(f->v, "work", &p, &f->err));
    assert_true(p.last_worked > 0);
    fixture_end(f);
}

/* git is told when the token ends; nobody else is given more than the token. */
static void git_is_told_the_end(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *whole = NULL, *bare = NULL;
    GIT_SECRET_OWNED struct git_secret parts = {.expires = 0};
    const struct reveal git = {.op = AUDIT_HELPER}, other = {.op = AUDIT_GET};
    (void)state;
    begin(f);
    login(f, "work", 1000, 3600);
    must(vault_reveal(f->v, "work", &git, NULL, &whole, &f->err));
    must(git_secret_split(&parts, whole, &f->err));
    assert_int_equal(secret_len(parts.password), 2);
    assert_memory_equal(secret_peek(parts.password), "t0", 2);
    assert_null(parts.refresh);
    assert_true(parts.expires > env_now() && parts.expires <= env_now() + 3600);
    must(vault_reveal(f->v, "work", &other, NULL, &bare, &f->err));
    assert_true(secret_equal(bare, parts.password));
    fixture_end(f);
}

static void nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(secret_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_that_lasts_is_given),
        cmocka_unit_test(one_that_ends_soon_is_renewed_once),
        cmocka_unit_test(a_short_token_is_given_all_the_same),
        cmocka_unit_test(a_new_refresh_token_is_kept_before_it_is_used),
        cmocka_unit_test(it_survives_an_epoch_an_edit_and_a_rename),
        cmocka_unit_test(an_end_is_trusted_for_a_day),
        cmocka_unit_test(only_invalid_grant_ends_a_login),
        cmocka_unit_test(logins_are_kept_apart),
        cmocka_unit_test(a_password_ends_it),
        cmocka_unit_test(a_reader_renews_too),
        cmocka_unit_test(of_two_callers_one_asks),
        cmocka_unit_test(a_renewal_is_in_the_log_before_it_is_asked_for),
        cmocka_unit_test(a_release_can_be_put_off),
        cmocka_unit_test(who_was_not_asked_is_asked_yet),
        cmocka_unit_test(an_outcome_is_of_the_access_token),
        cmocka_unit_test(git_is_told_the_end),
        cmocka_unit_test(nothing_is_left),
    };
    struct sv_err err;

    return secret_process_harden(&err) == SV_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
