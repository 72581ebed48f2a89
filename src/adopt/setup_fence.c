/* SPDX-License-Identifier: ISC */
#include "adopt/setup_fence.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "adopt/setup_block.h"
#include "base/alloc.h"
#include "base/file.h"
#include "cli/self.h"
#include "setup/edit.h"
#include "setup/fence.h"

#define FOLDER "/etc/apparmor.d/"
#define NAME "usr.bin.msmtp"
#define ENABLED "/sys/module/apparmor/parameters/enabled"
#define LOADED "/sys/kernel/security/apparmor/profiles"
#define LIMIT (1024 * 1024)
#define COMMAND "passwordeval "

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static bool read_text(const char *path, struct blob *text)
{
    struct sv_err ignored = {0};
    return file_read_blob(path, LIMIT, text, &ignored) == SV_OK;
}

static bool has_line(const struct blob *text, const char *begin)
{
    size_t len = strlen(begin);
    for (size_t at = 0, span; at < text->len; at += span) {
        const char *line = (const char *)text->bytes + at;
        span = edit_line_len(line, text->len - at);
        if (span >= len && memcmp(line, begin, len) == 0)
            return true;
    }
    return false;
}

/* Only root may read what is loaded; for others what is installed and not switched off counts. */
bool setup_fence_in_force(void)
{
    BLOB_OWNED struct blob enabled = {0}, loaded = {0};
    if (read_text(LOADED, &loaded) && loaded.len > 0)
        return has_line(&loaded, "msmtp (enforce)");
    if (!read_text(ENABLED, &enabled) || enabled.len == 0 || enabled.bytes[0] != 'Y')
        return false;
    return !is_there(FOLDER "disable/" NAME) && !is_there(FOLDER "force-complain/" NAME);
}

bool setup_fence_holds(const struct setup_tool *tool)
{
    BLOB_OWNED struct blob rules = {0};
    SV_AUTOFREE char *self = NULL;
    char real[PATH_MAX];
    struct sv_err ignored = {0};
    if (tool->program == NULL || strcmp(tool->program, "msmtp") != 0 || !setup_fence_in_force() ||
        !read_text(FOLDER NAME, &rules))
        return false;
    if (self_program(&self, &ignored) != SV_OK || realpath(self, real) == NULL)
        return true;
    return !fence_lets((const char *)rules.bytes, rules.len, "helpers", real);
}

enum sv_status setup_fence_rewrite(struct blob *body, struct sv_err *err)
{
    return setup_block_replace(body, COMMAND, COMMAND "\"cat <&3\"", err);
}
