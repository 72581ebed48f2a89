/* SPDX-License-Identifier: ISC */
/* nss/fence: what smtpvault-nss reaches no more, and what it needs still goes. */
#include "support.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/call_filter.h"
#include "base/landlock.h"
#include "nss/fence.h"

/* The program ends with the number of what went and should not have, or did not go and should
 * have. */
#define MUST(what) \
    if (!(what))   \
        return __LINE__ % 200 + 1;
#define MUST_NOT(what) MUST(!(what))

static char inside[PATH_MAX], outside[PATH_MAX], folder[PATH_MAX];

static bool opens(const char *path, int how)
{
    int fd = open(path, how | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool maps(int how)
{
    void *at = mmap(NULL, 4096, how, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return false;
    munmap(at, 4096);
    return true;
}

static bool starts(void)
{
    static char name[] = "true";
    char *const argv[] = {name, NULL};
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    execve("/bin/true", argv, argv + 1);
    return pid > 0;
}

static int try_files(void *context)
{
    (void)context;
    MUST(fence_enter(folder, "", NULL) == SV_OK);
    MUST(opens(inside, O_RDONLY));
    MUST(opens("/usr/lib", O_RDONLY));
    MUST_NOT(opens(outside, O_RDONLY));
    MUST_NOT(opens("/etc/passwd", O_RDONLY));
    MUST_NOT(opens(inside, O_RDWR));
    strcat(folder, "/new");
    MUST_NOT(opens(folder, O_WRONLY | O_CREAT));
    MUST_NOT(unlink(inside) == 0);
    return 0;
}

static int try_calls(void *context)
{
    (void)context;
    MUST(fence_enter(folder, "", NULL) == SV_OK);
    MUST(maps(PROT_READ | PROT_EXEC));
    MUST_NOT(socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    MUST_NOT(kill(getppid(), 0) == 0);
    MUST(fence_close(NULL) == SV_OK);
    MUST(maps(PROT_READ | PROT_WRITE));
    MUST_NOT(maps(PROT_READ | PROT_EXEC));
    MUST(opens(inside, O_RDONLY));
    MUST_NOT(starts());
    return 0;
}

static void make_files(void)
{
    char here[PATH_MAX - 32];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(folder, sizeof folder, "%s/profile", here);
    snprintf(inside, sizeof inside, "%s/profile/key4.db", here);
    snprintf(outside, sizeof outside, "%s/vault.db", here);
    assert_int_equal(mkdir(folder, 0700), 0);
    support_write(inside, "key", 3, 0600);
    support_write(outside, "vault", 5, 0600);
}

static void went_well(int status)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("wait status %#x: line %d", status, WEXITSTATUS(status) - 1);
}

/* Where the kernel has no Landlock, or calls cannot be filtered (a sanitizer), only the other
 * half can be tried: said, and the suite still runs in the builds that have both. */
static void files_are_left(void **state)
{
    (void)state;
    make_files();
    if (landlock_version() > 0)
        went_well(support_child(try_files, NULL));
    else
        print_message("this kernel has no Landlock\n");
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static void calls_are_left(void **state)
{
    (void)state;
    make_files();
#ifdef SANITIZED
    print_message("nothing is filtered under a sanitizer\n");
    (void)try_calls;
#else
    assert_true(call_filter_possible());
    went_well(support_child(try_calls, NULL));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_left, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(calls_are_left, support_enter, support_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
