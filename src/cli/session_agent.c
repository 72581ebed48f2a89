/* SPDX-License-Identifier: ISC */
#include "cli/session_agent.h"

#include "agent/remote.h"
#include "base/env.h"

enum sv_status session_agent_place(const struct cli *cli, struct agent_place *place,
                                   struct sv_err *err)
{
    return agent_place_find(place, cli->vault_file, err);
}

static enum sv_status none(const struct agent_place *place, struct sv_err *err)
{
    if (place->named)
        return sv_fail(err, SV_UNREACHABLE,
                       "no agent answers at %s, where SMTPVAULT_AGENT says that one does: start "
                       "it, unset SMTPVAULT_AGENT, or add --no-agent",
                       place->socket);
    sv_err_clear(err);
    return SV_MISSING;
}

/* Connects, and asks first what the caller is here for. */
static enum sv_status reach(const struct cli *cli, struct agent_client **out,
                            enum sv_status (*ask)(struct agent_client *, void *, struct sv_err *),
                            void *answer, struct sv_err *err)
{
    CLIENT_OWNED struct agent_client *client = NULL;
    PLACE_OWNED struct agent_place place = {0};
    if (cli->no_agent)
        return SV_MISSING;
    enum sv_status s = session_agent_place(cli, &place, err);
    /* Where no agent's socket fits, there is none. */
    if (s == SV_CONFIG && env_get("SMTPVAULT_AGENT") == NULL)
        s = SV_MISSING;
    if (s == SV_OK)
        s = agent_connect(&client, &place, err);
    if (s == SV_OK)
        s = ask(client, answer, err);
    if (s == SV_FINDINGS) /* the usual vault was another one when it began */
        s = SV_MISSING;
    if (s == SV_MISSING)
        return none(&place, err);
    if (s == SV_OK) {
        *out = client;
        client = NULL;
    }
    return s;
}

static enum sv_status ask_status(struct agent_client *c, void *status, struct sv_err *err)
{
    return agent_ask_status(c, status, err);
}

static enum sv_status ask_lock(struct agent_client *c, void *forced, struct sv_err *err)
{
    return agent_ask_lock(c, forced, err);
}

enum sv_status session_agent(const struct cli *cli, struct agent_client **out, struct sv_err *err)
{
    struct agent_status status;
    return reach(cli, out, ask_status, &status, err);
}

enum sv_status session_agent_lock(const struct cli *cli, bool *forced, struct sv_err *err)
{
    CLIENT_OWNED struct agent_client *client = NULL;
    return reach(cli, &client, ask_lock, forced, err);
}

enum sv_status session_agent_vault(struct cli *cli, struct sv_err *err)
{
    CLIENT_OWNED struct agent_client *client = NULL;
    enum sv_status s = session_agent(cli, &client, err);
    if (s == SV_OK)
        s = remote_vault(&cli->vault, client, err);
    if (s == SV_OK)
        client = NULL;
    return s;
}

enum sv_status session_agent_status(const struct cli *cli, struct agent_status *status,
                                    struct sv_err *err)
{
    CLIENT_OWNED struct agent_client *client = NULL;
    return reach(cli, &client, ask_status, status, err);
}

bool session_agent_idles(const struct agent_status *status)
{
    return status->idle_until != 0 && (status->until == 0 || status->idle_until < status->until);
}
