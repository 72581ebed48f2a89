/* SPDX-License-Identifier: ISC */
#include "cli/room.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cli/session.h"

/* What a fetch writes: an entry, the index of the write-ahead log, and a page or two. */
#define ROOM_WISHED ((size_t)64 * 1024)

/* Where files without a name are not known, as over some networks. 0 or an errno. */
static int fault_by_numbers(const char *dir)
{
    struct statvfs fs;
    if (access(dir, W_OK | X_OK) != 0)
        return errno;
    if (statvfs(dir, &fs) != 0)
        return errno;
    return (size_t)fs.f_bavail < ROOM_WISHED / fs.f_frsize ? ENOSPC : 0;
}

static int fault_of(const char *dir)
{
    static const char block[4096] = "room?";
    FD_OWNED int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EOPNOTSUPP || errno == EISDIR ? fault_by_numbers(dir) : errno;
    for (size_t written = 0; written < ROOM_WISHED; written += sizeof block) {
        if (file_write_all(fd, block, sizeof block) != 0)
            return errno;
    }
    return 0;
}

static enum sv_status judge(const char *dir, const char *there, int fault, const char **advice,
                            struct sv_err *err)
{
    char folder[300], above[300];
    session_show_path(folder, sizeof folder, dir);
    session_show_path(above, sizeof above, there);
    if (fault == 0)
        return SV_OK;
    if (fault == ENOSPC || fault == EDQUOT) {
        *advice = "make room there; df -h and quota tell how much there is";
        return sv_fail_errno(err, SV_IO, fault, "the disk is full: nothing can be written in %s",
                             above);
    }
    *advice = "let this user write there (chown, chmod, mount), or take another place: --vault "
              "FILE, XDG_DATA_HOME, XDG_STATE_HOME";
    if (strcmp(dir, there) == 0)
        return sv_fail_errno(err, SV_IO, fault, "nothing can be written in %s", folder);
    return sv_fail_errno(err, SV_IO, fault, "the folder %s cannot be made in %s", folder, above);
}

enum sv_status room_check(const char *dir, const char **advice, struct sv_err *err)
{
    SV_AUTOFREE char *there = sv_strdup(dir);
    while (there != NULL) {
        int fault = fault_of(there);
        if (fault != ENOENT || strcmp(there, "/") == 0 || strcmp(there, ".") == 0)
            return judge(dir, there, fault, advice, err);
        char *above = path_dir(there);
        sv_free(there);
        there = above;
    }
    return sv_fail_nomem(err);
}
