/* SPDX-License-Identifier: ISC */
/* Tokens and the rest of a team's life: members who leave, and what a leaver can do with what
 * they knew of tokens; marks of last use. */
#include "members.h"
#include "token_fixture.h"

#include "crypto/token.h"
#include "domain/vault_impl.h"

static void remove_member(struct fixture *f, uint32_t slot)
{
    must(vault_member_remove(f->v, slot, NULL, NULL, &f->err));
}

static void a_token_lives_through_epochs(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person a = {0}, b = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    (void)state;

    fixture_begin(f);
    fixture_add(f, "home", "one");
    fixture_add(f, "work", "two");
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "home work");
    SECRET_OWNED struct secret *cron = token_for(f, "cron", "work");
    person_join(f, &a, "anna", ROLE_ADMIN);
    person_join(f, &b, "ben", ROLE_READER);
    {
        VAULT_OWNED struct vault *v = NULL;
        SECRET_OWNED struct secret *s = NULL;
        must(token_enter(f, &v, ci));
        remove_member(f, b.slot);
        must_fail(SV_LOCKED, token_get(f, v, "work", &s));
        assert_false(vault_is_unlocked(v));
    }
    token_expect(f, ci, "home=one;work=two;");
    token_verify(f);
    token_edit(f, "work", "three");
    token_expect(f, cron, "work=three;");
    must(vault_member_remove(f->v, a.slot, NULL, &o, &f->err));
    assert_int_equal(o.tokens, 2);
    token_expect(f, ci, "home=one;work=three;");
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    token_refused(f, SV_DENIED, ci, "no such token");
    token_expect(f, cron, "work=three;");
    token_verify(f);
    fixture_end(f);
}

/* An administrator who left knew the old keys, and of each token all but its secret key. */
static void a_leaver_opens_no_token(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person anna = {0};
    SECRET_OWNED struct secret *old_keys = NULL, *wrap = NULL, *other = NULL;
    DIRECTORY_OWNED struct vault_directory dir = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    BLOB_OWNED struct blob row = {0};
    uint8_t where[8], dek[KEY_LEN];
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "work");
    assert_non_null(ci);
    person_join(f, &anna, "anna", ROLE_ADMIN);
    must(secret_copy(&old_keys, secret_peek(f->v->keys), secret_len(f->v->keys), &f->err));
    must(db_begin_read(f->v->db, &f->err));
    must(vault_directory_load(f->v, f->v->state.root, &dir, &f->err));
    db_rollback(f->v->db);
    must(directory_get(dir.card, TOKEN_NUMBER_FIRST, &entry, &f->err));
    remove_member(f, anna.slot);
    /* The row of the new epoch is found: its id comes of what the leaver knew. */
    int64_t id = vault_token_id(f->v, entry.keys.psk);
    must(db_get(f->v->db, TABLE_OBJ, id, &row, &f->err));
    struct object_space space = vault_space(f->v);
    const struct object_reader reader = {.pk = entry.keys.pk, .psk = entry.keys.psk};
    must_fail(SV_DATA,
              object_open_wrap_to(&wrap, &space, id, &reader, keys_peek(old_keys)->audit_sk,
                                  row.bytes, row.len, &f->err));
    le64_put(where, (uint64_t)id);
    kdf(dek, keys_peek(old_keys)->directory, "token", where, sizeof where);
    must(object_wrap_new(&wrap, OBJECT_TOKEN, 1, dek, &f->err));
    must_fail(SV_DATA, object_open_card(&other, &space, id, wrap, row.bytes, row.len, &f->err));
    must_fail(SV_DATA, object_open_secret(&other, &space, id, wrap, row.bytes, row.len, &f->err));
    /* With the keys of today it does open, so what was tried is what counts. */
    secret_free(wrap);
    wrap = NULL;
    kdf(dek, keys_peek(f->v->keys)->directory, "token", where, sizeof where);
    must(object_wrap_new(&wrap, OBJECT_TOKEN, 1, dek, &f->err));
    must(object_open_card(&other, &space, id, wrap, row.bytes, row.len, &f->err));
    fixture_end(f);
}

static void marks_of_last_use_stay(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile used = {0}, after = {0};
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "work");
    token_expect(f, ci, "work=one;");
    must(vault_find(f->v, "work", &used, &f->err));
    assert_true(used.last_used > 0);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    must(vault_find(f->v, "work", &after, &f->err));
    assert_int_equal(after.last_used, used.last_used);
    fixture_end(f);
}

/* A row that was not sealed anew, or that the directory does not know, is found. */
static void verify_holds_tokens_to_their_profiles(void **state)
{
    struct fixture fx, *f = &fx;
    BLOB_OWNED struct blob old = {0};
    uint64_t findings;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "work"), *keys = NULL;
    must(token_parse(&keys, ci, &f->err));
    int64_t id = vault_token_id(f->v, token_keys_peek(keys)->psk);
    must(db_get(f->v->db, TABLE_OBJ, id, &old, &f->err));
    token_edit(f, "work", "two");
    {
        CHANGE_OWNED struct vault_change c = {0};
        must(vault_change_begin(&c, f->v, AUDIT_TOKEN, NULL, NULL, &f->err));
        must(vault_change_put(&c, id, &old, &f->err));
        must(vault_change_commit(&c, 0, &f->err));
    }
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 1);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    {
        CHANGE_OWNED struct vault_change c = {0};
        must(vault_change_begin(&c, f->v, AUDIT_TOKEN, NULL, NULL, &f->err));
        must(vault_change_put(&c, id, &old, &f->err));
        must(vault_change_commit(&c, 0, &f->err));
    }
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 1);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_lives_through_epochs),
        cmocka_unit_test(a_leaver_opens_no_token),
        cmocka_unit_test(marks_of_last_use_stay),
        cmocka_unit_test(verify_holds_tokens_to_their_profiles),
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
