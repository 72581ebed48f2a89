/* SPDX-License-Identifier: ISC */
/* cli: one run of the program, and the dispatcher that runs a command in it. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/err.h"
#include "base/sink.h"
#include "cli/args.h"
#include "cli/command.h"
#include "domain/vault.h"

enum color { COLOR_NEVER = -1, COLOR_AUTO = 0, COLOR_ALWAYS = 1 };

struct cli {
    /* global options, from the command line or the environment; borrowed */
    const char *vault_file;      /* NULL: default */
    const char *passphrase_from; /* SOURCE or NULL: ask on /dev/tty */
    const char *keyfile;
    const char *identity; /* a file: crypto/identity.h */
    const char *token_from;
    bool way_given, token_given; /* another way, the token: on the command line */
    bool no_input, no_agent, json, quiet;
    enum color color;

    bool help, version; /* --help, --version were given */
    bool stdout_closed; /* descriptor 1 was not open at the start */
    bool stdin_taken;   /* standard input has been read as a source */
    bool in_shell;      /* the vault stays open between commands */

    const struct command *command; /* that runs */
    struct vault *vault;           /* as the command's flags ask, else NULL */
    struct sink *out;              /* released to stdout when run gave SV_OK or SV_FINDINGS */
    bool changed;                  /* a change was made: what fails after it says so */
    int exit_status;               /* of exec's child; -1: the status is the command's own */
};

/* Runs one parsed command: checks, opens, unlocks, runs, releases. Used by main
 * and by the shell. cli->vault stays open: cli_close. */
enum sv_status cli_dispatch(struct cli *cli, const struct command *c, const struct args *args,
                            struct sv_err *err) SV_MUST_USE;
void cli_close(struct cli *cli);

#endif
