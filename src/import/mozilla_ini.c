/* SPDX-License-Identifier: ISC */
/*
 * profiles.ini: a section [InstallHASH] for each place where the program lies, whose Default is
 * the profile it starts with; a section [ProfileN] with Path and IsRelative for each profile,
 * of which one has Default=1, as versions before 67 read it.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "import/mozilla.h"

#define PATH_TEXT_MAX 4096
#define SHOWN_MAX 400

enum section { OTHER, INSTALL, PROFILE };

struct reading {
    enum section section;
    char path[PATH_TEXT_MAX]; /* of the section */
    bool is_default;
    char started[PATH_TEXT_MAX]; /* by an installation */
    char marked[PATH_TEXT_MAX];  /* by Default=1 */
    char last[PATH_TEXT_MAX];
    char all[SHOWN_MAX]; /* for a message */
    size_t starts, profiles;
};

/* Those that fit, whole: half a character would be none. */
static void list_path(struct reading *r)
{
    char shown[PATH_TEXT_MAX];
    size_t used = strlen(r->all), len;
    (void)text_printable(shown, sizeof shown, r->path, strlen(r->path));
    len = strlen(shown);
    if (used + len + sizeof ", , ..." <= sizeof r->all)
        (void)snprintf(r->all + used, sizeof r->all - used, "%s%s", used > 0 ? ", " : "", shown);
    else if (used < 3 || strcmp(r->all + used - 3, "...") != 0)
        (void)snprintf(r->all + used, sizeof r->all - used, "%s...", used > 0 ? ", " : "");
}

static void end_section(struct reading *r)
{
    if (r->section == INSTALL && r->path[0] != '\0' && strcmp(r->started, r->path) != 0) {
        r->starts++;
        memcpy(r->started, r->path, sizeof r->started);
    }
    if (r->section == PROFILE && r->path[0] != '\0') {
        r->profiles++;
        memcpy(r->last, r->path, sizeof r->last);
        if (r->is_default)
            memcpy(r->marked, r->path, sizeof r->marked);
        list_path(r);
    }
    r->path[0] = '\0';
    r->is_default = false;
}

static bool begins(const char *line, size_t len, const char *word)
{
    return len >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

static void take_line(struct reading *r, const char *line, size_t len)
{
    const char *key = r->section == INSTALL ? "Default=" : "Path=";
    found_trim(&line, &len);
    if (begins(line, len, "[")) {
        end_section(r);
        r->section = begins(line, len, "[Install")   ? INSTALL
                     : begins(line, len, "[Profile") ? PROFILE
                                                     : OTHER;
    } else if (begins(line, len, key)) {
        size_t n = len - strlen(key);
        if (n < sizeof r->path && memchr(line, '\0', len) == NULL) {
            memcpy(r->path, line + strlen(key), n);
            r->path[n] = '\0';
        }
    } else if (len == strlen("Default=1") && begins(line, len, "Default=1"))
        r->is_default = true;
}

enum sv_status mozilla_default_profile(const char *what, const char *text, size_t len, char **path,
                                       struct sv_err *err)
{
    SV_AUTOFREE struct reading *r = sv_alloc(sizeof *r);
    if (r == NULL)
        return sv_fail_nomem(err);
    for (const char *at = text, *end = text + len; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *stop = feed != NULL ? feed : end;
        take_line(r, at, (size_t)(stop - at));
        at = stop + 1;
    }
    end_section(r);
    const char *chosen = r->starts == 1         ? r->started
                         : r->starts > 1        ? ""
                         : r->marked[0] != '\0' ? r->marked
                         : r->profiles == 1     ? r->last
                                                : "";
    if (r->profiles == 0 && chosen[0] == '\0')
        return sv_fail(err, SV_DATA, "%s names no profile: give the profile's own folder", what);
    if (chosen[0] == '\0')
        return sv_fail(err, SV_USAGE, "%s names several profiles: give the folder of one (%s)",
                       what, r->all);
    *path = sv_strdup(chosen);
    return *path != NULL ? SV_OK : sv_fail_nomem(err);
}
