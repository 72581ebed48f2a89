/* SPDX-License-Identifier: ISC */
/*
 * Attack 23, a caller that was not granted the login: its grants.
 * Without GRANTS: somebody got a login that was granted to another
 * Without GRANT_CONFIRM: a login was given though somebody said no
 * Without GRANT_UNIT: a user's own unit got what was granted to the system's
 * Without GRANT_COUNT: a login was given more often than was granted
 * Without TOKEN_CLOCK: a clock set back brought a grant back
 * Without TREE: a row from before there were grants was taken for today's
 *
 * Whoever asks can open the vault with a key file, as a program does at night: what keeps the
 * login from them is its grants.
 */
#include "vault.h"

#include <sys/syscall.h>
#include <time.h>

#include "../unit/members.h"
#include "../unit/token_fixture.h"
#include "base/env.h"
#include "domain/vault_grant.h"

#define HOUR 3600
#define SOMEBODY_ELSE 3999999999U

static int64_t clock_off; /* seconds by which the clock is wrong */

/* Stands before libc's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_REALTIME)
        now->tv_sec += clock_off;
    return failed;
}

static void begin(struct fixture *f)
{
    clock_off = 0;
    attack_begin(f);
    fixture_add(f, "work", "one");
}

static void grant(struct fixture *f, const struct grant *g)
{
    struct grant copy = *g;

    must(vault_grant_add(f->v, "work", &copy, &f->err));
}

static void refused_as(struct fixture *f, enum sv_status want, const char *word, const char *what)
{
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st = token_get(f, f->v, "work", &s);

    if (st == SV_OK)
        broken("%s", what);
    assert_null(s);
    assert_int_equal(st, want);
    if (!strstr(f->err.text, word))
        fail_msg("\"%s\" does not say \"%s\"", f->err.text, word);
}

static void another_has_the_grant(void **state)
{
    static const char what[] = "somebody got a login that was granted to another";
    struct grant other = {.has = GRANT_USER, .uid = SOMEBODY_ELSE};
    struct fixture fx, *f = &fx;
    (void)state;

    begin(f);
    grant(f, &other);
    refused_as(f, SV_DENIED, "is for the user", what);
    /* Of an older version, under another name, after a new secret: it is one login. */
    change_password(f, "work", "two");
    refused_as(f, SV_DENIED, "is for the user", what);
    for (uint64_t n = 1; n <= 2; n++) {
        const struct reveal why = {.op = AUDIT_GET, .version = n};
        SECRET_OWNED struct secret *s = NULL;
        if (vault_reveal(f->v, "work", &why, NULL, &s, &f->err) != SV_DENIED)
            broken("%s", what);
    }
    must(vault_rename(f->v, "work", "w", &f->err));
    must(vault_rename(f->v, "w", "work", &f->err));
    fixture_reopen(f);
    refused_as(f, SV_DENIED, "is for the user", what);
    fixture_end(f);
}

/* The key of a token is all that its holder has, and the vault's owner is not there. */
static void a_token_is_stolen(void **state)
{
    struct grant other = {.has = GRANT_USER, .uid = SOMEBODY_ELSE};
    SECRET_OWNED struct secret *text = NULL;
    struct fixture fx, *f = &fx;
    char got[64];
    (void)state;

    begin(f);
    text = token_for(f, "ci", "work");
    grant(f, &other);
    enum sv_status st = token_read_all(f, text, got, sizeof got);
    if (st == SV_OK)
        broken("somebody got a login that was granted to another");
    assert_int_equal(st, SV_DENIED);
    fixture_end(f);
}

static enum sv_status say_no(void *context, const char *question, bool *yes, struct sv_err *err)
{
    (void)context, (void)question, (void)err;
    *yes = false;
    return SV_OK;
}

static void somebody_says_no(void **state)
{
    struct grant ask = {.has = GRANT_USER | GRANT_CONFIRM, .uid = getuid()};
    const struct vault_confirm how = {.ask = say_no};
    struct fixture fx, *f = &fx;
    (void)state;

    begin(f);
    grant(f, &ask);
    refused_as(f, SV_DENIED, "nobody to ask", "a login was given though nobody was asked");
    vault_confirm_by(f->v, &how);
    refused_as(f, SV_DENIED, "not confirmed", "a login was given though somebody said no");
    fixture_end(f);
}

/* A user's own systemd takes every name: "systemd-run --user --unit backup". */
static void a_user_names_a_unit(void **state)
{
    struct caller caller = {.uid = 1000, .unit = "backup.service", .users_unit = true};
    struct reveal why = {.op = AUDIT_GET, .via = VIA_AGENT, .caller = &caller};
    struct grant unit = {.has = GRANT_UNIT, .unit = "backup.service"};
    struct grant both = {.has = GRANT_UNIT | GRANT_USER, .unit = "backup.service", .uid = 1000};
    SECRET_OWNED struct secret *s = NULL;
    struct fixture fx, *f = &fx;
    (void)state;

    begin(f);
    grant(f, &unit);
    if (vault_reveal(f->v, "work", &why, NULL, &s, &f->err) != SV_DENIED)
        broken("a user's own unit got what was granted to the system's");
    assert_non_null(strstr(f->err.text, "a user's own systemd"));
    /* Said with the user it means that user's. */
    grant(f, &both);
    must(vault_reveal(f->v, "work", &why, NULL, &s, &f->err));
    fixture_end(f);
}

/* One after another, in a session of their own each, with the clock set back, and many at once. */
static void more_is_asked_for_than_was_given(void **state)
{
    struct grant some = {.has = GRANT_USER | GRANT_MAX, .uid = getuid(), .max = 4};
    struct reveal_one items[8];
    struct fixture fx, *f = &fx;
    unsigned given = 0;
    (void)state;

    begin(f);
    some.seconds = GRANT_HOUR_SECONDS;
    grant(f, &some);
    fixture_expect(f, "work", 0, "one");
    fixture_reopen(f);
    for (size_t i = 0; i < COUNT(items); i++)
        items[i] = (struct reveal_one){.name = "work", .why = {.op = AUDIT_GET}};
    vault_reveal_many(f->v, items, COUNT(items));
    for (size_t i = 0; i < COUNT(items); i++) {
        given += items[i].status == SV_OK;
        profile_clear(&items[i].profile);
        secret_free(items[i].secret);
    }
    if (given > 3)
        broken("a login was given more often than was granted");
    assert_int_equal(given, 3);
    for (clock_off = HOUR - 60; clock_off > -3 * HOUR; clock_off -= HOUR / 2) {
        fixture_reopen(f);
        refused_as(f, SV_DENIED, "4 times an hour",
                   "a login was given more often than was granted");
    }
    clock_off = HOUR + 60;
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

static void the_clock_is_set_back(void **state)
{
    static const char what[] = "a clock set back brought a grant back";
    struct fixture fx, *f = &fx;
    (void)state;

    begin(f);
    const struct grant until = {
        .has = GRANT_USER | GRANT_UNTIL, .uid = getuid(), .until = env_now() + HOUR};
    grant(f, &until);
    fixture_expect(f, "work", 0, "one");
    clock_off = 2 * HOUR;
    refused_as(f, SV_DENIED, "ended", what);
    for (clock_off = HOUR; clock_off > -3 * HOUR; clock_off -= HOUR) {
        refused_as(f, SV_DENIED, "ended", what);
        fixture_reopen(f);
        refused_as(f, SV_DENIED, "ended", what);
    }
    fixture_end(f);
}

/* The attacker has a copy of the file from before, and may write to the one of today: the
 * login's row is exchanged, and the login is as free as it was then. */
static void an_older_row_is_put_back(void **state)
{
    struct grant other = {.has = GRANT_USER, .uid = SOMEBODY_ELSE};
    BLOB_OWNED struct blob before = {0}, after = {0};
    struct fixture fx, *f = &fx;
    (void)state;

    begin(f);
    int64_t id = object_id(keys_peek(f->v->keys)->index, OBJECT_PROFILE, "work", 4);
    must(db_get(f->v->db, TABLE_OBJ, id, &before, &f->err));
    grant(f, &other);
    must(db_get(f->v->db, TABLE_OBJ, id, &after, &f->err));
    assert_true(before.len != after.len || memcmp(before.bytes, after.bytes, after.len) != 0);
    fixture_close(f);
    {
        DB_OWNED struct db *db = NULL;
        must(db_open(&db, f->path, DB_VAULT, false, &f->err));
        must(db_begin_write(db, &f->err));
        must(db_put(db, TABLE_OBJ, id, before.bytes, before.len, &f->err));
        must(db_commit(db, &f->err));
    }
    fixture_reopen(f);
    refused_as(f, SV_DATA, "altered", "a row from before there were grants was taken for today's");
    fixture_end(f);
}

/* A card of an older epoch in the place of the login's row of today. */
static void an_older_epochs_row_is_put_in_place(void **state)
{
    struct grant other = {.has = GRANT_USER, .uid = SOMEBODY_ELSE};
    struct fixture fx, *f = &fx;
    BLOB_OWNED struct blob before = {0};
    PERSON_OWNED struct person bob = {0};
    (void)state;

    begin(f);
    int64_t id = object_id(keys_peek(f->v->keys)->index, OBJECT_PROFILE, "work", 4);
    must(db_get(f->v->db, TABLE_OBJ, id, &before, &f->err));
    person_join(f, &bob, "bob", ROLE_READER);
    grant(f, &other);
    must(vault_member_remove(f->v, bob.slot, NULL, NULL, &f->err));
    id = object_id(keys_peek(f->v->keys)->index, OBJECT_PROFILE, "work", 4);
    refused_as(f, SV_DENIED, "is for the user", "somebody got a login that was granted to another");
    fixture_close(f);
    {
        DB_OWNED struct db *db = NULL;
        must(db_open(&db, f->path, DB_VAULT, false, &f->err));
        must(db_begin_write(db, &f->err));
        must(db_put(db, TABLE_OBJ, id, before.bytes, before.len, &f->err));
        must(db_commit(db, &f->err));
    }
    fixture_reopen(f);
    refused_as(f, SV_DATA, "altered", "a row from before there were grants was taken for today's");
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(another_has_the_grant), cmocka_unit_test(a_token_is_stolen),
            cmocka_unit_test(somebody_says_no), cmocka_unit_test(a_user_names_a_unit),
            cmocka_unit_test(more_is_asked_for_than_was_given),
            cmocka_unit_test(the_clock_is_set_back), cmocka_unit_test(an_older_row_is_put_back),
            cmocka_unit_test(an_older_epochs_row_is_put_in_place))
