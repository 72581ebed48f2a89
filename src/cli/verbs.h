/* SPDX-License-Identifier: ISC */
/*
 * verbs: the words that some commands go by, "member add" and its like, as rows. A verb
 * takes the words and the options that its row names; with others it is refused by name.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stddef.h>

#include "cli/args.h"
#include "cli/cli.h"

typedef enum sv_status verb_step(struct cli *cli, const struct args *args, struct sv_err *err);

struct verb {
    const char *word;
    size_t min, max;     /* words of the command line, the verb among them; max 0: any number */
    const char *options; /* " name until ": those of the command that it takes */
    verb_step *check;    /* or NULL */
    verb_step *run;
};

struct verbs {
    const char *command;
    const char *usage; /* how the verbs go, for whoever gave none of them */
    const struct verb *rows;
    size_t count;
    const struct option_spec *options; /* the command's, ended by one without a name */
};

/* SV_USAGE for no verb, words it does not take and options that are another's; else what
 * the verb's own check says. */
enum sv_status verbs_check(const struct verbs *v, struct cli *cli, const struct args *args,
                           struct sv_err *err) SV_MUST_USE;
/* After verbs_check. */
enum sv_status verbs_run(const struct verbs *v, struct cli *cli, const struct args *args,
                         struct sv_err *err) SV_MUST_USE;

#endif
