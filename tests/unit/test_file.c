/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"

/* How many files there are here, so that a test can tell that none is left over. */
static size_t files_here(void)
{
    DIR *dir = opendir(".");
    assert_non_null(dir);
    size_t n = 0;
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void expect_content(const char *path, const void *bytes, size_t len)
{
    static char back[300000];
    assert_int_equal(support_read(path, back, sizeof back), len);
    assert_memory_equal(back, bytes, len);
}

static void expect_mode(const char *path, mode_t mode)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const joins[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a//", "/b", "a/b"}, {"/", "b", "/b"},
        {"", "b", "b"},    {".", "b", "./b"},  {"a", "", "a/"},      {"/a/b", "c/d", "/a/b/c/d"}};
    static const char *const parents[][2] = {
        {"a", "."}, {"a/b", "a"}, {"/a", "/"}, {"/a/b", "/a"}, {"a/b/", "a"}, {"a//b", "a"},
        {"/", "/"}, {"//", "/"},  {"", "."},   {"/a//", "/"},  {"a/", "."},   {"../x", ".."}};
    for (size_t i = 0; i < COUNT(joins); i++) {
        SV_AUTOFREE char *path = path_join(joins[i][0], joins[i][1]);
        assert_string_equal(path, joins[i][2]);
    }
    for (size_t i = 0; i < COUNT(parents); i++) {
        SV_AUTOFREE char *dir = path_dir(parents[i][0]);
        assert_string_equal(dir, parents[i][1]);
    }
}

/* Something of every kind that is not a regular file; all of them stay unread. */
static const char *const odd[] = {"link", "dangling", "dir", "fifo", "socket", "device"};

static void make_odd(void)
{
    support_write("file", "content", 7, 0600);
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(mkdir("dir", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    close(fd);
    assert_int_equal(symlink("/dev/null", "device"), 0);
}

static void test_look(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum file_kind kind;
    } seen[] = {{"file", FILE_REGULAR},     {"link", FILE_SYMLINK}, {"dangling", FILE_SYMLINK},
                {"dir", FILE_DIRECTORY},    {"fifo", FILE_OTHER},   {"socket", FILE_OTHER},
                {"/dev/null", FILE_OTHER},  {"none", FILE_ABSENT},  {"none/x", FILE_ABSENT},
                {"file/below", FILE_ABSENT}};
    make_odd();
    for (size_t i = 0; i < COUNT(seen); i++) {
        enum file_kind kind = FILE_OTHER;
        assert_int_equal(file_look(seen[i].path, &kind, NULL), SV_OK);
        assert_int_equal(kind, seen[i].kind);
    }
}

static int cannot_look(void *context)
{
    (void)context;
    enum file_kind kind = FILE_OTHER;
    struct sv_err err = {0};
    SECRET_OWNED struct secret *s = NULL;
    if (chmod(".", 0711) != 0 || mkdir("closed", 0) != 0 || support_drop_rights() != 0)
        return 1;
    if (file_look("closed/x", &kind, &err) != SV_IO || kind != FILE_OTHER)
        return 2;
    if (file_read_secret("closed/x", 10, &s, &err) != SV_IO || s != NULL)
        return 3;
    if (file_create("closed/x", "x", 1, 0600, &err) != SV_IO)
        return 4;
    return strstr(err.text, "Permission denied") != NULL ? 0 : 5;
}

static void test_unreadable_parent(void **state)
{
    (void)state;
    assert_child_ok(cannot_look, NULL);
}

static void test_private(void **state)
{
    (void)state;
    struct sv_err err = {0};
    make_odd();
    assert_int_equal(file_check_private("none", &err), SV_MISSING);
    for (size_t i = 0; i < COUNT(odd); i++)
        assert_int_equal(file_check_private(odd[i], &err), SV_DENIED);
    for (mode_t mode = 0; mode <= 0777; mode++) {
        assert_int_equal(chmod("file", mode), 0);
        enum sv_status want = (mode & 066) == 0 ? SV_OK : SV_DENIED;
        assert_int_equal(file_check_private("file", &err), want);
    }
    assert_non_null(strstr(err.text, "chmod 600"));
}

static int foreign_owner(void *context)
{
    (void)context;
    struct sv_err err = {0};
    if (geteuid() != 0)
        return 0; /* only root can give a file away */
    support_write("foreign", "x", 1, 0600);
    if (chown("foreign", 4321, 4321) != 0 || chmod(".", 0711) != 0)
        return 1;
    if (file_check_private("foreign", &err) != SV_DENIED || strstr(err.text, "4321") == NULL)
        return 2;
    if (mkdir("theirs", 0700) != 0 || chown("theirs", 4321, 4321) != 0 ||
        file_check_folder("theirs", &err) != SV_DENIED || strstr(err.text, "4321") == NULL)
        return 4;
    support_write("roots", "x", 1, 0600);
    return support_drop_rights() == 0 && file_check_private("roots", &err) == SV_OK ? 0 : 3;
}

static void test_private_owner(void **state)
{
    (void)state;
    assert_child_ok(foreign_owner, NULL);
}

static void test_read_refuses(void **state)
{
    (void)state;
    make_odd();
    struct sv_err err = {0};
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct secret *s = NULL;
        BLOB_OWNED struct blob b = {0};
        bool link = i < 2 || i == 5;
        alarm(10); /* a FIFO that blocks kills the test */
        assert_int_equal(file_read_secret(odd[i], 100, &s, &err), link ? SV_DENIED : SV_DATA);
        assert_non_null(strstr(err.text, link ? "symbolic link" : "not a regular file"));
        assert_int_equal(file_read_blob(odd[i], 100, &b, &err), link ? SV_DENIED : SV_DATA);
        alarm(0);
        assert_null(s);
        assert_null(b.bytes);
    }
    struct secret *s = NULL;
    assert_int_equal(file_read_secret("/dev/zero", 100, &s, &err), SV_DATA);
    assert_int_equal(file_read_secret("no\033ne", 100, &s, &err), SV_MISSING);
    assert_non_null(strstr(err.text, "no\\x1bne"));
    assert_int_equal(file_read_secret("file/below", 100, &s, &err), SV_MISSING);
    assert_null(s);
    assert_int_equal(secret_live(), 0);
}

static void test_read_limits(void **state)
{
    (void)state;
    static uint8_t bytes[100001];
    static const size_t sizes[] = {0, 1, 63, 64, 65, 3999, 4000, 4001, 8000, 100000};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        size_t size = sizes[i];
        support_write("sized", bytes, size, 0600);
        size_t limits[] = {size, size + 1, 1 << 20};
        for (size_t l = 0; l < COUNT(limits); l++) {
            SECRET_OWNED struct secret *s = NULL;
            BLOB_OWNED struct blob b = {0};
            assert_int_equal(file_read_secret("sized", limits[l], &s, NULL), SV_OK);
            assert_int_equal(secret_len(s), size);
            assert_memory_equal(secret_peek(s), bytes, size);
            assert_int_equal(file_read_blob("sized", limits[l], &b, NULL), SV_OK);
            assert_int_equal(b.len, size);
            if (size > 0)
                assert_memory_equal(b.bytes, bytes, size);
        }
        if (size == 0)
            continue;
        struct secret *s = NULL;
        struct blob b = {0};
        assert_int_equal(file_read_secret("sized", size - 1, &s, NULL), SV_DATA);
        assert_int_equal(file_read_blob("sized", size - 1, &b, NULL), SV_DATA);
        assert_null(s);
        assert_null(b.bytes);
    }
    /* A file that says 0 and holds more. */
    BLOB_OWNED struct blob b = {0};
    assert_int_equal(file_read_blob("/proc/self/status", 1 << 16, &b, NULL), SV_OK);
    assert_true(b.len > 100);
    struct blob small = {0};
    assert_int_equal(file_read_blob("/proc/self/status", 100, &small, NULL), SV_DATA);
    assert_int_equal(secret_live(), 0);
}

/* Feeds a pipe in small pieces; the reader's end may be non-blocking. */
static enum sv_status drain_pipe(size_t size, size_t limit, int flags, struct secret **out,
                                 struct sv_err *err)
{
    int ends[2];
    assert_int_equal(pipe2(ends, flags), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        static char bytes[100000];
        memset(bytes, 'p', sizeof bytes);
        signal(SIGPIPE, SIG_IGN);
        close(ends[0]);
        for (size_t at = 0; at < size; at += 997)
            if (file_write_all(ends[1], bytes + at, size - at < 997 ? size - at : 997) != 0)
                break;
        _exit(0);
    }
    close(ends[1]);
    enum sv_status status = file_drain_secret(ends[0], limit, "the answer", out, err);
    close(ends[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return status;
}

static void test_drain(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 3999, 4000, 4001, 90000};
    struct sv_err err = {0};
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
            SECRET_OWNED struct secret *s = NULL;
            assert_int_equal(drain_pipe(sizes[i], sizes[i], flags, &s, &err), SV_OK);
            assert_int_equal(secret_len(s), sizes[i]);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(secret_peek(s)[k], 'p');
            struct secret *none = NULL;
            if (sizes[i] > 0) {
                assert_int_equal(drain_pipe(sizes[i], sizes[i] - 1, flags, &none, &err), SV_DATA);
                assert_non_null(strstr(err.text, "the answer"));
                assert_null(none);
            }
        }
    struct secret *none = NULL;
    assert_int_equal(file_drain_secret(-1, 10, "the answer", &none, &err), SV_IO);
    assert_null(none);
    assert_int_equal(secret_live(), 0);
}

static void test_replace(void **state)
{
    (void)state;
    struct sv_err err = {0};
    size_t before = files_here();
    umask(0);
    assert_int_equal(file_replace("new", "one", 3, 0600, &err), SV_OK);
    expect_content("new", "one", 3);
    expect_mode("new", 0600);
    umask(077);
    int old = open("new", O_RDONLY);
    assert_int_equal(file_replace("./new", "zwei", 4, 0644, &err), SV_OK);
    expect_content("new", "zwei", 4);
    expect_mode("new", 0644);
    char bytes[4] = {0};
    assert_int_equal(read(old, bytes, 4), 3); /* who reads the old one goes on reading it */
    close(old);
    assert_int_equal(file_replace_soon("new", "drei", 4, 0600, &err), SV_OK);
    expect_content("new", "drei", 4);
    assert_int_equal(file_replace("new", NULL, 0, 0600, &err), SV_OK);
    expect_content("new", "", 0);
    assert_int_equal(files_here(), before + 1);
}

static void test_replace_and_create_refuse(void **state)
{
    (void)state;
    struct sv_err err = {0};
    make_odd();
    size_t before = files_here();
    for (size_t i = 0; i < COUNT(odd); i++) {
        bool link = i < 2 || i == 5;
        assert_int_equal(file_replace(odd[i], "x", 1, 0600, &err), link ? SV_DENIED : SV_EXISTS);
        assert_int_equal(file_create(odd[i], "x", 1, 0600, &err), SV_EXISTS);
    }
    assert_int_equal(file_create("file", "x", 1, 0600, &err), SV_EXISTS);
    assert_string_equal(err.text, "file exists already");
    expect_content("file", "content", 7);
    assert_int_equal(file_replace("none/x", "x", 1, 0600, &err), SV_EXISTS);
    assert_int_equal(file_create("none/x", "x", 1, 0600, &err), SV_EXISTS);
    assert_int_equal(file_replace("file/x", "x", 1, 0600, &err), SV_EXISTS);
    assert_int_equal(file_create("", "x", 1, 0600, &err), SV_EXISTS);
    assert_int_equal(files_here(), before);
}

static void test_create(void **state)
{
    (void)state;
    struct sv_err err = {0};
    umask(0);
    assert_int_equal(file_create("created", "one", 3, 0400, &err), SV_OK);
    umask(077);
    expect_content("created", "one", 3);
    expect_mode("created", 0400);
    assert_int_equal(file_create("created", "two", 3, 0600, &err), SV_EXISTS);
    expect_content("created", "one", 3);
    assert_int_equal(files_here(), 1);
}

static void test_move_new(void **state)
{
    (void)state;
    struct sv_err err = {0};
    assert_int_equal(file_create("one", "one", 3, 0600, &err), SV_OK);
    assert_int_equal(file_create("two", "two", 3, 0600, &err), SV_OK);
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_int_equal(file_move_new("one", "two", &err), SV_EXISTS);
    assert_int_equal(file_move_new("one", "link", &err), SV_EXISTS);
    assert_int_equal(file_move_new("one", "none/x", &err), SV_EXISTS);
    assert_int_equal(file_move_new("none", "x", &err), SV_EXISTS);
    expect_content("one", "one", 3);
    expect_content("two", "two", 3);
    assert_int_equal(file_move_new("one", "three", &err), SV_OK);
    expect_content("three", "one", 3);
    assert_int_equal(files_here(), 3);
}

/* Many make the same file at once: one wins, the others hear of it. */
static void test_create_race(void **state)
{
    (void)state;
    enum { RACERS = 4, ROUNDS = 25 };
    for (int round = 0; round < ROUNDS; round++) {
        int start[2], won = 0;
        char name[16], byte;
        (void)snprintf(name, sizeof name, "race-%d", round);
        assert_int_equal(pipe(start), 0);
        for (int i = 0; i < RACERS; i++) {
            pid_t pid = fork();
            assert_true(pid >= 0);
            if (pid == 0) {
                close(start[1]);
                if (read(start[0], &byte, 1) != 0)
                    _exit(99);
                _exit(file_create(name, "x", 1, 0600, NULL));
            }
        }
        close(start[0]);
        close(start[1]);
        for (int i = 0; i < RACERS; i++) {
            int status;
            assert_true(wait(&status) > 0);
            assert_true(WIFEXITED(status));
            won += WEXITSTATUS(status) == SV_OK;
            assert_true(WEXITSTATUS(status) == SV_OK || WEXITSTATUS(status) == SV_EXISTS);
        }
        assert_int_equal(won, 1);
        assert_int_equal(files_here(), round + 1);
    }
}

/* A full disk: the old file stands, nothing else is left. */
static int disk_full(void *context)
{
    (void)context;
    static char bytes[5000];
    struct sv_err err = {0};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096}) != 0)
        return 1;
    if (file_replace("old", bytes, sizeof bytes, 0600, &err) != SV_IO)
        return 2;
    if (file_create("new", bytes, sizeof bytes, 0600, &err) != SV_IO)
        return 3;
    return file_replace("old", "new", 3, 0600, &err) == SV_OK ? 0 : 4;
}

static void test_disk_full(void **state)
{
    (void)state;
    support_write("old", "old", 3, 0600);
    assert_child_ok(disk_full, NULL);
    expect_content("old", "new", 3);
    assert_int_equal(files_here(), 1);

    int full = open("/dev/full", O_WRONLY);
    assert_int_equal(file_write_all(full, "x", 1), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(file_write_all(full, NULL, 0), 0);
    close(full);
}

/* A non-blocking pipe that is full: writing waits for the reader. */
static void test_write_all_waits(void **state)
{
    (void)state;
    enum { TOTAL = 300000 };
    static char bytes[TOTAL];
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[1]);
        size_t got = 0;
        for (;;) {
            ssize_t n = read(ends[0], bytes, 1000);
            if (n == 0)
                _exit(got == TOTAL ? 0 : 1);
            if (n > 0)
                got += (size_t)n;
            else if (errno != EAGAIN)
                _exit(2);
        }
    }
    close(ends[0]);
    assert_int_equal(file_write_all(ends[1], bytes, TOTAL), 0);
    close(ends[1]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_wait(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int64_t begun = env_monotonic_ms();
    assert_int_equal(file_wait(ends[0], POLLIN, begun + 30), 0);
    assert_true(env_monotonic_ms() >= begun + 30);
    assert_int_equal(file_wait(ends[0], POLLIN, begun), 0);
    assert_int_equal(file_wait(ends[1], POLLOUT, begun), 1);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(file_wait(ends[0], POLLIN, begun), 1);
    assert_int_equal(file_wait(ends[0], POLLIN, -1), 1);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(file_wait(ends[1], POLLIN, -1), 1); /* nobody is there any more */
    assert_int_equal(close(ends[1]), 0);
}

static void test_make_dirs(void **state)
{
    (void)state;
    struct sv_err err = {0};
    umask(0);
    assert_int_equal(file_make_dirs("a/b//c/", &err), SV_OK);
    expect_mode("a", 0700);
    expect_mode("a/b/c", 0700);
    assert_int_equal(chmod("a", 0755), 0);
    assert_int_equal(file_make_dirs("a/b/d", &err), SV_OK);
    umask(077);
    expect_mode("a", 0755);
    assert_int_equal(symlink("a", "to-a"), 0);
    assert_int_equal(file_make_dirs("to-a/e", &err), SV_OK); /* parents may be links */
    expect_mode("a/e", 0700);
    assert_int_equal(file_make_dirs("/tmp", &err), SV_OK);
    assert_int_equal(file_make_dirs("/", &err), SV_OK);
    support_write("plain", "x", 1, 0600);
    assert_int_equal(file_make_dirs("plain", &err), SV_EXISTS);
    assert_int_equal(file_make_dirs("plain/x", &err), SV_EXISTS);
    assert_non_null(strstr(err.text, "not a folder"));
    assert_int_equal(file_make_dirs("/proc/none", &err), SV_EXISTS);
}

/* ---- locks ---- */

/* A process that holds the lock until the returned descriptor is closed. */
static pid_t hold_lock(const char *path, int *release)
{
    int ready[2], end[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char byte = 0;
        int lock = -1;
        close(end[1]);
        if (file_lock(path, 1000, &lock, NULL) != SV_OK || write(ready[1], &byte, 1) != 1)
            _exit(1);
        while (read(end[0], &byte, 1) > 0)
            ;
        _exit(0);
    }
    char byte;
    close(ready[1]);
    close(end[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *release = end[1];
    return pid;
}

static void test_lock_excludes(void **state)
{
    (void)state;
    struct sv_err err = {0};
    int release = -1, status;
    pid_t pid = hold_lock("lock", &release);
    expect_mode("lock", 0600);
    FD_OWNED int fd = -1;
    assert_int_equal(file_lock("lock", 0, &fd, &err), SV_LOCKED);
    assert_int_equal(file_lock("lock", 30, &fd, &err), SV_LOCKED);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(err.text, "try again"));
    close(release);
    assert_int_equal(file_lock("lock", 20000, &fd, &err), SV_OK);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    /* Within a process, too, until it is closed. */
    FD_OWNED int second = -1;
    assert_int_equal(file_lock("lock", 0, &second, &err), SV_LOCKED);
    file_close_cleanup(&fd);
    assert_int_equal(file_lock("lock", 0, &second, &err), SV_OK);
}

/* The holder of a removed lock file locks nothing that others see. */
static int take_removed_lock(void *context)
{
    (void)context;
    int fd = -1;
    struct stat mine, there;
    if (file_lock("lock", 20000, &fd, NULL) != SV_OK)
        return 1;
    return fstat(fd, &mine) == 0 && stat("lock", &there) == 0 && mine.st_ino == there.st_ino ? 0
                                                                                             : 2;
}

static void test_lock_survives_removal(void **state)
{
    (void)state;
    int release = -1;
    pid_t holder = hold_lock("lock", &release);
    pid_t waiter = fork();
    assert_true(waiter >= 0);
    if (waiter == 0) {
        close(release);
        _exit(take_removed_lock(NULL));
    }
    /* The waiter has opened the file by now or not: it must end with the new one. */
    (void)usleep(30000);
    assert_int_equal(unlink("lock"), 0);
    close(release);
    int status;
    assert_int_equal(waitpid(holder, &status, 0), holder);
    assert_int_equal(status, 0);
    assert_int_equal(waitpid(waiter, &status, 0), waiter);
    assert_int_equal(status, 0);
}

static void test_lock_refuses(void **state)
{
    (void)state;
    int fd = -1;
    make_odd();
    alarm(10);
    for (size_t i = 0; i < COUNT(odd); i++)
        assert_int_not_equal(file_lock(odd[i], 0, &fd, NULL), SV_OK);
    assert_int_not_equal(file_lock("none/lock", 0, &fd, NULL), SV_OK);
    alarm(0);
    assert_int_equal(fd, -1);
    enum file_kind kind = FILE_OTHER;
    assert_int_equal(file_look("nowhere", &kind, NULL), SV_OK);
    assert_int_equal(kind, FILE_ABSENT); /* the dangling link was not followed */
}

/* ---- no memory ---- */

static enum sv_status everything(void)
{
    static const uint8_t bytes[9000];
    enum sv_status status = file_make_dirs("x/y", NULL);
    if (status == SV_OK)
        status = file_replace("x/y/f", bytes, sizeof bytes, 0600, NULL);
    if (status == SV_OK)
        status = file_create("x/y/g", bytes, sizeof bytes, 0600, NULL);
    SECRET_OWNED struct secret *read = NULL;
    if (status == SV_OK)
        status = file_read_secret("x/y/f", 10000, &read, NULL);
    BLOB_OWNED struct blob blob = {0};
    if (status == SV_OK)
        status = file_read_blob("x/y/f", 10000, &blob, NULL);
    SECRET_OWNED struct secret *drained = NULL;
    FD_OWNED int fd = open("x/y/f", O_RDONLY);
    if (status == SV_OK)
        status = file_drain_secret(fd, 10000, "f", &drained, NULL);
    return status;
}

static void test_allocation_failure(void **state)
{
    (void)state;
    int failed = 1;
    for (unsigned long nth = 1; failed; nth++) {
        sv_alloc_fail_at(nth);
        enum sv_status status = everything();
        failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(status, failed ? SV_INTERNAL : SV_OK);
        assert_int_equal(secret_live(), 0);
        (void)unlink("x/y/g");
        assert_true(nth < 100);
    }
    assert_int_equal(unlink("x/y/f"), 0);
    assert_int_equal(rmdir("x/y"), 0); /* no draft is left in it */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, support_enter, support_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        TEST(test_look),
        TEST(test_unreadable_parent),
        TEST(test_private),
        TEST(test_private_owner),
        TEST(test_read_refuses),
        TEST(test_read_limits),
        TEST(test_drain),
        TEST(test_replace),
        TEST(test_replace_and_create_refuse),
        TEST(test_create),
        TEST(test_move_new),
        TEST(test_create_race),
        TEST(test_disk_full),
        TEST(test_write_all_waits),
        TEST(test_wait),
        TEST(test_make_dirs),
        TEST(test_lock_excludes),
        TEST(test_lock_survives_removal),
        TEST(test_lock_refuses),
        TEST(test_allocation_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
