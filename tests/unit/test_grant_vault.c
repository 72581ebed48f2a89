/* SPDX-License-Identifier: ISC */
/* Grants in a vault: enforced for everybody who did not type the passphrase, and carried
 * along through every change of the profile and of the vault. */
#include "members.h"
#include "token_fixture.h"

#include "domain/vault_backup.h"
#include "domain/vault_grant.h"
#include "domain/vault_impl.h"

#define OTHER 3999999999U /* nobody has that number */

static enum sv_status get(struct fixture *f, struct vault *v, const char *name)
{
    SECRET_OWNED struct secret *s = NULL;

    return token_get(f, v, name, &s);
}

/* For a user: this one, or one that is not. */
static uint16_t grant(struct fixture *f, const char *name, uint32_t uid)
{
    struct grant g = {.has = GRANT_USER, .uid = uid};

    must(vault_grant_add(f->v, name, &g, &f->err));
    return g.number;
}

static void only_others(struct fixture *f, const char *name)
{
    grant(f, name, OTHER);
}

static size_t count(struct fixture *f, const char *name)
{
    GRANTS_OWNED struct grants list = {0};

    must(vault_grants(f->v, name, &list, &f->err));
    return list.count;
}

static void begin(struct fixture *f)
{
    fixture_begin(f);
    fixture_add(f, "home", "one");
    fixture_add(f, "work", "two");
}

struct newest {
    struct audit_event event;
    size_t count;
};

static enum sv_status keep(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct newest *n = context;

    (void)err;
    n->event = *event;
    n->count++;
    return SV_OK;
}

/* The newest entry of the log. */
static void logged(struct fixture *f, enum audit_op op, enum audit_result result, const char *note)
{
    const struct audit_filter filter = {.last = 1};
    struct newest n = {0};

    must(vault_audit_read(f->v, &filter, keep, &n, &f->err));
    assert_int_equal(n.count, 1);
    assert_int_equal(n.event.op, op);
    assert_int_equal(n.event.result, result);
    assert_string_equal(n.event.note, note);
}

static void a_profile_is_given_as_it_was_granted(void **state)
{
    struct fixture fx, *f = &fx;
    size_t left;
    (void)state;
    begin(f);
    only_others(f, "work");
    logged(f, AUDIT_GRANT, AUDIT_OK, "add --user 3999999999");
    must_fail(SV_DENIED, get(f, f->v, "work"));
    assert_non_null(strstr(f->err.text, "grant 1 is for the user"));
    assert_non_null(strstr(f->err.text, "smtpvault grant add work --"));
    logged(f, AUDIT_GET, AUDIT_DENIED, "grant 1: another user");
    fixture_expect(f, "home", 0, "one");
    assert_int_equal(grant(f, "work", getuid()), 2);
    fixture_expect(f, "work", 0, "two");
    logged(f, AUDIT_GET, AUDIT_OK, "grant 2");
    must(vault_grant_remove(f->v, "work", 2, &left, &f->err));
    assert_int_equal(left, 1);
    must_fail(SV_DENIED, get(f, f->v, "work"));
    must_fail(SV_MISSING, vault_grant_remove(f->v, "work", 2, &left, &f->err));
    must_fail(SV_MISSING, vault_grant_remove(f->v, "home", 0, &left, &f->err));
    must_fail(SV_MISSING, vault_grant_remove(f->v, "none", 0, &left, &f->err));
    must(vault_grant_remove(f->v, "work", 0, &left, &f->err));
    assert_int_equal(left, 0);
    fixture_expect(f, "work", 0, "two");
    token_verify(f);
    fixture_end(f);
}

static void its_owner_needs_no_grant(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    begin(f);
    only_others(f, "work");
    vault_owner_is_here(f->v, true);
    fixture_expect(f, "work", 0, "two");
    logged(f, AUDIT_GET, AUDIT_OK, "its owner is here");
    vault_lock(f->v);
    must(vault_unlock(f->v, &f->cred, &f->err));
    must_fail(SV_DENIED, get(f, f->v, "work"));
    fixture_end(f);
}

/* A change of the login, or of its name, is no change of who gets it. */
static void grants_go_where_their_profile_goes(void **state)
{
    struct fixture fx, *f = &fx;
    uint64_t version;
    (void)state;
    begin(f);
    only_others(f, "work");
    token_edit(f, "work", "three");
    must_fail(SV_DENIED, get(f, f->v, "work"));
    must(vault_rename(f->v, "work", "job", &f->err));
    must_fail(SV_DENIED, get(f, f->v, "job"));
    only_others(f, "home"); /* of what was given before there were grants as well */
    must(vault_rollback(f->v, "job", 1, &version, &f->err));
    must_fail(SV_DENIED, get(f, f->v, "job"));
    for (uint64_t n = 1; n <= version; n++) {
        const struct reveal why = {.op = AUDIT_GET, .version = n};
        SECRET_OWNED struct secret *s = NULL;
        must_fail(SV_DENIED, vault_reveal(f->v, "job", &why, NULL, &s, &f->err));
    }
    assert_int_equal(count(f, "job"), 1);
    /* Who made a profile of the same name anew has made another profile. */
    must(vault_remove(f->v, "job", &f->err));
    fixture_add(f, "job", "four");
    fixture_expect(f, "job", 0, "four");
    assert_int_equal(count(f, "job"), 0);
    token_verify(f);
    fixture_end(f);
}

/* A card that was read before a grant was made takes it not back. */
static void an_edit_knows_the_grants_of_now(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile before = {0};
    (void)state;
    begin(f);
    must(vault_find(f->v, "work", &before, &f->err));
    only_others(f, "work");
    must(vault_edit(f->v, &before, NULL, AUDIT_EDIT, &f->err));
    must_fail(SV_DENIED, get(f, f->v, "work"));
    fixture_end(f);
}

static void grants_come_into_a_new_epoch(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person bob = {0};
    (void)state;
    begin(f);
    person_join(f, &bob, "bob", ROLE_READER);
    only_others(f, "work");
    grant(f, "home", getuid());
    must(vault_member_remove(f->v, bob.slot, NULL, NULL, &f->err));
    must_fail(SV_DENIED, get(f, f->v, "work"));
    fixture_expect(f, "home", 0, "one");
    fixture_reopen(f);
    must_fail(SV_DENIED, get(f, f->v, "work"));
    assert_int_equal(count(f, "work"), 1);
    token_verify(f);
    fixture_end(f);
}

static void a_reader_keeps_them_and_makes_none(void **state)
{
    struct fixture fx, *f = &fx;
    struct grant g = {.has = GRANT_USER, .uid = getuid()};
    PERSON_OWNED struct person bob = {0};
    VAULT_OWNED struct vault *v = NULL;
    GRANTS_OWNED struct grants list = {0};
    size_t left;
    (void)state;
    begin(f);
    person_join(f, &bob, "bob", ROLE_READER);
    must(person_open(f, &bob, &v));
    must(get(f, v, "work"));
    only_others(f, "work");
    must_fail(SV_DENIED, get(f, v, "work"));
    must_fail(SV_DENIED, vault_grant_add(v, "work", &g, &f->err));
    must_fail(SV_DENIED, vault_grant_remove(v, "work", 0, &left, &f->err));
    must_fail(SV_DENIED, vault_grant_learn(v, "work", INT64_MAX / 2, &f->err));
    must(vault_grants(v, "work", &list, &f->err));
    assert_int_equal(list.count, 1);
    grant(f, "work", getuid());
    must(get(f, v, "work"));
    fixture_end(f);
}

/* Of a token's holder no key but those of its profiles is known, and still. */
static void a_token_is_no_way_around_them(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "work home");
    token_expect(f, text, "home=one;work=two;");
    only_others(f, "work");
    {
        VAULT_OWNED struct vault *v = NULL;
        must(token_enter(f, &v, text));
        must(get(f, v, "home"));
        must_fail(SV_DENIED, get(f, v, "work"));
        vault_owner_is_here(v, true); /* a token is never its owner */
        must_fail(SV_DENIED, get(f, v, "work"));
    }
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    must_fail(SV_DENIED, get(f, f->v, "work"));
    grant(f, "work", getuid());
    SECRET_OWNED struct secret *next = token_for(f, "ci", "work");
    token_expect(f, next, "work=two;");
    token_verify(f);
    fixture_end(f);
}

static void a_backup_has_them(void **state)
{
    struct fixture fx, *f = &fx;
    RESTORING_OWNED struct vault_restoring *r = NULL;
    struct vault_backup made;
    char file[1200];
    size_t left;
    struct vault *v;
    (void)state;
    begin(f);
    only_others(f, "work");
    snprintf(file, sizeof file, "%s/backup.db", f->dir);
    must(vault_backup(f->v, file, NULL, &made, &f->err));
    must(vault_grant_remove(f->v, "work", 0, &left, &f->err));
    fixture_close(f);
    must(vault_restore_begin(&r, &f->place, file, NULL, &f->err));
    must(vault_restore_vault(r, &v, &f->err));
    must(vault_unlock(v, &f->cred, &f->err));
    must(vault_restore_commit(r, true, &f->err));
    vault_restore_free(r);
    r = NULL;
    fixture_reopen(f);
    must_fail(SV_DENIED, get(f, f->v, "work"));
    fixture_end(f);
}

/* ---- so often ---- */

static void limited(struct fixture *f, const char *name, uint32_t max)
{
    struct grant g = {.has = GRANT_USER | GRANT_MAX, .uid = getuid(), .max = max};

    g.seconds = GRANT_HOUR_SECONDS;
    must(vault_grant_add(f->v, name, &g, &f->err));
}

/* In one session, in the next, and with a token: it is one count. */
static void a_limit_counts_every_use(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = NULL;
    (void)state;
    begin(f);
    text = token_for(f, "ci", "work");
    limited(f, "work", 3);
    fixture_expect(f, "work", 0, "two");
    fixture_reopen(f);
    token_expect(f, text, "work=two;");
    must(vault_rename(f->v, "work", "job", &f->err));
    token_edit(f, "job", "three");
    fixture_expect(f, "job", 0, "three");
    logged(f, AUDIT_GET, AUDIT_OK, "grant 1");
    must_fail(SV_DENIED, get(f, f->v, "job"));
    assert_non_null(strstr(f->err.text, "gives it 3 times an hour, and again from "));
    logged(f, AUDIT_GET, AUDIT_DENIED, "grant 1: used up");
    token_refused(f, SV_DENIED, text, "3 times an hour");
    /* A grant of the same words is another, and its owner is not counted. */
    limited(f, "home", 1);
    fixture_expect(f, "home", 0, "one");
    vault_owner_is_here(f->v, true);
    fixture_expect(f, "home", 0, "one");
    vault_owner_is_here(f->v, false);
    must_fail(SV_DENIED, get(f, f->v, "home"));
    token_verify(f);
    fixture_end(f);
}

/* Many at once are told apart as if they came one after another. */
static void a_limit_counts_within_a_batch(void **state)
{
    enum { ASKED = 8, GIVEN = 5 };
    struct fixture fx, *f = &fx;
    struct reveal_one items[ASKED];
    size_t given = 0, denied = 0;
    (void)state;
    begin(f);
    limited(f, "work", GIVEN);
    for (size_t round = 0; round < 2; round++) {
        memset(items, 0, sizeof items);
        for (size_t i = 0; i < ASKED; i++)
            items[i] = (struct reveal_one){.name = i == 2 ? "home" : "work",
                                           .why = {.op = AUDIT_GET, .via = VIA_AGENT}};
        vault_reveal_many(f->v, items, ASKED);
        for (size_t i = 0; i < ASKED; i++) {
            assert_true(items[i].status == SV_OK || items[i].status == SV_DENIED);
            assert_true((items[i].status == SV_OK) == (items[i].secret != NULL));
            given += i != 2 && items[i].status == SV_OK;
            denied += i != 2 && items[i].status == SV_DENIED;
            profile_clear(&items[i].profile);
            secret_free(items[i].secret);
        }
        assert_int_equal(items[2].status, SV_OK);
        assert_int_equal(given, GIVEN);
    }
    assert_int_equal(denied, 2 * (ASKED - 1) - GIVEN);
    fixture_end(f);
}

/* The caller is whoever asked the agent, and not the agent; its owner is not here. */
static void an_agent_asks_for_another(void **state)
{
    struct caller caller = {.uid = getuid(), .pid = 77, .exe = "/usr/bin/asker"};
    struct reveal why = {.op = AUDIT_GET, .via = VIA_AGENT, .caller = &caller};
    struct grant g = {.has = GRANT_UNIT, .unit = "mail.service"};
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *s = NULL, *t = NULL;
    (void)state;
    begin(f);
    vault_owner_is_here(f->v, true);
    must(vault_grant_add(f->v, "work", &g, &f->err));
    must_fail(SV_DENIED, vault_reveal(f->v, "work", &why, NULL, &s, &f->err));
    strcpy(caller.unit, "mail.service");
    must(vault_reveal(f->v, "work", &why, NULL, &s, &f->err));
    /* The same said for all that follows. */
    why.caller = NULL;
    why.via = VIA_NONE;
    vault_act_for(f->v, &caller, VIA_AGENT);
    must(vault_reveal(f->v, "work", &why, NULL, &t, &f->err));
    caller.unit[0] = 'M';
    vault_act_for(f->v, &caller, VIA_AGENT);
    must_fail(SV_DENIED, vault_reveal(f->v, "work", &why, NULL, &t, &f->err));
    vault_act_for(f->v, NULL, VIA_NONE);
    fixture_expect(f, "work", 0, "two");
    fixture_end(f);
}

/* ---- somebody is asked ---- */

struct asked {
    bool yes, fails;
    unsigned times;
    char question[600];
};

static enum sv_status ask(void *context, const char *question, bool *yes, struct sv_err *err)
{
    struct asked *a = context;

    a->times++;
    snprintf(a->question, sizeof a->question, "%s", question);
    *yes = a->yes;
    return a->fails ? sv_fail(err, SV_LOCKED, "there is no terminal") : SV_OK;
}

static void somebody_must_say_yes(void **state)
{
    struct fixture fx, *f = &fx;
    struct grant g = {.has = GRANT_USER | GRANT_CONFIRM, .uid = getuid()};
    struct asked a = {0};
    (void)state;
    begin(f);
    must(vault_grant_add(f->v, "work", &g, &f->err));
    must_fail(SV_DENIED, get(f, f->v, "work"));
    assert_non_null(strstr(f->err.text, "there is nobody to ask"));
    logged(f, AUDIT_GET, AUDIT_DENIED, "nobody could be asked to confirm");
    vault_confirm_by(f->v, &(const struct vault_confirm){ask, &a});
    must_fail(SV_DENIED, get(f, f->v, "work"));
    assert_non_null(strstr(a.question, "Give the secret of \"work\" to "));
    assert_int_equal(a.question[strlen(a.question) - 1], '?');
    logged(f, AUDIT_GET, AUDIT_DENIED, "not confirmed");
    a.yes = true;
    fixture_expect(f, "work", 0, "two");
    logged(f, AUDIT_GET, AUDIT_OK, "grant 1; confirmed");
    a.fails = true; /* what it said besides does not count */
    must_fail(SV_DENIED, get(f, f->v, "work"));
    assert_non_null(strstr(f->err.text, "there is no terminal"));
    assert_int_equal(a.times, 3);
    fixture_end(f);
}

/* ---- learning ---- */

static void learning_shows_who_came(void **state)
{
    struct fixture fx, *f = &fx;
    SEEN_OWNED struct grant_seen_list none = {0}, seen = {0}, after = {0};
    size_t made;
    (void)state;
    begin(f);
    fixture_expect(f, "work", 0, "two"); /* before it: not seen */
    only_others(f, "work");
    must(vault_grant_seen(f->v, "work", &none, &f->err));
    assert_int_equal(none.since, 0);
    must_fail(SV_USAGE, vault_grant_learn(f->v, "work", 1, &f->err));
    must(vault_grant_learn(f->v, "work", INT64_MAX / 2, &f->err));
    must(vault_grant_learn(f->v, "work", INT64_MAX / 4, &f->err)); /* goes on */
    assert_int_equal(count(f, "work"), 2);
    must(vault_grant_seen(f->v, "work", &none, &f->err));
    fixture_expect(f, "work", 0, "two");
    logged(f, AUDIT_GET, AUDIT_OK, "grant 3, learning");
    fixture_expect(f, "work", 0, "two");
    fixture_expect(f, "home", 0, "one");
    must(vault_grant_seen(f->v, "work", &seen, &f->err));
    assert_int_equal(seen.until, INT64_MAX / 4);
    assert_int_equal(seen.count, 1);
    assert_true(seen.items[0].times >= 2);
    assert_false(seen.items[0].covered);
    assert_int_equal(seen.items[0].grant.uid, getuid());
    must(vault_grant_accept(f->v, "work", &seen, &made, &f->err));
    assert_int_equal(made, seen.items[0].useless ? 0 : 1);
    if (made == 1) {
        fixture_expect(f, "work", 0, "two");
        logged(f, AUDIT_GET, AUDIT_OK, "grant 4");
    }
    must(vault_grant_seen(f->v, "work", &after, &f->err));
    assert_int_equal(after.since, 0);
    grant_seen_clear(&none);
    fixture_end(f);
}

/* Nothing learnt is not everything granted. */
static void learning_nothing_opens_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    SEEN_OWNED struct grant_seen_list seen = {0};
    size_t made;
    (void)state;
    begin(f);
    must(vault_grant_learn(f->v, "work", INT64_MAX / 2, &f->err));
    must(vault_grant_seen(f->v, "work", &seen, &f->err));
    assert_int_equal(seen.count, 0);
    must_fail(SV_MISSING, vault_grant_accept(f->v, "work", &seen, &made, &f->err));
    assert_int_equal(count(f, "work"), 1);
    fixture_end(f);
}

/* ---- foreign bytes ---- */

/* Bytes that are no list, sealed with the vault's own keys: another version's, or an error
 * of ours. They are passed over by nobody. */
static void what_cannot_be_read_is_refused(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    uint64_t findings;
    (void)state;
    begin(f);
    grant(f, "work", getuid());
    {
        CHANGE_OWNED struct vault_change c = {0};
        SECRET_OWNED struct secret *s = NULL;
        ROW_OWNED struct vault_row row = {0};
        must(vault_change_begin(&c, f->v, AUDIT_GRANT, "work", NULL, &f->err));
        must(vault_row_find(f->v, c.root, "work", &row, &f->err));
        must(vault_row_secret(f->v, &row, &s, &f->err));
        row.profile.grants.bytes[2 + 2 + 2 + 8 + 1] |= 0x80; /* a condition that nobody knows */
        must(vault_row_put_again(&c, &row, &row.profile, s, &f->err));
        must(vault_change_commit(&c, 1, &f->err));
    }
    must_fail(SV_DATA, get(f, f->v, "work"));
    must_fail(SV_DATA, vault_find(f->v, "work", &p, &f->err));
    assert_non_null(strstr(f->err.text, "newer smtpvault"));
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_true(findings > 0);
    fixture_end(f);
}

/* ---- no memory ---- */

typedef enum sv_status operation(struct fixture *f);

static enum sv_status do_get(struct fixture *f)
{
    return get(f, f->v, "work");
}

static enum sv_status do_add(struct fixture *f)
{
    struct grant g = {.has = GRANT_USER, .uid = 7};

    return vault_grant_add(f->v, "home", &g, &f->err);
}

static enum sv_status do_remove(struct fixture *f)
{
    size_t left;

    return vault_grant_remove(f->v, "work", 0, &left, &f->err);
}

static enum sv_status do_learn(struct fixture *f)
{
    return vault_grant_learn(f->v, "home", INT64_MAX / 2, &f->err);
}

static enum sv_status do_seen(struct fixture *f)
{
    SEEN_OWNED struct grant_seen_list seen = {0};
    enum sv_status st = vault_grant_seen(f->v, "home", &seen, &f->err);

    assert_true(st || seen.count == 1);
    return st;
}

static void granted(struct fixture *f, const char *name)
{
    if (count(f, name) == 0)
        limited(f, name, 1000);
}

static void ungranted(struct fixture *f, const char *name)
{
    size_t left;

    if (count(f, name) > 0)
        must(vault_grant_remove(f->v, name, 0, &left, &f->err));
}

/* Each allocation fails in turn until none is left to fail: never is that told as another fault.
 * Some that fail are done without. */
static void no_memory(struct fixture *f, operation *op, const char *name,
                      void (*before)(struct fixture *f, const char *name))
{
    bool failed = true;
    unsigned long n;

    for (n = 1; failed; n++) {
        /* Each reads the log, so it is a fresh one from time to time, where it may be. */
        if (n % 32 == 0 && op != do_seen) {
            fixture_close(f);
            attack_new_machine(f);
            fixture_reopen(f);
        }
        if (before)
            before(f, name);
        size_t live = secret_live();
        sv_alloc_fail_at(n);
        enum sv_status st = op(f);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(secret_live(), live);
        if (st != SV_OK && st != SV_INTERNAL && !strstr(f->err.text, "the change was made"))
            fail_msg("allocation %lu: status %d: %s", n, st, f->err.text);
        assert_true(failed || st == SV_OK);
    }
    assert_true(n > 10);
}

static void without_memory_nothing_is_given(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    begin(f);
    granted(f, "work");
    no_memory(f, do_get, NULL, NULL);
    no_memory(f, do_remove, "work", granted);
    assert_int_equal(count(f, "work"), 0);
    no_memory(f, do_add, "home", ungranted);
    assert_int_equal(count(f, "home"), 1);
    no_memory(f, do_learn, "home", ungranted);
    assert_int_equal(count(f, "home"), 1);
    fixture_expect(f, "home", 0, "one");
    no_memory(f, do_seen, NULL, NULL);
    token_verify(f);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_given_as_it_was_granted),
        cmocka_unit_test(its_owner_needs_no_grant),
        cmocka_unit_test(grants_go_where_their_profile_goes),
        cmocka_unit_test(an_edit_knows_the_grants_of_now),
        cmocka_unit_test(grants_come_into_a_new_epoch),
        cmocka_unit_test(a_reader_keeps_them_and_makes_none),
        cmocka_unit_test(a_token_is_no_way_around_them),
        cmocka_unit_test(a_backup_has_them),
        cmocka_unit_test(a_limit_counts_every_use),
        cmocka_unit_test(a_limit_counts_within_a_batch),
        cmocka_unit_test(an_agent_asks_for_another),
        cmocka_unit_test(somebody_must_say_yes),
        cmocka_unit_test(learning_shows_who_came),
        cmocka_unit_test(learning_nothing_opens_nothing),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(without_memory_nothing_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
