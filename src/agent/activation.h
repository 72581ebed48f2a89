/* SPDX-License-Identifier: ISC */
/*
 * activation: sockets that the service manager made and hands over, and the word to it
 * that we are ready: sd_listen_fds(3) and sd_notify(3) in the little that is needed of
 * them. A socket unit gives each its purpose with FileDescriptorName=:
 *
 *   agent         SOCK_SEQPACKET   the clients' (wire.h); also any of that type without a name
 *   socketmap     SOCK_STREAM      Postfix's (socketmap.h)
 *   credentials   SOCK_STREAM      LoadCredential='s (credential.h)
 */
#ifndef AGENT_ACTIVATION_H
#define AGENT_ACTIVATION_H

#include "base/err.h"

enum activation_use { ACTIVATION_AGENT, ACTIVATION_SOCKETMAP, ACTIVATION_CREDENTIALS };
#define ACTIVATION_USES 3

/* -1: not handed over. The descriptors are the caller's; they do not wait, and no program
 * that is started gets them. */
struct activation {
    int fds[ACTIVATION_USES];
};
#define ACTIVATION_NONE       \
    {                         \
        .fds = { -1, -1, -1 } \
    }
void activation_close(struct activation *a);
#define ACTIVATION_OWNED __attribute__((cleanup(activation_close)))

/* SV_OK with none when nothing was handed over to this process. SV_CONFIG: something that
 * is no listening UNIX socket of a known purpose and its type, or two for one. */
enum sv_status activation_take(struct activation *out, struct sv_err *err) SV_MUST_USE;

/* Tells a service of Type=notify ready. Whoever did not start us as one hears nothing. */
void activation_ready(void);

#endif
