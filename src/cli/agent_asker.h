/* SPDX-License-Identifier: ISC */
/*
 * agent_asker: the process that asks a person for an agent (agent/confirm.h). The agent can
 * start no program and waits for nobody; this one is forked before there is a key, keeps
 * none of the agent's descriptors, and ends with it.
 */
#ifndef CLI_AGENT_ASKER_H
#define CLI_AGENT_ASKER_H

#include <stdbool.h>

#include "cli/cli.h"

/* detached: the agent leaves its terminal, so only a program can ask. *fd: the agent's end, -1
 * when there is no way to ask. */
enum sv_status agent_asker_start(const struct cli *cli, bool detached, int *fd,
                                 struct sv_err *err) SV_MUST_USE;

#endif
