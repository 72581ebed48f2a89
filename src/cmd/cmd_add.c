/* SPDX-License-Identifier: ISC */
/* add: a new login, by options and, on a terminal, by asking for what is missing. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/ca_file.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/profile_args.h"
#include "cli/prompt.h"
#include "domain/login.h"
#include "login/add_oauth.h"
#include "login/add_talk.h"
#include "login/add_test.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 0);
    if (name == NULL && !prompt_possible(cli))
        return sv_fail(err, SV_USAGE,
                       "there is %s for a name and more: smtpvault add NAME --username USER",
                       ask_nobody(cli));
    enum sv_status s = name != NULL ? profile_check_name(name, err) : SV_OK;
    if (s == SV_OK && args_flag(args, "test") && args_flag(args, "no-test"))
        s = sv_fail(err, SV_USAGE, "--test and --no-test exclude each other");
    if (s == SV_OK)
        s = ca_file_check(args, err);
    return s == SV_OK ? profile_args_check(cli, args, err) : s;
}

enum sv_status add_check_free(struct cli *cli, const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile taken = {.name = NULL};
    struct sv_err aside;
    enum sv_status s = vault_find(cli->vault, name, &taken, &aside);
    if (s == SV_MISSING)
        return SV_OK;
    if (s != SV_OK)
        return sv_fail(err, s, "%s", aside.text);
    return sv_fail(err, SV_EXISTS,
                   "a profile \"%s\" exists already: change it with \"smtpvault edit\"",
                   NAME_SHOWN(name));
}

/* A name that is an address says whose login it is, where no option does. */
static void take_address(const struct args *args, struct profile *p)
{
    if (args_value(args, "username") == NULL && args_value(args, "from") == NULL &&
        strchr(p->name, '@') != NULL &&
        profile_set(p, profile_field("from"), p->name, NULL) != SV_OK)
        p->from = NULL; /* a name like any other */
}

/* Where no row says what the user name is, it is the address; then no sender is another. */
static enum sv_status user_of_address(const struct args *args, struct profile *p,
                                      struct sv_err *err)
{
    enum sv_status s = SV_OK;
    if (p->from == NULL || args_value(args, "from") != NULL)
        return s;
    if (p->username == NULL && p->provider == NULL)
        s = profile_set(p, profile_field("username"), p->from, err);
    if (s != SV_OK || p->username == NULL || strcmp(p->from, p->username) != 0)
        return s;
    sv_free(p->from);
    p->from = NULL;
    return s;
}

/* The name from the command line first: whatever else is asked, it is for nothing when it is
 * taken. */
static enum sv_status set_name(struct cli *cli, const struct args *args, struct profile *p,
                               struct sv_err *err)
{
    const char *name = args_word(args, 0);
    if (name == NULL)
        return SV_OK;
    enum sv_status s = add_check_free(cli, name, err);
    if (s == SV_OK)
        s = profile_set(p, profile_field("name"), name, err);
    if (s == SV_OK)
        take_address(args, p);
    return s;
}

/* From options, from a person, from the table. */
static enum sv_status make_profile(struct cli *cli, const struct args *args, struct profile *p,
                                   struct sv_err *err)
{
    enum sv_status s = set_name(cli, args, p, err);
    if (s == SV_OK)
        s = add_talk(cli, args, p, err);
    if (s == SV_OK)
        s = profile_args_apply(p, args, err);
    if (s == SV_OK)
        s = user_of_address(args, p, err);
    if (s == SV_OK)
        s = ca_file_apply(p, args, err);
    if (s != SV_OK)
        return s;
    if ((p->username == NULL || p->username[0] == '\0') && !login_user_is_secret(p))
        return sv_fail(err, SV_USAGE, "the user name is missing: give --username USER");
    profile_infer(p);
    return profile_check(p, args_flag(args, "insecure"), err);
}

/* It is stored, whatever becomes of the test: a fault of the test is not one of add. */
static enum sv_status try_login(struct cli *cli, const struct args *args, const char *name,
                                bool typed, struct sv_err *err)
{
    bool asked_for = args_flag(args, "test");
    if (args_flag(args, "no-test") || (!asked_for && !typed))
        return SV_OK;
    enum sv_status s = add_test(cli, args, name, !asked_for, err);
    if (s == SV_OK || s == SV_FINDINGS)
        return s;
    print_warning(cli, "the login is stored and not tested: %s", err->text);
    return asked_for ? SV_FINDINGS : SV_OK;
}

/* With its secret, or by OAuth2. */
static enum sv_status store(struct cli *cli, const struct args *args, struct profile *p,
                            bool *typed, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status s = add_oauth(cli, args, p, typed, err);
    if (s != SV_OK || *typed)
        return s;
    s = add_secret(cli, args, p, &secret, typed, err);
    if (s == SV_OK)
        s = vault_add(cli->vault, p, secret, err);
    if (s != SV_OK)
        return s;
    profile_args_warn(cli, p);
    print_note(cli, "stored %s: %s at %s:%u (%s)", NAME_SHOWN(p->name),
               p->username != NULL ? p->username : "the token is the user name", p->host,
               (unsigned)p->port, profile_tls_title(p->tls));
    return SV_OK;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    bool typed = false;
    enum sv_status s = make_profile(cli, args, &p, err);
    if (s == SV_OK)
        s = store(cli, args, &p, &typed, err);
    return s == SV_OK ? try_login(cli, args, p.name, typed, err) : s;
}

static const struct option_spec options[] = {
#define FIELD PROFILE_OPTION
#include "domain/fields.def"
#undef FIELD
    PROFILE_OPTIONS_MORE,
    {"test", 0, NULL, COMPLETES_NOTHING, "log in at once, without asking", false},
    {"no-test", 0, NULL, COMPLETES_NOTHING, "do not offer to log in", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault add",
    "smtpvault add work --username ann@gmail.com",
    "smtpvault add news --provider sendgrid --password-from file:/run/key",
    NULL,
};
const struct command cmd_add = {
    .name = "add",
    .group = "profiles",
    .args = "[NAME]",
    .summary = "store a new login",
    .flags = CMD_UNLOCKED | CMD_MUTATES,
    .max_args = 1,
    .options = options,
    .examples = examples,
    .help = "On a terminal it asks for what is missing and nothing else. A NAME that is a mail "
            "address is that of the login, too. The provider is found by "
            "--provider or by the domain of --username and fills in server, port and TLS; what is "
            "given by hand wins. The secret is asked for without being shown, or comes from "
            "--password-from. Whoever typed it is offered a login at once; --test makes it without "
            "asking, and the status is 1 when it fails: the login is stored all the same.",
    .check = check,
    .run = run,
};
