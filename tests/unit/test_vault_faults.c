/* SPDX-License-Identifier: ISC */
/*
 * The vault when things run out: memory at every allocation, disk at every write.
 * Whatever happens, an operation is done or not done, a secret is audited or not
 * released, and the vault verifies.
 */
#include "vault_attack.h"

#include <signal.h>
#include <sys/resource.h>

#include "domain/vault_impl.h"

/* ---- a folder that is put back after each try ---- */

static void save(struct fixture *f)
{
    char command[256];

    snprintf(command, sizeof command, "cd '%.63s' && mkdir saved && cp -a data state saved/",
             f->dir);
    assert_int_equal(system(command), 0);
}

static void put_back(struct fixture *f)
{
    char command[256];

    fixture_close(f);
    snprintf(command, sizeof command,
             "cd '%.63s' && rm -rf data state && cp -a saved/data saved/state .", f->dir);
    assert_int_equal(system(command), 0);
}

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
    fixture_close(f);
    save(f);
}

/* ---- the operations: each in an unlocked session ---- */

typedef enum sv_status operation(struct fixture *f);

static enum sv_status new_profile(struct profile *p, struct secret **s, const char *name)
{
    memset(p, 0, sizeof *p);
    p->port = 465;
    p->tls = TLS_IMPLICIT;
    if (!(p->name = sv_strdup(name)) || !(p->host = sv_strdup("mail.example.com")))
        return SV_IO;
    return secret_copy(s, "four", 4, NULL);
}

static enum sv_status do_add(struct fixture *f)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st = new_profile(&p, &s, "club");

    return st ? st : vault_add(f->v, &p, s, &f->err);
}

static enum sv_status do_add_many(struct fixture *f)
{
    enum { MANY_ENOUGH = 66 };
    struct profile p[MANY_ENOUGH] = {0};
    struct secret *s[MANY_ENOUGH] = {0};
    enum sv_status st = SV_OK;
    char name[16];

    for (int i = 0; i < MANY_ENOUGH && st == SV_OK; i++) {
        snprintf(name, sizeof name, "many-%d", i);
        st = new_profile(&p[i], &s[i], name);
    }
    if (st == SV_OK)
        st = vault_add_many(f->v, p, s, MANY_ENOUGH, &f->err);
    for (int i = 0; i < MANY_ENOUGH; i++) {
        profile_clear(&p[i]);
        secret_free(s[i]);
    }
    return st;
}

static enum sv_status do_edit(struct fixture *f)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st;

    if ((st = vault_find(f->v, "work", &p, &f->err)) || (st = secret_copy(&s, "five", 4, NULL)))
        return st;
    return vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err);
}

static enum sv_status do_rename(struct fixture *f)
{
    return vault_rename(f->v, "work", "office", &f->err);
}

static enum sv_status do_remove(struct fixture *f)
{
    return vault_remove(f->v, "work", &f->err);
}

static enum sv_status do_rollback(struct fixture *f)
{
    uint64_t version;

    return vault_rollback(f->v, "work", 0, &version, &f->err);
}

/* ---- memory ---- */

/* The number of the next allocation to fail: each of the first and, under
 * valgrind, a sample of the rest. */
static unsigned long next_failure(unsigned long n, unsigned long step)
{
    if (n < 20)
        return n + 1;
    return n + (getenv("SMTPVAULT_TEST_SLOW") ? 23 : step);
}

/* No memory is never told as damage, a wrong key or a missing profile. */
static void expect_no_memory(struct fixture *f, const char *what, unsigned long n,
                             enum sv_status st)
{
    if (st == SV_DATA || st == SV_DENIED || st == SV_MISSING || st == SV_EXISTS)
        fail_msg("%s, allocation %lu: status %d: %s", what, n, st, f->err.text);
}

/* The cards of all versions, as text; no use of a secret, so nothing to wait for. */
static void cards(struct fixture *f, char *text, size_t size)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};

    text[0] = 0;
    must(vault_list(f->v, &list, &f->err));
    for (size_t i = 0; i < list.count; i++) {
        PROFILE_LIST_OWNED struct profile_list history = {0};
        must(vault_history(f->v, list.items[i].name, &history, &f->err));
        assert_int_equal(history.count, list.items[i].version);
        size_t at = strlen(text);
        snprintf(text + at, size - at, "%s %u;", list.items[i].name, (unsigned)history.count);
    }
}

static bool told_as_made(const struct fixture *f, enum sv_status st)
{
    return st == SV_OK || strstr(f->err.text, "the change was made, but") != NULL;
}

/* SQLite cannot always read the file that it could not write. */
static bool told_as_unsure(const struct fixture *f)
{
    return strstr(f->err.text, "whether the change was made cannot be read") != NULL;
}

/* Fails each allocation of op in turn, in one session that has to bear it. Then the
 * vault is as before and op failed, or op is done and told so. */
static void each_allocation_fails(operation *op, const char *what, unsigned long step)
{
    struct fixture fx, *f = &fx;
    char before[4096], got[4096];
    struct audit_report report;
    bool failed = true;
    unsigned long n;

    begin_filled(f);
    fixture_reopen(f);
    cards(f, before, sizeof before);
    for (n = 1; failed; n = next_failure(n, step)) {
        size_t live = secret_live();
        f->err.text[0] = 0;
        sv_alloc_fail_at(n);
        enum sv_status st = op(f);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(secret_live(), live);
        expect_no_memory(f, what, n, st);
        bool made = told_as_made(f, st);
        if (n % 8 == 0)
            assert_int_equal(attack_findings(f), 0);
        cards(f, got, sizeof got);
        if (made != (strcmp(got, before) != 0))
            fail_msg("%s, allocation %lu: status %d, and the vault holds %s", what, n, st, got);
        if (made) {
            fixture_expect(f, "home", 0, "three");
            put_back(f);
            fixture_reopen(f);
        }
    }
    assert_true(n > 10);
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_equal(report.findings, 0);
    fixture_expect(f, "work", 1, "one");
    fixture_expect(f, "work", 2, "two");
    fixture_end(f);
}

#define MEMORY_TEST(op, step)                      \
    static void memory_##op(void **state)          \
    {                                              \
        (void)state;                               \
        each_allocation_fails(do_##op, #op, step); \
    }
MEMORY_TEST(add, 1)
MEMORY_TEST(add_many, 397) /* there are thousands */
MEMORY_TEST(edit, 1)
MEMORY_TEST(rename, 1)
MEMORY_TEST(remove, 1)
MEMORY_TEST(rollback, 1)

/* Nothing shows in the cards: what counts is that the old credentials or the new
 * ones, here the same, open the vault. */
static void memory_change_credentials(void **state)
{
    struct fixture fx, *f = &fx;
    bool failed = true;
    (void)state;

    begin_filled(f);
    fixture_reopen(f);
    for (unsigned long n = 1; failed; n = next_failure(n, 1)) {
        size_t live = secret_live();
        sv_alloc_fail_at(n);
        enum sv_status st = vault_change_credentials(f->v, &f->cred, NULL, &f->err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(secret_live(), live);
        expect_no_memory(f, "change_credentials", n, st);
        assert_int_equal(attack_findings(f), 0);
    }
    fixture_end(f);
}

static enum sv_status get_work(struct fixture *f, struct secret **s)
{
    const struct reveal why = {.op = AUDIT_GET};
    enum sv_status st;

    if ((st = vault_open(&f->v, &f->place, true, &f->err)) == SV_OK &&
        (st = vault_unlock(f->v, &f->cred, &f->err)) == SV_OK)
        st = vault_reveal(f->v, "work", &why, NULL, s, &f->err);
    fixture_close(f);
    return st;
}

static void memory_get(void **state)
{
    struct fixture fx, *f = &fx;
    unsigned long n;
    (void)state;

    begin_filled(f);
    for (n = 1;; n = next_failure(n, 1)) {
        struct secret *s = NULL;
        size_t live = secret_live();
        sv_alloc_fail_at(n);
        enum sv_status st = get_work(f, &s);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        expect_no_memory(f, "get", n, st);
        assert_true((st == SV_OK) == (s != NULL));
        if (s) {
            assert_int_equal(secret_len(s), 3);
            assert_memory_equal(secret_peek(s), "two", 3);
        }
        secret_free(s);
        assert_int_equal(secret_live(), live);
        if (!failed)
            break;
    }
    assert_true(n > 10);
    fixture_end(f);
}

static enum sv_status read_everything(struct fixture *f)
{
    PROFILE_LIST_OWNED struct profile_list list = {0}, history = {0};
    struct vault_info info;
    struct vault_ways ways;
    uint64_t findings;
    enum sv_status st;

    if ((st = vault_list(f->v, &list, &f->err)) ||
        (st = vault_history(f->v, "work", &history, &f->err)) ||
        (st = vault_info(f->v, &info, &f->err)) || (st = vault_ways(f->v, &ways, &f->err)) ||
        (st = vault_verify(f->v, &findings, NULL, NULL, &f->err)))
        return st;
    return list.count == 2 && history.count == 2 && ways.keyfile && findings == 0 ? SV_OK : SV_DATA;
}

static void memory_read(void **state)
{
    struct fixture fx, *f = &fx;
    bool failed = true;
    (void)state;

    begin_filled(f);
    fixture_reopen(f);
    for (unsigned long n = 1; failed; n = next_failure(n, 1)) {
        size_t live = secret_live();
        sv_alloc_fail_at(n);
        enum sv_status st = read_everything(f);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        expect_no_memory(f, "read", n, st);
        assert_int_equal(secret_live(), live);
        if (!failed)
            assert_int_equal(st, SV_OK);
    }
    fixture_end(f);
}

/* Nothing is left behind by a creation that failed. */
static void memory_create(void **state)
{
    struct fixture fx, *f = &fx;
    char look[256];
    bool failed = true;
    (void)state;

    fixture_begin(f);
    snprintf(f->path, sizeof f->path, "%.63s/other/vault.db", f->dir);
    snprintf(f->state, sizeof f->state, "%.63s/other-state", f->dir);
    snprintf(look, sizeof look, "cd '%.63s' && test -z \"$(find . -path './other*' -type f)\"",
             f->dir);
    for (unsigned long n = 1; failed; n = next_failure(n, 1)) {
        fixture_close(f);
        size_t live = secret_live();
        sv_alloc_fail_at(n);
        enum sv_status st = vault_create(&f->v, &f->place, &f->cred, NULL, &f->err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        expect_no_memory(f, "create", n, st);
        if (st == SV_OK)
            break;
        assert_null(f->v);
        assert_int_equal(secret_live(), live);
        assert_int_equal(system(look), 0);
    }
    fixture_add(f, "work", "one");
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

/* ---- disk ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The size of no file may grow beyond a limit that rises from nothing: so each
 * write of the log is the first to fail once. */
static void no_room_for_the_log_means_no_secret(void **state)
{
    struct fixture fx, *f = &fx;
    const struct reveal why = {.op = AUDIT_GET};
    struct vault_info info;
    unsigned refused = 0, released = 0;
    (void)state;

    begin_filled(f);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t limit = 0; released == 0; limit += limit < 1024 ? 128 : 2060) {
        struct secret *s = NULL;
        fixture_reopen(f);
        must(vault_info(f->v, &info, &f->err));
        uint64_t entries = info.log.size;
        limit_files(limit);
        enum sv_status st = vault_reveal(f->v, "work", &why, NULL, &s, &f->err);
        limit_files(RLIM_INFINITY);
        if (st == SV_OK) {
            released++;
            must(vault_info(f->v, &info, &f->err));
            assert_int_equal(info.log.size, entries + 1);
        } else {
            refused++;
            assert_null(s);
            if (st != SV_IO)
                fail_msg("limit %llu: status %d: %s", (unsigned long long)limit, st, f->err.text);
        }
        secret_free(s);
        assert_true(limit < 1u << 22);
    }
    assert_true(refused > 0);
    fixture_end(f);
}

static void no_room_for_a_change_means_no_change(void **state)
{
    struct fixture fx, *f = &fx;
    char before[2048], got[2048];
    struct audit_report report;
    bool added = false;
    unsigned refused = 0;
    (void)state;

    begin_filled(f);
    must(attack_read_all(f, before, sizeof before));
    for (rlim_t limit = 0; !added; limit += limit < 1024 ? 128 : 2060) {
        fixture_reopen(f);
        limit_files(limit);
        enum sv_status st = do_add(f);
        limit_files(RLIM_INFINITY);
        bool made = told_as_made(f, st), unsure = told_as_unsure(f);
        fixture_close(f);
        must(attack_read_all(f, got, sizeof got));
        if (!unsure && made != (strcmp(got, before) != 0))
            fail_msg("limit %llu: status %d, and the vault holds %s", (unsigned long long)limit, st,
                     got);
        assert_int_equal(attack_findings(f), 0);
        refused += st != SV_OK;
        added = strcmp(got, before) != 0;
        f->err.text[0] = 0;
        assert_true(limit < 1u << 22);
    }
    assert_true(refused > 0);
    fixture_reopen(f);
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_equal(report.findings, 0);
    fixture_end(f);
}

/* What is lost of the log on this machine, by a shell command in its folder. */
static void lose(struct fixture *f, const char *what)
{
    struct vault_info info;
    char command[512];

    fixture_reopen(f);
    must(vault_info(f->v, &info, &f->err));
    snprintf(command, sizeof command, "cd '%.255s' && %s", info.state_dir, what);
    fixture_close(f);
    assert_int_equal(system(command), 0);
}

static void without_its_log_a_vault_releases_nothing(void **state)
{
    static const char *const losses[] = {"rm audit.db*", "rm audit.db* seal",
                                         "rm audit.db* seal lock", ": >audit.db"};
    struct audit_report report;
    struct fixture fx, *f = &fx;
    char text[2048];
    (void)state;

    begin_filled(f);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        lose(f, losses[i]);
        must_fail(SV_DATA, attack_read_all(f, text, sizeof text));
        assert_string_equal(text, "");
        put_back(f);
    }
    /* Without its seal the log goes on, in a new generation, and says so. */
    lose(f, "rm seal");
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "two");
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_not_equal(report.findings, 0);
    put_back(f);
    /* A loss that the owner accepts. */
    lose(f, "rm audit.db* seal");
    must(vault_audit_resume(&f->place, &f->err));
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "two");
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_string_equal(report.first, "");
    assert_int_equal(report.findings, 0);
    fixture_end(f);
}

/* The signed state speaks for the log where the anchor is gone with it. */
static void the_signed_state_remembers_the_log(void **state)
{
    struct fixture fx, *f = &fx;
    char text[2048];
    (void)state;

    begin_filled(f);
    lose(f, "mkdir old && cp audit.db* seal old/");
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "two");
    must(do_add(f)); /* its state signs a log with the fetch in it */
    lose(f, "rm audit.db* anchor && cp old/* .");
    must_fail(SV_DATA, attack_read_all(f, text, sizeof text));
    if (!strstr(f->err.text, "this machine has seen"))
        fail_msg("%s", f->err.text);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_get),
        cmocka_unit_test(memory_read),
        cmocka_unit_test(memory_create),
        cmocka_unit_test(memory_add),
        cmocka_unit_test(memory_add_many),
        cmocka_unit_test(memory_edit),
        cmocka_unit_test(memory_rename),
        cmocka_unit_test(memory_remove),
        cmocka_unit_test(memory_rollback),
        cmocka_unit_test(memory_change_credentials),
        cmocka_unit_test(no_room_for_the_log_means_no_secret),
        cmocka_unit_test(no_room_for_a_change_means_no_change),
        cmocka_unit_test(without_its_log_a_vault_releases_nothing),
        cmocka_unit_test(the_signed_state_remembers_the_log),
    };
    struct sv_err err;

    return secret_process_harden(&err) != SV_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0 ||
           secret_live() != 0;
}
