/* SPDX-License-Identifier: ISC */
/*
 * A token's making and its revocation, killed at the door of every call that changes a file:
 * the token is there as it was or gone, other tokens open what they did, and nothing between.
 */
#include "doors.h"

#include "token_fixture.h"

static enum sv_status open_owner(struct vault **v, const struct vault_place *place)
{
    static const uint8_t bytes[32] = FIXTURE_KEY;
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred = {0};
    enum sv_status st = secret_copy(&key, bytes, sizeof bytes, NULL);

    cred.keyfile_hash = key;
    if (st || (st = vault_open(v, place, false, NULL)))
        return st;
    return vault_unlock(*v, &cred, NULL);
}

static int do_revoke(const struct vault_place *place)
{
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st = open_owner(&v, place);

    return (int)(st ? st : vault_token_revoke(v, "ci", false, NULL, NULL));
}

static int do_make(const struct vault_place *place)
{
    const char *names[] = {"work", "home"};
    const struct token_new want = {.label = "new", .names = names, .count = 2};
    VAULT_OWNED struct vault *v = NULL;
    SECRET_OWNED struct secret *text = NULL;
    enum sv_status st = open_owner(&v, place);
    uint32_t number;

    return (int)(st ? st : vault_token_make(v, &want, &text, &number, NULL));
}

static void begin(struct fixture *f, struct secret **ci, struct secret **cron)
{
    fixture_begin(f);
    fixture_add(f, "home", "one");
    fixture_add(f, "work", "two");
    token_edit(f, "work", "three");
    *ci = token_for(f, "ci", "home work");
    *cron = token_for(f, "cron", "work");
    fixture_close(f);
    run(f, "mkdir saved && cp -a data state saved/");
}

static void put_back(struct fixture *f)
{
    fixture_close(f);
    run(f, "rm -rf data state && cp -a saved/data saved/state .");
}

/* Labels of the tokens, as a list. */
static void expect_sound(struct fixture *f, const struct secret *cron, char *labels, size_t size)
{
    TOKEN_LIST_OWNED struct token_list list = {0};

    must(open_owner(&f->v, &f->place));
    token_verify(f);
    must(vault_tokens(f->v, &list, &f->err));
    labels[0] = 0;
    for (size_t i = 0; i < list.count; i++)
        snprintf(labels + strlen(labels), size - strlen(labels), "%s;", list.items[i].label);
    token_expect(f, cron, "work=three;");
    fixture_expect(f, "home", 0, "one");
    fixture_expect(f, "work", 0, "three");
    fixture_expect(f, "work", 1, "two");
}

static void a_token_is_revoked_or_not(void **state)
{
    SECRET_OWNED struct secret *ci = NULL, *cron = NULL;
    struct fixture fx, *f = &fx;
    unsigned n = 1, there = 0;
    (void)state;

    begin(f, &ci, &cron);
    for (; killed_at(do_revoke, &f->place, n); n += pace()) {
        char labels[128];
        expect_sound(f, cron, labels, sizeof labels);
        if (strcmp(labels, "ci;cron;") == 0) {
            token_expect(f, ci, "home=one;work=three;");
            must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
            there++;
        } else {
            assert_string_equal(labels, "cron;");
        }
        token_refused(f, SV_DENIED, ci, "no such token");
        put_back(f);
    }
    assert_true(n > 20);
    assert_true(there > 10 || pace() > 1);
    fixture_end(f);
}

static void a_token_is_made_or_not(void **state)
{
    SECRET_OWNED struct secret *ci = NULL, *cron = NULL;
    struct fixture fx, *f = &fx;
    unsigned n = 1;
    (void)state;

    begin(f, &ci, &cron);
    for (; killed_at(do_make, &f->place, n); n += pace()) {
        char labels[128];
        expect_sound(f, cron, labels, sizeof labels);
        if (strcmp(labels, "ci;cron;new;") == 0)
            must(vault_token_revoke(f->v, "new", false, NULL, &f->err));
        else
            assert_string_equal(labels, "ci;cron;");
        token_expect(f, ci, "home=one;work=three;");
        put_back(f);
    }
    assert_true(n > 20);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_revoked_or_not),
        cmocka_unit_test(a_token_is_made_or_not),
    };
    struct sv_err err;
    int failed;

    if (secret_process_harden(&err) != SV_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
