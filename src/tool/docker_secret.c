/* SPDX-License-Identifier: ISC */
/* The bare secret: no byte is added. */
#include "tool/layout.h"

const struct format format_docker_secret = {
    .name = "docker-secret",
    .title = "secret file",
    .file = "/run/secrets/smtp_password",
    .about = "For docker secret create smtp_password -, secrets: of docker compose, and all "
             "that takes a password from a file, as the variables that end in _FILE do. No "
             "line end is behind it.",
    .oauth = true,
    .quoting = &quoting_bytes,
    .layout = "$(secret)" LAYOUT_JOIN,
};
