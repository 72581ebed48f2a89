/* SPDX-License-Identifier: ISC */
/* npm's dotenv, without dotenv-expand. */
#include "tool/vars.h"

const struct format format_npm_dotenv = {
    .name = "npm-dotenv",
    .title = ".env for npm dotenv",
    .file = ".env",
    .about = "For npm's dotenv and node --env-file. dotenv-expand, and what has it built in, "
             "would put variables in for $NAME. A value with all three kinds of quotes is "
             "refused.",
    .oauth = true,
    .quoting = &quoting_npm_dotenv,
    .layout = VARS_LAYOUT,
};
