/* SPDX-License-Identifier: ISC */
/*
 * agent_side: a process that does for an agent what the agent cannot: start a program, wait
 * for a person or for the network. It is forked before there is a key, keeps none of the
 * agent's descriptors, and ends with it.
 */
#ifndef CMD_AGENT_SIDE_H
#define CMD_AGENT_SIDE_H

#include <stdbool.h>

#include "cli/cli.h"

/* Where it hears from the agent: a SOCK_SEQPACKET socket. */
#define AGENT_SIDE_FD 3

/* detached: the agent leaves its terminal, and so does this. serve runs in the new process, with
 * a copy of cli that has no vault, until the socket ends. *fd: the agent's end. */
enum sv_status agent_side_start(const struct cli *cli, const char *name, bool detached,
                                void (*serve)(struct cli *cli), int *fd,
                                struct sv_err *err) SV_MUST_USE;

#endif
