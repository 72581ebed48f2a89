/* SPDX-License-Identifier: ISC */
/* A rotation as the vault keeps it: its steps, its pending secret, and who gets in its way. */
#include "members.h"
#include "token_fixture.h"

#include "domain/object.h"
#include "domain/offboarding.h"
#include "domain/vault_impl.h"
#include "domain/vault_remote.h"
#include "domain/vault_rotate.h"
#include "domain/version.h"

static void find(struct fixture *f, const char *name, struct profile *p, struct rotation_record *r)
{
    profile_clear(p);
    must(vault_find(f->v, name, p, &f->err));
    (void)rotation_of_card(r, p);
}

/* One step to that stage, of the record as it is; secret: with ROTATE_PENDING. */
static enum sv_status step_of(struct vault *v, enum rotation_step step, struct profile *p,
                              enum rotation_stage stage, const char *secret, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    struct rotation_record r;
    enum sv_status st;

    (void)rotation_of_card(&r, p);
    r.stage = stage;
    if (r.method == 0)
        r.method = METHOD_HAND;
    if (secret && (st = secret_copy(&s, secret, strlen(secret), err)))
        return st;
    return vault_rotate(v, step, p, &r, s, err);
}

static void step(struct fixture *f, enum rotation_step what, struct profile *p,
                 enum rotation_stage stage, const char *secret)
{
    must(step_of(f->v, what, p, stage, secret, &f->err));
}

/* As far as verified, with "two" pending. */
static void rotate_on(struct fixture *f, struct profile *p)
{
    step(f, ROTATE_BEGIN, p, STAGE_PLANNED, NULL);
    step(f, ROTATE_PENDING, p, STAGE_PENDING, "two");
    step(f, ROTATE_NOTE, p, STAGE_SET, NULL);
    step(f, ROTATE_NOTE, p, STAGE_VERIFIED, NULL);
}

static uint64_t version_of(struct fixture *f, const char *word)
{
    uint64_t version = 0;

    must(version_find(f->v, "work", word, &version, &f->err));
    return version;
}

static void sound(struct fixture *f)
{
    assert_int_equal(attack_findings(f), 0);
}

static void from_the_plan_to_the_end(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    uint64_t none;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    find(f, "work", &p, &r);
    must_fail(SV_USAGE, step_of(f->v, ROTATE_PENDING, &p, STAGE_PENDING, "two", &f->err));
    step(f, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL);
    must_fail(SV_MISSING, version_find(f->v, "work", "pending", &none, &f->err));
    must_fail(SV_DATA, step_of(f->v, ROTATE_PENDING, &p, STAGE_PENDING, "one", &f->err));
    step(f, ROTATE_PENDING, &p, STAGE_PENDING, "zwei");
    step(f, ROTATE_PENDING, &p, STAGE_PENDING, "two"); /* another in its place */
    sound(f);
    fixture_expect(f, "work", version_of(f, "pending"), "two");
    fixture_expect(f, "work", 0, "one");
    assert_int_equal(p.version, 1);
    step(f, ROTATE_NOTE, &p, STAGE_VERIFIED, NULL);
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    assert_int_equal(p.version, 2);
    fixture_reopen(f);
    sound(f);
    fixture_expect(f, "work", 0, "two");
    fixture_expect(f, "work", version_of(f, "previous"), "one");
    must_fail(SV_MISSING, version_find(f->v, "work", "pending", &none, &f->err));
    find(f, "work", &p, &r);
    assert_int_equal(r.version_from, 1);
    assert_int_equal(r.version_to, 2);
    assert_int_equal(r.promoted_at, p.rotated);
    assert_true(r.who[0] != '\0' && r.host[0] != '\0' && r.verified_at >= r.begun);
    step(f, ROTATE_NOTE, &p, STAGE_FINISHED, NULL);
    /* Another card is no other secret: the one before stays the one before. */
    must(profile_add_tag(&p, "billing", &f->err));
    must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
    assert_int_equal(version_of(f, "previous"), 1);
    find(f, "work", &p, &r);
    assert_int_equal(r.stage, STAGE_FINISHED);
    step(f, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL);
    find(f, "work", &p, &r);
    assert_int_equal(r.past_count, 1);
    assert_int_equal(r.past[0].stage, STAGE_FINISHED);
    fixture_end(f);
}

static void given_up_or_taken_back(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    find(f, "work", &p, &r);
    rotate_on(f, &p);
    step(f, ROTATE_ABANDON, &p, STAGE_ABANDONED, NULL);
    fixture_expect(f, "work", 0, "one");
    assert_int_equal(p.version, 1);
    sound(f);
    rotate_on(f, &p);
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    int64_t rotated = p.rotated;
    step(f, ROTATE_BACK, &p, STAGE_ROLLED_BACK, NULL);
    assert_int_equal(p.version, 3);
    assert_true(p.rotated <= rotated);
    fixture_expect(f, "work", 0, "one");
    fixture_expect(f, "work", 2, "two");
    sound(f);
    find(f, "work", &p, &r);
    assert_int_equal(r.past_count, 0);
    step(f, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL);
    find(f, "work", &p, &r);
    assert_int_equal(r.past[0].stage, STAGE_ROLLED_BACK);
    fixture_end(f);
}

/* The anchor is replaced after the commit, under a lock that cannot be opened then. */
static void a_step_whose_end_is_not_on_record_is_made(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    struct vault_info info;
    char lock[400];
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_info(f->v, &info, &f->err));
    snprintf(lock, sizeof lock, "%s/anchor.lock", info.state_dir);
    find(f, "work", &p, &r);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(symlink("nowhere", lock), 0);
    must_fail(SV_IO, step_of(f->v, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL, &f->err));
    assert_non_null(strstr(f->err.text, "the change was made, but its end could not be recorded"));
    /* The card that came back is the one that is there, so that the next step follows. */
    assert_true(rotation_of_card(&r, &p));
    assert_int_equal(r.stage, STAGE_PLANNED);
    assert_int_equal(unlink(lock), 0);
    step(f, ROTATE_PENDING, &p, STAGE_PENDING, "two");
    sound(f);
    fixture_end(f);
}

/* An agent that makes a step, and tells of a fault at its end: it sends no card then. */
static enum sv_status far_find(void *far, const char *name, struct profile *out, struct sv_err *err)
{
    return vault_find(((struct fixture *)far)->v, name, out, err);
}

static enum sv_status far_rotate(void *far, enum rotation_step step, struct profile *p,
                                 const struct rotation_record *record, const struct secret *secret,
                                 struct sv_err *err)
{
    PROFILE_OWNED struct profile own = {0};
    enum sv_status st = profile_copy(&own, p, err);

    if (st == SV_OK)
        st = vault_rotate(((struct fixture *)far)->v, step, &own, record, secret, err);
    return st ? st : sv_fail(err, SV_IO, "the change was made, but its end is not on record");
}

static void far_close(void *far)
{
    (void)far;
}

static void so_is_an_agents(void **state)
{
    static const struct vault_remote ops = {
        .find = far_find, .rotate = far_rotate, .close = far_close};
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    VAULT_OWNED struct vault *far = NULL;
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    must(vault_far(&far, &ops, f, &f->err));
    find(f, "work", &p, &r);
    must_fail(SV_IO, step_of(far, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL, &f->err));
    assert_true(rotation_of_card(&r, &p));
    assert_int_equal(r.stage, STAGE_PLANNED);
    must_fail(SV_IO, step_of(far, ROTATE_PENDING, &p, STAGE_PENDING, "two", &f->err));
    assert_non_null(strstr(f->err.text, "the change was made"));
    fixture_end(f);
}

/* An access key comes with the name that it belongs to, and goes with it. */
static void a_pending_secret_may_have_a_user_of_its_own(void **state)
{
    const struct reveal why = {.op = AUDIT_TEST, .version = PROFILE_VERSION_PENDING};
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0}, given = {0};
    SECRET_OWNED struct secret *two = NULL, *s = NULL;
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    find(f, "work", &p, &r);
    step(f, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL);
    find(f, "work", &p, &r);
    must(secret_copy(&two, "two", 3, &f->err));
    snprintf(r.username, sizeof r.username, "AKIATEST");
    r.stage = STAGE_SET;
    must(vault_rotate(f->v, ROTATE_PENDING, &p, &r, two, &f->err));
    /* Of the server that is meant by now. */
    p.port = 587;
    p.tls = TLS_STARTTLS;
    must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
    must(vault_reveal(f->v, "work", &why, &given, &s, &f->err));
    assert_string_equal(given.username, "AKIATEST");
    assert_int_equal(given.port, 587);
    profile_clear(&given);
    must(version_card(f->v, "work", PROFILE_VERSION_PENDING, &given, &f->err));
    assert_string_equal(given.username, "AKIATEST");
    assert_int_equal(given.port, 587);
    sound(f);
    step(f, ROTATE_NOTE, &p, STAGE_VERIFIED, NULL);
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    assert_string_equal(p.username, "AKIATEST");
    assert_int_equal(p.port, 587);
    step(f, ROTATE_BACK, &p, STAGE_ROLLED_BACK, NULL);
    assert_string_equal(p.username, "ann@example.com");
    assert_int_equal(p.port, 587);
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

static void two_do_not_rotate_one_profile(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile mine = {0}, yours = {0};
    SECRET_OWNED struct secret *other = NULL;
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    find(f, "work", &mine, &r);
    find(f, "work", &yours, &r);
    step(f, ROTATE_BEGIN, &mine, STAGE_PLANNED, NULL);
    must_fail(SV_LOCKED, step_of(f->v, ROTATE_BEGIN, &yours, STAGE_PLANNED, NULL, &f->err));
    assert_non_null(strstr(f->err.text, "another process rotates"));
    find(f, "work", &yours, &r);
    step(f, ROTATE_PENDING, &mine, STAGE_PENDING, "two");
    must_fail(SV_LOCKED, step_of(f->v, ROTATE_PENDING, &yours, STAGE_PENDING, "three", &f->err));
    fixture_expect(f, "work", PROFILE_VERSION_PENDING, "two");
    /* Nor does one rotate what was changed by hand meanwhile. */
    step(f, ROTATE_NOTE, &mine, STAGE_VERIFIED, NULL);
    must(secret_copy(&other, "other", 5, &f->err));
    must(vault_edit(f->v, &mine, other, AUDIT_EDIT, &f->err));
    struct profile *p = &mine;
    must_fail(SV_LOCKED, step_of(f->v, ROTATE_PROMOTE, p, STAGE_PROMOTED, NULL, &f->err));
    fixture_expect(f, "work", 0, "other");
    step(f, ROTATE_ABANDON, p, STAGE_ABANDONED, NULL);
    rotate_on(f, p);
    step(f, ROTATE_PROMOTE, p, STAGE_PROMOTED, NULL);
    secret_free(other);
    other = NULL;
    must(secret_copy(&other, "fourth", 6, &f->err));
    must(vault_edit(f->v, p, other, AUDIT_EDIT, &f->err));
    must_fail(SV_LOCKED, step_of(f->v, ROTATE_BACK, p, STAGE_ROLLED_BACK, NULL, &f->err));
    fixture_expect(f, "work", 0, "fourth");
    sound(f);
    fixture_end(f);
}

static void it_goes_where_the_profile_goes(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    PERSON_OWNED struct person ben = {0};
    struct offboarding gone = {0};
    struct rotation_record r;
    uint64_t before, after;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    find(f, "work", &p, &r);
    rotate_on(f, &p);
    must(vault_rename(f->v, "work", "office", &f->err));
    fixture_expect(f, "office", PROFILE_VERSION_PENDING, "two");
    person_join(f, &ben, "ben", ROLE_READER);
    must(vault_member_remove(f->v, ben.slot, NULL, &gone, &f->err)); /* a new epoch */
    offboarding_clear(&gone);
    fixture_reopen(f);
    sound(f);
    fixture_expect(f, "office", PROFILE_VERSION_PENDING, "two");
    find(f, "office", &p, &r);
    assert_int_equal(r.stage, STAGE_VERIFIED);
    must(db_begin_read(f->v->db, &f->err));
    must(db_count(f->v->db, TABLE_OBJ, &before, &f->err));
    db_rollback(f->v->db);
    must(vault_remove(f->v, "office", &f->err));
    must(db_begin_read(f->v->db, &f->err));
    must(db_count(f->v->db, TABLE_OBJ, &after, &f->err));
    db_rollback(f->v->db);
    assert_int_equal(before - after, 2);
    sound(f);
    fixture_end(f);
}

static void get_version(struct fixture *f, struct vault *v, uint64_t version)
{
    const struct reveal why = {.op = AUDIT_GET, .version = version};
    SECRET_OWNED struct secret *s = NULL;

    must(vault_reveal(v, "office", &why, NULL, &s, &f->err));
}

static const struct offboarding_item *item_of(const struct offboarding *o, uint64_t version)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i].version == version)
            return &o->items[i];
    fail_msg("version %llu is not in the list", (unsigned long long)version);
    return NULL;
}

/* A pending secret that a leaver fetched is the present one when it was promoted, and none that is
 * pending by then. Beside a pending one the present one is still found, renamed and edited. */
static void leavers_know_what_a_pending_secret_became(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    PERSON_OWNED struct person ben = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    VAULT_OWNED struct vault *theirs = NULL;
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "office", "one");
    person_join(f, &ben, "ben", ROLE_READER);
    must(person_open(f, &ben, &theirs));
    find(f, "office", &p, &r);
    rotate_on(f, &p);
    get_version(f, theirs, PROFILE_VERSION_PENDING);
    next_second();
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL); /* version 2 */
    step(f, ROTATE_NOTE, &p, STAGE_FINISHED, NULL);
    step(f, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL);
    step(f, ROTATE_PENDING, &p, STAGE_PENDING, "three");
    must(profile_add_tag(&p, "billing", &f->err));
    must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err)); /* version 3 of the same secret */
    get_version(f, theirs, 1);
    must(vault_member_remove(f->v, ben.slot, NULL, &o, &f->err));
    assert_int_equal(o.count, 4);
    assert_int_equal(item_of(&o, 1)->reads, 1);
    assert_int_equal(item_of(&o, 2)->reads, 1);
    assert_int_equal(item_of(&o, 3)->reads, 1);
    assert_true(item_of(&o, 3)->current);
    assert_int_equal(item_of(&o, PROFILE_VERSION_PENDING)->reads, 0);
    fixture_end(f);
}

/* Who enters a new secret knows it, and who takes other steps learns nothing by them. */
static void leavers_know_what_they_entered(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    PERSON_OWNED struct person ann = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    VAULT_OWNED struct vault *theirs = NULL;
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "office", "one");
    person_join(f, &ann, "ann", ROLE_ADMIN);
    must(person_open(f, &ann, &theirs));
    find(f, "office", &p, &r);
    must(step_of(theirs, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL, &f->err));
    must(step_of(theirs, ROTATE_PENDING, &p, STAGE_PENDING, "two", &f->err));
    step(f, ROTATE_NOTE, &p, STAGE_VERIFIED, NULL);
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    step(f, ROTATE_BEGIN, &p, STAGE_PLANNED, NULL);
    step(f, ROTATE_PENDING, &p, STAGE_PENDING, "three");
    must(step_of(theirs, ROTATE_NOTE, &p, STAGE_SET, NULL, &f->err));
    must(vault_rename(f->v, "office", "work", &f->err));
    vault_close(theirs);
    theirs = NULL;
    must(vault_member_remove(f->v, ann.slot, NULL, &o, &f->err));
    assert_int_equal(item_of(&o, 1)->reads, 0);
    assert_int_equal(item_of(&o, 2)->reads, 1);
    assert_int_equal(item_of(&o, PROFILE_VERSION_PENDING)->reads, 0);
    /* They could read it, so it is exposed when it is the present one. */
    find(f, "work", &p, &r);
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    assert_true(p.exposed != 0);
    sound(f);
    fixture_end(f);
}

static void readers_and_tokens_rotate_nothing(void **state)
{
    const struct reveal why = {.op = AUDIT_GET, .version = PROFILE_VERSION_PENDING};
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    find(f, "work", &p, &r);
    rotate_on(f, &p);
    PERSON_OWNED struct person ben = {0};
    VAULT_OWNED struct vault *his = NULL, *held = NULL;
    person_join(f, &ben, "ben", ROLE_READER);
    SECRET_OWNED struct secret *token = token_for(f, "ci", "work"), *s = NULL;
    must(person_open(f, &ben, &his));
    must(token_enter(f, &held, token));
    must_fail(SV_DENIED, step_of(his, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL, &f->err));
    must_fail(SV_DENIED, step_of(held, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL, &f->err));
    must_fail(SV_DENIED, vault_reveal(held, "work", &why, NULL, &s, &f->err));
    must(vault_reveal(his, "work", &why, NULL, &s, &f->err));
    /* What the token opens follows the promotion. */
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    secret_free(s);
    s = NULL;
    const struct reveal now = {.op = AUDIT_GET};
    must(vault_reveal(held, "work", &now, NULL, &s, &f->err));
    assert_memory_equal(secret_peek(s), "two", 3);
    vault_close(his);
    vault_close(held);
    his = held = NULL;
    fixture_end(f);
}

/* A pending row that no record speaks of, and a record without its row. */
/* A token that leaks once its old secret was changed had that as well: who goes back to it has
 * something to do. */
static void a_leak_is_no_less_one_after_going_back(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    uint64_t version;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    SECRET_OWNED struct secret *token = token_for(f, "ci", "work");
    token_expect(f, token, "work=one;");
    find(f, "work", &p, &r);
    rotate_on(f, &p);
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    must(vault_token_revoke(f->v, "ci", true, NULL, &f->err));
    find(f, "work", &p, &r);
    int64_t since = p.exposed;
    assert_true(since != 0);
    step(f, ROTATE_BACK, &p, STAGE_ROLLED_BACK, NULL);
    assert_int_equal(p.exposed, since);
    must(vault_rollback(f->v, "work", 2, &version, &f->err));
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    find(f, "work", &p, &r);
    assert_int_equal(p.exposed, since);
    rotate_on(f, &p);
    step(f, ROTATE_PROMOTE, &p, STAGE_PROMOTED, NULL);
    assert_int_equal(p.exposed, 0);
    fixture_end(f);
}

static void verify_sees_what_does_not_belong_together(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    find(f, "work", &p, &r);
    rotate_on(f, &p);
    sound(f);
    {
        CHANGE_OWNED struct vault_change c = {0};
        ROW_OWNED struct vault_row row = {0};
        must(vault_change_begin(&c, f->v, AUDIT_EDIT, "work", NULL, &f->err));
        must(vault_row_find(f->v, c.root, "work", &row, &f->err));
        must(vault_pending_drop(&c, &row, &f->err));
        must(vault_change_commit(&c, 1, &f->err));
    }
    assert_int_equal(attack_findings(f), 1);
    step(f, ROTATE_PENDING, &p, STAGE_PENDING, "two");
    sound(f);
    {
        CHANGE_OWNED struct vault_change c = {0};
        ROW_OWNED struct vault_row row = {0};
        SECRET_OWNED struct secret *s = NULL;
        must(vault_change_begin(&c, f->v, AUDIT_EDIT, "work", NULL, &f->err));
        must(vault_row_find(f->v, c.root, "work", &row, &f->err));
        must(vault_row_secret(f->v, &row, &s, &f->err));
        blob_clear(&row.profile.rotation);
        must(vault_row_put_again(&c, &row, &row.profile, s, &f->err));
        must(vault_change_commit(&c, 1, &f->err));
    }
    assert_int_equal(attack_findings(f), 1);
    fixture_end(f);
}

/* Whatever cannot be had, a step is made or it is not, and what comes next goes on from there. */
static void each_allocation_fails(void **state)
{
    static const struct {
        enum rotation_step step;
        enum rotation_stage to;
        const char *secret;
    } steps[] = {{ROTATE_BEGIN, STAGE_PLANNED, NULL},     {ROTATE_PENDING, STAGE_PENDING, "two"},
                 {ROTATE_NOTE, STAGE_VERIFIED, NULL},     {ROTATE_PROMOTE, STAGE_PROMOTED, NULL},
                 {ROTATE_BACK, STAGE_ROLLED_BACK, NULL},  {ROTATE_BEGIN, STAGE_PLANNED, NULL},
                 {ROTATE_PENDING, STAGE_PENDING, "more"}, {ROTATE_ABANDON, STAGE_ABANDONED, NULL}};
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    unsigned long most = getenv("SMTPVAULT_TEST_SLOW") ? 23 : 1;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        bool failed = true;
        find(f, "work", &p, &r);
        for (unsigned long n = 1; failed && r.stage != steps[i].to; n += most) {
            size_t live = secret_live();
            sv_alloc_fail_at(n);
            enum sv_status st =
                step_of(f->v, steps[i].step, &p, steps[i].to, steps[i].secret, &f->err);
            failed = sv_alloc_failed();
            sv_alloc_fail_at(0);
            assert_int_equal(secret_live(), live);
            if (st == SV_DATA || st == SV_DENIED || st == SV_MISSING || st == SV_USAGE)
                fail_msg("step %zu, allocation %lu: %d: %s", i, n, st, f->err.text);
            find(f, "work", &p, &r);
            assert_true(st != SV_OK || r.stage == steps[i].to);
        }
        sound(f);
    }
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

/* ---- several at once ---- */

#define SEVERAL 5

struct several {
    struct profile cards[SEVERAL];
    struct rotation_record records[SEVERAL];
    struct rotate_one ones[SEVERAL];
};

static void several_clear(struct several *s)
{
    for (size_t i = 0; i < SEVERAL; i++)
        profile_clear(&s->cards[i]);
}
#define SEVERAL_OWNED __attribute__((cleanup(several_clear)))

static void several_read(struct fixture *f, struct several *s, enum rotation_step step,
                         enum rotation_stage to)
{
    char name[8];

    for (size_t i = 0; i < SEVERAL; i++) {
        snprintf(name, sizeof name, "p%zu", i);
        find(f, name, &s->cards[i], &s->records[i]);
        s->records[i].stage = to;
        s->records[i].method = METHOD_HOOK;
        s->ones[i] = (struct rotate_one){.step = step, .p = &s->cards[i], .record = &s->records[i]};
    }
}

static enum rotation_stage stage_now(struct fixture *f, size_t i)
{
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;
    char name[8];

    snprintf(name, sizeof name, "p%zu", i);
    find(f, name, &p, &r);
    return r.stage;
}

static void several_add(struct fixture *f)
{
    char name[8];

    for (size_t i = 0; i < SEVERAL; i++) {
        snprintf(name, sizeof name, "p%zu", i);
        fixture_add(f, name, "one");
    }
}

struct told {
    char notes[32][AUDIT_NOTE_MAX + 1], profiles[32][8];
    enum audit_result results[32];
    size_t count;
};

static enum sv_status take_entry(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct told *t = context;

    (void)err;
    assert_true(t->count < 32);
    snprintf(t->notes[t->count], sizeof t->notes[0], "%s", event->note);
    snprintf(t->profiles[t->count], sizeof t->profiles[0], "%.7s", event->profile);
    t->results[t->count++] = event->result;
    return SV_OK;
}

static void read_log(struct fixture *f, struct told *t)
{
    const struct audit_filter filter = {.op = AUDIT_ROTATE};

    t->count = 0;
    must(vault_audit_read(f->v, &filter, take_entry, t, &f->err));
}

static uint64_t changes(struct fixture *f)
{
    struct vault_info info;

    must(vault_info(f->v, &info, &f->err));
    return info.seq;
}

static void several_are_one_change(void **state)
{
    struct fixture fx, *f = &fx;
    SEVERAL_OWNED struct several s = {0};
    struct audit_event said = {
        .op = AUDIT_ROTATE, .result = AUDIT_OK, .note = "a rotator: ok", .profile = "p3"};
    struct told t;
    (void)state;

    fixture_begin(f);
    several_add(f);
    several_read(f, &s, ROTATE_BEGIN, STAGE_PLANNED);
    s.ones[3].told = &said;
    uint64_t before = changes(f);
    vault_rotate_many(f->v, s.ones, SEVERAL);
    assert_int_equal(changes(f), before + 1);
    for (size_t i = 0; i < SEVERAL; i++) {
        assert_int_equal(s.ones[i].status, SV_OK);
        assert_int_equal(stage_now(f, i), STAGE_PLANNED);
    }
    assert_null(s.ones[3].told);
    read_log(f, &t);
    assert_int_equal(t.count, 1 + SEVERAL);
    assert_string_equal(t.notes[0], "a rotator: ok");
    for (size_t i = 0; i < SEVERAL; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%zu", i);
        assert_string_equal(t.notes[1 + i], "begin: planned");
        assert_string_equal(t.profiles[1 + i], name);
        assert_int_equal(t.results[1 + i], AUDIT_OK);
    }
    sound(f);
    fixture_end(f);
}

/* One is not what it was, one is asked for what may not follow, one secret is the old one. */
static void what_cannot_be_done_stops_no_other(void **state)
{
    struct fixture fx, *f = &fx;
    SEVERAL_OWNED struct several s = {0};
    SECRET_OWNED struct secret *fresh = NULL, *old = NULL;
    static const enum sv_status expected[SEVERAL] = {SV_OK, SV_LOCKED, SV_USAGE, SV_DATA, SV_OK};
    struct told t;
    (void)state;

    fixture_begin(f);
    several_add(f);
    must(secret_copy(&fresh, "two", 3, &f->err));
    must(secret_copy(&old, "one", 3, &f->err));
    several_read(f, &s, ROTATE_BEGIN, STAGE_PLANNED);
    vault_rotate_many(f->v, s.ones, SEVERAL);
    several_read(f, &s, ROTATE_PENDING, STAGE_PENDING);
    for (size_t i = 0; i < SEVERAL; i++)
        s.ones[i].secret = i == 3 ? old : fresh;
    {
        PROFILE_OWNED struct profile other = {0};
        struct rotation_record r;
        find(f, "p1", &other, &r);
        step(f, ROTATE_NOTE, &other, STAGE_PLANNED, NULL);
    }
    s.ones[2].step = ROTATE_PROMOTE;
    s.ones[2].secret = NULL;
    s.records[2].stage = STAGE_PROMOTED;
    vault_rotate_many(f->v, s.ones, SEVERAL);
    for (size_t i = 0; i < SEVERAL; i++) {
        assert_int_equal(s.ones[i].status, expected[i]);
        assert_int_equal(stage_now(f, i), expected[i] ? STAGE_PLANNED : STAGE_PENDING);
        assert_true(expected[i] == SV_OK || s.ones[i].err.text[0] != '\0');
    }
    fixture_expect(f, "p0", PROFILE_VERSION_PENDING, "two");
    fixture_expect(f, "p4", PROFILE_VERSION_PENDING, "two");
    read_log(f, &t);
    for (size_t i = 0; i < SEVERAL; i++)
        assert_int_equal(t.results[t.count - SEVERAL + i],
                         expected[i] == SV_OK ? AUDIT_OK : AUDIT_FAILED);
    sound(f);
    fixture_end(f);
}

/* All of them or none, or each alone: what is said of each is so. */
static void each_allocation_of_several_fails(void **state)
{
    struct fixture fx, *f = &fx;
    unsigned long most = getenv("SMTPVAULT_TEST_SLOW") ? 53 : 7;
    bool failed = true;
    (void)state;

    fixture_begin(f);
    several_add(f);
    for (unsigned long n = 1; failed; n += most) {
        SEVERAL_OWNED struct several s = {0};
        size_t live = secret_live();
        several_read(f, &s, ROTATE_BEGIN, STAGE_PLANNED);
        sv_alloc_fail_at(n);
        vault_rotate_many(f->v, s.ones, SEVERAL);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(secret_live(), live);
        for (size_t i = 0; i < SEVERAL; i++) {
            PROFILE_OWNED struct profile p = {0};
            struct rotation_record r;
            char name[8];
            snprintf(name, sizeof name, "p%zu", i);
            find(f, name, &p, &r);
            assert_true(s.ones[i].status != SV_OK || r.stage == STAGE_PLANNED);
            if (r.stage == STAGE_PLANNED)
                step(f, ROTATE_ABANDON, &p, STAGE_ABANDONED, NULL);
        }
    }
    sound(f);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_plan_to_the_end),
        cmocka_unit_test(given_up_or_taken_back),
        cmocka_unit_test(a_step_whose_end_is_not_on_record_is_made),
        cmocka_unit_test(so_is_an_agents),
        cmocka_unit_test(a_pending_secret_may_have_a_user_of_its_own),
        cmocka_unit_test(two_do_not_rotate_one_profile),
        cmocka_unit_test(it_goes_where_the_profile_goes),
        cmocka_unit_test(leavers_know_what_a_pending_secret_became),
        cmocka_unit_test(leavers_know_what_they_entered),
        cmocka_unit_test(readers_and_tokens_rotate_nothing),
        cmocka_unit_test(a_leak_is_no_less_one_after_going_back),
        cmocka_unit_test(verify_sees_what_does_not_belong_together),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(several_are_one_change),
        cmocka_unit_test(what_cannot_be_done_stops_no_other),
        cmocka_unit_test(each_allocation_of_several_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
