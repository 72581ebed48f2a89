/* SPDX-License-Identifier: ISC */
/*
 * A .env file has as many dialects as readers. What is written here means the same
 * to all that we know: a plain value bare, any other one in single quotes, literally.
 * Proven with python-dotenv, npm's dotenv and bash; documented so for docker compose
 * and systemd's EnvironmentFile.
 *
 * Refused, since some reader sees something else in it: a single quote and line ends
 * (systemd and bash have no escape inside the quotes), a backslash before another
 * one or at the end (python-dotenv has one), ${ (python-dotenv expands it), and what
 * is not UTF-8 (python-dotenv reads no file that has it).
 */
#include "tool/format.h"
#include "tool/vars.h"

#define TARGET "dotenv"

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    struct vars vars;

    vars_of(&vars, in);
    for (size_t i = 0; i < vars.count; i++) {
        const struct var *var = &vars.items[i];

        sink_printf(out, "%s=", var->key);
        enum sv_status st = quoting_dotenv.write(out, TARGET, var->value, err);
        if (st != SV_OK) {
            return st;
        }
        sink_puts(out, "\n");
    }
    return SV_OK;
}

const struct format format_dotenv = {
    .name = "dotenv",
    .title = ".env file",
    .file = ".env",
    .about = "What all readers that are known take for the same. ${, two backslashes and one at "
             "the end are refused, as some see something else in them; npm-dotenv, python-dotenv "
             "and systemd-env are for one reader and say more.",
    .oauth = true,
    .write = write,
};
