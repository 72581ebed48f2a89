/* SPDX-License-Identifier: ISC */
#include "rotator/place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define SHOWN 320

static char *shown(char dst[SHOWN], const char *text)
{
    return text_printable(dst, SHOWN, text, strlen(text));
}

static enum sv_status missing(const char *name, const char *const *folders, size_t count,
                              struct sv_err *err)
{
    char places[512] = "", what[SHOWN];
    size_t len = 0;
    for (size_t i = 0; i < count && len < sizeof places; i++)
        len += (size_t)snprintf(places + len, sizeof places - len, "%s%s", i > 0 ? ", " : "",
                                folders[i]);
    return sv_fail(err, SV_MISSING, "there is no rotator \"%s\" in %s", shown(what, name), places);
}

static enum sv_status check(const char *path, struct sv_err *err)
{
    SV_AUTOFREE char *folder = path_dir(path);
    char what[SHOWN];
    if (folder == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = file_check_written(path, err);
    if (s == SV_OK)
        s = file_check_folder(folder, err);
    if (s == SV_OK && access(path, X_OK) != 0)
        return sv_fail(err, SV_CONFIG, "the rotator %s cannot be executed: \"chmod 755\" it",
                       shown(what, path));
    return s;
}

/* *found stays NULL where nothing is. */
static enum sv_status look(const char *folder, const char *name, char **found, struct sv_err *err)
{
    char *path = path_join(folder, name);
    if (path == NULL)
        return sv_fail_nomem(err);
    if (access(path, F_OK) == 0)
        *found = path;
    else
        sv_free(path);
    return SV_OK;
}

enum sv_status rotator_find(const char *name, const char *const *folders, size_t count, char **path,
                            struct sv_err *err)
{
    SV_AUTOFREE char *found = NULL;
    char whole[PATH_MAX], what[SHOWN];
    enum sv_status s = SV_OK;
    if (strchr(name, '/') != NULL) {
        found = sv_strdup(name);
        s = found != NULL ? SV_OK : sv_fail_nomem(err);
    }
    for (size_t i = 0; s == SV_OK && found == NULL && i < count; i++)
        s = look(folders[i], name, &found, err);
    if (s != SV_OK)
        return s;
    if (found == NULL || name[0] == '\0')
        return missing(name, folders, count, err);
    if (realpath(found, whole) == NULL)
        return sv_fail_errno(err, SV_MISSING, errno, "the rotator %s", shown(what, found));
    if ((s = check(whole, err)) != SV_OK)
        return s;
    char *copy = sv_strdup(whole);
    if (copy == NULL)
        return sv_fail_nomem(err);
    *path = copy;
    return SV_OK;
}
