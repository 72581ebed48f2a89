/* SPDX-License-Identifier: ISC */
/* token: what programs are given in place of a passphrase. The verbs are in token_*.c. */
#include <string.h>

#include "cli/token_verbs.h"

static const struct {
    const char *word;
    token_verb *check, *run;
    size_t words; /* of the command line, and no more; 0: any number */
} verbs[] = {
    {"list", NULL, token_show_all, 1},
    {"add", token_add_check, token_add, 0},
    {"remove", NULL, token_remove, 2},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

/* Which verb takes an option; with another it is refused by name. */
static const struct {
    const char *option, *verb;
} places[] = {
    {"name", "add"},     {"profile", "add"}, {"tag", "add"},   {"until", "add"},
    {"max-uses", "add"}, {"exe", "add"},     {"agent", "add"}, {"leaked", "remove"},
};

static size_t verb_of(const struct args *args)
{
    size_t i = 0;
    while (i < VERBS && strcmp(args_word(args, 0), verbs[i].word) != 0)
        i++;
    return i;
}

static enum sv_status check_options(const struct args *args, const char *verb, struct sv_err *err)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        bool given =
            args_flag(args, places[i].option) || args_value(args, places[i].option) != NULL;
        if (given && strcmp(places[i].verb, verb) != 0)
            return sv_fail(err, SV_USAGE, "--%s belongs to \"token %s\"", places[i].option,
                           places[i].verb);
    }
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    size_t i = verb_of(args);
    if (i == VERBS || (verbs[i].words != 0 && args_count(args) != verbs[i].words))
        return sv_fail(err, SV_USAGE,
                       "it goes: token list, token add --name NAME --profile PROFILE, token remove "
                       "NAME; \"smtpvault token --help\" shows more");
    enum sv_status s = check_options(args, verbs[i].word, err);
    return s == SV_OK && verbs[i].check != NULL ? verbs[i].check(cli, args, err) : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    return verbs[verb_of(args)].run(cli, args, err);
}

static const struct option_spec options[] = {
    {"name", 0, "NAME", COMPLETES_NOTHING, "add: what the token is called", false},
    {"profile", 0, "PROFILE", COMPLETES_PROFILE, "add: a login that it opens", true},
    {"tag", 0, "TAG", COMPLETES_NOTHING, "add: every login that has this tag now", true},
    {"until", 0, "DATE|TIME", COMPLETES_NOTHING, "add: when it ends, 2026-12-24 or in 30d", false},
    {"max-uses", 0, "N", COMPLETES_NOTHING,
     "add: how many secrets it gives; through the agent only", false},
    {"exe", 0, "PATH", COMPLETES_FILE, "add: the only program that it is given to", false},
    {"agent", 0, NULL, COMPLETES_NOTHING, "add: only the agent takes it; alone it opens nothing",
     false},
    {"leaked", 0, NULL, COMPLETES_NOTHING, "remove: its logins are due for a new secret", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault token add --name ci --profile work --until 30d > ci.token",
    "smtpvault --token-from file:ci.token get work",
    "smtpvault token remove ci",
    NULL,
};
const struct command cmd_token = {
    .name = "token",
    .group = "access",
    .args = "list | add [PROFILE...] | remove NAME",
    .summary = "give a program a few logins and no passphrase",
    .flags = CMD_EMITS_SECRET,
    .min_args = 1,
    .max_args = -1,
    .completes = COMPLETES_TOKEN,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help =
        "\"add\" prints a text that opens the named logins, what they are now and not what "
        "they were, and nothing else. It is shown once, and stands for itself: whoever has it "
        "and the vault's file has these logins, so keep it as you keep a password. With --agent "
        "or --max-uses the file holds nothing for it, and only an agent that has the vault open "
        "gives these logins for it. A program gives it with --token-from; each use is in the "
        "log. \"remove\" makes it worthless, and lists what its holder may have kept.",
    .check = check,
    .run = run,
};
