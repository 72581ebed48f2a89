/* SPDX-License-Identifier: ISC */
/*
 * source: SOURCE of smtpvault(1), the one grammar for every secret that comes in:
 * tty, stdin or -, fd:N, file:PATH, cmd:COMMAND, cred:NAME, pinentry.
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "cli/cli.h"

/* Output of cmd: beyond its first line is read and dropped up to this. */
#define SOURCE_COMMAND_MAX (1024 * 1024)

#define SOURCE_QUESTION_MAX 1024

struct source_ask {
    const char *what;     /* in messages: "passphrase", "password for work" */
    const char *question; /* on a terminal: "Passphrase for ~/vault.db: " */
    const char *wrong;    /* what was wrong with the last answer, or NULL */
    bool confirm;         /* where a person is asked, ask twice */
    size_t limit;         /* bytes; more is SV_DATA */
    bool private;         /* a file that others can read or write is SV_DENIED; else a warning */
};

/* The grammar for people: form and meaning, ended by NULL. */
extern const char *const source_forms[][2];

/* SV_USAGE for a source that the grammar does not know, or that would read
 * standard input a second time (the passphrase comes from there already). */
enum sv_status source_check(const struct cli *cli, const char *source,
                            struct sv_err *err) SV_MUST_USE;
/* source NULL: tty. One trailing newline is dropped. Empty is SV_DATA. */
enum sv_status source_read(struct cli *cli, const char *source, const struct source_ask *ask,
                           struct secret **out, struct sv_err *err) SV_MUST_USE;
/* True when reading it shows a prompt: ask_way (cli/ask.h) says where. */
bool source_asks(const char *source);
bool source_is_pinentry(const char *source);

/* cmd: the first line that `sh -c command` prints, when it exits with 0. */
enum sv_status source_command(const char *command, const struct source_ask *ask,
                              struct secret **out, struct sv_err *err) SV_MUST_USE;

#endif
