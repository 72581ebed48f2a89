/* SPDX-License-Identifier: ISC */
/* add: a new login, by options and, on a terminal, by asking for what is missing. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/profile_args.h"
#include "cli/prompt.h"
#include "cli/provider_words.h"
#include "domain/provider.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    enum sv_status s = profile_check_name(args_word(args, 0), err);
    return s == SV_OK ? profile_args_check(cli, args, err) : s;
}

/* Asks for the user name when neither an option nor the provider gives it. */
static enum sv_status ask_username(struct cli *cli, struct profile *p, struct sv_err *err)
{
    if (p->username != NULL && p->username[0] != '\0')
        return SV_OK;
    const struct provider *provider = p->provider != NULL ? provider_find(p->provider) : NULL;
    if (provider != NULL && text_starts_with(provider->username_form, "fixed:"))
        return SV_OK;
    if (!prompt_possible(cli))
        return sv_fail(err, SV_USAGE, "the user name is missing: give --username USER");
    SV_AUTOFREE char *answer = NULL;
    char form[PROVIDER_WORDS_MAX], question[PROVIDER_WORDS_MAX + 40] = "User name at the server: ";
    if (provider != NULL)
        snprintf(question, sizeof question, "User name at %s (%s): ", provider->name,
                 provider_username_words(form, provider->username_form));
    enum sv_status s = prompt_line(cli, question, &answer, err);
    if (s == SV_OK && answer[0] == '\0')
        s = sv_fail(err, SV_USAGE, "the user name is missing");
    return s == SV_OK ? profile_set(p, profile_field("username"), answer, err) : s;
}

static enum sv_status check_free(struct cli *cli, const char *name, struct sv_err *err)
{
    PROFILE_OWNED struct profile taken = {.name = NULL};
    struct sv_err aside;
    enum sv_status s = vault_find(cli->vault, name, &taken, &aside);
    if (s == SV_MISSING)
        return SV_OK;
    if (s != SV_OK)
        return sv_fail(err, s, "%s", aside.text);
    char shown[2 * PROFILE_NAME_MAX];
    return sv_fail(err, SV_EXISTS,
                   "a profile \"%s\" exists already: change it with \"smtpvault edit\"",
                   text_printable(shown, sizeof shown, name, strlen(name)));
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status s = check_free(cli, args_word(args, 0), err);
    if (s == SV_OK)
        s = profile_set(&p, profile_field("name"), args_word(args, 0), err);
    if (s == SV_OK)
        s = profile_args_apply(&p, args, err);
    if (s == SV_OK && (p.username == NULL || p.username[0] == '\0')) {
        s = ask_username(cli, &p, err);
        if (s == SV_OK)
            s = profile_args_apply(&p, args, err);
    }
    profile_args_infer(&p);
    if (s == SV_OK)
        s = profile_check(&p, args_flag(args, "insecure"), err);
    if (s == SV_OK)
        s = profile_args_secret(cli, args, &p, &secret, err);
    if (s == SV_OK)
        s = vault_add(cli->vault, &p, secret, err);
    if (s != SV_OK)
        return s;
    char shown[2 * PROFILE_NAME_MAX];
    text_printable(shown, sizeof shown, p.name, strlen(p.name));
    profile_args_warn(cli, &p);
    print_note(cli, "stored %s: %s at %s:%u (%s)", shown, p.username != NULL ? p.username : "-",
               p.host, (unsigned)p.port, profile_tls_title(p.tls));
    return SV_OK;
}

static const struct option_spec options[] = {
#define FIELD PROFILE_OPTION
#include "domain/fields.def"
#undef FIELD
    PROFILE_OPTIONS_MORE,
    {0},
};
static const char *const examples[] = {
    "smtpvault add work --username ann@gmail.com",
    "smtpvault add shop --host mail.example.org --tls implicit --username shop",
    "smtpvault add news --provider sendgrid --password-from file:/run/key",
    NULL,
};
const struct command cmd_add = {
    .name = "add",
    .group = "profiles",
    .args = "NAME",
    .summary = "store a new login",
    .flags = CMD_UNLOCKED | CMD_MUTATES,
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .examples = examples,
    .help = "The provider is found by --provider or by the domain of --username and fills in "
            "server, port and TLS; what is given by hand wins. The secret is asked for without "
            "being shown, or comes from --password-from.",
    .check = check,
    .run = run,
};
