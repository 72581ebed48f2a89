/* SPDX-License-Identifier: ISC */
/*
 * get: one value for a program. The bytes and a line feed, or nothing at all and
 * a status: msmtp and others look at nothing but what was printed.
 */
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/field.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/terms.h"
#include "domain/oauth_grant.h"
#include "domain/version.h"
#include "format/json.h"

/* The second word, or --field; without both the password. */
static const char *asked_field(const struct args *args)
{
    const char *option = args_value(args, "field"), *word = args_word(args, 1);
    return option != NULL ? option : word != NULL ? word : "password";
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *field = asked_field(args);
    enum sv_status s = version_check(args_value(args, "version"), err);
    if (s == SV_OK && args_flag(args, "field") && (cli->json || args_count(args) > 1))
        return sv_fail(err, SV_USAGE, "--field is for one name and one value");
    if (s != SV_OK || cli->json)
        return s != SV_OK ? s : names_check(cli, args, err);
    if (args_count(args) > 2)
        return sv_fail(err, SV_USAGE,
                       "several names need --json: without it nobody could tell "
                       "where one secret ends");
    s = profile_check_name(args_word(args, 0), err);
    return s == SV_OK ? field_check(field, err) : s;
}

static enum sv_status put_secret(struct cli *cli, const char *name, const char *field,
                                 uint64_t version, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL, *text = NULL;
    bool sasl = field_is_sasl(field);
    struct reveal why = {.op = AUDIT_GET,
                         .version = version,
                         .note = sasl ? FIELD_XOAUTH2 : NULL,
                         .kept = field_is_kept(field)};
    enum sv_status s = vault_reveal(cli->vault, name, &why, &p, &secret, err);
    if (s == SV_OK && sasl)
        s = oauth_xoauth2(&text, p.username, secret, err);
    if (s == SV_OK)
        sink_put_secret(cli->out, sasl ? text : secret);
    return s;
}

static enum sv_status put_value(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 0), *field = asked_field(args);
    uint64_t version = 0;
    enum sv_status s = version_find(cli->vault, name, args_value(args, "version"), &version, err);
    if (s == SV_OK && !field_is_secret(field))
        s = version_put_field(cli->out, cli->vault, name, version, field, err);
    if (s == SV_OK && field_is_secret(field))
        s = put_secret(cli, name, field, version, err);
    if (s == SV_OK && !args_flag(args, "no-newline"))
        sink_puts(cli->out, "\n");
    return s;
}

static enum sv_status put_profile(struct cli *cli, struct json *j, const char *name,
                                  const char *version_word, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    struct reveal why = {.op = AUDIT_GET};
    enum sv_status s = version_find(cli->vault, name, version_word, &why.version, err);
    if (s == SV_OK)
        s = vault_reveal(cli->vault, name, &why, &p, &secret, err);
    if (s == SV_OK)
        s = terms_apply(cli->vault, &p, 1, err);
    if (s != SV_OK)
        return s;
    json_profile_members(j, &p, env_now());
    json_key(j, "password");
    json_secret(j, secret);
    return SV_OK;
}

/* One that is refused is asked for before the others are: nothing is released, and on record,
 * but what is given. */
static enum sv_status try_all(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct reveal why = {.op = AUDIT_GET};
    for (size_t i = 0; i < args_count(args); i++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        SECRET_OWNED struct secret *unused = NULL;
        if (vault_find(cli->vault, args_word(args, i), &p, err) != SV_OK)
            return vault_reveal(cli->vault, args_word(args, i), &why, NULL, &unused, err);
    }
    return SV_OK;
}

static enum sv_status put_json(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct json j;
    bool many = args_count(args) > 1;
    enum sv_status s = many ? try_all(cli, args, err) : SV_OK;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    if (many) {
        json_key(&j, "profiles");
        json_array(&j);
    }
    for (size_t i = 0; s == SV_OK && i < args_count(args); i++) {
        if (many)
            json_object(&j);
        s = put_profile(cli, &j, args_word(args, i), args_value(args, "version"), err);
        if (many)
            json_object_end(&j);
    }
    if (many)
        json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return s == SV_OK ? json_end(&j, err) : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    return cli->json ? put_json(cli, args, err) : put_value(cli, args, err);
}

static const struct option_spec options[] = {
    {"no-newline", 'n', NULL, COMPLETES_NOTHING, "no line feed behind the value", false},
    {"field", 0, "FIELD", COMPLETES_FIELD, "as the word FIELD", false},
    {"version", 0, "V", COMPLETES_NOTHING, "current (default), previous, pending or its number",
     false},
    {0},
};
static const char *const examples[] = {
    "password=$(smtpvault get work) || exit",
    "smtpvault get work username",
    "smtpvault get work shop --json",
    "smtpvault get work --field sasl-xoauth2",
    NULL,
};
const struct command cmd_get = {
    .name = "get",
    .group = "profiles",
    .args = "NAME [FIELD]",
    .summary = "print one value of a login",
    .flags = CMD_UNLOCKED | CMD_EMITS_SECRET | CMD_TOKEN,
    .min_args = 1,
    .max_args = -1,
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_FIELD,
    .options = options,
    .examples = examples,
    .help = "Prints the value and a line feed, or nothing at all and a status other than 0. The "
            "default field is password; sasl-xoauth2 is the ready string of a login by OAuth2. "
            "With --json every word is a name, and each profile comes "
            "whole, its secret included.",
    .check = check,
    .run = run,
};
