/* SPDX-License-Identifier: ISC */
#include "cmd/agent_sockets.h"

#include "agent/credential.h"
#include "agent/serve.h"
#include "agent/serve_credential.h"
#include "agent/serve_socketmap.h"

void agent_sockets_close(struct agent_sockets *s)
{
    activation_close(&s->given);
    agent_socket_close(&s->own);
    side_socket_close(&s->socketmap);
    side_socket_close(&s->credentials);
}

static enum sv_status check_path(const struct args *args, const char *option, struct sv_err *err)
{
    const char *word = args_value(args, option);

    return word == NULL || side_socket_path(word, err) != NULL ? SV_OK : SV_USAGE;
}

enum sv_status agent_sockets_check(const struct args *args, struct sv_err *err)
{
    const char *alias;
    size_t n = 0;
    enum sv_status s = check_path(args, "socketmap", err);

    if (s == SV_OK)
        s = check_path(args, "credentials", err);
    while (s == SV_OK && (alias = args_nth(args, "credential", n)) != NULL) {
        if (n++ == AGENT_ALIASES_MAX)
            return sv_fail(err, SV_USAGE, "--credential is taken %d times at most",
                           AGENT_ALIASES_MAX);
        s = credential_alias_check(alias, err);
    }
    return s;
}

enum sv_status agent_sockets_take(struct agent_sockets *s, struct sv_err *err)
{
    return activation_take(&s->given, err);
}

static void add(struct agent_sockets *s, int fd, const struct peer_protocol *protocol)
{
    if (fd >= 0)
        s->listeners[s->count++] = (struct agent_listener){fd, protocol};
}

/* The socket of this use, wherever it is from. */
static enum sv_status make_side(struct agent_sockets *s, enum activation_use use,
                                struct side_socket *own, const struct args *args,
                                const char *option, const struct peer_protocol *protocol,
                                struct sv_err *err)
{
    const char *word = args_value(args, option);
    enum sv_status status = SV_OK;

    if (word != NULL && s->given.fds[use] >= 0)
        return sv_fail(err, SV_USAGE, "--%s: systemd hands this socket over; leave the option away",
                       option);
    if (word != NULL)
        status = side_socket_make(own, side_socket_path(word, err), err);
    if (status == SV_OK)
        add(s, word != NULL ? own->fd : s->given.fds[use], protocol);
    return status;
}

enum sv_status agent_sockets_make(struct agent_sockets *s, const struct args *args,
                                  const struct agent_place *place, int wait_ms, struct sv_err *err)
{
    int given = s->given.fds[ACTIVATION_AGENT];
    enum sv_status status = SV_OK;

    if (given < 0)
        status = agent_socket_make(&s->own, place, wait_ms, err);
    if (status != SV_OK)
        return status;
    add(s, given < 0 ? s->own.fd : given, &serve_frames);
    status =
        make_side(s, ACTIVATION_SOCKETMAP, &s->socketmap, args, "socketmap", &serve_socketmap, err);
    if (status == SV_OK)
        status = make_side(s, ACTIVATION_CREDENTIALS, &s->credentials, args, "credentials",
                           &serve_credential, err);
    s->others = args_flag(args, "others");
    while ((s->aliases[s->alias_count] = args_nth(args, "credential", s->alias_count)) != NULL)
        s->alias_count++;
    return status;
}
