/* SPDX-License-Identifier: ISC */
/*
 * place: where the agent's socket is, and who listens there. The rules are those of
 * agent/wire.h; what they leave open here (no HOME, a path that is not absolute or does
 * not fit) is for the full program to find out.
 *
 * An impostor gets no request. Whoever listens must be root or run as us; below
 * $SMTPVAULT_AGENT, which names the socket of an agent that has a user of its own, it
 * may also be the user to whom both the socket and its folder belong (or root the
 * folder), if nobody else may put something into that folder. The user id is the one
 * that the kernel wrote down when the socket began to listen.
 */
#ifndef FRONT_PLACE_H
#define FRONT_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PLACE_MAX 108u /* bytes of a socket's path, its NUL included */

struct place {
    char path[PLACE_MAX];
    uint64_t vault; /* which one is meant, as in wire.h */
    bool named;     /* by $SMTPVAULT_AGENT */
};

/* The value of a variable in envp; NULL when it is unset or empty. */
const char *place_variable(char *const envp[], const char *name);

/* vault: the file that was named, or NULL. False: cannot be told here. */
bool place_find(struct place *out, char *const envp[], const char *vault, uid_t uid);

/* Connects; sending and receiving end after `patience_ms`. -1: nobody is there, or
 * somebody who must not be asked. Never a descriptor of standard input, output or error. */
int place_connect(const struct place *place, uid_t uid, int patience_ms);

#endif
