/* SPDX-License-Identifier: ISC */
/* session_agent: whether an agent holds the vault open that this run is about. */
#ifndef CLI_SESSION_AGENT_H
#define CLI_SESSION_AGENT_H

#include "agent/client.h"
#include "cli/cli.h"

/* SV_MISSING (err empty): no agent, or none is wanted (--no-agent). SV_UNREACHABLE: none
 * answers where SMTPVAULT_AGENT says that one does. */
enum sv_status session_agent(const struct cli *cli, struct agent_client **out,
                             struct sv_err *err) SV_MUST_USE;
/* Ends it, by force where it does not answer; SV_MISSING as above. */
enum sv_status session_agent_lock(const struct cli *cli, bool *forced,
                                  struct sv_err *err) SV_MUST_USE;
/* cli->vault becomes the vault that the agent holds open; SV_MISSING as above. */
enum sv_status session_agent_vault(struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* The same with another one's status, for people. */
enum sv_status session_agent_status(const struct cli *cli, struct agent_status *status,
                                    struct sv_err *err) SV_MUST_USE;
/* Where the socket of this run's vault is, or would be. */
enum sv_status session_agent_place(const struct cli *cli, struct agent_place *place,
                                   struct sv_err *err) SV_MUST_USE;

/* Whether the agent, unused, locks before it would have to. */
bool session_agent_idles(const struct agent_status *status);

#endif
