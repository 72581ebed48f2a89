/* SPDX-License-Identifier: ISC */
/*
 * A log that a program has open for hours, while others append to it, its files are moved,
 * the disk is full and is not any more: nothing is acknowledged that is not in the log.
 */
#include "audit_fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "audit/pool.h"

static void refused(struct log *l, struct audit *a, enum sv_status status, const char *why)
{
    struct temp *t = l->t;
    struct audit_event e = log_event("x");

    expect(status, audit_append(a, &e, NULL, NULL, &t->err));
    expect_text(why);
}

static void moved(struct log *l, const char *from, const char *to)
{
    assert_int_equal(rename(log_path(l, from), log_path(l, to)), 0);
}

/* An entry in a file that nobody finds again is no entry: whichever of the three lost its
 * name. Put back, the log is what it was. */
static void no_entry_goes_to_a_file_without_a_name(void **state)
{
    static const char *const files[] = {"audit.db", "audit.db-wal", "audit.db-shm"};
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);

    log_append(l, a, "0");
    for (size_t i = 0; i < 3; i++) {
        moved(l, files[i], "aside");
        refused(l, a, SV_DATA, "moved aside or deleted");
        temp_write(log_path(l, files[i]), "", 0);
        refused(l, a, SV_DATA, "moved aside or deleted");
        moved(l, "aside", files[i]);
        log_append(l, a, "1");
    }
    expect_clean(l, NULL, 5);
}

/* Somebody takes the name away after the look before the commit. */
static struct log *taken_from;
static ssize_t (*write_at)(int, const void *, size_t, off_t);

static ssize_t take_name_and_write(int fd, const void *bytes, size_t len, off_t at)
{
    if (taken_from != NULL)
        moved(taken_from, "audit.db-wal", "aside");
    taken_from = NULL;
    return write_at(fd, bytes, len, at);
}

static void a_name_that_is_lost_meanwhile_is_no_entry(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");

    log_append(l, a, "0");
    write_at = (ssize_t(*)(int, const void *, size_t, off_t))vfs->xGetSystemCall(vfs, "pwrite64");
    vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)take_name_and_write);
    taken_from = l;
    refused(l, a, SV_DATA, "moved aside or deleted");
    vfs->xSetSystemCall(vfs, "pwrite64", NULL);
    assert_null(taken_from);
    moved(l, "aside", "audit.db-wal");
    log_append(l, a, "2");
    expect_clean(l, NULL, 4);
}

static void others_append_in_between(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    AUDIT_OWNED struct audit *b = log_open(l, NULL);
    struct audit_mark mark;

    for (int i = 0; i < 40; i++) {
        for (int j = 0; j < i % 5; j++)
            log_append(l, b, "b");
        log_append(l, a, "a");
    }
    audit_mark_now(a, &mark);
    assert_int_equal(mark.size, 1 + 40 + 80);
    expect_clean(l, &mark, 121);
}

/* The write-ahead log is moved into the file by whoever finds it long. */
static void others_move_the_wal(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);

    log_append(l, a, "a");
    for (int i = 0; i < 3; i++) {
        log_make(l, 150);
        log_append(l, a, "a");
    }
    assert_true(temp_size(log_path(l, "audit.db-wal")) < 700 << 10);
    expect_clean(l, NULL, 1 + 1 + 3 * 151);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_disk_that_was_full_is_written_again(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_event e[20];
    struct audit_item items[20];
    uint64_t kept = 1;

    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < 20; i++) {
        e[i] = log_event("x");
        items[i] = (struct audit_item){.event = &e[i]};
    }
    for (int round = 0; round < 8; round++) {
        limit_files((rlim_t)temp_size(log_path(l, "audit.db-wal")) + (rlim_t)round * 2000);
        for (int i = 0; i < 4; i++)
            if (audit_append_many(a, items, 20, NULL, &t->err) == SV_OK)
                kept += 20;
            else
                expect_text("nothing is released without it");
        limit_files(0);
        refused(l, a, SV_IO, "nothing is released without it");
        limit_files(RLIM_INFINITY);
        log_append(l, a, "again");
        kept++;
    }
    expect_clean(l, NULL, kept);
}

/* Its key was renewed by another process, which the open log has not been told: what it
 * appends is for the new key. */
static void another_process_begins_a_generation(void **state)
{
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    AUDIT_OWNED struct audit *b = log_open(l, NULL);
    SECRET_OWNED struct secret *keys = NULL;
    struct audit_report report;
    struct listed list = {0};

    (void)audit_prepare(a, 4);
    log_append(l, a, "old");
    audit_set_key(b, l->other_pk);
    log_append(l, b, "new");
    log_append(l, a, "also new");
    audit_set_key(a, l->other_pk);
    log_append(l, a, "told"); /* no generation of its own */
    expect(SV_OK, secret_new(&keys, 64, &t->err));
    expect(SV_OK, secret_append(keys, other_sk, 32, &t->err));
    expect(SV_OK, secret_append(keys, audit_sk, 32, &t->err));
    expect(SV_OK, audit_verify(a, keys, &(struct audit_check){.full = true}, &report, &t->err));
    assert_int_equal(report.findings, 0);
    assert_int_equal(report.generations, 2);
    expect(SV_DENIED,
           log_read(a, audit_sk, &(struct audit_filter){.last = 2}, log_collect, &list, &t->err));
    expect(SV_OK,
           log_read(a, other_sk, &(struct audit_filter){.last = 2}, log_collect, &list, &t->err));
    assert_string_equal(list.events[0].profile, "also new");
}

/* The seal is deleted: the log goes on, and says that it was. The lock's file is only a
 * name: whoever comes next makes it. */
static void seal_and_lock_are_deleted(void **state)
{
    struct log *l = *state;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);

    log_append(l, a, "0");
    assert_int_equal(unlink(log_path(l, "lock")), 0);
    log_append(l, a, "1");
    expect_clean(l, NULL, 3);
    assert_int_equal(unlink(log_path(l, "seal")), 0);
    log_append(l, a, "2");
    struct audit_report r = log_verify(l, NULL);
    assert_int_equal(r.findings, 1);
    assert_int_equal(r.entries, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_CASE(no_entry_goes_to_a_file_without_a_name),
        LOG_CASE(a_name_that_is_lost_meanwhile_is_no_entry),
        LOG_CASE(others_append_in_between),
        LOG_CASE(others_move_the_wal),
        LOG_CASE(a_disk_that_was_full_is_written_again),
        LOG_CASE(another_process_begins_a_generation),
        LOG_CASE(seal_and_lock_are_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
