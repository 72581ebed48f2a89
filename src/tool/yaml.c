/* SPDX-License-Identifier: ISC */
#include "tool/format.h"

const struct format format_yaml = {
    .name = "yaml",
    .title = "YAML",
    .file = "smtp.yaml",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_yaml,
    .layout = "smtp:\n"
              "  host: $(host)\n"
              "  port: $(port)\n"
              "?starttls   tls: \"starttls\"\n"
              "?implicit   tls: \"implicit\"\n"
              "?none   tls: \"none\"\n"
              "?ca   ca_file: $(ca)\n"
              "?user   username: $(user)\n"
              "?user   password: $(secret)\n"
              "?from   from: $(from)\n",
};
