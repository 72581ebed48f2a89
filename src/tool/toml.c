/* SPDX-License-Identifier: ISC */
#include "tool/format.h"

const struct format format_toml = {
    .name = "toml",
    .title = "TOML",
    .file = "smtp.toml",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_toml,
    .layout = "[smtp]\n"
              "host = $(host)\n"
              "port = $(port)\n"
              "?starttls tls = \"starttls\"\n"
              "?implicit tls = \"implicit\"\n"
              "?none tls = \"none\"\n"
              "?ca ca_file = $(ca)\n"
              "?user username = $(user)\n"
              "?user password = $(secret)\n"
              "?from from = $(from)\n",
};
