/* SPDX-License-Identifier: ISC */
#include "agent/place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/file.h"

void agent_place_clear(struct agent_place *place)
{
    sv_free(place->socket);
    sv_free(place->folder);
    place->socket = place->folder = NULL;
}

/* ---- finding ---- */

/* The folder that the login manager gave this user. */
static char *runtime_folder(void)
{
    char path[64];
    struct stat st;
    const char *given = env_get("XDG_RUNTIME_DIR");
    if (given != NULL)
        return given[0] == '/' ? path_join(given, "smtpvault") : NULL;
    (void)snprintf(path, sizeof path, "/run/user/%u", (unsigned)getuid());
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid()
               ? path_join(path, "smtpvault")
               : NULL;
}

static enum sv_status folder_find(char **out, struct sv_err *err)
{
    SV_AUTOFREE char *state = NULL;
    char *folder = runtime_folder();
    if (folder == NULL) {
        enum sv_status s = env_state_dir(&state, err);
        if (s != SV_OK)
            return s;
        folder = path_join(state, "run");
    }
    if (folder == NULL)
        return sv_fail_nomem(err);
    *out = folder;
    return SV_OK;
}

/* The real paths of a vault, and of the one that is used when none is named. */
static bool usual_find(char real[PATH_MAX])
{
    SV_AUTOFREE char *data = NULL;
    if (env_data_dir(&data, NULL) != SV_OK)
        return false;
    SV_AUTOFREE char *plain = path_join(data, "vault.db");
    return plain != NULL && realpath(plain, real) != NULL;
}

/* The vault's own name in the folder: two paths of one file give one name. */
static enum sv_status name_find(char name[64], uint64_t *hash, const char *vault)
{
    char real[PATH_MAX], usual[PATH_MAX];
    bool has_usual = usual_find(usual);
    if (vault == NULL ? !has_usual : realpath(vault, real) == NULL)
        return SV_MISSING;
    const char *path = vault == NULL ? usual : real;
    *hash = wire_place_hash(path);
    if (has_usual && strcmp(path, usual) == 0)
        (void)snprintf(name, 64, "%s", WIRE_SOCKET);
    else
        (void)snprintf(name, 64, WIRE_SOCKET_OTHER, (unsigned long long)*hash);
    return SV_OK;
}

static enum sv_status fits(const struct agent_place *p, struct sv_err *err)
{
    struct sockaddr_un address;
    if (strlen(p->socket) < sizeof address.sun_path)
        return SV_OK;
    return sv_fail(err, SV_CONFIG,
                   "the path %s is too long for a socket (%zu bytes at most): set XDG_RUNTIME_DIR "
                   "to a shorter folder, or SMTPVAULT_AGENT to a shorter path",
                   p->socket, sizeof address.sun_path - 1);
}

enum sv_status agent_place_find(struct agent_place *place, const char *vault, struct sv_err *err)
{
    const char *given = env_get("SMTPVAULT_AGENT");
    PLACE_OWNED struct agent_place p = {.named = given != NULL};
    char name[64];
    enum sv_status s = SV_OK;
    if (p.named && given[0] != '/')
        return sv_fail(err, SV_CONFIG, "SMTPVAULT_AGENT is not an absolute path: \"%s\"", given);
    if (p.named) {
        p.socket = sv_strdup(given);
        p.folder = path_dir(given);
    } else if ((s = name_find(name, &p.vault, vault)) == SV_OK &&
               (s = folder_find(&p.folder, err)) == SV_OK) {
        p.socket = path_join(p.folder, name);
    }
    if (s != SV_OK)
        return s;
    if (p.socket == NULL || p.folder == NULL)
        return sv_fail_nomem(err);
    if ((s = fits(&p, err)) != SV_OK)
        return s;
    *place = p;
    p.socket = p.folder = NULL;
    return SV_OK;
}

/* ---- making and checking ---- */

enum sv_status agent_place_make(const struct agent_place *place, struct sv_err *err)
{
    enum sv_status s = file_make_dirs(place->folder, err);
    return s == SV_OK ? file_check_folder(place->folder, err) : s;
}

static enum sv_status not_ours(const struct agent_place *p, const char *why, struct sv_err *err)
{
    return sv_fail(err, SV_DENIED,
                   "%s %s, so whoever answers there is not asked: remove it, or add --no-agent",
                   p->socket, why);
}

/* A service's folder: one user owns it and the socket, and no other writes there. */
static bool made_by_one(const struct stat *folder, const struct stat *socket)
{
    return (folder->st_mode & 022) == 0 &&
           (folder->st_uid == socket->st_uid || folder->st_uid == 0);
}

enum sv_status agent_place_check(const struct agent_place *p, struct sv_err *err)
{
    struct stat folder, socket;
    uid_t me = getuid();
    if (lstat(p->socket, &socket) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return SV_MISSING;
        return sv_fail_errno(err, SV_DENIED, errno, "cannot look at the agent's socket %s",
                             p->socket);
    }
    if (stat(p->folder, &folder) != 0)
        return sv_fail_errno(err, SV_DENIED, errno, "cannot look at the folder %s", p->folder);
    if (!S_ISSOCK(socket.st_mode))
        return not_ours(p, "is not a socket", err);
    if (!DEFENDED(AGENT_PLACE))
        return SV_OK;
    if ((folder.st_mode & 022) != 0 && (folder.st_mode & S_ISVTX) == 0)
        return sv_fail(err, SV_DENIED,
                       "%s is in a folder where others can put files, so whoever answers there is "
                       "not asked: run \"chmod go-w\" on %s, or add --no-agent",
                       p->socket, p->folder);
    if (socket.st_uid == me || socket.st_uid == 0)
        return SV_OK;
    if (p->named && made_by_one(&folder, &socket))
        return SV_OK;
    return not_ours(p, "was made by another user", err);
}
