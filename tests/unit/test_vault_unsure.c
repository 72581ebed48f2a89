/* SPDX-License-Identifier: ISC */
/*
 * A change whose commit fails at its very last step, on a disk that then cannot be read
 * either: whether it was made nobody knows, and what depends on it is kept both ways.
 */
#include "members.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>

/* ---- the disk ---- */

static sqlite3_vfs *vfs;
static ino_t broken_file; /* 0: none yet */
static ino_t vault_file;
static ssize_t (*read_at)(int, void *, size_t, off_t);

/* The folder cannot be synced (it is a pipe), and from then on the vault not be read. */
static int open_no_folder(const char *path, int *fd)
{
    int ends[2];

    (void)path;
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[1]);
    *fd = ends[0];
    broken_file = vault_file;
    return SQLITE_OK;
}

static ssize_t read_unless_broken(int fd, void *bytes, size_t len, off_t at)
{
    struct stat sb;

    if (broken_file != 0 && fstat(fd, &sb) == 0 && sb.st_ino == broken_file) {
        errno = EIO;
        return -1;
    }
    return read_at(fd, bytes, len, at);
}

static void disk_breaks(struct fixture *f)
{
    struct stat sb;

    assert_int_equal(stat(f->path, &sb), 0);
    vault_file = sb.st_ino;
    broken_file = 0;
    vfs = sqlite3_vfs_find("unix");
    read_at = (ssize_t(*)(int, void *, size_t, off_t))vfs->xGetSystemCall(vfs, "pread64");
    vfs->xSetSystemCall(vfs, "openDirectory", (sqlite3_syscall_ptr)open_no_folder);
    vfs->xSetSystemCall(vfs, "pread64", (sqlite3_syscall_ptr)read_unless_broken);
}

static void disk_works(void)
{
    assert_true(broken_file != 0);
    vfs->xSetSystemCall(vfs, "openDirectory", NULL);
    vfs->xSetSystemCall(vfs, "pread64", NULL);
}

/* ---- what is left ---- */

static int64_t last_used(struct fixture *f)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};

    must(vault_list_used(f->v, &list, &f->err));
    assert_int_equal(list.count, 1);
    return list.items[0].last_used;
}

static enum sv_status keep_event(void *context, const struct audit_event *event, struct sv_err *err)
{
    (void)err;
    *(struct audit_event *)context = *event;
    return SV_OK;
}

/* A new epoch puts the marks of last use under new keys: they are there whether it was
 * begun or not. */
static void marks_of_last_use_outlive_it(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person eve = {0};
    struct audit_filter filter = {.last = 1, .op = AUDIT_MEMBER};
    struct audit_event event = {0};
    struct audit_report report;
    struct vault_info before, after;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    person_join(f, &eve, "eve", ROLE_READER);
    fixture_expect(f, "work", 0, "one");
    int64_t used = last_used(f);
    assert_true(used > 0);
    must(vault_info(f->v, &before, &f->err));
    disk_breaks(f);
    must_fail(SV_IO, vault_member_remove(f->v, eve.slot, NULL, NULL, &f->err));
    disk_works();
    expect_words(f, "whether the change was made cannot be read");
    fixture_reopen(f);
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(after.epoch, before.epoch + 1); /* it was */
    assert_int_equal(last_used(f), used);
    must(vault_audit_read(f->v, &filter, keep_event, &event, &f->err));
    assert_int_equal(event.result, AUDIT_FAILED);
    assert_string_equal(event.note, "begun; its end was not recorded");
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_int_equal(report.findings, 0);
    fixture_expect(f, "work", 0, "one");
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_of_last_use_outlive_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
