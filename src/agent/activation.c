/* SPDX-License-Identifier: ISC */
#include "agent/activation.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "base/text.h"

#define FIRST 3
#define COUNT_MAX 64

static const struct {
    const char *name;
    int type;
} uses[ACTIVATION_USES] = {
    [ACTIVATION_AGENT] = {"agent", SOCK_SEQPACKET},
    [ACTIVATION_SOCKETMAP] = {"socketmap", SOCK_STREAM},
    [ACTIVATION_CREDENTIALS] = {"credentials", SOCK_STREAM},
};

void activation_close(struct activation *a)
{
    for (size_t i = 0; i < ACTIVATION_USES; i++) {
        file_close_cleanup(&a->fds[i]);
        a->fds[i] = -1;
    }
}

/* How many there are for this process: the variables are inherited by whoever is started
 * without them being meant. */
static int handed_over(void)
{
    const char *pid = env_get("LISTEN_PID"), *fds = env_get("LISTEN_FDS");
    uint64_t number, count;

    if (pid == NULL || fds == NULL || !text_parse_u64(pid, 1, INT32_MAX, &number) ||
        number != (uint64_t)getpid() || !text_parse_u64(fds, 1, COUNT_MAX, &count))
        return 0;
    return (int)count;
}

/* The type of a listening UNIX socket; -1: it is something else. */
static int listening_type(int fd)
{
    int domain = 0, accepts = 0, type = 0;
    socklen_t len = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0 || domain != AF_UNIX ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) != 0 || accepts == 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0)
        return -1;
    return type;
}

static size_t use_of(const char *name, size_t len, int type)
{
    for (size_t i = 0; i < ACTIVATION_USES; i++)
        if (uses[i].type == type && strlen(uses[i].name) == len &&
            memcmp(uses[i].name, name, len) == 0)
            return i;
    return type == SOCK_SEQPACKET ? ACTIVATION_AGENT : ACTIVATION_USES;
}

static enum sv_status take_one(struct activation *a, int fd, const char *name, size_t len,
                               struct sv_err *err)
{
    char shown[64];
    size_t use = use_of(name, len, listening_type(fd));

    text_printable(shown, sizeof shown, name, len);
    if (use == ACTIVATION_USES)
        return sv_fail(err, SV_CONFIG,
                       "the socket \"%s\" that systemd hands over is none of the agent's: it is "
                       "ListenSequentialPacket= with FileDescriptorName=agent, or ListenStream= "
                       "with socketmap or credentials",
                       shown);
    if (a->fds[use] >= 0)
        return sv_fail(err, SV_CONFIG, "systemd hands over two sockets for \"%s\"; one will do",
                       uses[use].name);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return sv_fail(err, SV_INTERNAL, "cannot prepare the socket \"%s\"", shown);
    a->fds[use] = fd;
    return SV_OK;
}

enum sv_status activation_take(struct activation *out, struct sv_err *err)
{
    struct activation a = ACTIVATION_NONE;
    const char *names = env_get("LISTEN_FDNAMES");
    int count = handed_over();

    for (int i = 0; i < count; i++) {
        size_t len = names == NULL ? 0 : strcspn(names, ":");
        enum sv_status status = take_one(&a, FIRST + i, names == NULL ? "" : names, len, err);
        if (status != SV_OK)
            return status;
        names = names == NULL || names[len] == '\0' ? NULL : names + len + 1;
    }
    *out = a;
    return SV_OK;
}

void activation_ready(void)
{
    const char *path = env_get("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path == NULL ? 0 : strlen(path);

    if (len < 2 || len >= sizeof to.sun_path)
        return;
    memcpy(to.sun_path, path, len);
    if (*path == '@')
        to.sun_path[0] = '\0';
    FD_OWNED int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        (void)sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (const struct sockaddr *)&to,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}
