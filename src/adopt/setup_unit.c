/* SPDX-License-Identifier: ISC */
#include "adopt/setup_unit.h"

#include <dirent.h>
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

static enum sv_status folder_of(char **out, struct sv_err *err)
{
    if (geteuid() != 0)
        return user_folder(out, err);
    *out = sv_strdup("/etc/systemd/system");
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}

enum sv_status setup_unit_file(const char *unit, char **path, struct sv_err *err)
{
    char name[SETUP_UNIT_MAX + sizeof DROP_IN];
    SV_AUTOFREE char *folder = NULL;
    enum sv_status s = folder_of(&folder, err);
    if (s != SV_OK)
        return s;
    (void)snprintf(name, sizeof name, "%s" DROP_IN, unit);
    *path = path_join(folder, name);
    return *path != NULL ? SV_OK : sv_fail_nomem(err);
}

void setup_units_clear(struct setup_units *units)
{
    for (size_t i = 0; i < units->count; i++)
        sv_free(units->paths[i]);
    sv_free(units->paths);
    *units = (struct setup_units){.paths = NULL};
}

/* Takes the path over. */
static enum sv_status units_add(struct setup_units *units, char *path, struct sv_err *err)
{
    char **paths = path != NULL ? sv_alloc_array(units->count + 1, sizeof *paths) : NULL;
    if (paths == NULL) {
        sv_free(path);
        return sv_fail_nomem(err);
    }
    if (units->count > 0)
        memcpy(paths, units->paths, units->count * sizeof *paths);
    paths[units->count++] = path;
    sv_free(units->paths);
    units->paths = paths;
    return SV_OK;
}

static void dir_close(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir);
}

enum sv_status setup_units_find(struct setup_units *units, struct sv_err *err)
{
    static const char ending[] = ".service.d";
    SV_AUTOFREE char *folder = NULL;
    struct dirent *entry;
    enum sv_status s = folder_of(&folder, err);
    if (s != SV_OK)
        return s;
    __attribute__((cleanup(dir_close))) DIR *dir = opendir(folder);
    while (s == SV_OK && dir != NULL && (entry = readdir(dir)) != NULL) {
        char name[sizeof entry->d_name + sizeof DROP_IN];
        size_t len = strlen(entry->d_name), tail = strlen(ending);
        if (len <= tail || strcmp(entry->d_name + len - tail, ending) != 0)
            continue;
        (void)snprintf(name, sizeof name, "%.*s" DROP_IN, (int)(len - 2), entry->d_name);
        SV_AUTOFREE char *path = path_join(folder, name);
        if (path != NULL && access(path, F_OK) != 0)
            continue;
        s = units_add(units, path, err);
        path = NULL;
    }
    return s;
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
