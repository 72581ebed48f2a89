/* SPDX-License-Identifier: ISC */
/* env_file of a service, for docker compose 1 and 2. */
#include "tool/vars.h"

const struct format format_compose = {
    .name = "compose",
    .title = "docker compose env_file",
    .file = "smtp.env",
    .about = "For env_file: of a service. A single quote, ${, two backslashes and one at the "
             "end are refused: the first compose and the second one differ on them.",
    .oauth = true,
    .quoting = &quoting_dotenv,
    .layout = VARS_LAYOUT,
};
