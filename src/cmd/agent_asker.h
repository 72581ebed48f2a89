/* SPDX-License-Identifier: ISC */
/*
 * agent_asker: the process that asks a person for an agent (agent/confirm.h).
 */
#ifndef CMD_AGENT_ASKER_H
#define CMD_AGENT_ASKER_H

#include <stdbool.h>

#include "cli/cli.h"

/* detached: the agent leaves its terminal, so only a program can ask. *fd: the agent's end, -1
 * when there is no way to ask. */
enum sv_status agent_asker_start(const struct cli *cli, bool detached, int *fd,
                                 struct sv_err *err) SV_MUST_USE;

#endif
