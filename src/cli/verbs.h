/* SPDX-License-Identifier: ISC */
/*
 * verbs: the words that some commands go by, "member add" and its like, as rows of the
 * command (command.h). A verb takes the words and the options that its row names; with
 * others it is refused by name.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stddef.h>

#include "cli/args.h"
#include "cli/cli.h"

typedef enum sv_status verb_step(struct cli *cli, const struct args *args, struct sv_err *err);

struct verb {
    const char *word;    /* NULL ends the rows */
    size_t min, max;     /* words of the command line, the verb among them; max 0: any number */
    const char *options; /* " name until ": those of the command that it takes */
    verb_step *check;    /* or NULL */
    verb_step *run;
};

/* SV_USAGE for no verb, words it does not take and options that are another's; else what
 * the verb's own check says. */
enum sv_status verbs_check(const struct command *c, struct cli *cli, const struct args *args,
                           struct sv_err *err) SV_MUST_USE;
/* After verbs_check. */
enum sv_status verbs_run(const struct command *c, struct cli *cli, const struct args *args,
                         struct sv_err *err) SV_MUST_USE;

#endif
