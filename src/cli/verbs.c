/* SPDX-License-Identifier: ISC */
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

#define OPTION_MAX 40

/* NULL: none of them. */
static const struct verb *find(const struct verbs *v, const struct args *args)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(args_word(args, 0), v->rows[i].word) == 0)
            return &v->rows[i];
    return NULL;
}

static bool takes(const struct verb *verb, const char *option)
{
    char word[OPTION_MAX];
    (void)snprintf(word, sizeof word, " %s ", option);
    return strstr(verb->options, word) != NULL;
}

/* The first verb that an option is for; each is for one at least. */
static const char *place_of(const struct verbs *v, const char *option)
{
    for (size_t i = 0; i < v->count; i++)
        if (takes(&v->rows[i], option))
            return v->rows[i].word;
    return "";
}

static enum sv_status check_options(const struct verbs *v, const struct verb *verb,
                                    const struct args *args, struct sv_err *err)
{
    for (const struct option_spec *o = v->options; o->name != NULL; o++) {
        bool given = args_flag(args, o->name) || args_value(args, o->name) != NULL;
        if (given && !takes(verb, o->name))
            return sv_fail(err, SV_USAGE, "--%s does not belong to \"%s %s\", but to \"%s %s\"",
                           o->name, v->command, verb->word, v->command, place_of(v, o->name));
    }
    return SV_OK;
}

enum sv_status verbs_check(const struct verbs *v, struct cli *cli, const struct args *args,
                           struct sv_err *err)
{
    const struct verb *verb = find(v, args);
    size_t words = args_count(args);
    if (verb == NULL || words < verb->min || (verb->max != 0 && words > verb->max))
        return sv_fail(err, SV_USAGE, "it goes: %s; \"smtpvault %s --help\" shows more", v->usage,
                       v->command);
    enum sv_status s = check_options(v, verb, args, err);
    return s == SV_OK && verb->check != NULL ? verb->check(cli, args, err) : s;
}

enum sv_status verbs_run(const struct verbs *v, struct cli *cli, const struct args *args,
                         struct sv_err *err)
{
    return find(v, args)->run(cli, args, err);
}
