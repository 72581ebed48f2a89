/* SPDX-License-Identifier: ISC */
/*
 * dispatch: what every command gets done for it: help, checks, the vault opened
 * as its flags say, and an answer that reaches stdout whole or not at all.
 */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/session_token.h"
#include "cli/verbs.h"
#include "domain/provider_own.h"
#include "domain/vault_near.h"
#include "rotate/due_notice.h"
#include "rotate/public_dates.h"

static enum sv_status open_as_flags_say(struct cli *cli, const struct command *c,
                                        struct sv_err *err)
{
    if ((c->flags & (CMD_OPENED | CMD_UNLOCKED)) == 0)
        return SV_OK;
    return session_ensure(cli, (c->flags & CMD_UNLOCKED) != 0, (c->flags & CMD_MUTATES) != 0, err);
}

static enum sv_status release(struct cli *cli, struct sink *out, struct sv_err *err)
{
    if (sink_len(out) > 0 && cli->stdout_closed)
        return sv_fail(err, SV_IO, "standard output is closed");
    return sink_release(out, STDOUT_FILENO, "standard output", err);
}

/* Whoever hears of a failure believes that nothing was done. */
static enum sv_status fail_changed(const struct cli *cli, enum sv_status s, struct sv_err *err)
{
    if (!cli->changed)
        return s;
    struct sv_err found = *err;
    return sv_fail(err, s, "the change was made, but its answer was lost: %.600s", found.text);
}

static enum sv_status run_command(struct cli *cli, const struct command *c, const struct args *args,
                                  struct sv_err *err)
{
    if (cli->help) {
        help_command(cli->out, c);
        return SV_OK;
    }
    enum sv_status s = args_check_count(args, err);
    if (s == SV_OK)
        s = session_token_settle(cli, err);
    if (s == SV_OK && c->verbs != NULL)
        s = verbs_check(c, cli, args, err);
    if (s == SV_OK && c->check != NULL)
        s = c->check(cli, args, err);
    if (s == SV_OK)
        s = open_as_flags_say(cli, c, err);
    if (s != SV_OK)
        return s;
    return c->verbs != NULL ? verbs_run(c, cli, args, err) : c->run(cli, args, err);
}

enum sv_status cli_dispatch(struct cli *cli, const struct command *c, const struct args *args,
                            struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new((c->flags & CMD_EMITS_SECRET) != 0);
    if (out == NULL)
        return sv_fail_nomem(err);
    struct sink *before = cli->out;
    const struct command *caller = cli->command;
    cli->out = out;
    cli->command = c;
    cli->changed = false;
    enum sv_status s = run_command(cli, c, args, err);
    if (s == SV_MISSING && cli->vault != NULL)
        vault_say_near(cli->vault, err);
    cli->out = before;
    cli->command = caller;
    const char *fault = provider_own_fault();
    if (fault != NULL)
        print_warning(cli, "%s; no provider of your own is known", fault);
    if (s != SV_OK && s != SV_FINDINGS)
        return fail_changed(cli, s, err);
    enum sv_status released = release(cli, out, err);
    if (released != SV_OK)
        return fail_changed(cli, released, err);
    public_dates_follow(cli, c);
    due_notice(cli, c);
    return s;
}

void cli_close(struct cli *cli)
{
    vault_close(cli->vault);
    cli->vault = NULL;
}
