/* SPDX-License-Identifier: ISC */
#include "cli/add_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/add_talk.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"

/* Servers lock accounts after a few wrong secrets. */
#define SECRETS_TRIED 3

/* SV_FINDINGS: a verdict other than ok. */
static enum sv_status test_now(struct cli *cli, const char *name, const char *ca_file,
                               struct sv_err *err)
{
    ARGS_OWNED struct args *args = NULL;
    SINK_OWNED struct sink *out = sink_new(false);
    const struct command *test = command_find("test");
    char *words[] = {(char *)"--", (char *)name};
    char *with_ca[] = {(char *)"--ca-file", (char *)ca_file, (char *)"--", (char *)name};
    int used = 0;
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = ca_file != NULL ? args_parse(&args, test, cli, 4, with_ca, &used, err)
                                       : args_parse(&args, test, cli, 2, words, &used, err);
    if (s != SV_OK)
        return s;
    struct sink *before = cli->out;
    bool json = cli->json;
    cli->out = out;
    cli->json = false;
    s = test->run(cli, args, err);
    cli->out = before;
    cli->json = json;
    if (s != SV_OK && s != SV_FINDINGS)
        return s;
    enum sv_status released = sink_release(out, STDERR_FILENO, "standard error", err);
    return released != SV_OK ? released : s;
}

/* Did the server turn this login away, and not only fail to answer? */
static bool was_rejected(struct cli *cli, const char *name, int64_t since)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err aside;
    return vault_find(cli->vault, name, &p, &aside) == SV_OK && p.last_rejected >= since;
}

static enum sv_status change_secret(struct cli *cli, const struct args *args, const char *name,
                                    struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    bool typed;
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s == SV_OK)
        s = add_secret(cli, args, &p, &secret, &typed, err);
    return s == SV_OK ? vault_edit(cli->vault, &p, secret, AUDIT_EDIT, err) : s;
}

/* One attempt, then as many as a person asks for. */
static enum sv_status test_until(struct cli *cli, const struct args *args, const char *name,
                                 struct sv_err *err)
{
    for (int tries = SECRETS_TRIED;; tries--) {
        int64_t since = env_now();
        bool again = false;
        enum sv_status s = test_now(cli, name, args_value(args, "ca-file"), err);
        if (s != SV_FINDINGS || tries == 1 || !was_rejected(cli, name, since))
            return s;
        enum sv_status asked = prompt_go(cli, "Type the secret again? [Y/n] ", &again, NULL);
        if (asked != SV_OK || !again)
            return s;
        s = change_secret(cli, args, name, err);
        if (s != SV_OK)
            return s;
    }
}

enum sv_status add_test(struct cli *cli, const struct args *args, const char *name, bool offer,
                        struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    char question[400];
    bool yes = false;
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s != SV_OK || !offer)
        return s == SV_OK ? test_now(cli, name, args_value(args, "ca-file"), err) : s;
    if (p.tls == TLS_NONE) /* no test sends a secret in clear */
        return SV_OK;
    snprintf(question, sizeof question, "Log in at %s now, to see that it works? [Y/n] ", p.host);
    if (prompt_go(cli, question, &yes, NULL) != SV_OK || !yes) {
        print_note(cli, "\"smtpvault test %s\" tries it later", NAME_SHOWN(name));
        return SV_OK;
    }
    return test_until(cli, args, name, err);
}
