/* SPDX-License-Identifier: ISC */
#include "cli/self.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"

static enum sv_status own_path(char dst[PATH_MAX], struct sv_err *err)
{
    ssize_t len = readlink("/proc/self/exe", dst, PATH_MAX - 1);
    if (len <= 0)
        return sv_fail_errno(err, SV_CONFIG, errno, "cannot tell where this program is (/proc)");
    dst[len] = '\0';
    return SV_OK;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* True when the first smtpvault of PATH is this program. */
static bool path_leads_to(const char *own)
{
    const char *path = env_get("PATH");
    for (const char *at = path; at != NULL && *at != '\0';) {
        size_t span = strcspn(at, ":");
        SV_AUTOFREE char *dir = sv_strndup(at, span);
        SV_AUTOFREE char *file = dir != NULL && dir[0] == '/' ? path_join(dir, "smtpvault") : NULL;
        if (file != NULL && access(file, X_OK) == 0)
            return same_file(file, own);
        at += span + (at[span] == ':');
    }
    return false;
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The front, which is what users call (src/front/): from here it is where it looks for
 * us. NULL: this program was started without it, or there is no memory. */
static char *front_path(const char *own)
{
    SV_AUTOFREE char *dir = path_dir(own);
    SV_AUTOFREE char *up = dir != NULL ? path_dir(dir) : NULL;
    SV_AUTOFREE char *top = up != NULL ? path_dir(up) : NULL;
    if (top == NULL)
        return NULL;
    bool installed = same_file(SMTPVAULT_LIBEXECDIR "/smtpvault", own);
    char *places[] = {installed ? path_join(SMTPVAULT_BINDIR, "smtpvault") : NULL,
                      path_join(up, "smtpvault"), path_join(top, "bin/smtpvault")};
    char *found = NULL;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (found == NULL && places[i] != NULL && is_program(places[i]))
            found = places[i];
        else
            sv_free(places[i]);
    }
    return found;
}

enum sv_status self_program(char **out, struct sv_err *err)
{
    char own[PATH_MAX];
    enum sv_status s = own_path(own, err);
    if (s != SV_OK)
        return s;
    char *front = front_path(own);
    *out = front != NULL ? front : sv_strdup(own);
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}

enum sv_status self_command(char **out, struct sv_err *err)
{
    SV_AUTOFREE char *called = NULL;
    enum sv_status s = self_program(&called, err);
    if (s != SV_OK)
        return s;
    char *copy = sv_strdup(path_leads_to(called) ? "smtpvault" : called);
    if (copy == NULL)
        return sv_fail_nomem(err);
    *out = copy;
    return SV_OK;
}

/* In a build tree the helper beside us is the one that was built with us. */
static enum sv_status find_helper(const char *name, char **out, struct sv_err *err)
{
    char own[PATH_MAX];
    enum sv_status s = own_path(own, err);
    if (s != SV_OK)
        return s;
    SV_AUTOFREE char *dir = path_dir(own);
    const char *const places[] = {dir, SMTPVAULT_LIBEXECDIR};
    for (size_t i = 0; dir != NULL && i < 2; i++) {
        char *file = path_join(places[i], name);
        if (file == NULL)
            return sv_fail_nomem(err);
        if (access(file, X_OK) == 0) {
            *out = file;
            return SV_OK;
        }
        sv_free(file);
    }
    return sv_fail(err, SV_CONFIG, "the helper %s is not installed: it belongs in %s", name,
                   SMTPVAULT_LIBEXECDIR);
}

enum sv_status self_helper(char **out, struct sv_err *err)
{
    return find_helper("smtpvault-net", out, err);
}

enum sv_status self_nss(char **out, struct sv_err *err)
{
    return find_helper("smtpvault-nss", out, err);
}

enum sv_status self_rotators(char **out, struct sv_err *err)
{
    char own[PATH_MAX];
    enum sv_status s = own_path(own, err);
    if (s != SV_OK)
        return s;
    SV_AUTOFREE char *dir = path_dir(own);
    char *folder = dir != NULL ? path_join(dir, "rotators.d") : NULL;
    if (folder != NULL && access(folder, X_OK) != 0) {
        sv_free(folder);
        folder = sv_strdup(SMTPVAULT_LIBEXECDIR "/rotators.d");
    }
    if (folder == NULL)
        return sv_fail_nomem(err);
    *out = folder;
    return SV_OK;
}
