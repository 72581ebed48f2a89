/* SPDX-License-Identifier: ISC */
/* generate: a random secret. Only with a NAME the vault is looked at. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/terms.h"
#include "domain/generate.h"
#include "format/json.h"

struct choice {
    uint64_t length;
    enum generate_alphabet alphabet;
};

static enum sv_status choose(const struct args *args, struct choice *out, struct sv_err *err)
{
    const char *length = args_value(args, "length"), *alphabet = args_value(args, "alphabet");
    struct choice c = {GENERATE_LENGTH_DEFAULT, GENERATE_PORTABLE};
    if (length != NULL &&
        !text_parse_u64(length, GENERATE_LENGTH_MIN, GENERATE_LENGTH_MAX, &c.length))
        return sv_fail(err, SV_USAGE, "a length is a number from %d to %d", GENERATE_LENGTH_MIN,
                       GENERATE_LENGTH_MAX);
    if (alphabet != NULL && strcmp(alphabet, "alnum") == 0)
        c.alphabet = GENERATE_ALNUM;
    else if (alphabet != NULL && strcmp(alphabet, "symbols") == 0)
        c.alphabet = GENERATE_SYMBOLS;
    else if (alphabet != NULL && strcmp(alphabet, "portable") != 0)
        return sv_fail(err, SV_USAGE, "an alphabet is portable, alnum or symbols");
    *out = c;
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 0);
    struct choice c;
    (void)cli;
    if (name == NULL)
        return choose(args, &c, err);
    if (args_value(args, "length") != NULL || args_value(args, "alphabet") != NULL)
        return sv_fail(err, SV_USAGE,
                       "length and alphabet are those of its policy: give a NAME or --length and "
                       "--alphabet");
    return profile_check_name(name, err);
}

static enum sv_status make_for(struct cli *cli, const char *name, struct secret **out,
                               struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    enum sv_status s = session_ensure(cli, true, false, err);
    if (s == SV_OK)
        s = vault_find(cli->vault, name, &p, err);
    return s == SV_OK ? terms_generate(cli, &p, out, err) : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    struct choice c = {0, GENERATE_PORTABLE};
    const char *name = args_word(args, 0);
    enum sv_status s = name != NULL ? make_for(cli, name, &secret, err) : choose(args, &c, err);
    if (s == SV_OK && name == NULL)
        s = generate_secret(&secret, c.length, c.alphabet, err);
    if (s != SV_OK)
        return s;
    if (!cli->json) {
        sink_put_secret(cli->out, secret);
        sink_puts(cli->out, "\n");
        return SV_OK;
    }
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "password");
    json_secret(&j, secret);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static const struct option_spec options[] = {
    {"length", 0, "N", COMPLETES_NOTHING, "characters, 12 to 256 (32)", false},
    {"alphabet", 0, "A", COMPLETES_ALPHABET, "portable (default), alnum or symbols", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault generate",
    "smtpvault generate --length 24 --alphabet alnum",
    "smtpvault generate work",
    NULL,
};
const struct command cmd_generate = {
    .name = "generate",
    .group = "profiles",
    .args = "[NAME]",
    .summary = "print a random secret",
    .flags = CMD_EMITS_SECRET,
    .max_args = 1,
    .completes = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "The portable alphabet survives every file format and every server that was tried. "
            "With NAME "
            "it is of the length and the alphabet that the policy says for that login, and that "
            "the files which hold its secret can say. Nothing is stored.",
    .check = check,
    .run = run,
};
