/* SPDX-License-Identifier: ISC */
/*
 * The log under bad luck: processes at once, killed ones, no room, no rights, no
 * memory. What was acknowledged is there; what is there is whole; and a crash is
 * never taken for an attack.
 */
#include "audit_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "audit/log.h"
#include "base/alloc.h"
#include "base/file.h"

/* ---- processes ---- */

static bool is_slow(void) /* under valgrind */
{
    return getenv("SMTPVAULT_TEST_SLOW") != NULL;
}

/* Under valgrind a lock can stay taken for longer than anybody waits for it. That is told as
 * busy, and who is told so has put nothing and may try again. */
static bool is_to_try_again(enum sv_status st)
{
    return st == SV_LOCKED && is_slow();
}

static enum sv_status begin(const struct log *l, struct audit **a)
{
    enum sv_status st;

    do
        st = audit_open(a, l->dir, vault_id, l->pk, NULL, NULL);
    while (is_to_try_again(st));
    return st;
}

static enum sv_status put(struct audit *a, struct audit_event *event)
{
    enum sv_status st;

    do
        st = audit_append(a, event, NULL, NULL, NULL);
    while (is_to_try_again(st));
    return st;
}

/* Appends "W-N" for N = 0, 1, ... and writes N to `told` when it is durable. */
static int worker(const struct log *l, int number, int count, int told)
{
    AUDIT_OWNED struct audit *a = NULL;

    if (begin(l, &a) != SV_OK)
        return 1;
    for (int i = 0; i < count; i++) {
        struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK};
        snprintf(e.profile, sizeof e.profile, "%d-%d", number, i);
        if (put(a, &e) != SV_OK)
            return 2;
        if (told >= 0 && write(told, &(int[]){number, i}, 2 * sizeof(int)) != 2 * sizeof(int))
            return 3;
    }
    return 0;
}

static pid_t start(const struct log *l, int number, int count, int told)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(worker(l, number, count, told));
    return pid;
}

#define WORKERS 16
#define EACH 8

struct tally {
    int seen[WORKERS][EACH];
    int strangers;
};

static enum sv_status count_one(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct tally *tally = context;
    int number, i;

    (void)err;
    if (event->op != AUDIT_GET)
        return SV_OK;
    if (sscanf(event->profile, "%d-%d", &number, &i) == 2 && number < WORKERS && i < EACH)
        tally->seen[number][i]++;
    else
        tally->strangers++;
    return SV_OK;
}

/* They begin the log together as well: there is none before. */
static void sixteen_at_once(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct tally tally = {0};
    struct audit_filter all = {0};
    pid_t pids[WORKERS];
    int status, each = is_slow() ? 2 : EACH;

    for (int i = 0; i < WORKERS; i++)
        pids[i] = start(l, i, each, -1);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    expect_clean(l, NULL, (uint64_t)(1 + WORKERS * each));
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    expect(SV_OK, log_read(a, audit_sk, &all, count_one, &tally, &t->err));
    assert_int_equal(tally.strangers, 0);
    for (int w = 0; w < WORKERS; w++)
        for (int i = 0; i < each; i++)
            assert_int_equal(tally.seen[w][i], 1);
}

/* ---- killed ---- */

static void pause_us(long us)
{
    struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&t, NULL);
}

struct told {
    int number, i;
};

struct expected {
    const struct told *told;
    size_t count, found;
};

static enum sv_status count_told(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct expected *x = context;
    int number, i;

    (void)err;
    if (sscanf(event->profile, "%d-%d", &number, &i) != 2)
        return SV_OK;
    for (size_t n = 0; n < x->count; n++)
        if (x->told[n].number == number && x->told[n].i == i)
            x->found++;
    return SV_OK;
}

/* Three processes at a time are killed at a moment that moves from round to round
 * across opening, beginning and appending. */
static void killed_at_any_moment(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    static struct told told[100000];
    struct expected x = {.told = told};
    struct audit_filter all = {0};
    struct audit_mark mark = {0};
    struct audit_report r;
    int ends[2], status;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    size_t enough = is_slow() ? 1 : 61; /* a busy disk takes more rounds for that */
    for (int round = 0; round < 60 || (x.count < enough && round < 1200);
         round += is_slow() ? 10 : 1) {
        pid_t pids[3];
        for (int i = 0; i < 3; i++)
            pids[i] = start(l, 3 * round + i, 100000, ends[1]);
        pause_us((is_slow() ? 40 : 1) * (300 + 331 * (round % 60)));
        for (int i = 0; i < 3; i++) {
            assert_int_equal(kill(pids[i], SIGKILL), 0);
            assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
            assert_true(WIFSIGNALED(status));
        }
        while (read(ends[0], &told[x.count], sizeof told[0]) == sizeof told[0])
            assert_true(++x.count < 100000);
        AUDIT_OWNED struct audit *a = log_open(l, mark.size > 0 ? &mark : NULL);
        expect(SV_OK, log_check(a, audit_sk,
                                &(struct audit_check){.remembered = mark.size > 0 ? &mark : NULL},
                                &r, &t->err));
        if (r.findings > 0)
            fail_msg("round %d: %s", round, r.first);
        audit_mark_now(a, &mark);
    }
    AUDIT_OWNED struct audit *a = log_open(l, &mark);
    assert_true(x.count >= enough);
    expect(SV_OK, log_read(a, audit_sk, &all, count_told, &x, &t->err));
    assert_int_equal(x.found, x.count);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Dies between two steps of the order in audit/log.h. */
enum moment { BEFORE_COMMIT, AFTER_COMMIT, AFTER_SEAL };

static int dies(const struct log *l, enum moment moment)
{
    struct audit *a = NULL;
    struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK};
    uint8_t row[AUDIT_HEAD_MAX];
    int lock = -1;

    if (audit_open(&a, l->dir, vault_id, l->pk, NULL, NULL) != SV_OK ||
        audit_log_lock(a, &lock, NULL) != SV_OK || audit_log_ready(a, false, NULL) != SV_OK)
        return 1;
    audit_log_stamp(a, &e);
    if (audit_log_put(a, &e, NULL) != SV_OK)
        return 1;
    if (moment == BEFORE_COMMIT)
        kill(getpid(), SIGKILL);
    if (moment == AFTER_SEAL)
        return audit_log_commit(a, NULL) == SV_OK ? kill(getpid(), SIGKILL) : 2;
    if (db_put(a->db, TABLE_HEAD, 0, row, audit_head_encode(row, &a->head), NULL) != SV_OK ||
        db_commit(a->db, NULL) != SV_OK)
        return 3;
    return kill(getpid(), SIGKILL);
}

static void killed_between_the_steps(void **state)
{
    struct log *l = *state;
    uint64_t size = 1;

    log_make(l, 0);
    for (int moment = BEFORE_COMMIT; moment <= AFTER_SEAL; moment++) {
        int status;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(dies(l, (enum moment)moment));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        size += moment == BEFORE_COMMIT ? 0 : 1;
        expect_clean(l, NULL, size);
        log_make(l, 1);
        size++;
        expect_clean(l, NULL, size);
    }
}

/* ---- killed while a generation begins ---- */

/* Writes the seal as it was between the announcement of the newest generation and
 * its last write: the generation's A_0, from its row, beside what `was` has. */
static void turn_back(struct log *l, const struct audit_seal *was, const uint8_t sk[32])
{
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = NULL;
    SECRET_OWNED struct secret *box = NULL;
    SECRET_OWNED struct secret *key = NULL;
    BLOB_OWNED struct blob row = {0};
    struct audit_gen gen;

    expect(SV_OK, audit_open_inspect(&a, l->dir, vault_id, &t->err));
    expect(SV_OK, db_get(a->db, TABLE_GEN, (int64_t)was->generation + 1, &row, &t->err));
    assert_true(audit_gen_decode(&gen, row.bytes, row.len));
    struct seal_context ctx =
        audit_context(was->log_id, was->generation + 1, SEAL_AUDIT_KEY, gen.first);
    struct pkseal_reader reader = {sk, gen.pk};
    expect(SV_OK, pkseal_open(&key, &reader, NULL, &ctx, SEAL_EXACT, gen.key_box,
                              sizeof gen.key_box, &t->err));
    expect(SV_OK, audit_seal_new(&box, &t->err));
    *audit_seal_poke(box) = *was;
    audit_seal_poke(box)->has_upcoming = true;
    memcpy(audit_seal_poke(box)->upcoming, secret_peek(key), KEY_LEN);
    expect(SV_OK, audit_seal_write(box, a->seal_path, false, &t->err));
}

static struct audit_seal seal_now(struct log *l)
{
    struct temp *t = l->t;
    SECRET_OWNED struct secret *box = NULL;

    expect(SV_OK, audit_seal_new(&box, &t->err));
    expect(SV_OK, audit_seal_read(box, log_path(l, "seal"), &t->err));
    return *audit_seal_peek(box);
}

static void announced_only(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    SECRET_OWNED struct secret *box = NULL;

    log_make(l, 2);
    expect(SV_OK, audit_seal_new(&box, &t->err));
    *audit_seal_poke(box) = seal_now(l);
    audit_seal_poke(box)->has_upcoming = true;
    memset(audit_seal_poke(box)->upcoming, 5, KEY_LEN);
    expect(SV_OK, audit_seal_write(box, log_path(l, "seal"), true, &t->err));
    expect_clean(l, NULL, 3);
    log_make(l, 1);
    expect_clean(l, NULL, 4);
    assert_false(seal_now(l).has_upcoming);
}

static void committed_for_a_new_key(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    struct audit *a = NULL;

    log_make(l, 2);
    struct audit_seal was = seal_now(l);
    expect(SV_OK, audit_open(&a, l->dir, vault_id, l->other_pk, NULL, &t->err));
    audit_close(a);
    turn_back(l, &was, other_sk);
    expect_finding(l, NULL,
                   "generation 1 (from entry 3) is sealed to an audit key that is not known");
    assert_int_equal(log_verify(l, NULL).findings, 1);
    expect(SV_OK, audit_open(&a, l->dir, vault_id, l->other_pk, NULL, &t->err));
    log_append(l, a, "x");
    audit_close(a);
    expect_finding(l, NULL,
                   "generation 1 (from entry 3) is sealed to an audit key that is not known");
    assert_int_equal(log_verify(l, NULL).findings, 1);
    assert_int_equal(log_verify(l, NULL).generations, 2);

    /* The same, and the old generation's last entry or its end altered. */
    turn_back(l, &was, other_sk);
    log_meddle(l, "update gen set v = cast(substr(v, 1, 201) || case substr(v, 202) "
                  "when x'00' then x'01' else x'00' end as blob) where g = 0");
    expect_refused(l, NULL, "generation 0 was not closed as it should be");
}

static void committed_after_a_loss(void **state)
{
    struct log *l = *state;

    log_make(l, 2);
    struct audit_seal was = seal_now(l);
    was.has_live = false;
    memset(was.live, 0, sizeof was.live);
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    log_make(l, 0);
    turn_back(l, &was, audit_sk);
    expect_finding(l, NULL, "generation 0 was not closed");
    assert_int_equal(log_verify(l, NULL).findings, 1);
    log_make(l, 1);
    assert_int_equal(log_verify(l, NULL).findings, 1);
    assert_int_equal(log_verify(l, NULL).generations, 2);
}

/* Opens with one key and the other in turn, for ever. */
static int flip_keys(const struct log *l)
{
    struct audit *a = NULL;

    for (int i = 0;; i++) {
        const uint8_t *pk = i % 2 ? l->pk : l->other_pk;
        if (audit_open(&a, l->dir, vault_id, pk, NULL, NULL) != SV_OK)
            return 1;
        audit_close(a);
    }
}

static enum sv_status count_foreign(void *context, int64_t key, const uint8_t *row, size_t len,
                                    struct sv_err *err)
{
    uint64_t *count = context;

    (void)key, (void)len, (void)err;
    uint8_t own[32];
    pkseal_public(own, audit_sk);
    *count += memcmp(row + 8, own, sizeof own) != 0;
    return SV_OK;
}

static void killed_at_any_new_generation(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;

    log_make(l, 1);
    for (int round = 0; round < 30; round += is_slow() ? 5 : 1) {
        AUDIT_OWNED struct audit *a = NULL;
        struct audit_report r;
        uint64_t foreign = 0;
        int status;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(flip_keys(l));
        pause_us((is_slow() ? 40 : 1) * (500 + 173 * round));
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        expect(SV_OK, audit_open_inspect(&a, l->dir, vault_id, &t->err));
        expect(SV_OK, log_check(a, audit_sk, &(struct audit_check){0}, &r, &t->err));
        expect(SV_OK,
               db_walk(a->db, TABLE_GEN, 0, INT64_MAX, false, count_foreign, &foreign, &t->err));
        if (r.findings != foreign)
            fail_msg("round %d: %d findings: %s", round, (int)r.findings, r.first);
    }
}

/* ---- no room, no rights ---- */

static int cannot_grow(struct log *l)
{
    AUDIT_OWNED struct audit *a = NULL;
    struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK};
    struct audit_mark before, after;
    struct sv_err err = {""};
    struct rlimit limit = {.rlim_cur = 128 << 10, .rlim_max = 128 << 10};
    enum sv_status st = SV_OK;

    signal(SIGXFSZ, SIG_IGN);
    if (audit_open(&a, l->dir, vault_id, l->pk, NULL, NULL) != SV_OK ||
        setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    for (int i = 0; i < 100 && st == SV_OK; i++) {
        audit_mark_now(a, &before);
        st = audit_append(a, &e, NULL, NULL, &err);
    }
    audit_mark_now(a, &after);
    if (st != SV_IO || strstr(err.text, "nothing is released without it") == NULL)
        return 2;
    if (memcmp(&before, &after, sizeof before) != 0)
        return 3;
    return audit_append(a, &e, NULL, NULL, &err) == SV_IO ? 0 : 4;
}

/* The child's exit status. */
static int in_child(struct log *l, int (*fn)(struct log *))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(fn(l));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void no_room_in_the_file(void **state)
{
    struct log *l = *state;
    struct audit_mark mark = log_make(l, 3), now;

    assert_int_equal(in_child(l, cannot_grow), 0);
    now = log_make(l, 1);
    assert_true(now.size > mark.size + 1);
    expect_clean(l, &mark, now.size);
}

/* A disk of 256 KiB, full after some entries, and free again. */
static int full_disk(struct log *l)
{
    struct temp *t = l->t;
    struct audit_event e = log_event("x");
    struct sv_err err = {""};
    struct audit *a = NULL;
    enum sv_status st = SV_OK;
    uint64_t acknowledged = 1;

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        mount("none", t->dir, "tmpfs", 0, "size=256k,mode=0700") != 0)
        return geteuid() == 0 ? 1 : 0;
    temp_write(temp_path(t, "ballast"), t, sizeof *t);
    a = log_open(l, NULL);
    while ((st = audit_append(a, &e, NULL, NULL, &err)) == SV_OK)
        acknowledged++;
    if (st != SV_IO || strstr(err.text, "disk is full") == NULL || acknowledged < 5)
        return 2;
    audit_close(a);
    if (mount("none", t->dir, "tmpfs", MS_REMOUNT, "size=1m") != 0)
        return 3;
    struct audit_mark mark = log_make(l, 2);
    expect_clean(l, NULL, mark.size);
    return mark.size == acknowledged + 2 ? 0 : 4;
}

static void no_room_on_the_disk(void **state)
{
    struct log *l = *state;

    assert_int_equal(in_child(l, full_disk), 0);
}

/* The first commit of all does not fit either: nothing is left half begun. */
static int tiny_disk(struct log *l)
{
    struct temp *t = l->t;
    struct audit *a = NULL;
    struct sv_err err = {""};

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0)
        return geteuid() == 0 ? 1 : 0;
    for (int pages = 1; pages < 40; pages++) {
        char size[32];
        snprintf(size, sizeof size, "size=%dk,mode=0700", 4 * pages);
        if (mount("none", t->dir, "tmpfs", 0, size) != 0)
            return 2;
        enum sv_status st = audit_open(&a, l->dir, vault_id, l->pk, NULL, &err);
        audit_close(a);
        a = NULL;
        if (st != SV_OK && (st != SV_IO || strstr(err.text, "nothing is released") == NULL))
            return 3;
        if (mount("none", t->dir, "tmpfs", MS_REMOUNT, "size=1m") != 0)
            return 4;
        expect_clean(l, NULL, log_make(l, 1).size);
        if (umount(t->dir) != 0)
            return 5;
    }
    return 0;
}

static void no_room_to_begin(void **state)
{
    struct log *l = *state;

    assert_int_equal(in_child(l, tiny_disk), 0);
}

static int read_only_disk(struct log *l)
{
    struct temp *t = l->t;
    struct audit_event e = log_event("x");
    struct sv_err err = {""};
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit *b = NULL;

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        mount(t->dir, t->dir, "", MS_BIND, "") != 0 ||
        mount("none", t->dir, "", MS_BIND | MS_REMOUNT | MS_RDONLY, "") != 0)
        return geteuid() == 0 ? 1 : 0;
    if (audit_open(&b, l->dir, vault_id, l->pk, NULL, &err) != SV_IO ||
        strstr(err.text, "nothing is released without it") == NULL)
        return 2;
    err.text[0] = '\0';
    if (audit_append(a, &e, NULL, NULL, &err) == SV_OK)
        return 3;
    return 0;
}

static void read_only(void **state)
{
    struct log *l = *state;
    struct audit_mark mark = log_make(l, 2);

    assert_int_equal(in_child(l, read_only_disk), 0);
    expect_clean(l, &mark, 3);
}

static int without_rights(struct log *l)
{
    struct audit *a = NULL;
    struct sv_err err = {""};

    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    return audit_open(&a, l->dir, vault_id, l->pk, NULL, &err) == SV_IO &&
                   strstr(err.text, "nothing is released without it") != NULL
               ? 0
               : 2;
}

static void no_rights(void **state)
{
    struct log *l = *state;

    log_make(l, 1);
    assert_int_equal(chmod(l->t->dir, 0755), 0);
    assert_int_equal(chmod(temp_path(l->t, "state"), 0755), 0);
    if (geteuid() != 0)
        assert_int_equal(chmod(l->dir, 0500), 0);
    assert_int_equal(in_child(l, without_rights), 0);
}

/* ---- no memory ---- */

/* One case lives in `step`; what it leaves must be a log that goes on. */
static void fail_each_allocation(struct log *l,
                                 enum sv_status (*step)(struct log *, void *, struct sv_err *),
                                 void *context, void (*before)(struct log *))
{
    size_t live = secret_live();
    bool failed = true;

    for (unsigned long n = 1; failed; n += is_slow() ? 7 : 1) {
        struct sv_err err = {""};
        before(l);
        sv_alloc_fail_at(n);
        enum sv_status st = step(l, context, &err);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(failed || st == SV_OK);
        if (st != SV_OK && ((st != SV_INTERNAL && st != SV_IO) || err.text[0] == '\0'))
            fail_msg("allocation %lu: %d: %s", n, st, err.text);
        assert_int_equal(secret_live(), live);
        if (n % 8 == 0 || !failed) {
            log_make(l, 1);
            expect_clean(l, NULL, log_verify(l, NULL).entries);
        }
        assert_true(n < 3000);
    }
}

static void begin_anew(struct log *l)
{
    nftw(temp_path(l->t, "state"), temp_forget, 8, FTW_DEPTH | FTW_PHYS);
}

static enum sv_status open_one(struct log *l, void *context, struct sv_err *err)
{
    AUDIT_OWNED struct audit *a = NULL;

    (void)context;
    return audit_open(&a, l->dir, vault_id, l->pk, NULL, err);
}

/* Some hundred logs are begun: in memory where that is allowed, since each costs
 * several syncs. */
static int begin_in_memory(struct log *l)
{
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", "", MS_REC | MS_PRIVATE, "") == 0)
        (void)mount("none", l->t->dir, "tmpfs", 0, "mode=0700");
    fail_each_allocation(l, open_one, NULL, begin_anew);
    return 0;
}

static void no_memory_to_begin(void **state)
{
    assert_int_equal(in_child(*state, begin_in_memory), 0);
}

static void leave_as_is(struct log *l)
{
    (void)l;
}

static void lose_seal(struct log *l)
{
    unlink(log_path(l, "seal"));
}

static void no_memory_to_open(void **state)
{
    log_make(*state, 2);
    fail_each_allocation(*state, open_one, NULL, leave_as_is);
}

/* A new generation each time: as many findings as generations but one. */
static void no_memory_to_renew(void **state)
{
    struct log *l = *state;
    bool failed = true;

    log_make(l, 2);
    for (unsigned long n = 1; failed; n += is_slow() ? 7 : 1) {
        lose_seal(l);
        sv_alloc_fail_at(n);
        enum sv_status st = open_one(l, NULL, NULL);
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(failed || st == SV_OK);
        assert_int_equal(secret_live(), 0);
        assert_true(n < 3000);
    }
    log_make(l, 1);
    struct audit_report r = log_verify(l, NULL);
    assert_int_equal(r.findings, r.generations - 1);
}

/* Whatever fails, an entry that was acknowledged is there, and no other status
 * stands for one. */
static enum sv_status use_one(struct log *l, void *context, struct sv_err *err)
{
    struct audit *a = context;
    uint8_t key[KEY_LEN] = {3};
    struct audit_keep use = {.row = 5, .key = key};
    struct audit_event e = log_event("x");
    struct audit_filter newest = {.last = 1};
    struct audit_report r = {0};
    struct audit_mark mark;
    struct listed list = {0};
    enum sv_status st;

    (void)l;
    if ((st = audit_append(a, &e, &use, &mark, err)) != SV_OK)
        return st;
    assert_int_equal(mark.size, e.seq + 1);
    if ((st = log_read(a, audit_sk, &newest, log_collect, &list, err)) != SV_OK ||
        (st = log_check(a, audit_sk, &(struct audit_check){.remembered = &mark}, &r, err)) != SV_OK)
        return st;
    assert_int_equal(list.events[0].seq, e.seq);
    assert_int_equal(r.findings, 0);
    return SV_OK;
}

static void no_memory_to_append(void **state)
{
    AUDIT_OWNED struct audit *a = log_open(*state, NULL);

    fail_each_allocation(*state, use_one, a, leave_as_is);
}

/* Another process sits on the lock. The wait is the header's 10 s, so the lock is
 * given back after a moment: no entry may have come meanwhile. */
static void the_lock_is_waited_for(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    int lock = -1, status;

    log_make(l, 0);
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    expect(SV_OK, audit_log_lock(a, &lock, &t->err));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(lock);
        _exit(worker(l, 1, 1, -1));
    }
    pause_us(50000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    (void)close(lock);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    expect_clean(l, NULL, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(sixteen_at_once),
        LOG_CASE(killed_at_any_moment),
        LOG_CASE(killed_between_the_steps),
        LOG_CASE(announced_only),
        LOG_CASE(committed_for_a_new_key),
        LOG_CASE(committed_after_a_loss),
        LOG_CASE(killed_at_any_new_generation),
        LOG_CASE(no_room_in_the_file),
        LOG_CASE(no_room_on_the_disk),
        LOG_CASE(no_room_to_begin),
        LOG_CASE(read_only),
        LOG_CASE(no_rights),
        LOG_CASE(no_memory_to_begin),
        LOG_CASE(no_memory_to_open),
        LOG_CASE(no_memory_to_renew),
        LOG_CASE(no_memory_to_append),
        LOG_CASE(the_lock_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
