/* SPDX-License-Identifier: ISC */
/* force: ends an agent that does not answer. Its keys go with the process. */
#ifndef AGENT_FORCE_H
#define AGENT_FORCE_H

#include <stdbool.h>

/* Kills the process that listens at the other end of a connected socket, if it is an agent
 * of this program, and waits until it is gone. A process that only handed its socket over
 * (systemd's) is left alone. False: there is nothing that it may end. */
bool force_end(int fd);

#endif
