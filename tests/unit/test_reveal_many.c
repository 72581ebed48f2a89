/* SPDX-License-Identifier: ISC */
/*
 * Many secrets in one go: each has its own outcome, each outcome is in the log before
 * anything is handed out, and where the log cannot take them nobody gets anything.
 */
#include "vault_attack.h"

#include <signal.h>
#include <sys/resource.h>

/* "work" has two versions, "one" and "two"; "home" has one, "three". */
static void begin_filled(struct fixture *f)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "three");
    must(vault_find(f->v, "work", &p, &f->err));
    must(secret_copy(&s, "two", 3, &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
    fixture_reopen(f);
}

static uint64_t entries(struct fixture *f)
{
    struct vault_info info;

    must(vault_info(f->v, &info, &f->err));
    return info.log.size;
}

/* ---- what the log says ---- */

#define HEARD_MAX 16

struct heard {
    struct audit_event events[HEARD_MAX];
    size_t count;
};

static enum sv_status hear(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct heard *h = context;

    (void)err;
    assert_true(h->count < HEARD_MAX);
    h->events[h->count++] = *event;
    return SV_OK;
}

static void heard_last(struct fixture *f, uint64_t last, struct heard *h)
{
    struct audit_filter filter = {.last = last};

    h->count = 0;
    must(vault_audit_read(f->v, &filter, hear, h, &f->err));
    assert_int_equal(h->count, last);
}

static void expect_heard(const struct audit_event *e, enum audit_result result, const char *name,
                         uint64_t version)
{
    assert_int_equal(e->op, AUDIT_GET);
    assert_int_equal(e->result, result);
    assert_string_equal(e->profile, name);
    assert_int_equal(e->version, version);
    assert_int_equal(e->member, 1);
}

/* ---- the batch ---- */

enum { NEWEST, MISSING, OLD, AGAIN, NO_SUCH_VERSION, OTHER, BATCH };

static void batch_make(struct reveal_one batch[BATCH])
{
    memset(batch, 0, BATCH * sizeof *batch);
    for (size_t i = 0; i < BATCH; i++)
        batch[i] = (struct reveal_one){.name = "work", .why = {.op = AUDIT_GET}};
    batch[MISSING].name = "nowhere";
    batch[OLD].why.version = 1;
    batch[NO_SUCH_VERSION].why.version = 7;
    batch[OTHER].name = "home";
}

static void batch_clear(struct reveal_one batch[BATCH])
{
    for (size_t i = 0; i < BATCH; i++) {
        profile_clear(&batch[i].profile);
        secret_free(batch[i].secret);
    }
}

static void expect_secret(const struct reveal_one *one, const char *want)
{
    if (one->status)
        fail_msg("%s: status %d: %s", one->name, one->status, one->err.text);
    assert_string_equal(one->profile.name, one->name);
    assert_int_equal(secret_len(one->secret), strlen(want));
    assert_memory_equal(secret_peek(one->secret), want, strlen(want));
}

static void expect_outcomes(const struct reveal_one batch[BATCH])
{
    expect_secret(&batch[NEWEST], "two");
    expect_secret(&batch[OLD], "one");
    expect_secret(&batch[AGAIN], "two");
    expect_secret(&batch[OTHER], "three");
    assert_int_equal(batch[MISSING].status, SV_MISSING);
    assert_non_null(strstr(batch[MISSING].err.text, "nowhere"));
    assert_null(batch[MISSING].secret);
    assert_int_equal(batch[NO_SUCH_VERSION].status, SV_MISSING);
    assert_null(batch[NO_SUCH_VERSION].secret);
}

static void each_item_has_its_own_outcome_and_entry(void **state)
{
    struct fixture fx, *f = &fx;
    struct reveal_one batch[BATCH];
    struct heard h;
    (void)state;

    begin_filled(f);
    uint64_t before = entries(f);
    batch_make(batch);
    vault_reveal_many(f->v, batch, BATCH);
    expect_outcomes(batch);
    batch_clear(batch);
    assert_int_equal(entries(f), before + BATCH);
    heard_last(f, BATCH, &h);
    expect_heard(&h.events[NEWEST], AUDIT_OK, "work", 2);
    expect_heard(&h.events[MISSING], AUDIT_FAILED, "nowhere", 0);
    expect_heard(&h.events[OLD], AUDIT_OK, "work", 1);
    expect_heard(&h.events[AGAIN], AUDIT_OK, "work", 2);
    expect_heard(&h.events[NO_SUCH_VERSION], AUDIT_FAILED, "work", 7);
    expect_heard(&h.events[OTHER], AUDIT_OK, "home", 1);
    vault_reveal_many(f->v, batch, 0);
    assert_int_equal(entries(f), before + BATCH);
    fixture_end(f);
}

/* Several releases of one profile share its mark of last use. */
static void the_mark_of_last_use_is_left_once_for_all(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct reveal_one batch[BATCH];
    struct heard h;
    (void)state;

    begin_filled(f);
    batch_make(batch);
    batch[OTHER].name = "nowhere";
    vault_reveal_many(f->v, batch, BATCH);
    batch_clear(batch);
    heard_last(f, BATCH, &h);
    must(vault_list_used(f->v, &list, &f->err));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].last_used, 0);
    assert_int_equal(list.items[1].last_used, h.events[AGAIN].time);
    fixture_end(f);
}

static void another_asked(void **state)
{
    struct fixture fx, *f = &fx;
    struct caller caller = {
        .uid = getuid(), .pid = 12, .exe = "/usr/bin/msmtp", .unit = "mail.service"};
    struct reveal_one batch[2] = {
        {.name = "work", .why = {.op = AUDIT_GET, .via = VIA_AGENT, .caller = &caller}},
        {.name = "nowhere", .why = {.op = AUDIT_GET, .via = VIA_AGENT, .caller = &caller}}};
    struct audit_event own = {.op = AUDIT_TEST, .result = AUDIT_OK, .via = VIA_AGENT};
    struct heard h;
    (void)state;

    begin_filled(f);
    vault_reveal_many(f->v, batch, 2);
    assert_int_equal(batch[0].status, SV_OK);
    profile_clear(&batch[0].profile);
    secret_free(batch[0].secret);
    must(vault_record(f->v, &own, &f->err));
    heard_last(f, 3, &h);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(h.events[i].via, VIA_AGENT);
        assert_int_equal(h.events[i].member, 1);
        assert_int_equal(h.events[i].caller.pid, 12);
        assert_string_equal(h.events[i].caller.exe, "/usr/bin/msmtp");
        assert_string_equal(h.events[i].caller.unit, "mail.service");
    }
    assert_int_equal(h.events[2].via, VIA_AGENT);
    assert_int_equal(h.events[2].member, 1);
    assert_int_equal(h.events[2].caller.uid, getuid());
    fixture_end(f);
}

static void a_locked_vault_gives_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    struct reveal_one batch[BATCH];
    (void)state;

    begin_filled(f);
    uint64_t before = entries(f);
    vault_lock(f->v);
    batch_make(batch);
    vault_reveal_many(f->v, batch, BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        assert_int_equal(batch[i].status, SV_LOCKED);
        assert_null(batch[i].secret);
    }
    assert_int_equal(entries(f), before);
    fixture_end(f);
}

/* ---- the log fails ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void expect_nobody(const struct reveal_one batch[BATCH])
{
    for (size_t i = 0; i < BATCH; i++) {
        assert_null(batch[i].secret);
        assert_null(batch[i].profile.name);
        if (batch[i].status != SV_IO)
            fail_msg("%zu: status %d: %s", i, batch[i].status, batch[i].err.text);
        assert_non_null(strstr(batch[i].err.text, "nothing is released"));
    }
}

/* The size of no file may grow beyond a limit that rises from nothing: so each write of
 * the log is the first to fail once. */
static void no_room_for_the_log_means_no_secret_for_anybody(void **state)
{
    struct fixture fx, *f = &fx;
    struct reveal_one batch[BATCH];
    unsigned refused = 0;
    bool released = false;
    (void)state;

    begin_filled(f);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t limit = 0; !released; limit += limit < 1024 ? 128 : 2060) {
        fixture_reopen(f);
        uint64_t before = entries(f);
        batch_make(batch);
        limit_files(limit);
        vault_reveal_many(f->v, batch, BATCH);
        limit_files(RLIM_INFINITY);
        released = batch[NEWEST].status == SV_OK;
        if (released)
            expect_outcomes(batch);
        else
            expect_nobody(batch);
        refused += !released;
        batch_clear(batch);
        fixture_reopen(f);
        /* An entry may be there though its seal could not be written: but all are. */
        uint64_t now = entries(f);
        assert_true(now == before + BATCH || (!released && now == before));
        assert_true(limit < 1u << 22);
    }
    assert_true(refused > 0);
    assert_int_equal(attack_findings(f), 0);
    fixture_end(f);
}

static void no_memory_is_told_to_everybody(void **state)
{
    struct fixture fx, *f = &fx;
    struct reveal_one batch[BATCH];
    bool failed = true;
    (void)state;

    begin_filled(f);
    for (unsigned long n = 1; failed; n += n < 20 || !getenv("SMTPVAULT_TEST_SLOW") ? 1 : 23) {
        size_t live = secret_live();
        batch_make(batch);
        sv_alloc_fail_at(n);
        vault_reveal_many(f->v, batch, BATCH);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        for (size_t i = 0; i < BATCH; i++) {
            assert_true((batch[i].status == SV_OK) == (batch[i].secret != NULL));
            if (i != MISSING && i != NO_SUCH_VERSION)
                assert_true(batch[i].status == SV_OK || batch[i].status == SV_IO ||
                            batch[i].status == SV_INTERNAL);
        }
        if (!failed)
            expect_outcomes(batch);
        batch_clear(batch);
        assert_int_equal(secret_live(), live);
        assert_true(n < 3000);
    }
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_has_its_own_outcome_and_entry),
        cmocka_unit_test(the_mark_of_last_use_is_left_once_for_all),
        cmocka_unit_test(another_asked),
        cmocka_unit_test(a_locked_vault_gives_nothing),
        cmocka_unit_test(no_room_for_the_log_means_no_secret_for_anybody),
        cmocka_unit_test(no_memory_is_told_to_everybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
