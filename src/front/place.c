/* SPDX-License-Identifier: ISC */
#include "front/place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/wire.h"
#include "base/defence.h"

const char *place_variable(char *const envp[], const char *name)
{
    size_t len = strlen(name);
    for (char *const *at = envp; *at != NULL; at++)
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
            return (*at)[len + 1] != '\0' ? *at + len + 1 : NULL;
    return NULL;
}

/* dst = base + below; false when it does not fit. */
static bool join(char *dst, size_t capacity, const char *base, const char *below)
{
    size_t a = strlen(base), b = strlen(below);
    if (a + b >= capacity)
        return false;
    memcpy(dst, base, a);
    memcpy(dst + a, below, b + 1);
    return true;
}

/* The folder of an XDG variable, or what stands for it below HOME. */
static bool xdg(char *dst, size_t capacity, char *const envp[], const char *variable,
                const char *below_home, const char *below)
{
    const char *base = place_variable(envp, variable);
    if (base != NULL && *base == '/')
        return join(dst, capacity, base, below);
    char home[PATH_MAX];
    base = place_variable(envp, "HOME");
    return base != NULL && *base == '/' && join(home, sizeof home, base, below_home) &&
           join(dst, capacity, home, below);
}

static bool is_ours(const char *path, uid_t uid, mode_t type)
{
    struct stat st;
    return lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == uid;
}

static bool folder_find(char dst[PLACE_MAX], char *const envp[], uid_t uid)
{
    const char *run = place_variable(envp, "XDG_RUNTIME_DIR");
    char own[64];
    if (run != NULL)
        return *run == '/' && join(dst, PLACE_MAX, run, "/smtpvault/");
    (void)snprintf(own, sizeof own, "/run/user/%lu", (unsigned long)uid);
    if (is_ours(own, uid, S_IFDIR))
        return join(dst, PLACE_MAX, own, "/smtpvault/");
    return xdg(dst, PLACE_MAX, envp, "XDG_STATE_HOME", "/.local/state", "/smtpvault/run/");
}

/* The socket's name for a vault: the usual one has a name of its own. */
static bool name_find(char dst[32], uint64_t *hash, char *const envp[], const char *vault)
{
    char named[PATH_MAX], usual[PATH_MAX], place[PATH_MAX];
    bool has_usual =
        xdg(place, sizeof place, envp, "XDG_DATA_HOME", "/.local/share", "/smtpvault/vault.db") &&
        realpath(place, usual) != NULL;
    if (vault == NULL ? !has_usual : realpath(vault, named) == NULL)
        return false;
    const char *path = vault == NULL ? usual : named;
    *hash = wire_place_hash(path);
    if (has_usual && strcmp(path, usual) == 0)
        (void)snprintf(dst, 32, "%s", WIRE_SOCKET);
    else
        (void)snprintf(dst, 32, WIRE_SOCKET_OTHER, (unsigned long long)*hash);
    return true;
}

bool place_find(struct place *out, char *const envp[], const char *vault, uid_t uid)
{
    const char *named = place_variable(envp, "SMTPVAULT_AGENT");
    out->named = named != NULL;
    out->vault = 0;
    if (out->named)
        return *named == '/' && join(out->path, sizeof out->path, named, "");
    char folder[PLACE_MAX], name[32];
    if (vault == NULL)
        vault = place_variable(envp, "SMTPVAULT_FILE");
    return folder_find(folder, envp, uid) && name_find(name, &out->vault, envp, vault) &&
           join(out->path, sizeof out->path, folder, name);
}

/* Whom the socket's place vouches for. False: the place is not a safe one. */
static bool place_owner(const struct place *place, uid_t uid, uid_t *owner)
{
    struct stat folder, file;
    char dir[PLACE_MAX];
    memcpy(dir, place->path, sizeof dir);
    *(strrchr(dir, '/') + 1) = '\0';
    if (lstat(place->path, &file) != 0 || !S_ISSOCK(file.st_mode) || stat(dir, &folder) != 0)
        return false;
    *owner = uid;
    if (!place->named)
        return folder.st_uid == uid && (folder.st_mode & 077) == 0 && file.st_uid == uid;
    if (!DEFENDED(AGENT_PLACE) ||
        ((folder.st_uid == file.st_uid || folder.st_uid == 0) && (folder.st_mode & 022) == 0))
        *owner = file.st_uid;
    return true;
}

static bool is_trusted(int fd, uid_t uid, uid_t owner)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof peer)
        return false;
    return peer.uid == uid || peer.uid == 0 || peer.uid == owner || !DEFENDED(AGENT_PEER);
}

int place_connect(const struct place *place, uid_t uid, int patience_ms)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};
    uid_t owner = uid;
    memcpy(to.sun_path, place->path, sizeof to.sun_path);
    if (!place_owner(place, uid, &owner))
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* The first also bounds connect(2), which waits while the agent's queue is full. */
    if (fd > 2 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (struct sockaddr *)&to, sizeof to) == 0 && is_trusted(fd, uid, owner))
        return fd;
    (void)close(fd);
    return -1;
}
