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
#include <stdbool.h>
#include <stdlib.h>

/* The attack has succeeded: says what is broken, and ends the test. */
#define broken(...) fail_msg("broken: " __VA_ARGS__)

static inline bool attack_all(void)
{
    return getenv("SMTPVAULT_ATTACK_ALL") != NULL;
}

#endif
