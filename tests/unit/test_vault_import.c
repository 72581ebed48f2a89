/* SPDX-License-Identifier: ISC */
/* vault_import: new profiles and new versions in one transaction, and vault_compare. */
#include "vault_fixture.h"

#include "base/alloc.h"
#include "base/env.h"

enum { MOST = 120 };

struct batch {
    struct profile p[MOST];
    struct secret *s[MOST];
    bool replace[MOST];
    size_t count;
};

static struct profile *put(struct fixture *f, struct batch *b, const char *name, const char *secret)
{
    struct profile *p = &b->p[b->count];
    p->name = sv_strdup(name);
    p->host = sv_strdup("h");
    p->tls = TLS_STARTTLS;
    p->port = 587;
    must(secret_copy(&b->s[b->count++], secret, strlen(secret), &f->err));
    return p;
}

static void batch_clear(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        profile_clear(&b->p[i]);
        secret_free(b->s[i]);
    }
}

static enum sv_status import(struct fixture *f, struct batch *b, const struct progress *watch)
{
    return vault_import(f->v, b->p, b->s, b->replace, b->count, watch, &f->err);
}

static void fill(struct fixture *f, struct batch *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%03zu", i);
        put(f, b, name, name);
    }
}

/* Few and many go different ways. */
static void new_ones_and_new_versions(size_t news)
{
    struct fixture fx, *f = &fx;
    struct batch batch = {.count = 0}, *b = &batch;
    struct profile seen = {.name = NULL};
    uint64_t findings;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "same", "two");
    fill(f, b, news);
    put(f, b, "old", "x")->rotated = 1000;
    put(f, b, "future", "x")->rotated = env_now() + 100000;
    b->replace[b->count] = true;
    put(f, b, "work", "other")->rotated = 2000;
    b->replace[b->count] = true;
    put(f, b, "same", "two")->rotated = 3000;
    must(import(f, b, NULL));
    fixture_reopen(f);
    must(vault_find(f->v, "old", &seen, &f->err));
    assert_true(seen.rotated == 1000 && seen.created > 1000);
    profile_clear(&seen);
    must(vault_find(f->v, "future", &seen, &f->err));
    assert_true(seen.rotated <= env_now());
    profile_clear(&seen);
    must(vault_find(f->v, "work", &seen, &f->err));
    assert_true(seen.rotated == 2000 && seen.version == 2);
    profile_clear(&seen);
    must(vault_find(f->v, "same", &seen, &f->err));
    assert_true(seen.rotated > 3000 && seen.version == 2); /* it is known better here */
    profile_clear(&seen);
    fixture_expect(f, "work", 0, "other");
    fixture_expect(f, "work", 1, "one");
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    batch_clear(b);
    fixture_end(f);
}

static void few_are_imported(void **state)
{
    (void)state;
    new_ones_and_new_versions(3);
}

static void many_are_imported(void **state)
{
    (void)state;
    new_ones_and_new_versions(100);
}

static enum sv_status stop(void *context, uint64_t done, uint64_t total, struct sv_err *err)
{
    (void)context, (void)total;
    return done < 70 ? SV_OK : sv_fail(err, SV_LOCKED, "given up");
}

static void nothing_is_left_of_a_batch_that_fails(void **state)
{
    struct fixture fx, *f = &fx;
    struct batch batch = {.count = 0}, *b = &batch;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    const struct progress watch = {stop, NULL};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "one");
    b->replace[0] = true;
    put(f, b, "work", "other");
    fill(f, b, 100);
    must_fail(SV_LOCKED, import(f, b, &watch));
    b->p[0].version = 0;
    b->replace[b->count] = true;
    put(f, b, "nobody", "x");
    must_fail(SV_MISSING, import(f, b, NULL));
    b->replace[b->count - 1] = false;
    /* Somebody else was faster. */
    b->p[0].version = 7;
    must_fail(SV_LOCKED, import(f, b, NULL));
    b->replace[0] = false;
    must_fail(SV_EXISTS, import(f, b, NULL));
    fixture_reopen(f);
    must(vault_list(f->v, &list, &f->err));
    assert_int_equal(list.count, 1);
    fixture_expect(f, "work", 0, "one");
    batch_clear(b);
    fixture_end(f);
}

static void secrets_are_compared(void **state)
{
    struct fixture fx, *f = &fx;
    const char *names[] = {"a", "b", "nobody"};
    struct secret *one, *two;
    bool sames[3] = {false, true, true};
    struct vault_info before, after;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "a", "one");
    fixture_add(f, "b", "one");
    must(secret_copy(&one, "one", 3, &f->err));
    must(secret_copy(&two, "two", 3, &f->err));
    const struct secret *secrets[] = {one, two, one};
    must(vault_info(f->v, &before, &f->err));
    must(vault_compare(f->v, names, secrets, sames, 2, &f->err));
    assert_true(sames[0] && !sames[1]);
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(after.log.size, before.log.size + 1);
    must_fail(SV_MISSING, vault_compare(f->v, names, secrets, sames, 3, &f->err));
    vault_lock(f->v);
    must_fail(SV_LOCKED, vault_compare(f->v, names, secrets, sames, 2, &f->err));
    secret_free(one);
    secret_free(two);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_imported),
        cmocka_unit_test(many_are_imported),
        cmocka_unit_test(nothing_is_left_of_a_batch_that_fails),
        cmocka_unit_test(secrets_are_compared),
    };
    struct sv_err err;
    int failed;

    if (secret_process_harden(&err) != SV_OK)
        return 1;
    failed = cmocka_run_group_tests_name("vault_import", tests, NULL, NULL);
    return secret_live() != 0 ? 1 : failed;
}
