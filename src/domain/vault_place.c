/* SPDX-License-Identifier: ISC */
#include "domain/vault_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define KEPT_MAX 10000

enum sv_status vault_place_hold(struct db **out, const char *path, struct sv_err *err)
{
    DB_OWNED struct db *db = NULL;
    enum sv_status st = db_open(&db, path, DB_VAULT, false, err);

    if (st == SV_OK)
        st = db_begin_write(db, err);
    if (st == SV_MISSING || st == SV_DATA || st == SV_IO)
        return SV_OK;
    if (st)
        return st;
    *out = db;
    db = NULL;
    return SV_OK;
}

/* ---- keeping what is there ---- */

static char *name_with(const char *path, const char *ending)
{
    size_t room = strlen(path) + strlen(ending) + 1;
    char *name = sv_alloc(room);

    if (name)
        (void)snprintf(name, room, "%s%s", path, ending);
    return name;
}

static enum sv_status cannot_keep(const char *path, struct sv_err *err)
{
    int failed = errno;
    char shown[300];

    return sv_fail_errno(err, SV_IO, failed,
                         "what is at %s cannot be kept under another name: move it away yourself, "
                         "then restore again",
                         text_printable(shown, sizeof shown, path, strlen(path)));
}

/* A second name for the same file: it never goes without one. The name may be there
 * already, when a restore was killed after giving it. */
static enum sv_status keep(const char *path, char **kept, struct sv_err *err)
{
    char ending[32];

    for (int n = 1; n <= KEPT_MAX; n++) {
        (void)snprintf(ending, sizeof ending, ".before-%d", n);
        char *name = name_with(path, ending);
        if (!name)
            return sv_fail_nomem(err);
        if (link(path, name) == 0 || (errno == EEXIST && file_is_same(path, name))) {
            *kept = name;
            return SV_OK;
        }
        int failed = errno;
        sv_free(name);
        errno = failed;
        if (failed != EEXIST)
            break;
    }
    return cannot_keep(path, err);
}

/* SQLite replays a journal into whatever file has the name it is for. When the vault
 * was opened and held there is none; beside one that cannot be opened, or is gone,
 * there may be. It belongs to the file that is kept. */
static enum sv_status keep_journal(const char *path, const char *kept, struct sv_err *err)
{
    SV_AUTOFREE char *journal = name_with(path, "-journal");
    SV_AUTOFREE char *aside = NULL;

    if (!journal)
        return sv_fail_nomem(err);
    if (access(journal, F_OK) != 0 && errno == ENOENT)
        return SV_OK;
    if (!kept)
        return keep(journal, &aside, err) ? SV_IO
               : unlink(journal) == 0     ? SV_OK
                                          : cannot_keep(journal, err);
    if (!(aside = name_with(kept, "-journal")))
        return sv_fail_nomem(err);
    return rename(journal, aside) == 0 ? SV_OK : cannot_keep(journal, err);
}

/* ---- taking the place ---- */

static enum sv_status replace(const char *draft, const char *path, struct sv_err *err)
{
    SV_AUTOFREE char *folder = path_dir(path);
    char shown[300];

    if (!folder)
        return sv_fail_nomem(err);
    text_printable(shown, sizeof shown, path, strlen(path));
    FD_OWNED int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || rename(draft, path) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot replace %s", shown);
    if (fsync(dir) != 0 && errno != EINVAL)
        return sv_fail_errno(err, SV_IO, errno,
                             "%s was replaced, but a crash may undo it, since its folder cannot "
                             "be written to the disk",
                             shown);
    return SV_OK;
}

enum sv_status vault_place_take(const char *draft, const char *path, char **kept,
                                struct sv_err *err)
{
    SV_AUTOFREE char *name = NULL;
    enum file_kind kind;
    char shown[300];
    enum sv_status st = file_look(path, &kind, err);

    if (st)
        return st;
    if (kind == FILE_ABSENT)
        return (st = keep_journal(path, NULL, err)) ? st : file_move_new(draft, path, err);
    if (kind != FILE_REGULAR)
        return sv_fail(err, SV_EXISTS, "%s is no regular file: move it away",
                       text_printable(shown, sizeof shown, path, strlen(path)));
    if ((st = keep(path, &name, err)) || (st = keep_journal(path, name, err)) ||
        (st = replace(draft, path, err)))
        return st;
    *kept = name;
    name = NULL;
    return SV_OK;
}
