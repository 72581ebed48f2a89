/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <pwd.h>

#include "base/alloc.h"
#include "base/env.h"

typedef enum sv_status dir_function(char **out, struct sv_err *err);

static const struct {
    dir_function *get;
    const char *variable;
    const char *below_home;
} dirs[] = {
    {env_data_dir, "XDG_DATA_HOME", "/.local/share/smtpvault"},
    {env_state_dir, "XDG_STATE_HOME", "/.local/state/smtpvault"},
    {env_config_dir, "XDG_CONFIG_HOME", "/.config/smtpvault"},
};

static void expect_dir(dir_function *get, const char *head, const char *tail)
{
    struct sv_err err = {0};
    SV_AUTOFREE char *dir = NULL;
    char want[600];
    (void)snprintf(want, sizeof want, "%s%s", head, tail);
    assert_int_equal(get(&dir, &err), SV_OK);
    assert_string_equal(dir, want);
}

static void test_get(void **state)
{
    (void)state;
    setenv("SMTPVAULT_TEST", "x", 1);
    assert_string_equal(env_get("SMTPVAULT_TEST"), "x");
    setenv("SMTPVAULT_TEST", "", 1);
    assert_null(env_get("SMTPVAULT_TEST"));
    unsetenv("SMTPVAULT_TEST");
    assert_null(env_get("SMTPVAULT_TEST"));
}

static void test_dirs(void **state)
{
    (void)state;
    const struct passwd *me = getpwuid(getuid());
    assert_non_null(me);
    for (size_t i = 0; i < COUNT(dirs); i++) {
        setenv("HOME", "/home/someone/", 1);
        unsetenv(dirs[i].variable);
        expect_dir(dirs[i].get, "/home/someone", dirs[i].below_home);
        setenv(dirs[i].variable, "", 1);
        expect_dir(dirs[i].get, "/home/someone", dirs[i].below_home);
        setenv(dirs[i].variable, "not/absolute", 1);
        expect_dir(dirs[i].get, "/home/someone", dirs[i].below_home);
        setenv(dirs[i].variable, "/else where//", 1);
        expect_dir(dirs[i].get, "/else where", "/smtpvault");
        setenv(dirs[i].variable, "/", 1);
        expect_dir(dirs[i].get, "", "/smtpvault");
        unsetenv(dirs[i].variable);

        unsetenv("HOME");
        expect_dir(dirs[i].get, me->pw_dir, dirs[i].below_home);
        setenv("HOME", "relative", 1);
        expect_dir(dirs[i].get, me->pw_dir, dirs[i].below_home);
    }
}

static int nobody_at_home(void *context)
{
    (void)context;
    enum { UNKNOWN_USER = 1234567 };
    struct sv_err err = {0};
    char *dir = NULL;
    if (getuid() == 0 && setresuid(UNKNOWN_USER, UNKNOWN_USER, UNKNOWN_USER) != 0)
        return 1;
    unsetenv("HOME");
    unsetenv("XDG_DATA_HOME");
    if (getpwuid(getuid()) != NULL)
        return 0; /* not root, so not able to be somebody unknown */
    if (env_data_dir(&dir, &err) != SV_CONFIG || dir != NULL)
        return 2;
    return strstr(err.text, "HOME") != NULL ? 0 : 3;
}

static void test_no_home(void **state)
{
    (void)state;
    assert_child_ok(nobody_at_home, NULL);
}

static void test_allocation_failure(void **state)
{
    (void)state;
    setenv("HOME", "/home/someone", 1);
    for (int given = 0; given <= 1; given++) {
        int failed = 1;
        if (given)
            setenv("XDG_DATA_HOME", "/x", 1);
        else
            unsetenv("XDG_DATA_HOME");
        for (unsigned long nth = 1; failed; nth++) {
            char *dir = NULL;
            sv_alloc_fail_at(nth);
            enum sv_status status = env_data_dir(&dir, NULL);
            failed = sv_alloc_failed();
            sv_alloc_fail_at(0);
            assert_int_equal(status, failed ? SV_INTERNAL : SV_OK);
            assert_int_equal(dir == NULL, failed);
            sv_free(dir);
            assert_true(nth < 10);
        }
    }
}

static void test_clocks(void **state)
{
    (void)state;
    assert_true(env_now() > 1700000000);
    int64_t ms = env_monotonic_ms(), boot = env_boottime();
    assert_true(ms >= 0 && boot >= 0);
    assert_true(env_monotonic_ms() >= ms && env_boottime() >= boot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),     cmocka_unit_test(test_dirs),
        cmocka_unit_test(test_no_home), cmocka_unit_test(test_allocation_failure),
        cmocka_unit_test(test_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
