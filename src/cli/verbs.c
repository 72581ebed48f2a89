/* SPDX-License-Identifier: ISC */
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"

#define OPTION_MAX 40

/* NULL: none of them. */
static const struct verb *find(const struct command *c, const struct args *args)
{
    for (const struct verb *v = c->verbs; v->word != NULL; v++)
        if (strcmp(args_word(args, 0), v->word) == 0)
            return v;
    return NULL;
}

static bool takes(const struct verb *verb, const char *option)
{
    char word[OPTION_MAX];
    (void)snprintf(word, sizeof word, " %s ", option);
    return strstr(verb->options, word) != NULL;
}

/* The first verb that an option is for; each is for one at least. */
static const char *place_of(const struct command *c, const char *option)
{
    for (const struct verb *v = c->verbs; v->word != NULL; v++)
        if (takes(v, option))
            return v->word;
    return "";
}

static enum sv_status check_options(const struct command *c, const struct verb *verb,
                                    const struct args *args, struct sv_err *err)
{
    for (const struct option_spec *o = c->options; o->name != NULL; o++) {
        bool given = args_flag(args, o->name) || args_value(args, o->name) != NULL;
        if (given && !takes(verb, o->name))
            return sv_fail(err, SV_USAGE, "--%s does not belong to \"%s %s\", but to \"%s %s\"",
                           o->name, c->name, verb->word, c->name, place_of(c, o->name));
    }
    return SV_OK;
}

enum sv_status verbs_check(const struct command *c, struct cli *cli, const struct args *args,
                           struct sv_err *err)
{
    const struct verb *verb = find(c, args);
    size_t words = args_count(args);
    if (verb == NULL || words < verb->min || (verb->max != 0 && words > verb->max))
        return sv_fail(err, SV_USAGE, "it goes: %s; \"smtpvault %s --help\" shows more",
                       c->verbs_usage, c->name);
    enum sv_status s = check_options(c, verb, args, err);
    return s == SV_OK && verb->check != NULL ? verb->check(cli, args, err) : s;
}

enum sv_status verbs_run(const struct command *c, struct cli *cli, const struct args *args,
                         struct sv_err *err)
{
    return find(c, args)->run(cli, args, err);
}
