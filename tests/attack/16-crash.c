/* SPDX-License-Identifier: ISC */
/*
 * Attack 16, a deletion that pretends to be a crash.
 * Without LOG_SEAL: a deleted tail was taken for a crash
 *
 * A process is killed between its commit and the seal's: that is a crash, the seal
 * lags, and the log goes on without a finding. Then the newest entries are deleted and
 * the head is put back to what it was, and a process is killed on top of it: the seal
 * has seen more than there is. The verdicts must differ, also locked.
 */
#include "log.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "audit/log.h"

/* Appends one entry and dies between the commit and the seal. */
static int crash(const struct log *l)
{
    struct audit *a = NULL;
    struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK, .time = (int64_t)time(NULL)};
    uint8_t row[AUDIT_HEAD_MAX];
    int lock = -1;

    if (audit_open(&a, l->dir, vault_id, l->pk, NULL, NULL) != SV_OK ||
        audit_log_lock(a, &lock, NULL) != SV_OK || audit_log_ready(a, false, NULL) != SV_OK)
        return 1;
    audit_log_stamp(a, &e);
    if (audit_log_put(a, &e, NULL) != SV_OK ||
        db_put(a->db, TABLE_HEAD, 0, row, audit_head_encode(row, &a->head), NULL) != SV_OK ||
        db_commit(a->db, NULL) != SV_OK)
        return 1;
    return kill(getpid(), SIGKILL);
}

static void crashes(struct log *l)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(crash(l));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_real_crash_is_no_finding(void **state)
{
    struct log *l = *state;

    log_make(l, 3);
    for (int i = 0; i < 3; i++) {
        crashes(l);
        expect_clean(l, NULL, 5 + (uint64_t)i);
    }
    log_make(l, 1);
    expect_clean(l, NULL, 8);
}

/* `deleted` of six entries go, with or without the head put back and a crash. */
static void delete_tail(struct log *l, int deleted, bool crash_too)
{
    struct audit_report r;
    struct audit *a = NULL;
    uint8_t head[7][ROW_MAX];
    size_t len[7];
    char sql[64];

    log_make(l, 0);
    for (int i = 1; i < 7; i++) {
        len[i] = get_row(l, "head", 0, head[i]);
        if (i < 6)
            log_make(l, 1);
    }
    snprintf(sql, sizeof sql, "delete from entry where seq >= %d", 6 - deleted);
    log_meddle(l, sql);
    put_row(l, "head", 0, head[6 - deleted], len[6 - deleted]);
    if (crash_too) { /* it cannot even begin to append */
        pid_t pid = fork();
        int status;
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(crash(l));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status))
            broken("a deleted tail was taken for a crash, and the log went on");
    }
    r = log_verify(l, NULL);
    if (r.findings == 0 || strstr(r.first, "its tail was deleted") == NULL)
        broken("a deleted tail was taken for a crash: %s", r.first);
    if (audit_open(&a, l->dir, vault_id, l->pk, NULL, &l->t->err) == SV_OK)
        broken("a deleted tail was taken for a crash by a locked process");
}

static void a_deleted_tail_is_no_crash(void **state)
{
    delete_tail(*state, 1, false);
}

static void nor_when_a_process_was_killed_on_top(void **state)
{
    delete_tail(*state, 3, true);
}

ATTACK_MAIN(LOG_CASE(a_real_crash_is_no_finding), LOG_CASE(a_deleted_tail_is_no_crash),
            LOG_CASE(nor_when_a_process_was_killed_on_top))
