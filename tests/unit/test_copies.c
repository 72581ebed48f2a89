/* SPDX-License-Identifier: ISC */
/* Where copies of a secret lie: their bytes, their order, and how a vault keeps them. */
#include "members.h"
#include "token_fixture.h"

#include "domain/copies.h"
#include "domain/vault_copies.h"
#include "domain/vault_impl.h"

static void good(enum sv_status st)
{
    assert_int_equal(st, SV_OK);
}

static struct copy copy_at(const char *path)
{
    struct sv_err err = {""};
    struct copy c;

    good(copy_here(&c, path, "msmtp", &err));
    c.login_count = 1;
    memset(c.digest, 'd', sizeof c.digest);
    return c;
}

static void bytes_come_back(void **state)
{
    COPIES_OWNED struct copies list = {0}, back = {0};
    BLOB_OWNED struct blob bytes = {0}, again = {0};
    struct sv_err err = {""};
    struct copy b = copy_at("/b"), a = copy_at("/a");
    (void)state;

    a.begun = true;
    a.version_before = 3;
    good(copies_put(&list, &b, &err));
    good(copies_put(&list, &a, &err));
    good(copies_put(&list, &b, &err)); /* in its place */
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].path, "/a");
    good(copies_encode(&bytes, &list, &err));
    good(copies_decode(&back, bytes.bytes, bytes.len, &err));
    good(copies_encode(&again, &back, &err));
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.bytes, bytes.bytes, bytes.len);
    assert_int_equal(back.items[0].version_before, 3);
    for (size_t len = 1; len < bytes.len; len++) {
        COPIES_OWNED struct copies cut = {0};
        assert_int_equal(copies_decode(&cut, bytes.bytes, len, &err), SV_DATA);
    }
    assert_true(copies_drop(&list, a.machine, "/a"));
    assert_false(copies_drop(&list, a.machine, "/a"));
    assert_null(copies_find(&list, a.machine, "/a"));
    assert_non_null(copies_find(&list, b.machine, "/b"));
}

static void another_encoding_is_refused(void **state)
{
    COPIES_OWNED struct copies list = {0}, back = {0};
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};
    struct copy a = copy_at("/a"), b = copy_at("/b");
    (void)state;

    good(copies_put(&list, &a, &err));
    good(copies_put(&list, &b, &err));
    struct copy swap = list.items[0];
    list.items[0] = list.items[1];
    list.items[1] = swap;
    good(copies_encode(&bytes, &list, &err));
    assert_int_equal(copies_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
    list.items[0] = list.items[1]; /* twice */
    good(copies_encode(&bytes, &list, &err));
    assert_int_equal(copies_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
    list.count = 1;
    good(copies_encode(&bytes, &list, &err));
    bytes.bytes[2 + 16] = 2; /* neither begun nor not */
    assert_int_equal(copies_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
    list.items[0].path[0] = 'x'; /* not absolute */
    good(copies_encode(&bytes, &list, &err));
    assert_int_equal(copies_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
    list.items[0].path[0] = '/';
    list.items[0].login_count = 0;
    good(copies_encode(&bytes, &list, &err));
    assert_int_equal(copies_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
    list.items[0] = a;
    (void)snprintf(list.items[0].host, sizeof list.items[0].host, "\033[2J"); /* for a terminal */
    good(copies_encode(&bytes, &list, &err));
    assert_int_equal(copies_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
}

static void they_are_bounded(void **state)
{
    COPIES_OWNED struct copies list = {0};
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};
    char path[COPY_PATH_MAX + 2];
    struct copy c;
    (void)state;

    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    assert_int_equal(copy_here(&c, path, "msmtp", &err), SV_DATA);
    assert_int_equal(copy_here(&c, "/a\xff", "msmtp", &err), SV_DATA);
    for (int i = 0; i < COPIES_MAX; i++) {
        snprintf(path, sizeof path, "/%d", i);
        c = copy_at(path);
        good(copies_put(&list, &c, &err));
    }
    c = copy_at("/one-more");
    assert_int_equal(copies_put(&list, &c, &err), SV_DATA);
    list.items[0].login_count = COPY_LOGINS_MAX;
    assert_int_equal(copies_encode(&bytes, &list, &err), SV_DATA);
}

static void a_digest_is_of_its_copy(void **state)
{
    struct copy a = copy_at("/a"), b = copy_at("/a");
    uint8_t one[32], two[32];
    (void)state;

    copy_digest(one, &a, "text", 4);
    copy_digest(two, &a, "text", 4);
    assert_memory_equal(one, two, 32);
    copy_digest(two, &a, "texu", 4);
    assert_memory_not_equal(one, two, 32);
    copy_digest(two, &b, "text", 4);
    assert_memory_not_equal(one, two, 32);
    assert_memory_equal(a.machine, b.machine, 16);
}

/* ---- in a vault ---- */

static void of(struct fixture *f, struct vault *v, const char *name, struct profile *p,
               struct copies *list)
{
    profile_clear(p);
    copies_clear(list);
    must(vault_find(v, name, p, &f->err));
    must(copies_of(list, p, &f->err));
}

static void the_steps_of_a_writing(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    COPIES_OWNED struct copies list = {0};
    struct copy c = copy_at("/a");
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    of(f, f->v, "work", &p, &list);
    memcpy(c.logins[0], p.uid, 16);
    must(vault_copy(f->v, COPY_BEGIN, &p, 1, &c, &f->err));
    of(f, f->v, "work", &p, &list);
    assert_true(list.items[0].begun);
    assert_true(copy_is_old(&list.items[0], &p));
    assert_int_equal(list.items[0].version_before, 0);
    must(vault_copy(f->v, COPY_UNDO, &p, 1, &c, &f->err)); /* nothing was there before */
    of(f, f->v, "work", &p, &list);
    assert_int_equal(list.count, 0);
    must(vault_copy(f->v, COPY_BEGIN, &p, 1, &c, &f->err));
    must(vault_copy(f->v, COPY_DONE, &p, 1, &c, &f->err));
    of(f, f->v, "work", &p, &list);
    assert_false(copy_is_old(&list.items[0], &p));
    assert_int_equal(p.version, 1);
    /* Another one over it, and back. */
    struct copy next = c;
    memcpy(next.before, c.digest, 32);
    memset(next.digest, 'n', 32);
    must(vault_copy(f->v, COPY_BEGIN, &p, 1, &next, &f->err));
    of(f, f->v, "work", &p, &list);
    assert_int_equal(list.items[0].version_before, 1);
    must(vault_copy(f->v, COPY_UNDO, &p, 1, &next, &f->err));
    of(f, f->v, "work", &p, &list);
    assert_memory_equal(list.items[0].digest, c.digest, 32);
    assert_false(list.items[0].begun);
    must(vault_copy(f->v, COPY_FORGET, &p, 1, &c, &f->err));
    of(f, f->v, "work", &p, &list);
    assert_int_equal(list.count, 0);
    fixture_expect(f, "work", 0, "one");
    p.uid[0] ^= 1;
    must_fail(SV_LOCKED, vault_copy(f->v, COPY_BEGIN, &p, 1, &c, &f->err));
    fixture_end(f);
}

static void copies_go_where_the_profile_goes(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    COPIES_OWNED struct copies list = {0};
    SECRET_OWNED struct secret *next = NULL;
    struct copy c = copy_at("/a");
    (void)state;

    fixture_begin(f);
    must(secret_copy(&next, "two", 3, &f->err));
    fixture_add(f, "work", "one");
    of(f, f->v, "work", &p, &list);
    must(vault_copy(f->v, COPY_DONE, &p, 1, &c, &f->err));
    must(vault_rename(f->v, "work", "shop", &f->err));
    of(f, f->v, "shop", &p, &list);
    assert_int_equal(list.count, 1);
    /* Nothing that a file holds. */
    must(profile_add_tag(&p, "billing", &f->err));
    blob_clear(&p.copies);
    must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
    of(f, f->v, "shop", &p, &list);
    assert_int_equal(p.version, 2);
    assert_false(copy_is_old(&list.items[0], &p));
    must(vault_edit(f->v, &p, next, AUDIT_EDIT, &f->err));
    of(f, f->v, "shop", &p, &list);
    assert_true(copy_is_old(&list.items[0], &p));
    assert_int_equal(list.items[0].version, 2);
    p.port = 466;
    must(vault_copy(f->v, COPY_DONE, &p, 1, &c, &f->err));
    must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
    fixture_reopen(f);
    of(f, f->v, "shop", &p, &list);
    assert_true(copy_is_old(&list.items[0], &p));
    fixture_end(f);
}

static void readers_and_tokens_record_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    COPIES_OWNED struct copies list = {0};
    struct copy c = copy_at("/a");
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    of(f, f->v, "work", &p, &list);
    must(vault_copy(f->v, COPY_DONE, &p, 1, &c, &f->err));
    PERSON_OWNED struct person ben = {0};
    VAULT_OWNED struct vault *his = NULL, *held = NULL;
    person_join(f, &ben, "ben", ROLE_READER);
    SECRET_OWNED struct secret *token = token_for(f, "ci", "work");
    must(person_open(f, &ben, &his));
    must(token_enter(f, &held, token));
    must_fail(SV_DENIED, vault_copy(his, COPY_FORGET, &p, 1, &c, &f->err));
    must_fail(SV_DENIED, vault_copy(held, COPY_FORGET, &p, 1, &c, &f->err));
    of(f, held, "work", &p, &list);
    assert_int_equal(list.count, 1);
    vault_close(his);
    vault_close(held);
    his = held = NULL;
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(another_encoding_is_refused),
        cmocka_unit_test(they_are_bounded),
        cmocka_unit_test(a_digest_is_of_its_copy),
        cmocka_unit_test(the_steps_of_a_writing),
        cmocka_unit_test(copies_go_where_the_profile_goes),
        cmocka_unit_test(readers_and_tokens_record_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
