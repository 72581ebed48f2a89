/* SPDX-License-Identifier: ISC */
/*
 * Attack 4, the whole file rolled back or forked.
 * Without ANCHOR: an older file was accepted
 * Without HISTORY: a forked file was accepted
 *
 * Whole files that are good in themselves, on a machine that has seen newer or other
 * ones; and the memory of that machine.
 */
#include "vault.h"

static void an_older_file_is_refused_where_a_newer_was_seen(void **state)
{
    struct fixture fx, *f = &fx;
    char text[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
    change_password(f, "work", "two");
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot newer = snapshot_take(f->path);
    snapshot_put(&older, f->path);
    refused(f, "older than one that this machine has seen", "an older file was accepted");
    snapshot_put(&newer, f->path);
    must(attack_read_all(f, text, sizeof text));
    fixture_end(f);
}

/* A session that was open all the time is not taken in either. */
static void an_older_file_is_refused_in_an_open_session(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    const struct reveal why = {.op = AUDIT_GET};
    struct secret *s = NULL;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
    change_password(f, "work", "two");
    snapshot_put(&older, f->path);
    if (vault_list(f->v, &list, &f->err) != SV_DATA ||
        vault_reveal(f->v, "work", &why, NULL, &s, &f->err) != SV_DATA)
        broken("an older file was accepted in an open session");
    must_fail(SV_DATA, vault_remove(f->v, "work", &f->err));
    assert_null(s);
    fixture_end(f);
}

/* What another session has seen counts for this one as well. */
static void an_older_file_is_refused_when_another_session_saw_newer(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_OWNED struct vault *sleeping = NULL;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    must(vault_open(&sleeping, &f->place, false, &f->err));
    must(vault_unlock(sleeping, &f->cred, &f->err));
    SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
    change_password(f, "work", "two");
    fixture_close(f);
    snapshot_put(&older, f->path);
    if (vault_list(sleeping, &list, &f->err) != SV_DATA)
        broken("an older file was accepted by a session that slept");
    fixture_end(f);
}

/* The sessions of one machine advance one anchor, and never take it back. */
static void the_anchor_never_goes_back(void **state)
{
    struct fixture fx, *f = &fx;
    VAULT_OWNED struct vault *other = NULL;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct anchor before, after;
    (void)state;

    attack_begin(f);
    must(vault_open(&other, &f->place, false, &f->err));
    fixture_add(f, "work", "one");
    must(anchor_read(f->v->anchor_path, &before, &f->err));
    assert_int_equal(before.seq, 2);
    must(vault_anchor_advance(other, &f->err)); /* it knows of change 1 only */
    must(anchor_read(f->v->anchor_path, &after, &f->err));
    assert_memory_equal(&before, &after, sizeof before);
    /* And a reader that sees what another machine wrote remembers it at once. */
    must(unlink(f->v->anchor_path) == 0 ? SV_OK : SV_IO);
    must(vault_unlock(other, &f->cred, &f->err));
    must(vault_list(other, &list, &f->err));
    must(anchor_read(f->v->anchor_path, &after, &f->err));
    assert_int_equal(after.seq, 2);
    fixture_end(f);
}

static void a_fork_is_refused_both_ways(void **state)
{
    struct fixture fx, *f = &fx;
    SNAPSHOT_OWNED struct snapshot base = {0}, here = {0}, there = {0}, further = {0};
    char home_state[sizeof f->state];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    base = snapshot_take(f->path);
    fixture_add(f, "here", "two");
    fixture_close(f);
    here = snapshot_take(f->path);

    memcpy(home_state, f->state, sizeof home_state);
    attack_new_machine(f);
    snapshot_put(&base, f->path);
    fixture_reopen(f);
    fixture_add(f, "there", "three");
    there = snapshot_take(f->path);
    fixture_add(f, "there too", "four");
    fixture_close(f);
    further = snapshot_take(f->path);

    snapshot_put(&here, f->path);
    refused(f, "older", "an older file was accepted");
    memcpy(f->state, home_state, sizeof home_state);
    snapshot_put(&there, f->path); /* as many changes, other ones */
    refused(f, "forked", "a forked file was accepted");
    snapshot_put(&further, f->path); /* more changes, on another past */
    refused(f, "forked", "a forked file was accepted");
    fixture_end(f);
}

static void a_damaged_anchor_is_not_passed_over(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault_info info;
    char anchor[256], text[TEXT_MAX_LEN];
    (void)state;

    attack_begin(f);
    must(vault_info(f->v, &info, &f->err));
    snprintf(anchor, sizeof anchor, "%s/anchor", info.state_dir);
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(anchor);
    for (size_t i = 0; i < good.len; i += 16) {
        SNAPSHOT_OWNED struct snapshot bad = snapshot_take(anchor);
        bad.bytes[i] ^= 4;
        snapshot_put(&bad, anchor);
        refused(f, "damaged", "a damaged anchor was passed over");
        SNAPSHOT_OWNED struct snapshot still = snapshot_take(anchor);
        assert_memory_equal(still.bytes, bad.bytes, bad.len); /* nor quietly replaced */
        snapshot_put(&good, anchor);
    }
    must(attack_read_all(f, text, sizeof text));
    fixture_end(f);
}
ATTACK_MAIN(cmocka_unit_test(an_older_file_is_refused_where_a_newer_was_seen),
            cmocka_unit_test(a_fork_is_refused_both_ways),
            cmocka_unit_test(an_older_file_is_refused_in_an_open_session),
            cmocka_unit_test(an_older_file_is_refused_when_another_session_saw_newer),
            cmocka_unit_test(the_anchor_never_goes_back),
            cmocka_unit_test(a_damaged_anchor_is_not_passed_over))
