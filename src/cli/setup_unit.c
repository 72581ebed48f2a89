/* SPDX-License-Identifier: ISC */
#include "cli/setup_unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "domain/grant.h"

#define DROP_IN ".d/smtpvault.conf"

static bool is_other_kind(const char *unit)
{
    static const char *const kinds[] = {".scope", ".socket", ".timer", ".mount", ".automount",
                                        ".slice", ".target", ".path",  ".swap",  ".device"};
    const char *kind = strrchr(unit, '.');
    for (size_t i = 0; kind != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    }
    return false;
}

enum sv_status setup_unit_name(const char *word, char unit[SETUP_UNIT_MAX], struct sv_err *err)
{
    struct grant g = {0};
    enum sv_status s = grant_set_unit(&g, word, err);
    if (s != SV_OK)
        return s;
    if (is_other_kind(word))
        return sv_fail(err, SV_USAGE,
                       "only a service is given a login by systemd, and %s is none: it goes "
                       "mailer.service or mailer",
                       word);
    (void)snprintf(unit, SETUP_UNIT_MAX, "%s", g.unit);
    return SV_OK;
}

/* ~/.config/systemd/user */
static enum sv_status user_folder(char **out, struct sv_err *err)
{
    SV_AUTOFREE char *ours = NULL;
    enum sv_status s = env_config_dir(&ours, err);
    if (s != SV_OK)
        return s;
    SV_AUTOFREE char *config = path_dir(ours);
    *out = config != NULL ? path_join(config, "systemd/user") : NULL;
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}

enum sv_status setup_unit_file(const char *unit, char **path, struct sv_err *err)
{
    char name[SETUP_UNIT_MAX + sizeof DROP_IN];
    SV_AUTOFREE char *folder = NULL;
    enum sv_status s = SV_OK;
    if (geteuid() == 0)
        folder = sv_strdup("/etc/systemd/system");
    else
        s = user_folder(&folder, err);
    if (s != SV_OK)
        return s;
    (void)snprintf(name, sizeof name, "%s" DROP_IN, unit);
    *path = folder != NULL ? path_join(folder, name) : NULL;
    return *path != NULL ? SV_OK : sv_fail_nomem(err);
}

void setup_unit_leave(const char *path)
{
    SV_AUTOFREE char *folder = path_dir(path);
    if (folder != NULL)
        (void)rmdir(folder);
}

static bool has(const char *folder, const char *unit)
{
    struct stat st;
    SV_AUTOFREE char *path = path_join(folder, unit);
    return path != NULL && lstat(path, &st) == 0;
}

/* systemd.unit(5), "Unit File Load Path", but for what generators write. */
bool setup_unit_is_there(const char *unit)
{
    static const char *const roots[] = {"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd",
                                        "/usr/lib/systemd", "/lib/systemd"};
    char template[SETUP_UNIT_MAX], folder[64];
    SV_AUTOFREE char *own = NULL;
    struct sv_err ignored = {0};
    const char *at = strchr(unit, '@');
    bool root = geteuid() == 0;
    (void)snprintf(template, sizeof template, "%.*s.service", at != NULL ? (int)(at + 1 - unit) : 0,
                   unit);
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        (void)snprintf(folder, sizeof folder, "%s/%s", roots[i], root ? "system" : "user");
        if (has(folder, unit) || (at != NULL && has(folder, template)))
            return true;
    }
    return !root && user_folder(&own, &ignored) == SV_OK &&
           (has(own, unit) || (at != NULL && has(own, template)));
}
