/* SPDX-License-Identifier: ISC */
#include "cli/session_token.h"

#include <stdio.h>
#include <string.h>

#include "agent/remote.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/session_agent.h"
#include "cli/source.h"
#include "crypto/token.h"
#include "domain/vault_token.h"

/* More than a token has, so that what is wrong with a longer text can be said. */
#define TOKEN_SOURCE_MAX 1024

enum sv_status session_token_settle(struct cli *cli, struct sv_err *err)
{
    if (cli->token_given && cli->way_given)
        return sv_fail(err, SV_USAGE,
                       "a token opens the vault in the place of a passphrase, key file or "
                       "identity: give one of them");
    if (cli->way_given)
        cli->token_from = NULL;
    if (cli->token_from != NULL)
        cli->passphrase_from = cli->keyfile = cli->identity = NULL;
    return SV_OK;
}

enum sv_status session_token_again(const struct cli *cli, char **source, struct sv_err *err)
{
    static const char file[] = "file:";
    SV_AUTOFREE char *path = NULL;
    enum sv_status s = SV_OK;
    *source = NULL;
    if (!cli->token_given)
        return SV_OK;
    if (text_starts_with(cli->token_from, file)) {
        size_t head = sizeof file - 1;
        if ((s = session_absolute(cli->token_from + head, &path, err)) != SV_OK)
            return s;
        size_t size = head + strlen(path) + 1;
        if ((*source = sv_alloc(size)) == NULL)
            return sv_fail_nomem(err);
        (void)snprintf(*source, size, "%s%s", file, path);
        return SV_OK;
    }
    if (text_starts_with(cli->token_from, "cmd:") || text_starts_with(cli->token_from, "cred:"))
        return (*source = sv_strdup(cli->token_from)) != NULL ? SV_OK : sv_fail_nomem(err);
    print_warning(cli, "the token was given in a way that works once: set SMTPVAULT_TOKEN_FROM for "
                       "the program that reads this");
    return SV_OK;
}

/* "get, list and test" */
static void list_commands(char *dst, size_t capacity)
{
    size_t left = 0, len = 0;
    for (size_t i = 0; i < command_count; i++)
        left += (commands[i]->flags & CMD_TOKEN) != 0;
    dst[0] = '\0';
    for (size_t i = 0; i < command_count && len < capacity; i++) {
        if ((commands[i]->flags & CMD_TOKEN) == 0)
            continue;
        left--;
        len += (size_t)snprintf(dst + len, capacity - len, "%s%s", commands[i]->name,
                                left > 1    ? ", "
                                : left == 1 ? " and "
                                            : "");
    }
}

enum sv_status session_token_check(const struct cli *cli, struct sv_err *err)
{
    char able[128];
    if (cli->token_from == NULL || (cli->command->flags & CMD_TOKEN) != 0)
        return SV_OK;
    list_commands(able, sizeof able);
    return sv_fail(err, SV_DENIED,
                   "a token is for %s: open the vault in another way for \"%s\", without "
                   "--token-from and SMTPVAULT_TOKEN_FROM",
                   able, cli->command->name);
}

/* On a terminal a slip is common, and seen before anything is opened. */
static enum sv_status read_token(struct cli *cli, const struct source_ask *ask,
                                 struct secret **text, struct sv_err *err)
{
    for (int try = 1;; try++) {
        SECRET_OWNED struct secret *read = NULL;
        SECRET_OWNED struct secret *keys = NULL;
        enum sv_status s = source_read(cli, cli->token_from, ask, &read, err);
        bool asked = s == SV_OK && source_asks(cli->token_from);
        if (asked)
            s = token_parse(&keys, read, err);
        if (s == SV_OK) {
            *text = read;
            read = NULL;
        }
        if (s == SV_OK || !asked || try == ASK_TRIES)
            return s;
        print_error(s, err);
    }
}

static enum sv_status take_token(struct cli *cli, const char *question, struct secret **text,
                                 struct sv_err *err)
{
    struct source_ask ask = {
        .what = "token", .question = question, .limit = TOKEN_SOURCE_MAX, .private = true};
    if (text_starts_with(cli->token_from, TOKEN_PREFIX))
        return sv_fail(err, SV_USAGE,
                       "this is the token itself, and others can read it there: put it into a file "
                       "of mode 0600 and give file:PATH");
    return read_token(cli, &ask, text, err);
}

enum sv_status session_token_agent(struct cli *cli, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    CLIENT_OWNED struct agent_client *client = NULL;
    enum sv_status s = session_token_check(cli, err);
    if (s == SV_OK)
        s = session_agent(cli, &client, err);
    if (s == SV_OK)
        s = take_token(cli, "Token: ", &text, err);
    if (s == SV_OK)
        s = agent_ask_token(client, text, err);
    if (s == SV_OK)
        s = remote_vault(&cli->vault, client, err);
    if (s == SV_OK)
        client = NULL;
    return s;
}

enum sv_status session_token_unlock(struct cli *cli, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    char question[300] = "";
    enum sv_status s = SV_OK;
    if (source_asks(cli->token_from))
        s = session_question(cli, "Token", question, sizeof question, err);
    if (s == SV_OK)
        s = take_token(cli, question, &text, err);
    return s == SV_OK ? vault_unlock_token(cli->vault, text, err) : s;
}
