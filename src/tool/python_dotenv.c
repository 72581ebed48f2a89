/* SPDX-License-Identifier: ISC */
/* python-dotenv, with its interpolation. */
#include "tool/vars.h"

const struct format format_python_dotenv = {
    .name = "python-dotenv",
    .title = ".env for python-dotenv",
    .file = ".env",
    .about = "For load_dotenv(). ${ is refused, since it puts variables in even between "
             "single quotes, and so is a backslash at the end.",
    .oauth = true,
    .quoting = &quoting_python_dotenv,
    .layout = VARS_LAYOUT,
};
