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

/* What the dispatcher does for a command, so that it cannot be forgotten. */
enum command_flag {
    CMD_OPENED = 1,           /* the vault is opened (locked) before run */
    CMD_UNLOCKED = 2,         /* opened and unlocked */
    CMD_MUTATES = 4,          /* opened for writing */
    CMD_EMITS_SECRET = 8,     /* the sink is guarded memory */
    CMD_NETWORK = 16,         /* runs smtpvault-net */
    CMD_REST = 32,            /* everything behind "--" belongs to another program */
    CMD_HIDDEN_IN_SHELL = 64, /* init, shell, completion ... */
    CMD_TOKEN = 128           /* does its work with a token, as far as that opens */
};

/* What a word completes to. */
enum completes {
    COMPLETES_NOTHING,
    COMPLETES_PROFILE,
    COMPLETES_PROVIDER,
    COMPLETES_FILE,
    COMPLETES_FORMAT,
    COMPLETES_IMPORT,
    COMPLETES_TOOL,
    COMPLETES_FIELD,
    COMPLETES_TLS,
    COMPLETES_AUTH,
    COMPLETES_KIND,
    COMPLETES_SOURCE,
    COMPLETES_COMMAND,
    COMPLETES_PROGRAM,
    COMPLETES_SHELL,
    COMPLETES_ALPHABET,
    COMPLETES_OPERATION,
    COMPLETES_RESULT,
    COMPLETES_VIA,
    COMPLETES_COLOR,
    COMPLETES_POLICY,
    COMPLETES_ON_REJECT,
    COMPLETES_YES_NO,
    COMPLETES_DUE,
    COMPLETES_REMIND,
    COMPLETES_MEMBER,
    COMPLETES_TOKEN,
    COMPLETES_GRANT,
    COMPLETES_ROLE,
    COMPLETES_ROTATOR,
    COMPLETES_AUDIT
};

/* What `get` gives beside the fields of fields.def: the password; what it is derived from; and
 * of a login by OAuth2 what a program sends for it. */
#define FIELD_IAM_SECRET "iam-secret"
#define FIELD_XOAUTH2 "sasl-xoauth2"

/* The fixed words of a kind, NULL-terminated; NULL for the kinds that are not a
 * short fixed list (profiles, providers, files ...). */
const char *const *completes_words(enum completes kind);

struct option_spec {
    const char *name;       /* "host", without dashes; NULL ends the list */
    char letter;            /* 'n' or 0 */
    const char *value_name; /* NULL: a flag */
    enum completes completes;
    const char *help; /* NULL: an option for our own scripts, shown nowhere */
    bool repeats;     /* may be given more than once (--tag) */
};

struct cli;
struct args;
struct verb;

struct command {
    const char *name;
    const char *group;   /* one of command_groups */
    const char *args;    /* "NAME [FIELD]" */
    const char *summary; /* one line, lower case, no full stop */
    unsigned flags;
    int min_args, max_args;                     /* positional words; max -1: any number */
    const char *instead;                        /* options in a word's stead, by blanks; or NULL */
    enum completes completes, completes_second; /* the first word, the others */
    const struct option_spec *options;          /* own options; the global ones are everywhere */
    const char *const *examples;                /* NULL-terminated, two or three real ones */
    const char *help;                           /* a paragraph for --help, to be folded, or NULL */
    /* Says what is wrong with the words before anything is opened or asked; NULL:
     * nothing can be. */
    enum sv_status (*check)(struct cli *cli, const struct args *args, struct sv_err *err);
    enum sv_status (*run)(struct cli *cli, const struct args *args, struct sv_err *err);
    /* A command that goes by verbs (verbs.h) has these in place of run. */
    const struct verb *verbs;
    const char *verbs_usage; /* how they go, for whoever gave none of them */
};

/* commands.def: COMMAND(symbol, "aliases separated by blanks") */
extern const struct command *const commands[];
extern const size_t command_count;
extern const char *const command_groups[]; /* in the order of the manual, NULL-terminated */
const struct command *command_find(const char *word); /* by name or alias */
const char *command_aliases(const struct command *c); /* "" when it has none */
/* SV_USAGE: there is no such command, perhaps it is this one. */
enum sv_status command_unknown(const char *word, struct sv_err *err);

#endif
