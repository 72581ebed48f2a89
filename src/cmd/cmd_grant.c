/* SPDX-License-Identifier: ISC */
/* grant: to whom a profile is given. list and learn are in grant_*.c. */
#include <stdio.h>
#include <string.h>

#include "access/grant_verbs.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"

enum sv_status grant_session(struct cli *cli, struct sv_err *err)
{
    if (cli->in_shell && cli->vault != NULL)
        vault_lock(cli->vault);
    return session_ensure_own(cli, true, true, err);
}

/* ---- add ---- */

/* The user first: the program must be one that nobody but them could replace. */
static enum sv_status read_conditions(struct grant *g, const struct args *args, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    const char *word;
    if ((word = args_value(args, "user")) != NULL)
        s = grant_set_user(g, word, err);
    if (s == SV_OK && (word = args_value(args, "unit")) != NULL)
        s = grant_set_unit(g, word, err);
    if (s == SV_OK && (word = args_value(args, "exe")) != NULL)
        s = grant_set_exe(g, word, args_flag(args, "pin"), err);
    if (s == SV_OK && (word = args_value(args, "hours")) != NULL)
        s = grant_set_hours(g, word, err);
    if (s == SV_OK && (word = args_value(args, "max")) != NULL)
        s = grant_set_max(g, word, err);
    if (s == SV_OK && (word = args_value(args, "until")) != NULL)
        s = grant_set_until(g, word, env_now(), err);
    if (args_flag(args, "confirm"))
        g->has |= GRANT_CONFIRM;
    if (s == SV_OK && args_flag(args, "pin") && args_value(args, "exe") == NULL)
        return sv_fail(err, SV_USAGE, "--pin belongs to --exe: it remembers what the program is");
    return s == SV_OK ? grant_check(g, err) : s;
}

static enum sv_status check_add(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct grant g = {0};
    (void)cli;
    return read_conditions(&g, args, err);
}

static enum sv_status add(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 1);
    GRANTS_OWNED struct grants before = {0};
    char options[GRANT_SHOWN_MAX];
    struct grant g = {0};
    enum sv_status s = grant_session(cli, err);
    if (s == SV_OK)
        s = read_conditions(&g, args, err);
    if (s == SV_OK)
        s = vault_grants(cli->vault, name, &before, err);
    if (s == SV_OK)
        s = vault_grant_add(cli->vault, name, &g, err);
    if (s != SV_OK)
        return s;
    print_note(cli, "%s: grant %u, %s", NAME_SHOWN(name), (unsigned)g.number,
               grant_options(options, &g));
    if (before.count == 0)
        print_note(cli,
                   "from now on %s is given to nobody else, unless its owner types the passphrase",
                   NAME_SHOWN(name));
    return SV_OK;
}

/* ---- remove ---- */

static enum sv_status read_number(const struct args *args, uint16_t *number, struct sv_err *err)
{
    uint64_t n = 0;
    bool all = args_flag(args, "all");
    const char *word = args_word(args, 2);
    if (all == (word != NULL) || (word != NULL && !text_parse_u64(word, 1, UINT16_MAX, &n)))
        return sv_fail(err, SV_USAGE,
                       "it goes: grant remove NAME NUMBER, as \"grant list\" shows it, or grant "
                       "remove NAME --all");
    *number = (uint16_t)n;
    return SV_OK;
}

static enum sv_status check_remove(struct cli *cli, const struct args *args, struct sv_err *err)
{
    uint16_t number;
    (void)cli;
    return read_number(args, &number, err);
}

static enum sv_status remove_grant(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 1);
    uint16_t number = 0;
    size_t left = 0;
    enum sv_status s = read_number(args, &number, err);
    if (s == SV_OK)
        s = grant_session(cli, err);
    if (s == SV_OK)
        s = vault_grant_remove(cli->vault, name, number, &left, err);
    if (s != SV_OK)
        return s;
    if (left > 0)
        print_note(cli, "removed; %s has %zu %s left", NAME_SHOWN(name), left,
                   left == 1 ? "grant" : "grants");
    else
        print_warning(cli, "%s has no grants any more: it is given to whoever can open the vault",
                      NAME_SHOWN(name));
    return SV_OK;
}

/* ---- the command ---- */

static enum sv_status check_learn(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *word = args_value(args, "for");
    bool accept = args_flag(args, "accept");
    int64_t seconds;
    (void)cli;
    if (word != NULL && (!text_parse_duration(word, &seconds) || seconds <= 0))
        return sv_fail(err, SV_USAGE, "--for takes how long to learn: 7d, 12h");
    if ((word != NULL) + args_flag(args, "show") + accept > 1)
        return sv_fail(err, SV_USAGE, "give one of --for, --show and --accept");
    return SV_OK;
}

static const struct option_spec options[] = {
    {"exe", 0, "PATH", COMPLETES_FILE, "add: the program that asks is this one", false},
    {"pin", 0, NULL, COMPLETES_NOTHING, "add: and is still what it is now, byte for byte", false},
    {"unit", 0, "UNIT", COMPLETES_NOTHING, "add: it runs in this unit of systemd", false},
    {"user", 0, "USER", COMPLETES_NOTHING, "add: it runs as this user", false},
    {"hours", 0, "08-18", COMPLETES_NOTHING, "add: at this time of the day", false},
    {"max", 0, "20/h", COMPLETES_NOTHING, "add: so often in any hour (h) or day (d)", false},
    {"until", 0, "TIME", COMPLETES_NOTHING, "add: 30d from now, or until a date", false},
    {"confirm", 0, NULL, COMPLETES_NOTHING, "add: when somebody says yes each time", false},
    {"all", 0, NULL, COMPLETES_NOTHING, "remove: every grant of the profile", false},
    {"for", 0, "7d", COMPLETES_NOTHING, "learn: how long everybody is let through", false},
    {"show", 0, NULL, COMPLETES_NOTHING, "learn: propose grants for who asked", false},
    {"accept", 0, NULL, COMPLETES_NOTHING, "learn: make them, and end the learning", false},
    {0},
};

/* After what the verb itself has to say of its words. */
static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    (void)cli;
    return args_count(args) > 1 ? profile_check_name(args_word(args, 1), err) : SV_OK;
}

static const struct verb verbs[] = {
    {"add", 2, 2, " exe unit user hours max until confirm pin ", check_add, add},
    {"list", 1, 2, "", NULL, grant_list},
    {"remove", 2, 3, " all ", check_remove, remove_grant},
    {"learn", 2, 2, " for show accept ", check_learn, grant_learn},
    {0},
};
static const char *const examples[] = {
    "smtpvault grant add work --exe /usr/bin/msmtp",
    "smtpvault grant add shop --unit newsletter --user www-data --hours 08-18",
    "smtpvault grant learn work --for 7d",
    NULL,
};
const struct command cmd_grant = {
    .name = "grant",
    .group = "access",
    .args = "add NAME | list | remove NAME N | learn NAME",
    .summary = "say which programs a login is given to",
    .min_args = 1,
    .max_args = 3,
    .completes = COMPLETES_GRANT,
    .completes_second = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "A login without grants is given to whoever can open the vault. One with grants is "
            "given only to those that they name, when nobody types the passphrase: through the "
            "agent, with a token, a key file or a passphrase from a source. What one grant says "
            "must all hold; several grants are alternatives. A refusal names the rule that was "
            "missing and the command that would allow it. \"learn\" lets everybody through for a "
            "while and then proposes grants for those who came.",
    .check = check,
    .verbs = verbs,
    .verbs_usage =
        "grant add NAME --exe PATH, grant list [NAME], grant remove NAME NUMBER, grant learn "
        "NAME --for 7d",
};
