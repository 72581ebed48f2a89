/* SPDX-License-Identifier: ISC */
#include "agent/side_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define BACKLOG 4096

const char *side_socket_path(const char *word, struct sv_err *err)
{
    const char *path = text_starts_with(word, "unix:") ? word + strlen("unix:") : word;
    struct sockaddr_un name;

    if (text_starts_with(word, "inet:")) {
        (void)sv_fail(err, SV_USAGE,
                      "the agent does not listen on the network: it could not tell who asks; name "
                      "a socket, unix:/run/...");
        return NULL;
    }
    if (*path != '/' || strlen(path) >= sizeof name.sun_path ||
        text_has_control(path, strlen(path))) {
        (void)sv_fail(err, SV_USAGE, "a socket is an absolute path of at most %zu bytes",
                      sizeof name.sun_path - 1);
        return NULL;
    }
    return path;
}

static enum sv_status fail_here(const char *path, struct sv_err *err)
{
    return sv_fail_errno(err, SV_IO, errno, "cannot make the socket %s", path);
}

/* What a killed agent left refuses connections; a living one does not. */
static enum sv_status clear_way(const struct sockaddr_un *name, struct sv_err *err)
{
    const char *path = name->sun_path;
    struct stat st;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? SV_OK : fail_here(path, err);
    FD_OWNED int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (!S_ISSOCK(st.st_mode) || fd < 0 ||
        connect(fd, (const struct sockaddr *)name, sizeof *name) == 0 || errno != ECONNREFUSED)
        return sv_fail(err, SV_EXISTS, "%s is there already; end what serves it, or remove it",
                       path);
    return unlink(path) == 0 || errno == ENOENT ? SV_OK : fail_here(path, err);
}

/* The group is the folder's, where that is ours to give. */
static enum sv_status open_to_group(const char *path, const char *folder, struct sv_err *err)
{
    struct stat st;

    if (stat(folder, &st) != 0 ||
        (st.st_gid != getegid() && chown(path, (uid_t)-1, st.st_gid) != 0) ||
        chmod(path, 0660) != 0)
        return fail_here(path, err);
    return SV_OK;
}

enum sv_status side_socket_make(struct side_socket *out, const char *path, struct sv_err *err)
{
    FD_OWNED int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char *folder = path_dir(path);

    if (folder == NULL)
        return sv_fail_nomem(err);
    memcpy(name.sun_path, path, strlen(path) + 1);
    enum sv_status s = file_check_folder(folder, err);
    if (s == SV_OK)
        s = clear_way(&name, err);
    /* Nobody can connect before it listens, so the mode is in time. */
    if (s == SV_OK && (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0))
        s = fail_here(path, err);
    if (s == SV_OK)
        s = open_to_group(path, folder, err);
    if (s == SV_OK && listen(fd, BACKLOG) != 0)
        s = fail_here(path, err);
    sv_free(folder);
    if (s != SV_OK)
        return s;
    *out = (struct side_socket){.fd = fd, .path = path};
    fd = -1;
    return SV_OK;
}

void side_socket_close(struct side_socket *s)
{
    if (s->path != NULL)
        (void)unlink(s->path);
    file_close_cleanup(&s->fd);
    *s = (struct side_socket)SIDE_SOCKET_NONE;
}
