/* SPDX-License-Identifier: ISC */
/*
 * env: the outside world, read once: environment, folders, clock. Nothing else
 * calls getenv or a clock, so tests and other layers see one world.
 */
#ifndef BASE_ENV_H
#define BASE_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Borrowed from the process environment, NULL when unset or empty. */
const char *env_get(const char *name);

/* The home folder, as below. Owner frees. */
enum sv_status env_home_dir(char **out, struct sv_err *err) SV_MUST_USE;
/* Absolute folders of the XDG Base Directory Specification, with /smtpvault
 * appended; owner frees with sv_free. A relative XDG variable is ignored, as
 * the specification says. Without HOME the passwd entry is asked; without that
 * too: SV_CONFIG with the sentence that helps. */
enum sv_status env_data_dir(char **out, struct sv_err *err) SV_MUST_USE;
enum sv_status env_state_dir(char **out, struct sv_err *err) SV_MUST_USE;
enum sv_status env_config_dir(char **out, struct sv_err *err) SV_MUST_USE;

/* Seconds since 1970, UTC. */
int64_t env_now(void);
/* Milliseconds of a clock that only goes forward. */
int64_t env_monotonic_ms(void);
/* Milliseconds that the machine has been suspended since it started. */
int64_t env_suspended_ms(void);
/* Seconds since boot, from CLOCK_BOOTTIME. */
int64_t env_boottime(void);

#endif
