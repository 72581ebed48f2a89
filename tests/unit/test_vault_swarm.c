/* SPDX-License-Identifier: ISC */
/*
 * Many processes, and processes that are killed: what was acknowledged is there,
 * everything verifies, and no file ever holds a readable byte of a profile.
 */
#include "vault_attack.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "domain/vault_impl.h"

/* Under valgrind a few must do. */
static int rounds(int many)
{
    return getenv("SMTPVAULT_TEST_SLOW") ? 3 : many;
}

/* A child has none of its parent's secrets: it makes its own. */
static enum sv_status child_open(struct fixture *f)
{
    static const uint8_t key[32] = "a key file's hash, for tests   ";
    enum sv_status st;

    f->v = NULL;
    if ((st = secret_copy(&f->keyfile, key, sizeof key, &f->err)))
        return st;
    f->cred.keyfile_hash = f->keyfile;
    if ((st = vault_open(&f->v, &f->place, false, &f->err)))
        return st;
    return vault_unlock(f->v, &f->cred, &f->err);
}

static enum sv_status child_add(struct fixture *f, const char *name)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT};
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st;

    if (!(p.name = sv_strdup(name)) || !(p.host = sv_strdup("mail.example.com")))
        return SV_INTERNAL;
    if ((st = secret_copy(&s, name, strlen(name), &f->err)))
        return st;
    return vault_add(f->v, &p, s, &f->err);
}

static pid_t start(struct fixture *f, int worker, int to, int (*work)(struct fixture *, int, int))
{
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        enum sv_status st = child_open(f);
        int failed = st ? (int)st : work(f, worker, to);
        if (failed > 1)
            dprintf(2, "worker %d: %d: %s\n", worker, failed, f->err.text);
        _exit(failed);
    }
    return pid;
}

static void expect_sound(struct fixture *f)
{
    struct audit_report report;
    uint64_t findings;

    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_string_equal(report.first, "");
    assert_int_equal(report.findings, 0);
}

/* ---- at once ---- */

enum { EACH = 6 };

static int add_some(struct fixture *f, int worker, int to)
{
    char name[32];

    (void)to;
    for (int i = 0; i < EACH; i++) {
        snprintf(name, sizeof name, "w%d-%d", worker, i);
        enum sv_status st = child_add(f, name);
        if (st)
            return (int)st;
    }
    return 0;
}

static void eight_processes_add_at_once(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    const int workers = rounds(8);
    pid_t pids[8];
    char name[32];
    (void)state;

    fixture_begin(f);
    fixture_close(f);
    for (int w = 0; w < workers; w++)
        pids[w] = start(f, w, -1, add_some);
    for (int w = 0; w < workers; w++) {
        int status;
        assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
        assert_int_equal(status, 0);
    }
    fixture_reopen(f);
    must(vault_list(f->v, &list, &f->err));
    assert_int_equal(list.count, workers * EACH);
    for (int w = 0; w < workers; w++) {
        snprintf(name, sizeof name, "w%d-%d", w, EACH - 1);
        fixture_expect(f, name, 0, name);
    }
    expect_sound(f);
    fixture_end(f);
}

/* One name, many askers: one gets it. */
static int add_the_same(struct fixture *f, int worker, int to)
{
    enum sv_status st = child_add(f, "the-one");

    (void)worker;
    (void)to;
    return st == SV_OK ? 0 : st == SV_EXISTS ? 1 : (int)st;
}

static void one_of_many_gets_the_name(void **state)
{
    struct fixture fx, *f = &fx;
    pid_t pids[4];
    int winners = 0;
    (void)state;

    fixture_begin(f);
    fixture_close(f);
    for (int w = 0; w < 4; w++)
        pids[w] = start(f, w, -1, add_the_same);
    for (int w = 0; w < 4; w++) {
        int status;
        assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        winners += WEXITSTATUS(status) == 0;
    }
    assert_int_equal(winners, 1);
    fixture_reopen(f);
    expect_sound(f);
    fixture_end(f);
}

/* ---- killed ---- */

/* Adds until it is killed, and tells of each one that was acknowledged. */
static int add_and_tell(struct fixture *f, int worker, int to)
{
    char name[32];

    for (int i = 0;; i++) {
        snprintf(name, sizeof name, "r%d-%d", worker, i);
        enum sv_status st = child_add(f, name);
        if (st)
            return (int)st;
        if (write(to, &i, sizeof i) != sizeof i)
            return 1;
    }
}

static void nap_us(long us)
{
    const struct timespec nap = {.tv_nsec = us * 1000};

    nanosleep(&nap, NULL);
}

static void a_killed_process_loses_nothing_that_was_told(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_LIST_OWNED struct profile_list list = {0};
    unsigned told = 0;
    (void)state;

    srand(1);
    fixture_begin(f);
    fixture_close(f);
    for (int round = 0; round < rounds(40); round++) {
        char name[32];
        int ends[2], i, status;
        assert_int_equal(pipe(ends), 0);
        pid_t pid = start(f, round, ends[1], add_and_tell);
        close(ends[1]);
        /* Most rounds end in the middle of an add, at a random place of it. */
        if (round % 4)
            assert_int_equal(read(ends[0], &i, sizeof i), sizeof i);
        nap_us(rand() % 12000);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        fixture_reopen(f);
        for (i = 0; i == 0 || read(ends[0], &i, sizeof i) == sizeof i; i++) {
            PROFILE_OWNED struct profile p = {0};
            if (i == 0 && round % 4 == 0)
                continue;
            snprintf(name, sizeof name, "r%d-%d", round, i);
            must(vault_find(f->v, name, &p, &f->err));
            told++;
        }
        close(ends[0]);
        expect_sound(f);
        fixture_close(f);
    }
    assert_true(told > 0);
    fixture_reopen(f);
    must(vault_list(f->v, &list, &f->err));
    assert_true(list.count >= told);
    fixture_end(f);
}

/* ---- readable bytes ---- */

static const char *const words[] = {"NameOfProfile",     "host-of-profile", "UserOfProfile",
                                    "sender-of-profile", "TagOfProfile",    "NoteOfProfile",
                                    "SecretOfProfile",   "SecondSecret",    "NewNameOfProfile"};

/* No file below the fixture holds one of the words. */
static void expect_unreadable(struct fixture *f, bool journal)
{
    char command[256];
    char want = journal ? '1' : '0';

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        snprintf(command, sizeof command, "! grep -rqa '%s' '%.63s'", words[i], f->dir);
        if (system(command) != 0)
            fail_msg("%s can be read in a file", words[i]);
    }
    snprintf(command, sizeof command, "test \"$(find '%.63s' -name '*-journal' | wc -l)\" = %c",
             f->dir, want);
    assert_int_equal(system(command), 0);
}

static void profile_of_words(struct profile *p)
{
    memset(p, 0, sizeof *p);
    p->name = sv_strdup(words[0]);
    p->host = sv_strdup(words[1]);
    p->username = sv_strdup(words[2]);
    p->from = sv_strdup(words[3]);
    p->note = sv_strdup(words[5]);
    p->port = 465;
    p->tls = TLS_IMPLICIT;
    assert_int_equal(profile_add_tag(p, words[4], NULL), SV_OK);
}

/* In the middle of a change: rows are written, the journal stands, nothing is
 * committed yet. */
static void look_in_the_middle(struct fixture *f, const struct profile *p,
                               const struct secret *password)
{
    CHANGE_OWNED struct vault_change c = {0};
    BLOB_OWNED struct blob row = {0};
    int64_t id;

    must(vault_change_begin(&c, f->v, AUDIT_ADD, words[0], words[5], &f->err));
    must(vault_row_seal(f->v, OBJECT_PROFILE, p, NULL, password, &id, &row, &f->err));
    must(vault_change_put(&c, id, &row, &f->err));
    expect_unreadable(f, true);
}

static void no_file_holds_a_readable_byte(void **state)
{
    struct fixture fx, *f = &fx;
    const struct reveal why = {.op = AUDIT_GET, .note = "NoteOfProfile"};
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *first = NULL, *second = NULL, *got = NULL;
    (void)state;

    fixture_begin(f);
    profile_of_words(&p);
    must(secret_copy(&first, words[6], strlen(words[6]), &f->err));
    must(secret_copy(&second, words[7], strlen(words[7]), &f->err));
    look_in_the_middle(f, &p, first);
    must(vault_add(f->v, &p, first, &f->err));
    expect_unreadable(f, false);
    must(vault_edit(f->v, &p, second, AUDIT_EDIT, &f->err));
    must(vault_rename(f->v, words[0], words[8], &f->err));
    must(vault_reveal(f->v, words[8], &why, NULL, &got, &f->err));
    must_fail(SV_MISSING, vault_remove(f->v, words[0], &f->err));
    expect_unreadable(f, false);
    must(vault_remove(f->v, words[8], &f->err));
    expect_unreadable(f, false);
    fixture_close(f);
    expect_unreadable(f, false);
    fixture_end(f);
}

#define ROWS_MAX 64

struct lengths {
    size_t count, of[ROWS_MAX];
};

static enum sv_status add_length(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                 struct sv_err *err)
{
    struct lengths *all = context;
    (void)key, (void)bytes, (void)err;

    assert_true(all->count < ROWS_MAX);
    all->of[all->count++] = len;
    return SV_OK;
}

static int by_length(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void rows_measure(struct fixture *f, enum db_table table, struct lengths *all)
{
    all->count = 0;
    must(db_begin_read(f->v->db, &f->err));
    must(db_walk(f->v->db, table, INT64_MIN, INT64_MAX, false, add_length, all, &f->err));
    db_rollback(f->v->db);
    qsort(all->of, all->count, sizeof all->of[0], by_length);
}

/* Two vaults whose texts differ in length only have rows of the same lengths. How many pages
 * and nodes of the tree these take is up to the random numbers that are their keys. */
static void sizes_tell_little(void **state)
{
    static const enum db_table tables[] = {TABLE_META, TABLE_SLOT, TABLE_OBJ, TABLE_HIST};
    struct fixture fx, gx, *f = &fx, *g = &gx;
    struct lengths a, b;
    size_t rows = 0;
    (void)state;

    fixture_begin(f);
    fixture_begin(g);
    fixture_add(f, "a", "x");
    char longer[201];
    memset(longer, 's', 200);
    longer[200] = '\0';
    fixture_add(g, "a name of some length, of a person or a machine", longer);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        rows_measure(f, tables[i], &a);
        rows_measure(g, tables[i], &b);
        assert_int_equal(a.count, b.count);
        assert_memory_equal(a.of, b.of, a.count * sizeof a.of[0]);
        rows += a.count;
    }
    assert_true(rows > 4);
    fixture_end(g);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_processes_add_at_once),
        cmocka_unit_test(one_of_many_gets_the_name),
        cmocka_unit_test(a_killed_process_loses_nothing_that_was_told),
        cmocka_unit_test(no_file_holds_a_readable_byte),
        cmocka_unit_test(sizes_tell_little),
    };
    struct sv_err err;

    return secret_process_harden(&err) != SV_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0 ||
           secret_live() != 0;
}
