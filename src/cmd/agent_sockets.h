/* SPDX-License-Identifier: ISC */
/*
 * agent_sockets: everything that `agent` listens on: what systemd hands over, and what its
 * options name.
 */
#ifndef CMD_AGENT_SOCKETS_H
#define CMD_AGENT_SOCKETS_H

#include "agent/activation.h"
#include "agent/listen.h"
#include "agent/server.h"
#include "agent/side_socket.h"
#include "cli/args.h"

#define AGENT_ALIASES_MAX 64

struct agent_sockets {
    struct activation given;
    struct agent_socket own;
    struct side_socket socketmap, credentials;
    struct agent_listener listeners[ACTIVATION_USES];
    size_t count;
    const char *aliases[AGENT_ALIASES_MAX + 1]; /* ends with a NULL */
    size_t alias_count;
    bool others;
};
#define AGENT_SOCKETS_NONE                                                                 \
    {                                                                                      \
        .given = ACTIVATION_NONE, .own = AGENT_SOCKET_NONE, .socketmap = SIDE_SOCKET_NONE, \
        .credentials = SIDE_SOCKET_NONE                                                    \
    }
void agent_sockets_close(struct agent_sockets *s);
#define AGENT_SOCKETS_OWNED __attribute__((cleanup(agent_sockets_close)))

/* Rows of a command's options. */
#define AGENT_SOCKET_OPTIONS                                                                      \
    {"socketmap", 0, "PATH", COMPLETES_FILE, "answers lookups of Postfix at this socket", false}, \
        {"credentials", 0, "PATH", COMPLETES_FILE, "gives credentials to systemd at this socket", \
         false},                                                                                  \
        {"credential",                                                                            \
         0,                                                                                       \
         "ID=PROFILE",                                                                            \
         COMPLETES_NOTHING,                                                                       \
         "the profile for a credential of this name; UNIT/ID=PROFILE: for one unit",              \
         true},                                                                                   \
    {                                                                                             \
        "others", 0, NULL, COMPLETES_NOTHING,                                                     \
            "serves other users too, where the socket lets them in", false                        \
    }

/* SV_USAGE for an option's value. */
enum sv_status agent_sockets_check(const struct args *args, struct sv_err *err) SV_MUST_USE;

/* What systemd handed over: at once, before anything else is opened. */
enum sv_status agent_sockets_take(struct agent_sockets *s, struct sv_err *err) SV_MUST_USE;

/* Makes what was not handed over: the agent's own at the place (wait_ms as agent_socket_make
 * has it), the others where options name them. SV_USAGE: named though it was handed over. */
enum sv_status agent_sockets_make(struct agent_sockets *s, const struct args *args,
                                  const struct agent_place *place, int wait_ms,
                                  struct sv_err *err) SV_MUST_USE;

#endif
