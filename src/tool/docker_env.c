/* SPDX-License-Identifier: ISC */
/* docker run --env-file: no quotes and no escapes. */
#include "tool/vars.h"

const struct format format_docker_env = {
    .name = "docker-env",
    .title = "docker --env-file",
    .file = "smtp.env",
    .about = "For docker run --env-file and podman. Everything behind = is the value, quotes "
             "included: only a line end cannot be said. For compose see compose.",
    .oauth = true,
    .quoting = &quoting_docker,
    .layout = VARS_LAYOUT,
};
