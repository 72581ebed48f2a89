/* SPDX-License-Identifier: ISC */
#include "adopt/setup_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/session.h"

#define BEFORE ".before-smtpvault"
#define XDG "$XDG_CONFIG_HOME/"

void setup_file_clear(struct setup_file *file)
{
    sv_free(file->named);
    sv_free(file->path);
    secret_free(file->bytes);
    *file = (struct setup_file){.named = NULL};
}

static enum sv_status config_home(char **out, struct sv_err *err)
{
    SV_AUTOFREE char *ours = NULL;
    enum sv_status s = env_config_dir(&ours, err);
    if (s != SV_OK)
        return s;
    *out = path_dir(ours);
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}

/* "~/NAME", "$XDG_CONFIG_HOME/NAME" or a path as it is. */
static enum sv_status expand(const char *pattern, char **out, struct sv_err *err)
{
    SV_AUTOFREE char *base = NULL;
    enum sv_status s = SV_OK;
    if (text_starts_with(pattern, "~/")) {
        s = env_home_dir(&base, err);
        pattern += 2;
    } else if (text_starts_with(pattern, XDG)) {
        s = config_home(&base, err);
        pattern += strlen(XDG);
    }
    if (s != SV_OK)
        return s;
    *out = base != NULL ? path_join(base, pattern) : sv_strdup(pattern);
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status choose(const struct setup_tool *tool, char **out, struct sv_err *err)
{
    SV_AUTOFREE char *first = NULL;
    for (size_t i = 0; tool->files[i] != NULL; i++) {
        SV_AUTOFREE char *path = NULL;
        struct stat st;
        enum sv_status s = expand(tool->files[i], &path, err);
        if (s != SV_OK)
            return s;
        bool there = lstat(path, &st) == 0;
        char **to = there ? out : &first;
        if (there || first == NULL) {
            *to = path;
            path = NULL;
        }
        if (there)
            return SV_OK;
    }
    *out = first;
    first = NULL;
    return SV_OK;
}

static enum sv_status follow(struct setup_file *file, struct sv_err *err)
{
    char shown[SETUP_SHOWN], resolved[PATH_MAX];
    struct stat link;
    if (lstat(file->named, &link) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return sv_fail_errno(err, SV_IO, errno, "cannot look at %s",
                                 session_show_path(shown, sizeof shown, file->named));
        file->path = sv_strdup(file->named);
        return file->path != NULL ? SV_OK : sv_fail_nomem(err);
    }
    file->linked = S_ISLNK(link.st_mode);
    if (file->linked && link.st_uid != geteuid() && link.st_uid != 0)
        return sv_fail(err, SV_DENIED, "%s is a link that another user made: remove it",
                       session_show_path(shown, sizeof shown, file->named));
    if (realpath(file->named, resolved) == NULL)
        return sv_fail_errno(err, SV_EXISTS, errno, "%s is a link that leads nowhere",
                             session_show_path(shown, sizeof shown, file->named));
    file->path = sv_strdup(resolved);
    file->exists = true;
    return file->path != NULL ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status inspect(struct setup_file *file, struct sv_err *err)
{
    char shown[SETUP_SHOWN];
    struct stat st;
    (void)session_show_path(shown, sizeof shown, file->path);
    if (lstat(file->path, &st) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", shown);
    if (!S_ISREG(st.st_mode))
        return sv_fail(err, SV_EXISTS, "%s is not a regular file", shown);
    if (st.st_uid != geteuid())
        return sv_fail(err, SV_DENIED, "%s belongs to another user (uid %u): it is left alone",
                       shown, (unsigned)st.st_uid);
    file->mode = st.st_mode & 07777;
    file->group = st.st_gid;
    return file_read_secret(file->path, SETUP_FILE_MAX, &file->bytes, err);
}

enum sv_status setup_file_open(struct setup_file *file, const struct setup_tool *tool,
                               const char *given, struct sv_err *err)
{
    enum sv_status s = given != NULL ? session_absolute(given, &file->named, err)
                                     : choose(tool, &file->named, err);
    file->mode = 0600;
    file->group = (gid_t)-1;
    if (s == SV_OK)
        s = follow(file, err);
    return s == SV_OK && file->exists ? inspect(file, err) : s;
}

const char *setup_file_text(const struct setup_file *file, size_t *len)
{
    *len = file->bytes != NULL ? secret_len(file->bytes) : 0;
    return file->bytes != NULL ? (const char *)secret_peek(file->bytes) : "";
}

/* ---- writing ---- */

static char *before_path(const struct setup_file *file)
{
    size_t len = strlen(file->path) + sizeof BEFORE;
    char *path = sv_alloc(len);
    if (path != NULL)
        (void)snprintf(path, len, "%s" BEFORE, file->path);
    return path;
}

static bool holds(const char *path, const void *bytes, size_t len)
{
    SECRET_OWNED struct secret *now = NULL;
    struct sv_err ignored = {0};
    return file_read_secret(path, SETUP_FILE_MAX, &now, &ignored) == SV_OK &&
           secret_len(now) == len && (len == 0 || memcmp(secret_peek(now), bytes, len) == 0);
}

static enum sv_status check_unchanged(const struct setup_file *file, struct sv_err *err)
{
    char shown[SETUP_SHOWN], real[PATH_MAX];
    struct stat st;
    size_t len;
    const char *text = setup_file_text(file, &len);
    bool same = file->exists ? realpath(file->named, real) != NULL &&
                                   strcmp(real, file->path) == 0 && holds(file->path, text, len)
                             : lstat(file->named, &st) != 0 && errno == ENOENT;
    if (same || !DEFENDED(LOOK_AGAIN))
        return SV_OK;
    /* A folder that is not there yet is made below. */
    if (!file->exists && errno == ENOTDIR)
        return SV_OK;
    return sv_fail(err, SV_LOCKED,
                   "%s was changed meanwhile, and nothing was written: run the command again",
                   session_show_path(shown, sizeof shown, file->named));
}

/* made: it is from this run. */
static enum sv_status keep_before(const struct setup_file *file, const char *before, bool *made,
                                  struct sv_err *err)
{
    size_t len;
    const char *text = setup_file_text(file, &len);
    enum sv_status s = file_create(before, text, len, 0600, err);
    struct stat st;
    *made = s == SV_OK;
    /* What is there is from before the first block: the better one to keep. */
    if (s == SV_EXISTS && lstat(before, &st) == 0 && S_ISREG(st.st_mode))
        return SV_OK;
    return s;
}

static enum sv_status replace(const struct setup_file *file, const struct blob *text,
                              struct sv_err *err)
{
    char shown[SETUP_SHOWN];
    struct file_as as = {.mode = file->mode, .uid = (uid_t)-1, .gid = (gid_t)-1};
    bool stands, other = file->group != (gid_t)-1 && file->group != getegid();
    enum sv_status s = file_put(file->path, text->bytes, text->len, &as, &stands, err);
    if (!stands || !other || chown(file->path, (uid_t)-1, file->group) == 0 || s != SV_OK)
        return s;
    return sv_fail_errno(err, SV_IO, errno, "%s was written, but cannot be given its group",
                         session_show_path(shown, sizeof shown, file->path));
}

/* Where the file stays as it was, so does what is beside it. */
static enum sv_status keep_and_replace(const struct setup_file *file, const struct blob *text,
                                       bool keep, struct sv_err *err)
{
    SV_AUTOFREE char *before = before_path(file);
    bool made = false;
    size_t len;
    const char *old = setup_file_text(file, &len);
    if (before == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = keep ? keep_before(file, before, &made, err) : SV_OK;
    if (s == SV_OK)
        s = replace(file, text, err);
    if (s != SV_OK && made && holds(file->path, old, len))
        (void)unlink(before);
    return s;
}

enum sv_status setup_file_write(const struct setup_file *file, const struct blob *text, bool ours,
                                bool *kept, struct sv_err *err)
{
    enum sv_status s = check_unchanged(file, err);
    *kept = file->exists && !ours;
    if (s != SV_OK)
        return s;
    if (file->exists)
        return keep_and_replace(file, text, *kept, err);
    SV_AUTOFREE char *folder = path_dir(file->path);
    if (folder == NULL)
        return sv_fail_nomem(err);
    s = file_make_dirs(folder, err);
    return s == SV_OK ? file_create(file->path, text->bytes, text->len, 0600, err) : s;
}

enum sv_status setup_file_swap(const struct setup_file *file, const void *bytes, size_t len,
                               struct sv_err *err)
{
    enum sv_status s = check_unchanged(file, err);
    struct file_as as = {.mode = file->mode, .uid = (uid_t)-1, .gid = file->group};
    bool stands;
    return s == SV_OK ? file_put(file->path, bytes, len, &as, &stands, err) : s;
}

enum sv_status setup_file_restore(const struct setup_file *file, const struct blob *text,
                                  bool *removed, struct sv_err *err)
{
    char shown[SETUP_SHOWN];
    SV_AUTOFREE char *before = before_path(file);
    struct stat st;
    *removed = false;
    if (before == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = check_unchanged(file, err);
    if (s != SV_OK)
        return s;
    bool had = lstat(before, &st) == 0;
    if (text->len == 0 && !had) {
        if (unlink(file->path) != 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot remove %s",
                                 session_show_path(shown, sizeof shown, file->path));
        *removed = true;
        return SV_OK;
    }
    s = replace(file, text, err);
    if (s == SV_OK && had && holds(before, text->bytes, text->len))
        (void)unlink(before);
    return s;
}
