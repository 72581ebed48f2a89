/* SPDX-License-Identifier: ISC */
#include "rotator/place.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"
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

/* Others could move what is in it away, and put theirs in its place. Where everybody may put
 * things but take away only their own (/tmp), they could not. */
static bool is_kept(const char *folder)
{
    struct stat st;
    return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
           (st.st_uid == geteuid() || st.st_uid == 0) &&
           ((st.st_mode & 022) == 0 || (st.st_mode & S_ISVTX) != 0);
}

/* From / on: what a folder was found to hold nobody exchanges any more when the next is looked at.
 * The path has no links; one that is there now was put there meanwhile. */
static enum sv_status check_above(const char *folder, struct sv_err *err)
{
    char at[PATH_MAX], what[SHOWN];
    for (const char *slash = strchr(folder, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t len = slash == folder ? 1 : (size_t)(slash - folder);
        (void)snprintf(at, sizeof at, "%.*s", (int)len, folder);
        if (DEFENDED(ROTATOR_ABOVE) && !is_kept(at))
            return sv_fail(err, SV_DENIED,
                           "other users can change %s, which the rotator is below: move the "
                           "rotator, or run \"chmod go-w\" on that folder",
                           shown(what, at));
    }
    return SV_OK;
}

static enum sv_status check(const char *path, struct sv_err *err)
{
    SV_AUTOFREE char *folder = path_dir(path);
    char what[SHOWN];
    if (folder == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = check_above(folder, err);
    if (s == SV_OK)
        s = file_check_folder(folder, err);
    if (s == SV_OK)
        s = file_check_written(path, err);
    if (s == SV_OK && access(path, X_OK) != 0)
        return sv_fail(err, SV_CONFIG, "the rotator %s cannot be executed: \"chmod 755\" it",
                       shown(what, path));
    return s;
}

/* A link that others could put there would choose the program. */
static enum sv_status check_named(const char *found, struct sv_err *err)
{
    SV_AUTOFREE char *folder = path_dir(found);
    return folder != NULL ? file_check_folder(folder, err) : sv_fail_nomem(err);
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
    if ((s = check_named(found, err)) != SV_OK || (s = check(whole, err)) != SV_OK)
        return s;
    char *copy = sv_strdup(whole);
    if (copy == NULL)
        return sv_fail_nomem(err);
    *path = copy;
    return SV_OK;
}
