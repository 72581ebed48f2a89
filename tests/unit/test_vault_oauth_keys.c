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
    reopen(f, &e, true);
    fixture_expect(f, "work", 0, "t1");
    reopen(f, &e, false);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    fixture_expect(f, "work", 0, "t2");
    assert_string_equal(e.seen, "r1");
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
        cmocka_unit_test(it_survives_a_token_that_goes),
        cmocka_unit_test(nothing_is_left),
    };
    struct sv_err err;

    return secret_process_harden(&err) == SV_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
