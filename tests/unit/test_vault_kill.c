/* SPDX-License-Identifier: ISC */
/*
 * Killed at the door of every call that changes a file, one after the
 * other: what is left is the vault from before or the vault from after, it opens,
 * it verifies together with its log, and it takes the next change.
 */
#include "doors.h"

#include "base/file.h"

static const uint8_t next_key[32] = "the next key file's hash, 32 by.";

/* ---- what the child does; its secrets are its own, fork() leaves it none ---- */

static enum sv_status key_of(struct secret **key, struct slot_credentials *cred,
                             const uint8_t bytes[32])
{
    enum sv_status st = secret_copy(key, bytes, 32, NULL);

    *cred = (struct slot_credentials){.keyfile_hash = *key};
    return st;
}

static enum sv_status open_with(struct vault **v, const struct vault_place *place,
                                const uint8_t bytes[32], struct sv_err *err)
{
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred;
    enum sv_status st = key_of(&key, &cred, bytes);

    if (st || (st = vault_open(v, place, false, err)))
        return st;
    return vault_unlock(*v, &cred, err);
}

static const uint8_t first_key[32] = FIXTURE_KEY;

static enum sv_status add(struct vault *v, const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT};
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st = secret_copy(&s, name, strlen(name), err);

    p.name = sv_strdup(name);
    p.host = sv_strdup("mail.example.com");
    return st ? st : vault_add(v, &p, s, err);
}

static int do_create(const struct vault_place *place)
{
    VAULT_OWNED struct vault *v = NULL;
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred;
    enum sv_status st = key_of(&key, &cred, first_key);

    return (int)(st ? st : vault_create(&v, place, &cred, NULL, NULL));
}

static int do_add(const struct vault_place *place)
{
    VAULT_OWNED struct vault *v = NULL;
    struct sv_err err;
    enum sv_status st = open_with(&v, place, first_key, &err);

    return (int)(st ? st : add(v, "next", &err));
}

static int do_change_key(const struct vault_place *place)
{
    VAULT_OWNED struct vault *v = NULL;
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred;
    struct sv_err err;
    enum sv_status st = open_with(&v, place, first_key, &err);

    if (st || (st = key_of(&key, &cred, next_key)))
        return (int)st;
    return (int)vault_change_credentials(v, &cred, NULL, &err);
}

static int do_get(const struct vault_place *place)
{
    const struct reveal why = {.op = AUDIT_GET};
    VAULT_OWNED struct vault *v = NULL;
    SECRET_OWNED struct secret *s = NULL;
    struct sv_err err;
    enum sv_status st = open_with(&v, place, first_key, &err);

    return (int)(st ? st : vault_reveal(v, "work", &why, NULL, &s, &err));
}

static int do_resume(const struct vault_place *place)
{
    return (int)vault_audit_resume(place, NULL);
}

/* ---- what is left ---- */

static void put_back(struct fixture *f)
{
    fixture_close(f);
    run(f, "rm -rf data state && cp -a saved/data saved/state .");
}

/* Neither the vault nor its log shows that somebody died, and life goes on. */
static void expect_sound(struct fixture *f, const char *names)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct audit_report report;
    uint64_t findings;
    char got[256] = "|";

    must(vault_list(f->v, &list, &f->err));
    for (size_t i = 0; i < list.count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s;", list.items[i].name);
    snprintf(got + strlen(got), sizeof got - strlen(got), "|");
    if (!strstr(names, got))
        fail_msg("the vault holds %s", got);
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_audit_verify(f->v, &report, &f->err));
    if (report.findings)
        fail_msg("%s", report.first);
    must(add(f->v, "after", &f->err));
    fixture_expect(f, "after", 0, "after");
}

/* names: the lists of names that may be left, each between bars. */
static void killed_everywhere(operation *op, const char *names, unsigned at_least)
{
    struct fixture fx, *f = &fx;
    unsigned n = 1;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    run(f, "mkdir saved && cp -a data state saved/");
    for (; killed_at(op, &f->place, n); n += pace()) {
        enum sv_status st = open_with(&f->v, &f->place, first_key, &f->err);
        if (st == SV_DENIED && op == do_change_key) {
            fixture_close(f);
            st = open_with(&f->v, &f->place, next_key, &f->err);
        }
        if (st != SV_OK)
            fail_msg("killed at change %u: status %d: %s", n, st, f->err.text);
        expect_sound(f, names);
        put_back(f);
    }
    assert_true(n > at_least);
    fixture_end(f);
}

static void an_add_is_made_or_not(void **state)
{
    (void)state;
    killed_everywhere(do_add, "|next;work;|work;|", 20);
}

static void one_of_two_keys_opens(void **state)
{
    (void)state;
    killed_everywhere(do_change_key, "|work;|", 20);
}

static void a_fetch_leaves_no_harm(void **state)
{
    (void)state;
    killed_everywhere(do_get, "|work;|", 2);
}

/* A machine's first use makes its folder, its log and its anchor. */
static void a_first_use_can_be_made_again(void **state)
{
    struct fixture fx, *f = &fx;
    unsigned n = 1;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    run(f, "rm -rf state && mkdir saved && cp -a data saved/ && mkdir saved/state");
    for (; killed_at(do_get, &f->place, n); n += pace()) {
        must(open_with(&f->v, &f->place, first_key, &f->err));
        expect_sound(f, "|work;|");
        put_back(f);
    }
    assert_true(n > 20);
    fixture_end(f);
}

/* Nothing stands at the path, or a whole vault does; and nothing that a dead init
 * left is in the way of the next. */
static void a_vault_is_made_or_not(void **state)
{
    struct fixture fx, *f = &fx;
    unsigned n = 1, made = 0;
    (void)state;
    fixture_begin(f);
    fixture_close(f);
    run(f, "rm -rf data state");
    for (; killed_at(do_create, &f->place, n); n += pace()) {
        enum file_kind kind;
        must(file_look(f->path, &kind, &f->err));
        made += kind == FILE_REGULAR;
        if (kind == FILE_ABSENT)
            must(vault_create(&f->v, &f->place, &f->cred, NULL, &f->err));
        else
            must(open_with(&f->v, &f->place, first_key, &f->err));
        expect_sound(f, "||");
        fixture_close(f);
        run(f, "rm -rf data state");
    }
    assert_true(n > 40);
    assert_true(made > 0 || pace() > 1);
    fixture_end(f);
}

/* A new log in place of a lost one: done, or to be done again. */
static void a_resume_can_be_made_again(void **state)
{
    struct fixture fx, *f = &fx;
    unsigned n = 1;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    run(f, "rm state/*/audit.db* && mkdir saved && cp -a data state saved/");
    must_fail(SV_DATA, vault_open(&f->v, &f->place, false, &f->err));
    for (; killed_at(do_resume, &f->place, n); n += pace()) {
        enum sv_status st = vault_open(&f->v, &f->place, false, &f->err);
        if (st != SV_OK) {
            assert_int_equal(st, SV_DATA);
            assert_non_null(strstr(f->err.text, "audit resume"));
            must(vault_audit_resume(&f->place, &f->err));
        }
        fixture_close(f);
        must(open_with(&f->v, &f->place, first_key, &f->err));
        expect_sound(f, "|work;|");
        put_back(f);
    }
    assert_true(n > 20);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vault_is_made_or_not),
        cmocka_unit_test(an_add_is_made_or_not),
        cmocka_unit_test(one_of_two_keys_opens),
        cmocka_unit_test(a_fetch_leaves_no_harm),
        cmocka_unit_test(a_first_use_can_be_made_again),
        cmocka_unit_test(a_resume_can_be_made_again),
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
