/* SPDX-License-Identifier: ISC */
/*
 * attack: what the attacks share. Each file is one row of the table ATTACKS in
 * smtpvault-store(5); its first comment names the attack, and for each defence that
 * stands in its way what is broken without it, in the words that the attack prints:
 *
 *   Attack 7, salamander: ...
 *   Without COMMITMENT: a box opened under a second key
 *
 * scripts/attack-proof reads these lines. Some attacks try a sample of what they know;
 * with SMTPVAULT_ATTACK_ALL=1 they try everything.
 */
#ifndef TESTS_ATTACK_H
#define TESTS_ATTACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/secret.h"

/* The attack has succeeded: says what is broken, and ends the test. */
#define broken(...) fail_msg("broken: " __VA_ARGS__)

/* Where calls are not filtered: base/call_filter.h. */
#if defined(__SANITIZE_ADDRESS__)
#define ATTACK_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ATTACK_SANITIZED true
#endif
#endif
#ifndef ATTACK_SANITIZED
#define ATTACK_SANITIZED false
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline bool attack_all(void)
{
    return getenv("SMTPVAULT_ATTACK_ALL") != NULL;
}

/* A folder in memory, where thousands of commits cost no disk. */
static inline const char *attack_root(void)
{
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* A line of /proc/self/status, "VmHWM:" or another. */
static inline long memory_kib(const char *what)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[128];
    long kib = -1;

    assert_non_null(status);
    while (kib < 0 && fgets(line, sizeof line, status))
        if (strncmp(line, what, strlen(what)) == 0)
            kib = atol(line + strlen(what));
    fclose(status);
    assert_true(kib >= 0);
    return kib;
}

/* The peak begins anew, and where it begins. */
static inline long memory_mark(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY);

    if (fd >= 0) {
        assert_int_equal(write(fd, "5", 1), 1);
        close(fd);
    }
    return memory_kib("VmRSS:");
}

/* The tests, cmocka_unit_test(...) each. */
#define ATTACK_MAIN(...)                                                        \
    int main(void)                                                              \
    {                                                                           \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                        \
        struct sv_err err;                                                      \
        return secret_process_harden(&err) != SV_OK ||                          \
               cmocka_run_group_tests(tests, NULL, NULL) != 0 || secret_live(); \
    }

#endif
