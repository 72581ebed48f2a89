/* SPDX-License-Identifier: ISC */
/* unlock: starts the agent; or the way back for whoever lost theirs. */
#include <stdio.h>
#include <string.h>

#include "access/member.h"
#include "access/new_way.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/session.h"
#include "cli/session_agent.h"
#include "cli/source.h"
#include "cmd/agent_start.h"

static bool wants_times(const struct args *args)
{
    return args_value(args, "for") != NULL || args_value(args, "idle") != NULL;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *source;
    bool check_only = args_flag(args, "check");
    bool change = args_value(args, "member") != NULL || args_value(args, "new-keyfile") != NULL ||
                  args_value(args, "new-passphrase-from") != NULL ||
                  args_value(args, "argon2") != NULL || args_flag(args, "no-passphrase");
    struct agent_times times;
    if (!args_flag(args, "recovery"))
        return change || check_only || args_nth(args, "share-from", 0) != NULL
                   ? sv_fail(err, SV_USAGE, "these options go with --recovery")
                   : agent_times_parse(&times, args, err);
    if (wants_times(args))
        return sv_fail(err, SV_USAGE,
                       "--for and --idle are for the agent, which --recovery does not start");
    if (check_only && change)
        return sv_fail(err, SV_USAGE, "--check changes nothing: it stands alone with --recovery");
    for (size_t i = 0; (source = args_nth(args, "share-from", i)) != NULL; i++) {
        enum sv_status s = source_check(cli, source, err);
        if (s != SV_OK)
            return s;
    }
    if (args_value(args, "member") != NULL) {
        enum sv_status s = member_check_label(args_value(args, "member"), err);
        if (s != SV_OK)
            return s;
    }
    return new_way_check(cli, args, err);
}

/* ---- whose way in is lost ---- */

static bool can_lose(const struct member *m)
{
    return m->role == ROLE_ADMIN && (m->type == SLOT_PASSPHRASE || m->type == SLOT_KEYFILE ||
                                     m->type == SLOT_PASSPHRASE_KEYFILE);
}

static const struct member *only_one(const struct member_list *list)
{
    const struct member *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        if (can_lose(&list->items[i]) && found != NULL)
            return NULL;
        if (can_lose(&list->items[i]))
            found = &list->items[i];
    }
    return found;
}

static enum sv_status ask_label(struct cli *cli, const struct member_list *list, char **label,
                                struct sv_err *err)
{
    char question[1024] =
        "Whose way in is lost? One of these administrators gets a new one, another "
        "name a new administrator.\n";
    for (size_t i = 0; i < list->count; i++) {
        size_t len = strlen(question);
        if (can_lose(&list->items[i]) && len + MEMBER_SHOWN_MAX + 16 < sizeof question)
            snprintf(question + len, sizeof question - len, "  %s\n",
                     MEMBER_SHOWN(list->items[i].label));
    }
    if (!prompt_possible(cli))
        return sv_fail(err, SV_USAGE,
                       "say whose way in is lost, or the name of a new administrator: --member "
                       "LABEL");
    strncat(question, "Name: ", sizeof question - strlen(question) - 1);
    return prompt_line(cli, question, label, err);
}

/* *of NULL: nobody has that label yet. */
static enum sv_status choose(struct cli *cli, const struct args *args,
                             const struct member_list *list, const struct member **of, char **label,
                             struct sv_err *err)
{
    const char *given = args_value(args, "member");
    enum sv_status s = SV_OK;
    *of = given == NULL ? only_one(list) : NULL;
    if (*of != NULL || given != NULL) {
        *label = sv_strdup(given != NULL ? given : (*of)->label);
        s = *label != NULL ? SV_OK : sv_fail_nomem(err);
    } else {
        s = ask_label(cli, list, label, err);
    }
    if (s != SV_OK || *of != NULL)
        return s;
    if (member_find(list, *label, of, NULL) != SV_OK)
        *of = NULL;
    return *of == NULL ? member_check_label(*label, err) : SV_OK;
}

static enum sv_status give(struct cli *cli, const struct member *of, const char *label,
                           const struct new_way *way, struct sv_err *err)
{
    const struct slot_credentials cred = new_way_credentials(way);
    const struct argon2_cost *cost = way->has_cost ? &way->cost : NULL;
    const struct member_new who = {.label = label, .role = ROLE_ADMIN, .cred = &cred, .cost = cost};
    uint32_t number;
    return of != NULL ? vault_reset_credentials(cli->vault, of, &cred, cost, err)
                      : vault_member_add(cli->vault, &who, &number, err);
}

static enum sv_status renew(struct cli *cli, const struct args *args, struct sv_err *err)
{
    NEW_WAY_OWNED struct new_way way = {0};
    MEMBER_LIST_OWNED struct member_list list = {0};
    SV_AUTOFREE char *label = NULL;
    const struct member *of = NULL;
    enum sv_status s = vault_members(cli->vault, &list, err);
    if (s == SV_OK)
        s = choose(cli, args, &list, &of, &label, err);
    if (s == SV_OK)
        s = new_way_read(cli, args, MEMBER_SHOWN(label), &way, err);
    if (s != SV_OK)
        return s;
    s = give(cli, of, label, &way, err);
    way.keep = s != SV_DENIED && s != SV_USAGE && s != SV_EXISTS;
    if (s != SV_OK)
        return s;
    print_note(cli, "%s %s opens the vault with the new %s", MEMBER_SHOWN(label),
               of != NULL ? "now" : "is a new administrator and",
               way.passphrase != NULL ? "passphrase" : "key file");
    print_note(cli, "the shares still open it too: if somebody saw them who should not, make new "
                    "ones and remove the old (\"smtpvault member list\" names them)");
    return SV_OK;
}

/* ---- the agent ---- */

static enum sv_status tell(struct cli *cli, const char *word, struct sv_err *err)
{
    struct agent_status status;
    char until[TEXT_TIME_MAX], idle[TEXT_TIME_MAX];
    enum sv_status s = session_agent_status(cli, &status, err);
    if (s != SV_OK)
        return s;
    if (status.until != 0)
        print_note(cli, "%s until %s", word, text_time_local(until, status.until));
    else
        print_note(cli, "%s until the machine sleeps or \"smtpvault lock\"", word);
    if (session_agent_idles(&status))
        print_note(cli, "unless it is used it locks at %s already",
                   text_time_local(idle, status.idle_until));
    return SV_OK;
}

static enum sv_status start(struct cli *cli, const struct args *args, struct sv_err *err)
{
    CLIENT_OWNED struct agent_client *there = NULL;
    int status = 0;
    if (cli->no_agent)
        return sv_fail(err, SV_USAGE, "unlock starts the agent, and --no-agent wants none");
    enum sv_status s = session_agent(cli, &there, err);
    if (s == SV_OK && !wants_times(args))
        return tell(cli, "the vault is open already,", err);
    if (s != SV_OK && s != SV_MISSING && s != SV_UNREACHABLE)
        return s;
    sv_err_clear(err);
    s = agent_start(cli, args, &status, err);
    if (s == SV_OK && status == 0)
        return tell(cli, "the vault is open", err);
    cli->exit_status = status;
    return s;
}

static enum sv_status recover(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SECRET_OWNED struct secret *whole = NULL;
    struct vault_ways ways;
    bool check_only = args_flag(args, "check");
    enum sv_status s = session_open(cli, check_only, err);
    if (s == SV_OK)
        s = vault_ways(cli->vault, &ways, err);
    if (s == SV_OK && !ways.recovery)
        return sv_fail(err, SV_DENIED,
                       "this vault has no recovery shares (\"smtpvault member add recovery "
                       "--recovery --shares 3/5\" makes some while it can be opened); try your "
                       "passphrase again, or ask another administrator to add you anew");
    if (s == SV_OK)
        s = shares_collect(cli, args, &whole, err);
    const struct slot_credentials cred = {.recovery = whole};
    if (s == SV_OK)
        s = vault_unlock(cli->vault, &cred, err);
    if (s != SV_OK)
        return s;
    print_note(cli, "the shares open the vault%s",
               check_only ? "; nothing was changed, and nothing needs to be" : "");
    return check_only ? SV_OK : renew(cli, args, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    return args_flag(args, "recovery") ? recover(cli, args, err) : start(cli, args, err);
}

static const struct option_spec options[] = {
    AGENT_TIME_OPTIONS,
    {"recovery", 0, NULL, COMPLETES_NOTHING, "open with recovery shares and set a new passphrase",
     false},
    {"share-from", 0, "SOURCE", COMPLETES_SOURCE, "where a share comes from, in place of asking",
     true},
    {"check", 0, NULL, COMPLETES_NOTHING, "only prove that the shares open the vault", false},
    {"member", 0, "LABEL", COMPLETES_NOTHING,
     "the administrator whose way in is lost, or a new one", false},
    {"new-passphrase-from", 0, "SOURCE", COMPLETES_SOURCE, "where the new passphrase comes from",
     false},
    {"new-keyfile", 0, "FILE", COMPLETES_FILE, "a new key file; made when it does not exist",
     false},
    {"no-passphrase", 0, NULL, COMPLETES_NOTHING, "the new key file alone opens the vault", false},
    {"argon2", 0, "COST", COMPLETES_NOTHING, "cost of the passphrase, t=3,m=262144,p=4", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault unlock",
    "smtpvault unlock --for 2h --idle 15m",
    "smtpvault unlock --recovery --check",
    "smtpvault unlock --recovery --share-from file:a --share-from file:b",
    NULL,
};
const struct command cmd_unlock = {
    .name = "unlock",
    .group = "vault",
    .args = "",
    .summary = "keep the vault open for a while, or open it by shares",
    .flags = CMD_HIDDEN_IN_SHELL,
    .options = options,
    .examples = examples,
    .help = "Starts the agent, a process that keeps the vault open: until it locks, get, list, add "
            "and the other commands for logins ask nothing, and each use is in the log with who "
            "asked. It locks when its time is over, when nobody asked for a while, and when the "
            "machine sleeps. What changes members, tokens or the passphrase asks for the "
            "passphrase all the same. --recovery asks for as many shares as are needed, in any "
            "order, and says which one is mistyped. "
            "Then it asks for a new passphrase. --check only proves that the shares work: a good "
            "thing to do on the day they are made.",
    .check = check,
    .run = run,
};
