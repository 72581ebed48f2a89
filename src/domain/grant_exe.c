/* SPDX-License-Identifier: ISC */
/* grant: the file that a grant names, when it is made and when it is used. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defence.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "domain/grant_impl.h"

#define SHOWN_MAX 300
#define SHOWN(text) text_printable((char[SHOWN_MAX]){0}, SHOWN_MAX, (text), strlen(text))

/* Whoever owns it, or may write to it, can put another program there. */
static bool others_write(const struct stat *st, uint32_t uid)
{
    bool ours = st->st_uid == 0 || st->st_uid == geteuid() || st->st_uid == uid;

    return !ours || (st->st_mode & S_IWOTH) || (st->st_mode & S_IWGRP && st->st_gid != 0);
}

/* Of a folder in which everybody may put things but take away only their own (/tmp), what
 * lies below is its owner's all the same; not so the program's own folder, in which a name
 * that is free for a moment is anybody's. */
static bool others_take(const struct stat *st, uint32_t uid)
{
    struct stat without = *st;

    if (st->st_mode & S_ISVTX)
        without.st_mode &= ~(mode_t)(S_IWOTH | S_IWGRP);
    return others_write(&without, uid);
}

bool program_is_open(const char *path, uint32_t uid)
{
    char at[PATH_MAX];
    struct stat st;
    size_t len = strlen(path);
    bool own = true;

    if (len >= sizeof at || path[0] != '/' || stat(path, &st) != 0 || others_write(&st, uid))
        return true;
    memcpy(at, path, len + 1);
    do {
        char *slash = strrchr(at, '/');
        slash[slash == at] = '\0';
        if (stat(at, &st) != 0 || (own ? others_write(&st, uid) : others_take(&st, uid)))
            return true;
        own = false;
    } while (at[1] != '\0');
    return false;
}

bool program_hash(uint8_t out[32], const char *path)
{
    FD_OWNED int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    return fd >= 0 && hash_file(out, fd, UINT64_MAX);
}

/* What stands behind "#!", or "" when it is no script. */
static enum sv_status interpreter_of(char out[128], const char *path, struct sv_err *err)
{
    FD_OWNED int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char head[128] = "";
    ssize_t got = fd < 0 ? -1 : read(fd, head, sizeof head - 1);

    if (got < 0)
        return sv_fail_errno(err, SV_MISSING, errno, "cannot read the program %s", SHOWN(path));
    out[0] = '\0';
    if (got < 2 || head[0] != '#' || head[1] != '!')
        return SV_OK;
    const char *from = head + 2 + strspn(head + 2, " \t");
    text_printable(out, 128, from, strcspn(from, " \t\r\n"));
    return SV_OK;
}

static enum sv_status check_program(const char *real, const struct grant *g, struct sv_err *err)
{
    char interpreter[128];
    struct stat st;
    enum sv_status s;

    if (stat(real, &st) != 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
        return sv_fail(err, SV_USAGE, "%s is no program: it is not an executable file",
                       SHOWN(real));
    if (strlen(real) >= CALLER_TEXT_MAX || !text_is_utf8(real, strlen(real)) ||
        text_has_control(real, strlen(real)))
        return sv_fail(err, SV_USAGE,
                       "the path of the program is longer than %d bytes or is no plain text: "
                       "grant a unit or a user",
                       CALLER_TEXT_MAX - 1);
    if ((s = interpreter_of(interpreter, real, err)))
        return s;
    if (interpreter[0] != '\0')
        return sv_fail(err, SV_USAGE,
                       "%s is a script, and the program that runs then is %s, for this and any "
                       "other script: grant the unit that runs it (--unit), the program that it "
                       "calls, or --exe %s together with --unit or --user",
                       SHOWN(real), interpreter, interpreter);
    if (program_is_open(real, g->has & GRANT_USER ? g->uid : geteuid()))
        return sv_fail(err, SV_DENIED,
                       "other users can write to %s or to a folder above it, so it could become "
                       "any program: it is granted nothing",
                       SHOWN(real));
    return SV_OK;
}

enum sv_status grant_set_exe(struct grant *g, const char *path, bool pin, struct sv_err *err)
{
    char real[PATH_MAX];
    enum sv_status st;

    if (!realpath(path, real) && !strchr(path, '/'))
        return sv_fail(err, SV_MISSING,
                       "there is no program %s in this folder: give its path, which \"command -v\" "
                       "tells",
                       SHOWN(path));
    if (!realpath(path, real))
        return sv_fail_errno(err, SV_MISSING, errno, "there is no program %s", SHOWN(path));
    if ((st = check_program(real, g, err)))
        return st;
    if (pin && !program_hash(g->pin, real))
        return sv_fail(err, SV_IO, "cannot read the program %s", SHOWN(real));
    memcpy(g->exe, real, strlen(real) + 1);
    g->has |= GRANT_EXE | (pin ? GRANT_PIN : 0U);
    return SV_OK;
}

/* ---- in use ---- */

bool program_is_gone(const char *exe, size_t *len)
{
    static const char mark[] = " (deleted)";
    size_t all = strlen(exe);
    bool gone = all > sizeof mark - 1 && strcmp(exe + all - (sizeof mark - 1), mark) == 0;

    *len = gone ? all - (sizeof mark - 1) : all;
    return gone;
}

/* Whether the path leads us to the file that runs there: in another mount namespace anything
 * can stand at a path. */
static bool is_running(const struct caller *caller, const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && (caller->exe_inode == 0 || (st.st_dev == caller->exe_device &&
                                                               st.st_ino == caller->exe_inode));
}

/* The running file's hash is at hand where who asks was looked at with care. */
static bool is_pinned(const struct grant *g, const struct caller *caller)
{
    uint8_t hash[32];

    if (caller->exe_hashed)
        return memcmp(caller->exe_hash, g->pin, sizeof g->pin) == 0;
    return program_hash(hash, g->exe) && memcmp(hash, g->pin, sizeof hash) == 0;
}

enum grant_missing program_misses(const struct grant *g, const struct caller *caller)
{
    size_t len;
    bool gone = program_is_gone(caller->exe, &len);

    if (strlen(g->exe) != len || memcmp(g->exe, caller->exe, len) != 0)
        return GRANT_OTHER_EXE;
    if (gone && DEFENDED(GRANT_RUNNING))
        return GRANT_EXE_GONE;
    if (DEFENDED(GRANT_FOLDER) && program_is_open(g->exe, caller->uid))
        return GRANT_EXE_OPEN;
    if (DEFENDED(GRANT_RUNNING) && !is_running(caller, g->exe))
        return GRANT_EXE_ELSEWHERE;
    if (g->has & GRANT_PIN && DEFENDED(GRANT_PIN) && !is_pinned(g, caller))
        return GRANT_EXE_CHANGED;
    return GRANT_HOLDS;
}

bool grant_exe_is(const char *exe, const struct caller *caller)
{
    struct grant g = {.has = GRANT_EXE};

    (void)snprintf(g.exe, sizeof g.exe, "%s", exe);
    return program_misses(&g, caller) == GRANT_HOLDS;
}
