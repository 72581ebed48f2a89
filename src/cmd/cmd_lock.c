/* SPDX-License-Identifier: ISC */
/* lock: ends the agent, and with it every key in memory. */
#include "cli/print.h"
#include "cli/session_agent.h"

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    bool forced = false;
    (void)args;
    enum sv_status s = session_agent_lock(cli, &forced, err);
    if (s == SV_MISSING) {
        print_note(cli, "no agent keeps the vault open: it is locked");
        return SV_OK;
    }
    if (s == SV_OK)
        print_note(cli, "locked: the agent %s",
                   forced ? "did not answer and was ended by force; its keys are gone with it"
                          : "has wiped its keys and ended");
    return s;
}

static const char *const examples[] = {
    "smtpvault lock",
    NULL,
};
const struct command cmd_lock = {
    .name = "lock",
    .group = "vault",
    .args = "",
    .summary = "end the agent, which wipes its keys",
    .flags = CMD_HIDDEN_IN_SHELL,
    .examples = examples,
    .run = run,
};
