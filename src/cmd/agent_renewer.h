/* SPDX-License-Identifier: ISC */
/* agent_renewer: the process that gets access tokens for an agent (agent/renew.h). */
#ifndef CMD_AGENT_RENEWER_H
#define CMD_AGENT_RENEWER_H

#include <stdbool.h>

#include "cli/cli.h"

/* detached: as of agent_side_start. *fd: the agent's end. */
enum sv_status agent_renewer_start(const struct cli *cli, bool detached, int *fd,
                                   struct sv_err *err) SV_MUST_USE;

#endif
