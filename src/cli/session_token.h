/* SPDX-License-Identifier: ISC */
/* session_token: opening with a token in the place of a passphrase; for session.c. */
#ifndef CLI_SESSION_TOKEN_H
#define CLI_SESSION_TOKEN_H

#include "base/err.h"
#include "cli/cli.h"

/* Which of a token and another way is used when both are given: the one on the command line,
 * and of two in the environment the token, which opens less. SV_USAGE: both are on the command
 * line. */
enum sv_status session_token_settle(struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* The token's source as a program that is started elsewhere can give it again, NULL when there is
 * none, it stands in the environment anyway, or (with a warning) can be read once only. The owner
 * frees it with sv_free. */
enum sv_status session_token_again(const struct cli *cli, char **source,
                                   struct sv_err *err) SV_MUST_USE;
/* SV_DENIED: the command that runs does nothing with a token, and there is one. */
enum sv_status session_token_check(const struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* Shows the token to the agent, and opens the vault that it keeps. SV_MISSING (err empty): there
 * is no agent, and nothing was read. */
enum sv_status session_token_agent(struct cli *cli, struct sv_err *err) SV_MUST_USE;
/* The open vault, by the token of cli->token_from. A file that others can read is SV_DENIED. */
enum sv_status session_token_unlock(struct cli *cli, struct sv_err *err) SV_MUST_USE;

#endif
