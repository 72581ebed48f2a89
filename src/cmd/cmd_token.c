/* SPDX-License-Identifier: ISC */
/* token: what programs are given in place of a passphrase. The verbs are in token_*.c. */
#include "access/token_verbs.h"

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
static const struct verb verbs[] = {
    {"list", 1, 1, "", NULL, token_show_all},
    {"add", 1, 0, " name profile tag until max-uses exe agent ", token_add_check, token_add},
    {"remove", 2, 2, " leaked ", NULL, token_remove},
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
    .verbs = verbs,
    .verbs_usage = "token list, token add --name NAME --profile PROFILE, token remove NAME",
};
