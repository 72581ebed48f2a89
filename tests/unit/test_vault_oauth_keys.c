/* SPDX-License-Identifier: ISC */
/* What this machine keeps of a login by OAuth2, where the keys that it lies under change. */
#include "oauth_fixture.h"

#include "token_fixture.h"

/* A token that goes takes the profile's key with it, and not what only this machine knew. */
static void it_survives_a_token_that_goes(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.rotates = true, .lasts = 3600};
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "work");
    assert_non_null(ci);
    reopen(f, &e, true);
    fixture_expect(f, "work", 0, "t1");
    reopen(f, &e, false);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    fixture_expect(f, "work", 0, "t2");
    assert_string_equal(e.seen, "r1");
    fixture_end(f);
}

/* Whoever may edit a profile gives it a grant of their own that claims to be the login there. */
static void graft(struct fixture *f, const char *id, const char *url, const char *ca_file)
{
    PROFILE_OWNED struct profile p = {0};
    OAUTH_GRANT_OWNED struct oauth_grant g;
    SECRET_OWNED struct secret *secret = NULL;
    grant_fill(&g, 1000);
    g.renewed = 1;
    strcpy(g.client.id, id);
    strcpy(g.client.token_url, url);
    strcpy(g.client.ca_file, ca_file);
    memcpy(secret_poke(g.refresh), "x0", 2);
    must(oauth_grant_encode(&secret, &g, &f->err));
    must(vault_find(f->v, "work", &p, &f->err));
    must(vault_edit(f->v, &p, secret, AUDIT_EDIT, &f->err));
}

static void another_client_gets_nothing_of_it(void **state)
{
    static const char id[] = "client", url[] = "https://example.com/token",
                      evil[] = "https://evil.example/token";
    struct fixture fx, *f = &fx;
    struct endpoint e = {.rotates = true, .lasts = 3600};
    SECRET_OWNED struct secret *bare = text("a-password");
    PROFILE_OWNED struct profile p = {0};
    uint64_t version;
    (void)state;
    begin(f);
    login(f, "work", 1000, 0);
    reopen(f, &e, true);
    fixture_expect(f, "work", 0, "t1");
    reopen(f, &e, false);
    e.rotates = false;
    const char *const grafts[][3] = {{id, evil, ""}, {"other", url, ""}, {id, url, "/tmp/ca"}};
    for (size_t i = 0; i < 4; i++) {
        ahead += 3600;
        graft(f, grafts[i % 3][0], grafts[i % 3][1], grafts[i % 3][2]);
        must(get(f, "work"));
        assert_string_equal(e.seen, "x0");
        assert_string_equal(e.url, grafts[i % 3][1]);
        must(vault_find(f->v, "work", &p, &f->err));
        must(vault_edit(f->v, &p, bare, AUDIT_EDIT, &f->err));
        profile_clear(&p);
    }
    ahead += 3600;
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    must(get(f, "work"));
    assert_string_equal(e.seen, "r1");
    assert_string_equal(e.url, url);
    fixture_end(f);
}

/* The next epoch gives it to nobody else either, nor does the vault take another's in. */
static void what_is_folded_is_the_clients_own(void **state)
{
    struct fixture fx, *f = &fx;
    struct endpoint e = {.rotates = true, .lasts = 3600};
    PERSON_OWNED struct person bob = {0};
    OFFBOARDING_OWNED struct offboarding left = {0};
    VAULT_RENEWAL_OWNED struct vault_renewal r = VAULT_RENEWAL_NONE;
    OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {0};
    enum oauth_end end;
    bool fresh = true;
    (void)state;
    begin(f);
    person_join(f, &bob, "bob", ROLE_READER);
    login(f, "work", 1000, 0);
    must(vault_renewal_begin(f->v, "work", 0, &r, &fresh, &f->err));
    must(ask(&e, &r.grant, &tokens, &end, &f->err));
    graft(f, "client", "https://evil.example/token", "");
    must(vault_renewal_end(f->v, &r, end, &tokens, &f->err, &f->err));
    must(vault_member_remove(f->v, bob.slot, NULL, &left, &f->err));
    renews(f, &e);
    must(get(f, "work"));
    assert_string_equal(e.url, "https://evil.example/token");
    assert_string_equal(e.seen, "x0");
    fixture_end(f);
}

/* Neither an epoch nor a token that goes takes the key from under a renewal on its way. */
static void a_key_stays_until_the_answer_is_kept(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    for (int epoch = 0; epoch < 2; epoch++) {
        struct endpoint e = {.rotates = true, .lasts = 3600};
        PERSON_OWNED struct person bob = {0}, carol = {0};
        VAULT_OWNED struct vault *v = NULL;
        VAULT_RENEWAL_OWNED struct vault_renewal r = VAULT_RENEWAL_NONE;
        OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {0};
        OFFBOARDING_OWNED struct offboarding left = {0};
        enum oauth_end end;
        bool fresh = true;
        begin(f);
        person_join(f, &bob, "bob", ROLE_READER);
        person_join(f, &carol, "carol", ROLE_READER);
        login(f, "work", 1000, 0);
        SECRET_OWNED struct secret *ci = token_for(f, "ci", "work");
        assert_non_null(ci);
        must(person_open(f, &carol, &v));
        must(vault_renewal_begin(v, "work", 0, &r, &fresh, &f->err));
        must(ask(&e, &r.grant, &tokens, &end, &f->err));
        vault_set_patience(f->v, 50);
        if (epoch)
            must_fail(SV_LOCKED, vault_member_remove(f->v, bob.slot, NULL, &left, &f->err));
        else
            must_fail(SV_LOCKED, vault_token_revoke(f->v, "ci", false, NULL, &f->err));
        expect_words(f, "is being renewed");
        must(vault_renewal_end(v, &r, end, &tokens, &f->err, &f->err));
        if (epoch)
            must(vault_member_remove(f->v, bob.slot, NULL, &left, &f->err));
        else
            must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
        renews(f, &e);
        fixture_expect(f, "work", 0, "t2");
        assert_string_equal(e.seen, "r1");
        vault_close(v);
        v = NULL;
        fixture_end(f);
    }
}

static void nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(secret_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_survives_a_token_that_goes),
        cmocka_unit_test(another_client_gets_nothing_of_it),
        cmocka_unit_test(what_is_folded_is_the_clients_own),
        cmocka_unit_test(a_key_stays_until_the_answer_is_kept),
        cmocka_unit_test(nothing_is_left),
    };
    struct sv_err err;

    return secret_process_harden(&err) == SV_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
