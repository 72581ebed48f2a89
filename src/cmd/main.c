/* SPDX-License-Identifier: ISC */
/*
 * main: the program's frame: descriptors, hardening, the world's settings, one
 * command, one status. The only place where an error is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defence.h"
#include "base/env.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/help.h"
#include "cli/print.h"
#include "domain/provider_own.h"

/* A file that we open must never land on 0, 1 or 2: what is printed would go
 * into it. *stdout_closed: nobody can read our answer. */
static enum sv_status hold_standard_fds(bool *stdout_closed, struct sv_err *err)
{
    *stdout_closed = false;
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        if (fd == STDOUT_FILENO)
            *stdout_closed = true;
        if (open("/dev/null", O_RDWR) != fd)
            return sv_fail_errno(err, SV_IO, errno, "cannot open /dev/null");
    }
    return SV_OK;
}

static void read_environment(struct cli *cli)
{
    cli->vault_file = env_get("SMTPVAULT_FILE");
    cli->passphrase_from = env_get("SMTPVAULT_PASSPHRASE_FROM");
    cli->keyfile = env_get("SMTPVAULT_KEYFILE");
    cli->identity = env_get("SMTPVAULT_IDENTITY");
    cli->token_from = env_get("SMTPVAULT_TOKEN_FROM");
    const char *no_input = env_get("SMTPVAULT_NO_INPUT");
    cli->no_input = no_input != NULL && strcmp(no_input, "0") != 0;
}

/* --help, --version, or nothing at all: answered without a command. */
static enum sv_status answer_alone(struct cli *cli, struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(false);
    if (out == NULL)
        return sv_fail_nomem(err);
    bool asked = cli->help || cli->version;
    if (cli->version)
        sink_puts(out, DEFENCE_IS_MISSING ? "smtpvault " SMTPVAULT_VERSION
                                            " without " DEFENCE_MISSING ", for tests only\n"
                                          : "smtpvault " SMTPVAULT_VERSION "\n");
    else if (cli->help)
        help_overview(out);
    else
        help_usage(out);
    if (asked && cli->stdout_closed)
        return sv_fail(err, SV_IO, "standard output is closed");
    enum sv_status s = sink_release(out, asked ? STDOUT_FILENO : STDERR_FILENO,
                                    asked ? "standard output" : "standard error", err);
    if (s != SV_OK || asked)
        return s;
    return sv_fail(err, SV_USAGE, "a command is missing");
}

static enum sv_status run_command(struct cli *cli, const struct command *c, int argc, char **argv,
                                  struct sv_err *err)
{
    ARGS_OWNED struct args *args = NULL;
    enum sv_status s = args_parse(&args, c, cli, argc, argv, NULL, err);
    if (s != SV_OK)
        return s;
    if (cli->version)
        return sv_fail(err, SV_USAGE,
                       "%s has no option --version; \"smtpvault --version\" stands alone", c->name);
    return cli_dispatch(cli, c, args, err);
}

/* The name under which git starts "credential.helper = smtpvault"; the first word is git's. */
static bool called_by_git(const char *name)
{
    const char *slash = name != NULL ? strrchr(name, '/') : NULL;
    return name != NULL &&
           strcmp(slash != NULL ? slash + 1 : name, "git-credential-smtpvault") == 0;
}

static enum sv_status run(struct cli *cli, int argc, char **argv, struct sv_err *err)
{
    int used = 0;
    ARGS_OWNED struct args *head = NULL;
    if (called_by_git(argv[0]))
        return run_command(cli, command_find("git-credential"), argc - 1, argv + 1, err);
    enum sv_status s = args_parse(&head, NULL, cli, argc - 1, argv + 1, &used, err);
    if (s != SV_OK)
        return s;
    int at = 1 + used;
    if (cli->version || at >= argc)
        return answer_alone(cli, err);
    const struct command *c = command_find(argv[at]);
    if (c == NULL)
        return command_unknown(argv[at], err);
    return run_command(cli, c, argc - at - 1, argv + at + 1, err);
}

int main(int argc, char **argv)
{
    struct sv_err err = {""};
    struct cli cli = {.exit_status = -1};
    enum sv_status s = hold_standard_fds(&cli.stdout_closed, &err);
    if (s == SV_OK)
        s = secret_process_harden(&err);
    if (s == SV_OK) {
        /* A reader that went away, or a limit on the size of files, is a failed write
         * with a status of its own. */
        signal(SIGPIPE, SIG_IGN);
        signal(SIGXFSZ, SIG_IGN);
        umask(077);
        read_environment(&cli);
        provider_own_enable();
        if (DEFENCE_IS_MISSING)
            print_warning(&cli, "this build is for tests only: it has no defence " DEFENCE_MISSING);
        s = run(&cli, argc, argv, &err);
        cli_close(&cli);
    }
    if (s == SV_OK && close(STDOUT_FILENO) != 0)
        s = sv_fail_errno(&err, SV_IO, errno, "cannot finish standard output");
    if (s != SV_OK && s != SV_FINDINGS)
        print_error(s, &err);
    return s == SV_OK && cli.exit_status >= 0 ? cli.exit_status : (int)s;
}
