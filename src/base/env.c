/* SPDX-License-Identifier: ISC */
#include "base/env.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

const char *env_get(const char *name)
{
    const char *value = secure_getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

enum sv_status env_home_dir(char **out, struct sv_err *err)
{
    const char *home = env_get("HOME");
    struct passwd entry, *found = NULL;
    char texts[4096];
    if (home == NULL || *home != '/') {
        home = NULL;
        if (getpwuid_r(getuid(), &entry, texts, sizeof texts, &found) == 0 && found != NULL)
            home = found->pw_dir;
    }
    if (home == NULL || *home != '/')
        return sv_fail(err, SV_CONFIG,
                       "cannot tell your home folder: set HOME to it, or name the vault with "
                       "--vault FILE");
    char *copy = sv_strdup(home);
    if (copy == NULL)
        return sv_fail_nomem(err);
    *out = copy;
    return SV_OK;
}

static enum sv_status xdg_dir(char **out, const char *variable, const char *below_home,
                              struct sv_err *err)
{
    SV_AUTOFREE char *base = NULL;
    const char *given = env_get(variable);
    if (given != NULL && *given == '/') {
        base = sv_strdup(given);
    } else {
        SV_AUTOFREE char *home = NULL;
        enum sv_status status = env_home_dir(&home, err);
        if (status != SV_OK)
            return status;
        base = path_join(home, below_home);
    }
    char *dir = base != NULL ? path_join(base, "smtpvault") : NULL;
    if (dir == NULL)
        return sv_fail_nomem(err);
    *out = dir;
    return SV_OK;
}

enum sv_status env_data_dir(char **out, struct sv_err *err)
{
    return xdg_dir(out, "XDG_DATA_HOME", ".local/share", err);
}

enum sv_status env_state_dir(char **out, struct sv_err *err)
{
    return xdg_dir(out, "XDG_STATE_HOME", ".local/state", err);
}

enum sv_status env_config_dir(char **out, struct sv_err *err)
{
    return xdg_dir(out, "XDG_CONFIG_HOME", ".config", err);
}

static struct timespec clock_read(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now); /* fails for an unknown clock only */
    return now;
}

int64_t env_now(void)
{
    return clock_read(CLOCK_REALTIME).tv_sec;
}

static int64_t milliseconds(clockid_t clock)
{
    struct timespec now = clock_read(clock);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t env_monotonic_ms(void)
{
    return milliseconds(CLOCK_MONOTONIC);
}

int64_t env_suspended_ms(void)
{
    return milliseconds(CLOCK_BOOTTIME) - milliseconds(CLOCK_MONOTONIC);
}

int64_t env_boottime(void)
{
    return clock_read(CLOCK_BOOTTIME).tv_sec;
}
