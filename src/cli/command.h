/* SPDX-License-Identifier: ISC */
/*
 * command: all that is known of a command is one const struct in its own file
 * (cmd_NAME.c) and one row in commands.def. Help, completions, the manual's
 * check and the dispatcher read nothing else.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/sink.h"
#include "domain/vault.h"

/* What the dispatcher does for a command, so that it cannot be forgotten. */
enum command_flag {
    CMD_OPENED = 1,         /* the vault is opened (locked) before run */
    CMD_UNLOCKED = 2,       /* opened and unlocked */
    CMD_MUTATES = 4,        /* opened for writing */
    CMD_EMITS_SECRET = 8,   /* the sink is guarded memory */
    CMD_NETWORK = 16,       /* runs smtpvault-net */
    CMD_REST = 32,          /* everything behind "--" belongs to another program */
    CMD_HIDDEN_IN_SHELL = 64 /* init, shell, completion ... */
};

/* What a word completes to. */
enum completes {
    COMPLETES_NOTHING,
    COMPLETES_PROFILE,
    COMPLETES_PROVIDER,
    COMPLETES_FILE,
    COMPLETES_FORMAT,
    COMPLETES_FIELD,
    COMPLETES_TLS,
    COMPLETES_AUTH,
    COMPLETES_KIND,
    COMPLETES_SOURCE,
    COMPLETES_COMMAND,
    COMPLETES_PROGRAM,
    COMPLETES_SHELL
};

struct option_spec {
    const char *name;       /* "host", without dashes; NULL ends the list */
    char letter;            /* 'n' or 0 */
    const char *value_name; /* NULL: a flag */
    enum completes completes;
    const char *help;
    bool repeats;           /* may be given more than once (--tag) */
};

struct cli;
struct args;

struct command {
    const char *name;
    const char *group;              /* "vault" "profiles" "use" "mail" "rotation" "audit" "people" */
    const char *args;               /* "NAME [FIELD]" */
    const char *summary;            /* one line, lower case, no full stop */
    unsigned flags;
    int min_args, max_args;         /* positional words; max -1: any number */
    enum completes completes;       /* positional words */
    const struct option_spec *options;  /* own options; the global ones are everywhere */
    const char *const *examples;    /* NULL-terminated, two or three real ones */
    const char *help;               /* a paragraph for --help, or NULL */
    enum sv_status (*run)(struct cli *cli, const struct args *args, struct sv_err *err);
};

/* commands.def: COMMAND(symbol, "aliases separated by blanks") */
extern const struct command *const commands[];
extern const size_t command_count;
const struct command *command_find(const char *word); /* by name or alias */
const char *command_aliases(const struct command *c);

/* ---- parsed words ---- */

/* Options of a command line, by name. A value is borrowed from argv. */
const char *args_value(const struct args *args, const char *option); /* the last one, or NULL */
bool args_flag(const struct args *args, const char *option);
size_t args_values(const struct args *args, const char *option, const char **out, size_t max);
size_t args_count(const struct args *args);
const char *args_word(const struct args *args, size_t i);       /* NULL beyond the end */
char *const *args_rest(const struct args *args);                /* behind "--", NULL-terminated, or NULL */

/* Parses argv[0..] behind the command's name. SV_USAGE naming the word; an
 * option that looks like a secret (--password=...) gets the hint instead, and its
 * value is never repeated. */
enum sv_status args_parse(struct args **out, const struct command *c, struct cli *cli, int argc,
                          char *const *argv, struct sv_err *err) SV_MUST_USE;
void args_free(struct args *args);

/* ---- one run ---- */

struct cli {
    /* global options, from the command line or the environment */
    const char *vault_file;      /* NULL: default */
    const char *passphrase_from; /* SOURCE or NULL: ask on /dev/tty */
    const char *keyfile;
    const char *token_from;
    bool no_input, no_agent, json, quiet;
    int color;                   /* 0 auto, 1 always, -1 never */
    bool in_shell;

    const struct command *command;
    struct vault *vault;         /* as the flags ask, else NULL */
    struct sink *out;            /* released to stdout by the dispatcher when run returned
                                    SV_OK or SV_FINDINGS */
};

/* Runs one parsed command: opens, unlocks, runs, releases. Used by main and by
 * the shell (which keeps cli->vault between calls). */
enum sv_status cli_dispatch(struct cli *cli, const struct command *c, const struct args *args,
                            struct sv_err *err) SV_MUST_USE;

/* session.c: the sole place that decides how the vault is opened. */
enum sv_status session_place(const struct cli *cli, char **path, char **state_root,
                             struct sv_err *err) SV_MUST_USE; /* owner frees both */
enum sv_status session_open(struct cli *cli, bool read_only, struct sv_err *err) SV_MUST_USE;
enum sv_status session_unlock(struct cli *cli, struct sv_err *err) SV_MUST_USE;

/* source.c: SOURCE of smtpvault(1): tty, stdin or -, fd:N, file:PATH, cmd:COMMAND,
 * cred:NAME, pinentry. One trailing newline is dropped. limit in bytes: more is
 * SV_DATA naming the limit. `what` names it in prompts and messages ("passphrase",
 * "password for work"). confirm: ask twice on a terminal. */
enum sv_status source_read(struct cli *cli, const char *source, const char *what, bool confirm,
                           size_t limit, struct secret **out, struct sv_err *err) SV_MUST_USE;

/* prompt.c: /dev/tty only. SV_LOCKED when there is no terminal or --no-input. */
bool prompt_possible(const struct cli *cli);
enum sv_status prompt_secret(struct cli *cli, const char *question, size_t limit,
                             struct secret **out, struct sv_err *err) SV_MUST_USE;
enum sv_status prompt_line(struct cli *cli, const char *question, char **out,
                           struct sv_err *err) SV_MUST_USE; /* owner frees */
enum sv_status prompt_yes(struct cli *cli, const char *question, bool *yes,
                          struct sv_err *err) SV_MUST_USE;

/* print.c: messages to stderr ("smtpvault: ..."); nothing when --quiet, except
 * errors. Every foreign text goes through text_printable first. */
void print_note(const struct cli *cli, const char *fmt, ...) SV_PRINTF(2, 3);
void print_warning(const struct cli *cli, const char *fmt, ...) SV_PRINTF(2, 3);
void print_error(const struct sv_err *err);
bool print_is_terminal(int fd);
bool print_color(const struct cli *cli, int fd);
/* Columns padded to width, for people. rows: count * columns cells. */
void print_table(struct sink *out, const char *const *heads, const char *const *cells,
                 size_t rows, size_t columns);

#endif
