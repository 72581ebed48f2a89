/* SPDX-License-Identifier: ISC */
/*
 * Attack 12, a token's time that is put off.
 * Without TOKEN_UNTIL: a token opened a profile after its time
 * Without TOKEN_CLOCK: a clock set back brought a token back
 * Without TOKEN_STATE: a token was used with a state from before it was made
 *
 * The machine's clock is set forward and back under the program: what it has shown, and what
 * the vault says, is not forgotten.
 */
#include "vault.h"

#include <sys/syscall.h>
#include <time.h>

#include "../unit/token_fixture.h"
#include "base/env.h"
#include "crypto/token.h"

static int64_t clock_off; /* seconds by which the clock is wrong */

/* Stands before libc's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_REALTIME)
        now->tv_sec += clock_off;
    return failed;
}

#define HOUR 3600

/* A vault, and a token for "work" that ends in an hour. */
static struct secret *begin(struct fixture *f)
{
    struct secret *text = NULL;

    clock_off = 0;
    attack_begin(f);
    fixture_add(f, "work", "one");
    must(token_try(f, "ci", "work", env_now() + HOUR, &text));
    token_expect(f, text, "work=one;");
    return text;
}

/* Refused because its time has passed; anything else is broken in those words. */
static void expired(struct fixture *f, const struct secret *text, const char *what)
{
    char got[64];
    enum sv_status st = token_read_all(f, text, got, sizeof got);

    if (st == SV_OK)
        broken("%s", what);
    assert_int_equal(st, SV_DENIED);
    assert_non_null(strstr(f->err.text, "the time of the token \"ci\" ended"));
}

static void a_token_ends(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = begin(f), *s = NULL;
    VAULT_OWNED struct vault *v = NULL;
    (void)state;

    clock_off = HOUR - 30;
    must(token_enter(f, &v, text));
    clock_off = HOUR + 1;
    expired(f, text, "a token opened a profile after its time");
    /* In a session that began before as well. */
    if (token_get(f, v, "work", &s) != SV_DENIED)
        broken("a token opened a profile after its time");
    fixture_end(f);
}

/* Also one that an agent takes, on a connection from before. */
static void a_shown_token_ends(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = NULL, *s = NULL, *first = NULL;
    struct token_session *pass = NULL, *again = NULL;
    (void)state;

    clock_off = 0;
    attack_begin(f);
    fixture_add(f, "work", "one");
    must(token_try_as(f,
                      (struct token_new){.label = "ci", .agent = true, .until = env_now() + HOUR},
                      "work", &text));
    must(vault_token_admit(f->v, text, NULL, &pass, &f->err));
    must(token_get_shown(f, pass, "work", NULL, &first));
    clock_off = HOUR + 1;
    if (token_get_shown(f, pass, "work", NULL, &s) == SV_OK ||
        vault_token_admit(f->v, text, NULL, &again, &f->err) == SV_OK)
        broken("a token opened a profile after its time");
    for (clock_off = HOUR; clock_off > -3 * HOUR; clock_off -= HOUR)
        if (token_get_shown(f, pass, "work", NULL, &s) == SV_OK)
            broken("a clock set back brought a token back");
    clock_off = 0;
    token_session_free(pass);
    fixture_end(f);
}

static void the_clock_is_set_back(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = begin(f);
    (void)state;

    clock_off = 2 * HOUR;
    expired(f, text, "a token opened a profile after its time");
    for (clock_off = HOUR; clock_off > -3 * HOUR; clock_off -= HOUR)
        expired(f, text, "a clock set back brought a token back");
    fixture_end(f);
}

/* Nobody used the token when the clock was right, but the vault was opened here. */
static void any_use_of_the_vault_tells_the_time(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = begin(f);
    (void)state;

    clock_off = 2 * HOUR;
    fixture_expect(f, "work", 0, "one");
    clock_off = 0;
    expired(f, text, "a clock set back brought a token back");
    /* Entries in the log with the older time take nothing back. */
    fixture_expect(f, "work", 0, "one");
    token_refused(f, SV_DENIED, text, "ended");
    fixture_end(f);
}

/* This machine never had another time, but the vault was changed on one that had. */
static void a_change_of_the_vault_tells_the_time(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = begin(f);
    (void)state;

    clock_off = 2 * HOUR;
    change_password(f, "work", "two");
    fixture_close(f);
    clock_off = 0;
    attack_new_machine(f);
    expired(f, text, "a clock set back brought a token back");
    fixture_end(f);
}

/* The owner's own older copy, to which the token's row is added: signed, and yet not a state
 * that the token's maker has seen. */
static void a_token_is_not_older_than_itself(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = NULL, *keys = NULL;
    BLOB_OWNED struct blob row = {0};
    (void)state;

    clock_off = 0;
    attack_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot before = snapshot_take(f->path);
    change_password(f, "work", "two");
    change_password(f, "work", "three");
    text = token_for(f, "ci", "work");
    must(token_parse(&keys, text, &f->err));
    int64_t id = vault_token_id(f->v, token_keys_peek(keys)->psk);
    must(db_get(f->v->db, TABLE_OBJ, id, &row, &f->err));
    fixture_close(f);
    snapshot_put(&before, f->path);
    attack_new_machine(f);
    fixture_reopen(f);
    {
        CHANGE_OWNED struct vault_change c = {0};
        must(vault_change_begin(&c, f->v, AUDIT_TOKEN, NULL, NULL, &f->err));
        must(vault_change_put(&c, id, &row, &f->err));
        must(vault_change_commit(&c, 0, &f->err));
    }
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st = token_enter(f, &v, text);
    if (st == SV_OK)
        broken("a token was used with a state from before it was made");
    assert_int_equal(st, SV_DATA);
    assert_non_null(strstr(f->err.text, "older than one that this machine has seen"));
    token_refused(f, SV_DATA, text, "older");
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(a_token_ends), cmocka_unit_test(a_shown_token_ends),
            cmocka_unit_test(the_clock_is_set_back),
            cmocka_unit_test(any_use_of_the_vault_tells_the_time),
            cmocka_unit_test(a_change_of_the_vault_tells_the_time),
            cmocka_unit_test(a_token_is_not_older_than_itself))
